"""Fifty clients with the largest requests at once: memory stays below a hard limit."""

from __future__ import annotations

import gzip
import http.client
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pytest
from tests.faults.conftest import LONG
from tests.support.otlp import attribute, numbered, traces
from tests.support.running import Running, eventually, running_collector
from tests.support.watching import counters, health

from turnspan_collector.decode import TRACES

log = logging.getLogger(__name__)

CLIENTS = 50
REQUEST_BYTES = (64 if LONG else 8) * 2**20
SOFT_BYTES = (1024 if LONG else 256) * 2**20
HARD_BYTES = 3 * SOFT_BYTES
PIECE = 2**18
WAIT_S = 120
RETRYABLE = (
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.DEADLINE_EXCEEDED,
)


def requests_of(size: int) -> bytes:
    """One request of nearly that size: whole turns of about 1 KB, all different."""
    pad = [attribute("padding", "x" * 600)]
    spans = numbered(2000)
    for one in spans:
        one.attributes.extend(pad)
    part = traces(*spans).SerializeToString()
    return part * (size // len(part))


def over_http(running: Running, body: bytes, **headers: str) -> int:
    def pieces() -> Iterator[bytes]:
        for at in range(0, len(body), PIECE):
            yield body[at : at + PIECE]

    connection = http.client.HTTPConnection(
        "127.0.0.1", running.ports["http"], timeout=WAIT_S
    )
    try:
        given = {"content-type": "application/x-protobuf", **headers}
        connection.request("POST", TRACES.path, pieces(), given, encode_chunked=True)
        response = connection.getresponse()
        response.read()
    except OSError:
        return 503  # refused while it was still sent
    finally:
        connection.close()
    return response.status


def over_grpc(running: Running, body: bytes) -> int:
    options = [("grpc.max_send_message_length", -1)]
    target = f"127.0.0.1:{running.ports['grpc']}"
    with grpc.insecure_channel(target, options) as channel:
        try:
            call: Any = channel.unary_unary(TRACES.method)
            call(body, timeout=WAIT_S)
        except grpc.RpcError as error:
            return 503 if error.code() in RETRYABLE else 500
    return 200


def chunked(running: Running, body: bytes) -> int:
    return over_http(running, body)


def gzipped(running: Running, body: bytes) -> int:
    return over_http(running, body, **{"content-encoding": "gzip"})


def peak_bytes(running: Running) -> int:
    status = Path(f"/proc/{running.process.pid}/status").read_text()
    [line] = [one for one in status.splitlines() if one.startswith("VmHWM")]
    return int(line.split()[1]) * 1024


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc")
@pytest.mark.parametrize("send", [chunked, gzipped, over_grpc])
def test_fifty_clients_with_64_mib_each(
    send: Callable[[Running, bytes], int], migrated_dsn: str, tmp_path: Path
) -> None:
    """Most are told to come again, nobody is told to drop; small ones pass after."""
    body = requests_of(REQUEST_BYTES)
    if send is gzipped:
        body = gzip.compress(body, 1)
    flags = (f"--memory-bytes-max={SOFT_BYTES}",)
    with running_collector(tmp_path, dsn=migrated_dsn, flags=flags) as running:
        with ThreadPoolExecutor(CLIENTS) as clients:
            statuses = list(clients.map(lambda _: send(running, body), range(CLIENTS)))
        peak = peak_bytes(running)
        log.info("peak %d MiB, %s", peak // 2**20, Counter(statuses))
        assert set(statuses) <= {200, 429, 503}
        assert peak < HARD_BYTES
        small = traces(*numbered(1, 10**6)).SerializeToString()
        eventually(lambda: over_http(running, small) == 200, 60)
        eventually(lambda: health(running) == 200, 60)
        assert counters(running)["otelcol_process_memory_rss"] < HARD_BYTES
