"""The store's own state is among the metrics, and a scrape never waits for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from prometheus_client import CollectorRegistry, generate_latest
from tests.support.chat import Chat, derived

from turnspan import conventions as names
from turnspan_collector.store_metrics import StoreMetrics, StoreWatch
from turnspan_exporters.errors import Overloaded
from turnspan_exporters.timescale import TimescaleExporter, status

Connection = psycopg.Connection[Any]


def samples(registry: CollectorRegistry) -> dict[str, float]:
    """Every line of a scrape, by its name with labels."""
    lines = generate_latest(registry).decode().splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name: float(value) for name, value in pairs}


def store(dsn: str, chat: Chat) -> None:
    exporter = TimescaleExporter(dsn, migrates=False)
    exporter.open()
    try:
        exporter.export([chat.batch()])
    finally:
        exporter.close()


def test_what_waits_and_what_was_set_aside_is_shown(
    migrated_dsn: str, db: Connection
) -> None:
    """Two conversations to derive for so long, a dead letter, and the tables' sizes."""
    chat = Chat()
    for name in ("c1", "c2"):
        chat.talk(name, user="u1").turn(0, "t1")
    store(migrated_dsn, chat)
    db.execute(
        "UPDATE _turnspan.touched SET touched_at = now() - %s", (timedelta(minutes=2),)
    )
    db.execute(
        "INSERT INTO _turnspan.dead_letter (received_at, signal, reason, payload) "
        "VALUES (now(), 'logs', 'because', '{}')"
    )
    registry = CollectorRegistry()
    watch = StoreWatch(migrated_dsn, StoreMetrics(registry))
    watch.ask(db)
    found = samples(registry)
    assert found['turnspan_store_derive_waiting{what="conversations"}'] == 2
    assert 119 < found["turnspan_store_derive_lag_seconds"] < 240
    assert found['turnspan_store_dead_letters{signal="logs"}'] == 1
    assert found['turnspan_store_table_bytes{table="span"}'] > 0
    assert found["turnspan_store_refresh_failing"] == 0
    derived(migrated_dsn)
    db.execute("DELETE FROM _turnspan.dead_letter")
    watch.ask(db)
    found = samples(registry)
    assert found['turnspan_store_derive_waiting{what="conversations"}'] == 0
    assert found["turnspan_store_derive_lag_seconds"] == 0
    assert 'turnspan_store_dead_letters{signal="logs"}' not in found


def test_the_age_of_the_answers_is_shown() -> None:
    """Gauges of a store that is away keep their last values; this one grows."""
    now = [100.0]
    registry = CollectorRegistry()
    metrics = StoreMetrics(registry, clock=lambda: now[0])
    metrics.work(status.Work(1, 2, 3.0, 4, 1))
    now[0] += 30
    found = samples(registry)
    assert found["turnspan_store_state_age_seconds"] == 30
    assert found['turnspan_store_derive_waiting{what="users"}'] == 2


@pytest.mark.usefixtures("timescale")
def test_every_aggregate_says_how_far_it_is_behind(
    migrated_dsn: str, db: Connection
) -> None:
    """One that was never made is behind by nothing: there is nothing to show."""
    states = {one.name: one for one in status.aggregates(db)}
    assert states["session_15m"].behind_s == 0
    assert states["session_15m"].every_s == 900
    chat = Chat()
    chat.talk("c1", user="u1").turn(0, "t1")
    derived(migrated_dsn, chat)
    db.execute("CALL refresh_continuous_aggregate('_turnspan.turn_15m', NULL, now())")
    states = {one.name: one for one in status.aggregates(db)}
    assert states["turn_15m"].behind_s > 0
    assert not any(one.failed for one in states.values())


def test_what_came_is_told_by_bot(migrated_dsn: str, db: Connection) -> None:
    """How much, and by how much a clock is ahead of the collector's."""
    assert status.received(db) == []
    assert not status.has_turns(db)
    moment = db.execute("SELECT now()").fetchone()
    assert moment is not None
    chat = Chat(base=moment[0].replace(microsecond=0))
    chat.talk("c1", user="u1").turn(-600, "t1")
    batch_at = chat.nanos(0)
    store(migrated_dsn, chat)
    (one,) = status.received(db)
    assert (one.bot, one.records, one.clamped) == ("support", 1, 0)
    assert one.ahead_s == -600
    assert int(one.newest.timestamp()) * 10**9 == batch_at
    derived(migrated_dsn)
    assert status.has_turns(db)


def test_loss_is_shown_by_process(migrated_dsn: str, db: Connection) -> None:
    """Of the last hour: two of five numbers of one process did not arrive."""
    chat = Chat(base=datetime.now(UTC) - timedelta(minutes=10))
    for process, numbers in (("p1", (1, 2, 5)), ("p2", (1, 2))):
        talk = chat.talk("c1", user="u1")
        for seq in numbers:
            talk.event(
                names.EVENT_VIEW,
                seq,
                seq=seq,
                attributes={names.PROCESS_ID: process},
                uid=f"{process}-{seq}".encode().ljust(16),
            )
    store(migrated_dsn, chat)
    registry = CollectorRegistry()
    StoreWatch(migrated_dsn, StoreMetrics(registry)).ask(db)
    found = samples(registry)
    shown = {
        (what, process): found[
            f'turnspan_loss_{what}_records{{bot="support",process="{process}"}}'
        ]
        for what in ("sent", "received", "lost")
        for process in ("p1", "p2")
    }
    assert shown == {
        ("sent", "p1"): 5,
        ("received", "p1"): 3,
        ("lost", "p1"): 2,
        ("sent", "p2"): 2,
        ("received", "p2"): 2,
        ("lost", "p2"): 0,
    }


def test_a_count_that_takes_too_long_shows_none(
    migrated_dsn: str, db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other numbers go on."""

    def slow(connection: Connection) -> list[status.Loss]:
        raise Overloaded("too long")

    monkeypatch.setattr(status, "losses", slow)
    registry = CollectorRegistry()
    StoreWatch(migrated_dsn, StoreMetrics(registry)).ask(db)
    assert not any(name.startswith("turnspan_loss") for name in samples(registry))
