"""Destinations and senders go away: accepted = delivered + dropped-and-counted."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import grpc
import httpx
from tests.faults.conftest import Measure
from tests.support.destination import Answer, Got, Receiver, receiving
from tests.support.running import eventually, running_collector
from tests.support.watching import counters
from tests.support.wire import Wire

from turnspan_collector.decode import TRACES

EXPORTER = '{exporter="otlp/there"}'
BAD = "bad"


@contextlib.contextmanager
def started(dsn: str, folder: Path, endpoint: str, *given: str) -> Iterator[Wire]:
    flags = (
        f"--forward=there.endpoint={endpoint}",
        "--forward=there.timeout_seconds=2",
        f"--queue-directory={folder / 'queues'}",
        *given,
    )
    with (
        running_collector(folder, dsn=dsn, flags=flags) as running,
        running.connect() as database,
    ):
        yield Wire(running, database, "shop")


def send(wire: Wire, numbers: range) -> None:
    """One span a request, each accepted."""
    for number in numbers:
        wire.call(TRACES.method, wire.traces(wire.span(number)))


def waiting(wire: Wire) -> float:
    return counters(wire.running)[f"turnspan_forward_requests{EXPORTER}"]


def has(wire: Wire, name: str, value: float) -> bool:
    return counters(wire.running)[name] == value


def took(*receivers: Receiver) -> Counter[int]:
    """Spans, and how often they were taken."""
    return Counter(span for one in receivers for span in one.spans())


def test_killed_with_a_queue(
    migrated_dsn: str, tmp_path: Path, measure: Measure
) -> None:
    """Kill -9 right after the answers; the next start sends what was left."""
    with receiving() as receiver:
        endpoint = receiver.endpoint("grpc")
        kills = measure.kills // 3
        for at in range(kills):
            receiver.open.clear()
            with started(migrated_dsn, tmp_path, endpoint) as wire:
                send(wire, range(at * 50 + 1, at * 50 + 51))
                wire.running.kill()
            receiver.open.set()
        with started(migrated_dsn, tmp_path, endpoint) as wire:
            eventually(lambda: waiting(wire) == 0)
            wanted = set(range(1, kills * 50 + 1))
            eventually(lambda: set(took(receiver)) == wanted)
            assert wire.count() == len(wanted)
        # What was on its way at a kill is sent again, and nothing else.
        twice = sum(took(receiver).values()) - len(wanted)
        assert twice <= 50 * kills


def test_a_destination_that_was_away_gets_everything(
    migrated_dsn: str, tmp_path: Path
) -> None:
    """Across an ordinary stop of the collector too, and each span once."""
    with receiving() as first:
        port, endpoint = first.grpc_port, first.endpoint("grpc")
        with started(migrated_dsn, tmp_path, endpoint) as wire:
            send(wire, range(1, 21))
            eventually(lambda: waiting(wire) == 0)
    with started(migrated_dsn, tmp_path, endpoint) as wire:
        send(wire, range(21, 41))
        failing = f"turnspan_forward_failing_seconds{EXPORTER}"
        eventually(lambda: counters(wire.running)[failing] > 0)
        assert waiting(wire) == 20
        assert wire.running.stop() == 0
    with (
        started(migrated_dsn, tmp_path, endpoint) as wire,
        receiving(grpc_port=port) as second,
    ):
        send(wire, range(41, 61))
        eventually(lambda: waiting(wire) == 0, 60)
        assert wire.count() == 60
    assert took(first, second) == Counter(range(1, 61))


def test_refusals_are_waited_for_or_counted(migrated_dsn: str, tmp_path: Path) -> None:
    """429 with a delay is sent again; 400 is dropped, alone, and counted."""

    def refuses(got: Got) -> Answer | None:
        return Answer(400) if BAD.encode() in got.body else None

    protocol = "--forward=there.protocol=http/protobuf"
    with receiving() as receiver:
        receiver.refuses = refuses
        receiver.answers = [Answer(429, after_s=1)] * 2
        endpoint = receiver.endpoint("http/protobuf")
        with started(migrated_dsn, tmp_path, endpoint, protocol) as wire:
            for number in range(1, 31):
                name = BAD if number % 10 == 0 else "turn"
                wire.stored(wire.traces(wire.span(number, name=name)))
            eventually(lambda: waiting(wire) == 0)
            counts = counters(wire.running)
            assert counts[f"otelcol_exporter_sent_spans_total{EXPORTER}"] == 27
            assert counts[f"otelcol_exporter_send_failed_spans_total{EXPORTER}"] == 3
            assert (
                counts['otelcol_exporter_sent_spans_total{exporter="timescale"}'] == 30
            )
            log = wire.running.log.read_text("utf-8")
            assert "items were not sent on to there: it refuses them" in log
    assert took(receiver) == Counter(n for n in range(1, 31) if n % 10)


def test_two_that_send_to_each_other(
    migrated_dsn: str, dsn: str, tmp_path: Path
) -> None:
    """Both have everything; what comes back to where it came from goes no further."""
    proxied: dict[str, int] = {}
    with receiving() as placeholder:
        proxied["port"] = placeholder.grpc_port
    given = f"http://127.0.0.1:{proxied['port']}"
    with (
        started(migrated_dsn, tmp_path / "a", given) as first,
        started(
            dsn,
            tmp_path / "b",
            f"http://127.0.0.1:{first.running.ports['grpc']}",
            f"--grpc-port={proxied['port']}",
        ) as second,
    ):
        send(first, range(1, 21))
        send(second, range(21, 41))
        eventually(lambda: [first.count(), second.count()] == [40, 40], 60)
        eventually(lambda: [waiting(first), waiting(second)] == [0, 0])
        sent = f"otelcol_exporter_sent_spans_total{EXPORTER}"
        transport = '{receiver="otlp",transport="grpc"}'
        accepted = f"otelcol_receiver_accepted_spans_total{transport}"
        for one in (first, second):
            # Its own spans and the other's, which come back from there.
            eventually(partial(has, one, sent, 40))
            eventually(partial(has, one, accepted, 60))
            assert waiting(one) == 0


def test_a_collector_that_would_send_to_itself_does_not_start(
    migrated_dsn: str, tmp_path: Path
) -> None:
    """It says so in a sentence."""
    with receiving() as placeholder:
        port = placeholder.grpc_port
    with contextlib.suppress(AssertionError, grpc.RpcError, httpx.HTTPError):
        given = f"--grpc-port={port}"
        endpoint = f"http://localhost:{port}"
        with started(migrated_dsn, tmp_path, endpoint, given):
            raise ValueError("it started")
    log = (tmp_path / "collector.log").read_text("utf-8")
    assert f"localhost:{port}, which is this collector itself" in log
