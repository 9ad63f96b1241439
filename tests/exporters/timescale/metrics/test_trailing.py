"""The stored counts of trailing users equal counting the users, whatever changes."""

from __future__ import annotations

import json
import random
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any

import psycopg
import pytest
from tests.exporters.timescale.metrics.conftest import Ask
from tests.support import derived_rows
from tests.support.chat import BASE, Chat, derived

FIRST = date(2026, 1, 5)
DAYS = 75
BUCKETS = (None, "day", "week", "month")
METRICS: tuple[tuple[str, dict[str, Any]], ...] = (
    *((name, {}) for name in ("dau", "wau", "mau", "stickiness")),
    *((name, {}) for name in ("new_users", "returning_users", "identified_share")),
    *(("retention", {"day": day}) for day in (1, 2, 7, 30)),
    ("retention", {"day": 1, "mode": "recurring"}),
)
QUESTIONS: tuple[tuple[tuple[str, ...], dict[str, Any]], ...] = (
    ((), {}),
    (("bot",), {}),
    ((), {"bot": "sales"}),
    (("channel",), {}),
    (("bot", "version"), {}),
    (("channel",), {"channel": ["web", "slack"]}),
    ((), {"environment": "prod"}),
    (("locale",), {"bot": "sales"}),
    (("variant",), {"bot": ["sales", "support"]}),
)


def at(day: int) -> datetime:
    """Midnight, so many days after the first."""
    return datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC) + timedelta(
        days=day
    )


def fill(db: psycopg.Connection[Any], seeded: random.Random, rows: int) -> None:
    """Random days of users of two bots, and when each was first seen."""
    for bot in ("support", "sales"):
        db.execute(
            "INSERT INTO _turnspan.bot (name) VALUES (%s) ON CONFLICT DO NOTHING",
            (bot,),
        )
    for _ in range(rows):
        columns = {
            "bot": seeded.choice(["support", "sales"]),
            "channel": seeded.choice(["web", "slack", ""]),
            "environment": seeded.choice(["prod", ""]),
            "version": seeded.choice(["1", "2"]),
            "locale": seeded.choice(["de", "en"]),
            "test": seeded.random() < 0.05,
            "identified": seeded.random() < 0.4,
        }
        day = FIRST + timedelta(days=seeded.randint(-40, DAYS))
        user = f"u{seeded.randint(0, 40)}"
        with db.transaction():
            try:
                with db.transaction():
                    derived_rows.user_day(db, day, user, **columns)
            except psycopg.errors.UniqueViolation:
                continue
    db.execute("DELETE FROM _turnspan.user_first_seen")
    db.execute(
        "INSERT INTO _turnspan.user_first_seen (bot, user_key, test, first_time) "
        "SELECT bot, user_key, test, min(day) AT TIME ZONE 'UTC' "
        "FROM _turnspan.user_day GROUP BY bot, user_key, test"
    )


def refresh(db: psycopg.Connection[Any]) -> None:
    """What the worker does."""
    db.execute("SELECT _turnspan.refresh_user_trailing(name) FROM _turnspan.bot")
    assert stale(db) == []


def stale(db: psycopg.Connection[Any]) -> list[str]:
    rows = db.execute("SELECT * FROM _turnspan.stale_user_trailing() ORDER BY 1")
    return [bot for (bot,) in rows]


def use(db: psycopg.Connection[Any], source: str) -> None:
    db.execute("SELECT set_config('turnspan.metric_source', %s, false)", (source,))


def compare(db: psycopg.Connection[Any], ask: Ask) -> int:
    """Every question both ways; returns how many values were compared."""
    values = 0
    for (name, options), bucket in product(METRICS, BUCKETS):
        for by, filters in QUESTIONS:
            asked = (name, at(3), at(DAYS - 2), bucket, by, filters)
            use(db, "facts")
            counted = ask(*asked, **options)
            use(db, "aggregate")
            assert ask(*asked, **options) == counted, (asked, options)
            values += len(counted)
    use(db, "auto")
    return values


def test_stored_and_counted_users_are_the_same(
    db: psycopg.Connection[Any], ask: Ask
) -> None:
    """Each metric, bucket and grouping; and again after changes of any day."""
    seeded = random.Random(3)
    fill(db, seeded, 500)
    refresh(db)
    assert compare(db, ask) > 1000
    db.execute("DELETE FROM _turnspan.user_day WHERE user_key IN ('u3', 'u4')")
    db.execute("DELETE FROM _turnspan.user_first_seen WHERE user_key IN ('u3', 'u4')")
    fill(db, seeded, 60)
    assert stale(db) == ["sales", "support"]
    refresh(db)
    compare(db, ask)


