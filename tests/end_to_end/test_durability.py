"""What was answered is there: after a power cut, once, and only once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from tests.support.running import Running, running_collector

from turnspan_collector.demo import World, history
from turnspan_collector.demo._play import play

WORLD = World((datetime.now(UTC) - timedelta(days=30)).date())
DAYS = 4
TABLES = ("span", "event", "turn", "session", "handoff", "session_cta", "user_day")


def _send(collector: Running) -> int:
    ports = collector.ports
    requests = history(WORLD, 0, WORLD.at(DAYS))
    return play(requests, "127.0.0.1", ports["grpc"], ports["http"])


def _counts(connection: psycopg.Connection[Any]) -> dict[str, int]:
    counts = {}
    for table in TABLES:
        counted = sql.SQL("SELECT count(*) FROM {}").format(
            sql.Identifier("_turnspan", table)
        )
        [(counts[table],)] = connection.execute(counted).fetchall()
    return counts


def _numbers(collector: Running) -> list[Any]:
    days = {"from": WORLD.first_day.isoformat(), "to": WORLD.date_of(DAYS).isoformat()}
    names = ("turns", "sessions", "handoff_rate", "fallback_rate", "ctr", "dau")
    return [collector.metric(name, bucket="day", by="bot", **days) for name in names]


def test_a_power_cut_loses_nothing(tmp_path: Path) -> None:
    """kill -9 right after the answers; the next start finds every record."""
    with running_collector(tmp_path) as collector:
        sent = _send(collector)
        collector.kill()
    with running_collector(tmp_path) as collector:
        collector.settle()
        with collector.connect() as connection:
            counts = _counts(connection)
        assert counts["span"] + counts["event"] == sent
        assert min(counts.values()) > 0
        assert all(row["value"] for row in collector.metric("turns", by="bot"))


def test_twice_is_once(collector: Running) -> None:
    """The same requests again, and twice at a time, change no row and no number."""
    sent = _send(collector)
    collector.settle()
    with collector.connect() as connection:
        before = _counts(connection)
        assert before["span"] + before["event"] == sent
        numbers = _numbers(collector)
        with ThreadPoolExecutor(2) as pool:
            assert list(pool.map(_send, [collector, collector])) == [sent, sent]
        collector.settle()
        assert _counts(connection) == before
    assert _numbers(collector) == numbers
