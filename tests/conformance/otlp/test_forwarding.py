"""C69: what is accepted is sent on, and no destination holds up the store."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from opentelemetry.proto.metrics.v1 import metrics_pb2 as otlp
from tests.support.destination import receiving
from tests.support.postgres import Databases
from tests.support.running import Running, eventually, running_collector
from tests.support.watching import counters, health
from tests.support.wire import JSON, Wire

from turnspan_collector.decode import LOGS, METRICS, TRACES

TABLES = ("span", "event", "metric_point")
HANGS_S = 30


def flags(name: str, endpoint: str, protocol: str = "grpc") -> tuple[str, ...]:
    """A destination as the command line has it."""
    return (
        f"--forward={name}.endpoint={endpoint}",
        f"--forward={name}.protocol={protocol}",
        f"--forward={name}.timeout_seconds={HANGS_S}",
    )


@contextmanager
def started(dsn: str, folder: Path, *given: str) -> Iterator[Wire]:
    given = (*given, f"--queue-directory={folder / 'queues'}")
    with (
        running_collector(folder, dsn=dsn, flags=given) as running,
        running.connect() as database,
    ):
        yield Wire(running, database, "shop")


def send_all(wire: Wire) -> None:
    """Spans, records and points, over both transports and in both encodings."""
    for number in range(1, 21):
        wire.call(TRACES.method, wire.traces(wire.span(number)))
    wire.stored(wire.json_traces(*map(wire.json_span, range(21, 31))), JSON)
    # One span is rejected, and goes nowhere.
    answer = wire.post(wire.traces(wire.span(31), wire.span(span_id=b"")))
    assert answer.status_code == 200
    records = [wire.log(event_name=f"e{number}") for number in range(5)]
    wire.stored(wire.logs(*records), path=LOGS.path)
    points = [otlp.NumberDataPoint(time_unix_nano=wire.now_ns, as_int=7)]
    metric = otlp.Metric(name="m", gauge=otlp.Gauge(data_points=points))
    wire.call(METRICS.method, wire.metrics(metric))


def sent(running: Running, name: str) -> float:
    """Items that a destination took."""
    label = f'{{exporter="otlp/{name}"}}'
    return sum(
        value
        for key, value in counters(running).items()
        if key.startswith("otelcol_exporter_sent_") and key.endswith(label)
    )


def has_sent(running: Running, name: str, items: float) -> bool:
    return sent(running, name) == items


def test_c69_another_collector_gets_every_row(
    databases: Databases, template_dsn: str, tmp_path: Path
) -> None:
    """By gRPC, and by HTTP again: it stores what the first one stored, to the row."""
    dsns = [databases.create(template_dsn) for _ in range(2)]
    with started(dsns[1], tmp_path / "second") as second:
        ports = second.running.ports
        to = (
            *flags("by-grpc", f"http://127.0.0.1:{ports['grpc']}", "grpc"),
            *flags("by-http", f"http://127.0.0.1:{ports['http']}", "http/protobuf"),
        )
        with started(dsns[0], tmp_path / "first", *to) as first:
            send_all(first)
            counts = [first.count(table) for table in TABLES]
            assert counts == [31, 5, 1]
            for name in ("by-grpc", "by-http"):
                eventually(partial(has_sent, first.running, name, sum(counts)))
            assert [second.count(one) for one in TABLES] == counts
    for dsn in dsns:
        databases.drop(dsn)


def test_c69_a_destination_that_hangs_delays_no_answer(
    migrated_dsn: str, tmp_path: Path
) -> None:
    """Nor does one that nobody listens at; a third gets everything meanwhile."""
    with receiving() as hangs, receiving() as works:
        hangs.open.clear()
        given = (
            *flags("hangs", hangs.endpoint("grpc")),
            *flags("away", "http://127.0.0.1:9"),
            *flags("works", works.endpoint("http/protobuf"), "http/protobuf"),
        )
        with started(migrated_dsn, tmp_path, *given) as wire:
            began = time.monotonic()
            for number in range(1, 101):
                wire.call(TRACES.method, wire.traces(wire.span(number)))
            # A hundred answers came before the one that the destination owes.
            assert time.monotonic() - began < HANGS_S
            eventually(lambda: len(hangs.got) == 1)
            assert hangs.taken == []
            assert wire.count() == 100
            assert health(wire.running) == 200
            eventually(lambda: sorted(works.spans()) == list(range(1, 101)))
            counts = counters(wire.running)
            waits = 'otelcol_exporter_queue_size{exporter="otlp/hangs"}'
            assert counts[waits] > 0
            assert counts['otelcol_exporter_queue_size{exporter="timescale"}'] == 0
            hangs.open.set()
            eventually(lambda: sorted(hangs.spans()) == list(range(1, 101)))
            eventually(lambda: counters(wire.running)[waits] == 0)
            away = 'turnspan_forward_failing_seconds{exporter="otlp/away"}'
            assert counters(wire.running)[away] > 0


def test_c69_a_full_queue_refuses_no_client(migrated_dsn: str, tmp_path: Path) -> None:
    """What finds no room is stored, answered, counted, and not sent on."""
    with receiving() as hangs:
        hangs.open.clear()
        small = "--forward=hangs.queue_bytes_max=65536"
        given = (*flags("hangs", hangs.endpoint("grpc")), small)
        with started(migrated_dsn, tmp_path, *given) as wire:
            body = "x" * 1000
            for number in range(1, 101):
                wire.call(TRACES.method, wire.traces(wire.span(number, name=body)))
            assert wire.count() == 100
            label = '{exporter="otlp/hangs"}'
            failed = f"otelcol_exporter_enqueue_failed_spans_total{label}"
            lost = counters(wire.running)[failed]
            assert 30 < lost < 100
            assert counters(wire.running)[f"otelcol_exporter_queue_size{label}"] < 65536
            hangs.open.set()
            eventually(lambda: len(hangs.spans()) == 100 - lost)
            assert sent(wire.running, "hangs") == 100 - lost