def test_the_counts_are_read_where_they_answer(
    db: psycopg.Connection[Any], ask: Ask
) -> None:
    """A false count shows: by one dimension, and not by two, nor two values as one."""
    derived_rows.user_day(db, FIRST, "u")
    db.execute("INSERT INTO _turnspan.bot (name) VALUES ('support')")
    refresh(db)
    db.execute("UPDATE _turnspan.user_trailing SET dau = 7")
    for by, filters, value in (
        ((), {}, 7),
        (("channel",), {}, 7),
        ((), {"channel": "web"}, 7),
        (("channel", "version"), {}, 1),
        (("locale",), {}, 7),
        ((), {"channel": ["web", "slack"]}, 1),
    ):
        assert ask("dau", at(0), at(1), None, by, filters)[0][2] == value
    assert ask("dau", at(0), at(1), provisional=True)[0][2] == 1


def test_users_are_counted_while_the_counts_are_behind(
    db: psycopg.Connection[Any], ask: Ask
) -> None:
    """A day that changed is asked of the users, until the counts follow."""
    db.execute("INSERT INTO _turnspan.bot (name) VALUES ('support'), ('sales')")
    derived_rows.user_day(db, FIRST, "u")
    assert ask("dau", at(0), at(1))[0][2] == 1
    refresh(db)
    derived_rows.user_day(db, FIRST, "v")
    assert stale(db) == ["support"]
    assert ask("dau", at(0), at(1))[0][2] == 2
    assert ask("mau", at(0), at(20))[0][2] == 2
    refresh(db)
    assert ask("mau", at(0), at(20))[0][2] == 2


def test_rows_that_come_again_as_they_were_are_no_change(
    db: psycopg.Connection[Any],
) -> None:
    """Deleting and inserting the same rows makes nothing stale; nor does today."""
    db.execute("INSERT INTO _turnspan.bot (name) VALUES ('support')")
    for locale in ("de", "en"):
        derived_rows.user_day(db, FIRST, "u", locale=locale)
    refresh(db)
    with db.transaction():
        db.execute("CREATE TEMPORARY TABLE kept AS TABLE _turnspan.user_day")
        db.execute("DELETE FROM _turnspan.user_day")
        db.execute("INSERT INTO _turnspan.user_day TABLE kept")
    assert stale(db) == []
    derived_rows.user_day(db, datetime.now(UTC).date() + timedelta(days=1), "u")
    assert stale(db) == []
    db.execute("DELETE FROM _turnspan.user_day WHERE locale = 'de'")
    assert stale(db) == ["support"]
    refresh(db)
    (row,) = db.execute(
        "DELETE FROM _turnspan.user_day WHERE day = %s RETURNING identified", (FIRST,)
    ).fetchall()
    derived_rows.user_day(db, FIRST, "u", locale="en", identified=not row[0])
    assert stale(db) == ["support"]


def test_settling_counts_what_late_data_changed(
    migrated_dsn: str, db: psycopg.Connection[Any], ask: Ask
) -> None:
    """The write path ends with counts that are current and right."""
    day = 86400
    chat = Chat()
    chat.talk("c1", user="u1").turn(0, "t1")
    chat.talk("c2", user="u2").turn(3 * day, "t2")
    derived(migrated_dsn, chat)
    assert stale(db) == []
    chat.talk("c3", user="u2").turn(day, "t3")
    derived(migrated_dsn, chat)
    assert stale(db) == []
    start = BASE.replace(hour=0)
    for source in ("facts", "aggregate"):
        use(db, source)
        days = (start, start + timedelta(days=5), "day")
        assert [row[2] for row in ask("dau", *days)] == [1, 1, 0, 1, 0]
        assert [row[2] for row in ask("wau", *days)] == [1, 2, 2, 2, 2]
        assert [row[2] for row in ask("new_users", *days)] == [1, 1, 0, 0, 0]


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "Pacific/Honolulu"])
def test_days_are_over_by_the_bots_own_clock(
    db: psycopg.Connection[Any], zone: str
) -> None:
    """Counts reach to yesterday's local day, and no further."""
    db.execute("INSERT INTO _turnspan.bot (name) VALUES ('support')")
    db.execute(
        "INSERT INTO _turnspan.parameter (bot, name, value) "
        "VALUES ('support', 'timezone', %s)",
        (json.dumps(zone),),
    )
    row = db.execute("SELECT (now() AT TIME ZONE %s)::date", (zone,)).fetchone()
    assert row is not None
    for back in range(4):
        derived_rows.user_day(db, row[0] - timedelta(days=back), "u")
    refresh(db)
    days = db.execute(
        "SELECT day, mau FROM _turnspan.user_trailing WHERE dimension = '' ORDER BY day"
    ).fetchall()
    assert days == [(row[0] - timedelta(days=back), 1) for back in (3, 2, 1)]
