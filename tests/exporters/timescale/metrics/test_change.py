"""A period is held against the one before it, which is as long."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from tests.support import derived_rows

from turnspan_exporters.timescale import settings

DAY = timedelta(days=1)
START = datetime(2026, 3, 9, tzinfo=UTC)


def changes(
    db: psycopg.Connection[Any],
    name: str,
    start: object,
    end: object,
    bucket: str | None = None,
    by: tuple[str, ...] = (),
    **filters: str,
) -> list[Any]:
    """Group, value, previous and change of each row."""
    return db.execute(
        'SELECT "group", value, previous, change '
        "FROM turnspan.metric_change(%s, %s, %s, %s, %s, %s)",
        (name, start, end, bucket, list(by), json.dumps(filters)),
    ).fetchall()


def test_a_range_against_the_one_before(db: psycopg.Connection[Any]) -> None:
    """Three after two is half as much again; after none there is no change."""
    for hours in (-30, -1, 0, 5, 47):
        derived_rows.session(db, START + timedelta(hours=hours))
    assert changes(db, "sessions", START, START + 2 * DAY) == [({}, 3, 2, 0.5)]
    assert changes(db, "sessions", START - 2 * DAY, START) == [({}, 2, 0, None)]


def test_a_rate_keeps_its_interval(db: psycopg.Connection[Any]) -> None:
    """k, n and Wilson's interval are those of this period; an empty one has no rate."""
    for at, outcome in ((-1, "escalated"), (1, "escalated"), (2, "abandoned")):
        derived_rows.session(db, START + timedelta(hours=at), outcome=outcome)
    row = db.execute(
        "SELECT value, previous, change, k, n, low, high, provisional "
        "FROM turnspan.metric_change('handoff_rate', %s, %s)",
        (START, START + DAY),
    ).fetchone()
    asked = db.execute(
        "SELECT value, k, n, low, high FROM turnspan.metric('handoff_rate', %s, %s)",
        (START, START + DAY),
    ).fetchone()
    assert row is not None
    assert row[:3] == (0.5, 1.0, -0.5)
    assert (row[0], *row[3:7]) == asked
    assert row[7] is False
    assert changes(db, "handoff_rate", START - DAY, START) == [({}, 1, None, None)]


def test_each_bucket_against_its_own(db: psycopg.Connection[Any]) -> None:
    """Days against the same days of the period before, by group."""
    for days, channel in ((-2, "web"), (-1, "web"), (0, "web"), (1, "web"), (1, "app")):
        derived_rows.session(db, START + days * DAY, channel=channel)
        derived_rows.session(db, START + days * DAY, channel=channel)
    derived_rows.session(db, START - 2 * DAY, channel="web")
    assert changes(db, "sessions", START, START + 2 * DAY, "day", ("channel",)) == [
        ({"channel": "app"}, 0, None, None),
        ({"channel": "web"}, 2, 3, -1 / 3),
        ({"channel": "app"}, 2, None, None),
        ({"channel": "web"}, 2, 2, 0),
    ]


def test_months_against_months(db: psycopg.Connection[Any]) -> None:
    """March's bucket is held against February's, though that is shorter."""
    derived_rows.session(db, datetime(2026, 2, 1, tzinfo=UTC))
    for day in (1, 31):
        derived_rows.session(db, datetime(2026, 3, day, tzinfo=UTC))
    assert changes(db, "sessions", "2026-03-01Z", "2026-04-01Z", "month") == [
        ({}, 2, 1, 1)
    ]
    assert changes(db, "sessions", "2026-03-01Z", "2026-04-01Z") == [({}, 2, 1, 1)]


def test_a_day_of_daylight_saving_is_one_day(db: psycopg.Connection[Any]) -> None:
    """29 March 2026 has 23 hours in Berlin, and is held against a day of 24."""
    db.execute("INSERT INTO _turnspan.bot (name) VALUES ('support')")
    settings.change(db, "support", {"timezone": "Europe/Berlin"})
    derived_rows.session(db, datetime(2026, 3, 27, 23, 30, tzinfo=UTC))
    derived_rows.session(db, datetime(2026, 3, 28, 22, 30, tzinfo=UTC))
    derived_rows.session(db, datetime(2026, 3, 29, 21, 30, tzinfo=UTC))
    asked = ("2026-03-29 00:00+01", "2026-03-30 00:00+02")
    assert changes(db, "sessions", *asked, bot="support") == [({}, 1, 2, -0.5)]
    assert changes(db, "sessions", *asked, "day", bot="support") == [({}, 1, 2, -0.5)]


def test_a_ragged_range_by_its_length(db: psycopg.Connection[Any]) -> None:
    """Ninety minutes are held against the ninety before."""
    for minutes in (-90, -1, 0):
        derived_rows.session(db, START + timedelta(minutes=minutes))
    end = START + timedelta(minutes=90)
    assert changes(db, "sessions", START, end) == [({}, 1, 2, -0.5)]


def test_what_runs_has_no_change_yet(db: psycopg.Connection[Any]) -> None:
    """The value of a window that is not over is NULL, and so is its change."""
    now = datetime.now(UTC)
    derived_rows.session(db, now - DAY)
    assert changes(db, "sessions", now, now + DAY) == [({}, None, 1, None)]
