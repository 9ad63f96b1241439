"""Every request that is refused is counted, by transport and reason."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc
import httpx
import pytest
from tests.support.doors import REQUEST_BYTES_MAX, Doors, open_doors
from tests.support.otlp import numbered, span, traces
from tests.support.running import eventually

from turnspan_collector.connections import ConnectionLimits
from turnspan_collector.decode import TRACES
from turnspan_collector.errors import (
    Denied,
    MemoryFull,
    RateExceeded,
    SpoolFailed,
    SpoolFull,
    Stopping,
    Unauthenticated,
)
from turnspan_collector.receivers import http as http_receiver
from turnspan_collector.refusals import REASONS, reason_of
from turnspan_collector.security import Grant, OpenGate
from turnspan_exporters.errors import Overloaded, Permanent, Retryable, Unusable

BODY = traces(*numbered(2)).SerializeToString()
PROTOBUF = {"content-type": "application/x-protobuf"}
FOREIGN = "/opentelemetry.proto.collector.profiles.v1development.ProfilesService/Export"


class Guarded(OpenGate):
    """A gate that refuses as it is told."""

    def __init__(self) -> None:
        self.error: Exception | None = None

    def admit_sender(self, authorization: str) -> Grant:
        if self.error is not None:
            raise self.error
        return Grant()


def counted(doors: Doors, transport: str) -> dict[str, float]:
    """The reasons that were counted, and how often."""
    read = doors.metrics.registry.get_sample_value
    name = "turnspan_receiver_refused_requests_total"
    found = {
        one: read(name, {"transport": transport, "reason": one}) for one in REASONS
    }
    return {one: count for one, count in found.items() if count}


def post(doors: Doors, body: bytes = BODY, **options: object) -> int:
    headers = {**PROTOBUF, **dict(options.pop("headers", {}))}  # type: ignore[call-overload]
    path = options.pop("path", "/v1/traces")
    return httpx.post(
        f"{doors.http}{path}", content=body, headers=headers, timeout=30
    ).status_code


def call(doors: Doors, body: bytes = BODY, method: str = TRACES.method) -> object:
    with pytest.raises(grpc.RpcError) as failed:
        doors.call(method, body)
    assert isinstance(failed.value, grpc.Call)
    return failed.value.code()


@pytest.fixture
def gate() -> Guarded:
    return Guarded()


@pytest.fixture
def doors(gate: Guarded) -> Iterator[Doors]:
    limits = ConnectionLimits(
        header_seconds_max=0.3, body_seconds_max=20, connections_max=3
    )
    with open_doors(gate=gate, limits=limits, pending_requests_max=1) as opened:
        yield opened


def test_every_reason_is_there_before_anything_is_refused(doors: Doors) -> None:
    """From the start at zero, so that the first refusal is an increase."""
    read = doors.metrics.registry.get_sample_value
    for transport in ("grpc", "http"):
        for one in REASONS:
            labels = {"transport": transport, "reason": one}
            assert read("turnspan_receiver_refused_requests_total", labels) == 0
    assert len(set(REASONS)) == len(REASONS)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (Unauthenticated("no token"), "token"),
        (Denied("not this one"), "forbidden"),
        (RateExceeded("too fast"), "rate"),
        (MemoryFull("no memory"), "memory"),
        (SpoolFull("no room"), "spool"),
        (SpoolFailed("no disk"), "spool_failed"),
        (Stopping("ends"), "stopping"),
        (RuntimeError("bug"), "unknown"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_what_is_refused_before_it_is_read_is_counted(
    doors: Doors, gate: Guarded, error: Exception, reason: str
) -> None:
    """Once, by its reason; no item is guessed."""
    gate.error = error
    assert post(doors) >= 400
    call(doors)
    assert counted(doors, "http") == {reason: 1}
    assert counted(doors, "grpc") == {reason: 1}
    labels = {"receiver": "otlp", "transport": "http"}
    read = doors.metrics.registry.get_sample_value
    assert read("otelcol_receiver_refused_spans_total", labels) == 0


def test_what_is_wrong_with_a_request_is_counted(doors: Doors) -> None:
    """Too large, undecodable, another type, path or protocol."""
    assert post(doors, bytes(REQUEST_BYTES_MAX + 1)) == 413
    assert post(doors, b"\xff\xff") == 400
    assert post(doors, headers={"content-encoding": "br"}) == 415
    assert post(doors, path="/v1/profiles") == 404
    with socket.create_connection(("127.0.0.1", doors.http_port), 20) as client:
        client.sendall(b"no http\r\n\r\n")
        assert client.recv(65536).startswith(b"HTTP/1.1 400 ")
    assert counted(doors, "http") == {
        "too_large": 1,
        "undecodable": 1,
        "media_type": 1,
        "path": 1,
        "http": 1,
    }


def test_what_is_wrong_with_a_call_is_counted(doors: Doors) -> None:
    """grpcio refuses a message beyond the limit itself, and says no more than "cut"."""
    assert call(doors, b"\xff\xff") is grpc.StatusCode.INVALID_ARGUMENT
    assert call(doors, BODY, FOREIGN) is grpc.StatusCode.UNIMPLEMENTED
    beyond = bytes(REQUEST_BYTES_MAX + 1)
    assert call(doors, beyond) is grpc.StatusCode.RESOURCE_EXHAUSTED
    eventually(lambda: counted(doors, "grpc").get("cut") == 1)
    assert counted(doors, "grpc") == {"undecodable": 1, "path": 1, "cut": 1}


def test_slow_clients_and_too_many_are_counted(doors: Doors) -> None:
    """They never became a request."""
    with socket.create_connection(("127.0.0.1", doors.http_port), 20) as client:
        client.sendall(b"POST /v1/traces HTTP/1.1\r\n")
        assert client.recv(65536).startswith(b"HTTP/1.1 408 ")
    assert counted(doors, "http") == {"slow": 1}
    held = [
        socket.create_connection(("127.0.0.1", doors.http_port), 20) for _ in range(4)
    ]
    eventually(lambda: counted(doors, "http").get("connections") == 1)
    for one in held:
        one.close()


def test_a_client_that_leaves_is_counted(doors: Doors) -> None:
    """In the midst of its body."""
    with socket.create_connection(("127.0.0.1", doors.http_port), 20) as client:
        client.sendall(
            b"POST /v1/traces HTTP/1.1\r\nhost: x\r\n"
            b"content-type: application/x-protobuf\r\ncontent-length: 100\r\n\r\nabc"
        )
    eventually(lambda: counted(doors, "http") == {"cut": 1})


def test_a_full_queue_is_counted(doors: Doors) -> None:
    """One is being stored, one waits, the third is refused (C51)."""
    with ThreadPoolExecutor(2) as clients:
        doors.exporter.gate.clear()
        first = clients.submit(doors.call, TRACES.method, BODY)
        assert doors.exporter.entered.wait(20)
        second = clients.submit(doors.call, TRACES.method, BODY)
        queued = doors.metrics.registry.get_sample_value
        labels = {"exporter": "timescale"}
        eventually(lambda: queued("otelcol_exporter_queue_size", labels) == 1)
        assert post(doors) == 429
        doors.exporter.gate.set()
        assert (first.result(20), second.result(20)) == (b"", b"")
    assert counted(doors, "http") == {"queue": 1}


def test_what_the_store_refuses_is_counted_with_its_items(doors: Doors) -> None:
    """The items are known by then; a part that is rejected is no refused request."""
    doors.exporter.errors = [Permanent("no")]
    assert post(doors) == 400
    body = traces(span(), span(trace_id=b"1")).SerializeToString()
    assert post(doors, body) == 200
    assert counted(doors, "http") == {"store": 1}
    labels = {"receiver": "otlp", "transport": "http"}
    read = doors.metrics.registry.get_sample_value
    assert read("otelcol_receiver_refused_spans_total", labels) == 3


def test_a_decoding_that_takes_too_long_is_told_as_such(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Not as a slow store: the request has not come so far."""
    with open_doors(answer_seconds_max=0.2) as doors:
        held = doors.exporter.gate

        def slow(*_: object) -> bytes:
            held.wait(20)
            return BODY

        held.clear()
        monkeypatch.setattr(http_receiver, "decompress", slow)
        answer = httpx.post(
            f"{doors.http}/v1/traces", content=b"{}", timeout=30, headers=PROTOBUF
        )
        held.set()
        assert answer.status_code == 429
        assert b"was not decoded after 0.2 s" in answer.content
        assert answer.headers["retry-after"] == "1"
        assert counted(doors, "http") == {"decoding": 1}


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (Retryable("away"), "store"),
        (Overloaded("full"), "store"),
        (Unusable("no schema"), "store"),
        (TimeoutError(), "late"),
        (ValueError(), "unknown"),
    ],
)
def test_after_decoding_the_store_is_the_reason(error: Exception, reason: str) -> None:
    """Whatever it says."""
    assert reason_of(error, is_decoded=True) == reason
