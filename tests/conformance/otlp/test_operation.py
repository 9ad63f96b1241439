"""C58, C61, C63 and C66: what an operator may rely on."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.support.running import eventually
from tests.support.wire import JSON, Wire, held

from turnspan_collector.config import Settings
from turnspan_collector.decode import TRACES

CANARY = "canary-7f3a"
LOOPBACK = {
    "0100007F",  # 127.0.0.1, ::1 and ::ffff:127.0.0.1 as the kernel writes them
    "00000000000000000000000001000000",
    "0000000000000000FFFF00000100007F",
}
LISTENING = "0A"


def test_c58_it_listens_on_the_local_machine_alone(wire: Wire) -> None:
    """Every socket of the process, by the kernel's own list."""
    process = Path(f"/proc/{wire.running.process.pid}")
    inodes = {
        found[1]
        for link in (process / "fd").iterdir()
        if (found := re.fullmatch(r"socket:\[(\d+)\]", _target(link)))
    }
    addresses = {}
    for table in ("tcp", "tcp6"):
        for line in (process / "net" / table).read_text("ascii").splitlines()[1:]:
            _, local, _, state, *rest = line.split()
            if state == LISTENING and rest[5] in inodes:
                address, port = local.split(":")
                addresses[int(port, 16)] = address
    assert set(wire.running.ports.values()) <= set(addresses)
    assert set(addresses.values()) <= LOOPBACK
    assert Settings().listen.host == "127.0.0.1"


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except FileNotFoundError:  # closed meanwhile
        return ""


WRONG: list[tuple[str, Any]] = [
    ("kind", CANARY),
    ("kind", [CANARY]),
    ("traceId", 5),
    ("attributes", CANARY),
    ("attributes", [{"key": "a", "value": {"intValue": CANARY}}]),
    ("attributes", [{"key": "a", "value": {"bytesValue": CANARY + "!"}}]),
    ("attributes", [{"key": CANARY, "value": CANARY}]),
    ("startTimeUnixNano", CANARY),
    ("events", {CANARY: 1}),
    ("status", {"code": CANARY}),
    ("flags", CANARY),
]


@pytest.mark.parametrize(("field", "wrong"), WRONG)
def test_c61_no_refusal_repeats_the_payload(wire: Wire, field: str, wrong: Any) -> None:
    """Not in the answer and not in the log."""
    span = wire.json_span(**{field: wrong})
    answer = wire.post(wire.json_traces(span), JSON)
    assert answer.status_code == 400
    assert CANARY not in answer.text
    assert CANARY not in wire.running.log.read_text("utf-8")


def test_c61_rejected_items_are_not_repeated(wire: Wire) -> None:
    """Nor paths, headers, ids and names of what is cut short."""
    span = wire.span(name=CANARY, span_id=CANARY.encode())
    body = wire.traces(span)
    said = [
        wire.post(body).content,
        wire.post(body[:-3]).content,
        wire.post(body, path=f"/{CANARY}").content,
        wire.post(body, CANARY).content,
        wire.post(body, content_encoding=CANARY).content,
        wire.call(TRACES.method, body),
        wire.failed(TRACES.method, body[:-3])[1].encode(),
    ]
    assert [one for one in said if CANARY.encode() in one] == []
    assert CANARY not in wire.running.log.read_text("utf-8")


ITEMS = ("spans", "log_records", "metric_points")
NAMES = [
    *(f"otelcol_receiver_{what}_{one}" for what in ("accepted", "refused")
      for one in ITEMS),
    *(f"otelcol_exporter_{what}_{one}"
      for what in ("sent", "send_failed", "enqueue_failed") for one in ITEMS),
    "otelcol_exporter_queue_size",
    "otelcol_exporter_queue_capacity",
    "otelcol_process_uptime",
    "otelcol_process_memory_rss",
]  # fmt: skip


def test_c63_the_names_are_the_go_collectors(wire: Wire) -> None:
    """In Prometheus' format, on their own port."""
    answer = httpx.get(f"http://127.0.0.1:{wire.running.ports['metrics']}/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert [name for name in NAMES if f"\n{name}" not in answer.text] == []


def test_c63_the_counters_move(wire: Wire) -> None:
    """Accepted and refused, by signal and transport."""

    def read(name: str, transport: str) -> float:
        return wire.counter(
            f"otelcol_receiver_{name}_total", receiver="otlp", transport=transport
        )

    asked = [
        (f"{what}_{signal}", transport)
        for what in ("accepted", "refused")
        for signal in ("spans", "log_records")
        for transport in ("http", "grpc")
    ]
    before = [read(*one) for one in asked]
    wire.post(wire.traces(wire.span(1), wire.span(2), wire.span(span_id=b"")))
    wire.call(TRACES.method, wire.traces(wire.span(3)))
    wire.post(wire.logs(wire.log(), wire.log()), path="/v1/logs")
    now = [read(*one) for one in asked]
    moved = [after - then for after, then in zip(now, before, strict=True)]
    assert moved == [2, 1, 2, 0, 1, 0, 0, 0]


def test_c66_what_waits_is_one_commit(wire: Wire) -> None:
    """Thirty requests wait for one slow commit, and then go in one more."""
    commits = "turnspan_store_commit_seconds_count"
    before = wire.counter(commits)
    with ThreadPoolExecutor(31) as clients:
        with held(wire.running.store[1]):
            first = clients.submit(wire.call, TRACES.method, wire.traces(wire.span(1)))
            eventually(lambda: is_waiting(wire))
            rest = [
                clients.submit(wire.post, wire.traces(wire.span(at + 2)))
                for at in range(30)
            ]
            eventually(lambda: queued(wire) == 30)
        assert first.result(30) == b""
        assert {one.result(30).status_code for one in rest} == {200}
    assert wire.counter(commits) == before + 2
    assert wire.count() == 31


def queued(wire: Wire) -> float:
    return wire.counter("otelcol_exporter_queue_size", exporter="timescale")


def is_waiting(wire: Wire) -> bool:
    """Whether the writer waits for a lock."""
    asked = (
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
        "AND application_name = 'turnspan writer' AND datname = current_database()"
    )
    return wire.ask(asked) == [(1,)]
