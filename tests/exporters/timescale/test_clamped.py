"""A record whose time lay ahead is stored once, whenever and to whom it is sent."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from tests.support.otlp import log, logs, metrics, span, traces

from turnspan_collector.decode import LOGS, METRICS, TRACES, Encoding, decode
from turnspan_exporters.exporter import Count
from turnspan_exporters.records import Batch
from turnspan_exporters.timescale import TimescaleExporter

Connection = psycopg.Connection[Any]

DAY_NS = 86_400 * 10**9
TIME_NS = time.time_ns() // DAY_NS * DAY_NS
"""The record's own time: of this day, as what is older than a month is forgotten.
Received two days before, it lies ahead."""
AHEAD_NS, THEN_NS = TIME_NS - 2 * DAY_NS, TIME_NS + 2 * DAY_NS
GAUGE = Metric(name="m")
GAUGE.gauge.data_points.add(time_unix_nano=TIME_NS, as_int=7)
BODIES = {
    "span": (TRACES, traces(span(start_time_unix_nano=TIME_NS,
                                 end_time_unix_nano=TIME_NS + 5))),
    "event": (LOGS, logs(log(time_unix_nano=TIME_NS))),
    "metric_point": (METRICS, metrics(GAUGE)),
}  # fmt: skip


def received(table: str, at_ns: int) -> Batch:
    """The same request, received at this time."""
    signal, request = BODIES[table]
    body = request.SerializeToString()
    return decode(signal, body, Encoding.PROTOBUF, at_ns).batch


@pytest.fixture
def writers(migrated_dsn: str) -> Iterator[list[TimescaleExporter]]:
    """Of two collectors."""
    made = [TimescaleExporter(migrated_dsn, migrates=False) for _ in range(2)]
    for one in made:
        one.open()
    yield made
    for one in made:
        one.close()


def stored(db: Connection, table: str) -> int:
    row = db.execute(f"SELECT count(*) FROM _turnspan.{table}").fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize("table", BODIES)
def test_every_order_stores_one_row(
    writers: list[TimescaleExporter], db: Connection, table: str
) -> None:
    """Clamped, clamped again, and by its own time, at collectors in turn."""
    for order in itertools.permutations((AHEAD_NS, AHEAD_NS + DAY_NS // 2, THEN_NS)):
        counts = Count()
        for writer, at_ns in zip(itertools.cycle(writers), order, strict=False):
            done = writer.export([received(table, at_ns)])
            counts += done.spans + done.events + done.points
            writer.close()  # what it knows is in the database
        assert counts == Count(1, 2)
        assert stored(db, table) == 1
        db.execute(f"TRUNCATE _turnspan.{table}, _turnspan.clamped")


@pytest.mark.parametrize("table", BODIES)
def test_one_commit_may_hold_both(
    writers: list[TimescaleExporter], db: Connection, table: str
) -> None:
    """Requests that were received on either side of the bound, in either order."""
    both = [received(table, AHEAD_NS), received(table, THEN_NS)]
    for batches in (both, both[::-1]):
        writers[0].export(batches)
        assert stored(db, table) == 1
    row = db.execute(f"SELECT time_flags FROM _turnspan.{table}").fetchone()
    assert row == (0,)  # its own time is the better one


@pytest.mark.parametrize("table", BODIES)
def test_two_collectors_at_once_store_one_row(
    writers: list[TimescaleExporter], db: Connection, table: str
) -> None:
    """Their clocks differ by days; the one waits until the other has committed."""
    together = threading.Barrier(2)

    def store(writer: TimescaleExporter, at_ns: int) -> None:
        together.wait(20)
        writer.export([received(table, at_ns)])

    with ThreadPoolExecutor(2) as clients:
        for _ in range(5):
            done = clients.map(store, writers, (AHEAD_NS, THEN_NS))
            assert [*done] == [None, None]
            assert stored(db, table) == 1
            db.execute(f"TRUNCATE _turnspan.{table}, _turnspan.clamped")


def test_neighbours_are_stored(
    writers: list[TimescaleExporter], db: Connection
) -> None:
    """Other records of the same time are no duplicates."""
    other = traces(
        span(start_time_unix_nano=TIME_NS, end_time_unix_nano=TIME_NS),
        span(span_id=b"another!", start_time_unix_nano=TIME_NS,
             end_time_unix_nano=TIME_NS),
    ).SerializeToString()  # fmt: skip
    writers[0].export([received("span", AHEAD_NS)])
    batch = decode(TRACES, other, Encoding.PROTOBUF, THEN_NS).batch
    assert writers[1].export([batch]).spans == Count(1, 1)


def test_what_was_ahead_is_forgotten_a_month_after_its_time(
    writers: list[TimescaleExporter], db: Connection
) -> None:
    """So that the list has a bound, whatever a bot's clock says."""
    db.execute(
        "INSERT INTO _turnspan.clamped (of_table, id, span_id, original) "
        "VALUES ('span', gen_random_uuid(), 1, 0)"
    )
    writers[0].export([received("span", AHEAD_NS)])
    rows = db.execute("SELECT of_table, original FROM _turnspan.clamped").fetchall()
    assert rows == [("span", (TIME_NS // 10**9 - 946_684_800) * 10**6)]
