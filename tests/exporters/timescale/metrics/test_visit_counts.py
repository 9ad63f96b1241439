"""The stored counts of visits equal counting the sessions, whatever changes."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import psycopg
import pytest
from tests.exporters.timescale.metrics.conftest import Ask
from tests.support import derived_rows
from tests.support.chat import BASE, Chat, derived

NOW = datetime.now(UTC)
START = NOW.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=75)
DAY = timedelta(days=1)
METRICS = ("conversations", "sessions_per_user", "return_visit_rate")
QUESTIONS: tuple[tuple[tuple[str, ...], dict[str, Any]], ...] = (
    ((), {}),
    (("bot",), {}),
    ((), {"bot": "sales"}),
    (("channel",), {}),
    (("bot", "version"), {}),
    (("channel",), {"channel": ["web", "slack"]}),
    ((), {"environment": "prod"}),
    (("locale",), {}),
)
RANGES = (
    (START, START + 70 * DAY),
    (START + 11 * DAY, START + 61 * DAY),
    (START + 20 * DAY, START + 23 * DAY),
    (START + timedelta(days=9, hours=7), START + timedelta(days=52, hours=1)),
    (START + 30 * DAY, NOW),
)


def fill(db: psycopg.Connection[Any], seeded: random.Random, rows: int) -> None:
    """Random sessions of users of two bots, some without a user, one at last open."""
    for bot in ("support", "sales"):
        db.execute(
            "INSERT INTO _turnspan.bot (name) VALUES (%s) ON CONFLICT DO NOTHING",
            (bot,),
        )
    for number in range(rows):
        derived_rows.session(
            db,
            START + timedelta(minutes=seeded.randint(0, 75 * 24 * 60)),
            bot=seeded.choice(["support", "sales"]),
            channel=seeded.choice(["web", "slack", ""]),
            conversation_id=f"c{seeded.randint(0, 30)}",
            user_key=seeded.choice([None, *(f"u{one}" for one in range(9))]),
            environment=seeded.choice(["prod", None]),
            version=seeded.choice(["1", "2"]),
            locale=seeded.choice(["de", "en"]),
            user_turns=seeded.choice([0, 1, 2, 5]),
            test=seeded.random() < 0.05,
            finalised=number != rows - 1,
        )


def refresh(db: psycopg.Connection[Any]) -> None:
    """What the worker does."""
    db.execute("SELECT _turnspan.refresh_visits(name) FROM _turnspan.bot")
    assert stale(db) == []


def stale(db: psycopg.Connection[Any]) -> list[str]:
    rows = db.execute("SELECT * FROM _turnspan.stale_visits() ORDER BY 1")
    return [bot for (bot,) in rows]


def zone(db: psycopg.Connection[Any], name: str) -> None:
    """The clock of both bots."""
    db.execute(
        "INSERT INTO _turnspan.parameter (bot, name, value) "
        "SELECT unnest(ARRAY['support', 'sales']), 'timezone', %s",
        (json.dumps(name),),
    )


def use(db: psycopg.Connection[Any], source: str) -> None:
    db.execute("SELECT set_config('turnspan.metric_source', %s, false)", (source,))


def compare(db: psycopg.Connection[Any], ask: Ask) -> int:
    """Every question both ways; returns how many values were compared."""
    values = 0
    for name, bucket, (by, filters), (start, end) in product(
        METRICS, ("day", "week", "month"), QUESTIONS, RANGES
    ):
        asked = (name, start, end, bucket, by, filters)
        use(db, "facts")
        counted = ask(*asked)
        use(db, "auto")
        assert ask(*asked) == counted, asked
        values += len(counted)
    return values


@pytest.mark.parametrize("clock", ["UTC", "America/New_York"])
def test_stored_and_counted_visits_are_the_same(
    db: psycopg.Connection[Any], ask: Ask, clock: str
) -> None:
    """Each metric, bucket, grouping and range, also one that ends within a bucket."""
    zone(db, clock)
    fill(db, random.Random(5), 400)
    refresh(db)
    assert compare(db, ask) > 1000


def test_the_counts_are_read_where_they_answer(
    db: psycopg.Connection[Any], ask: Ask
) -> None:
    """A false count shows, and not before the day of a session that is open."""
    db.execute("INSERT INTO _turnspan.bot (name) VALUES ('support')")
    for day in (0, 3, 4):
        derived_rows.session(db, START + day * DAY, finalised=day != 3)
    refresh(db)
    db.execute("UPDATE _turnspan.visit SET day_conversations = 7")
    rows = ask("conversations", START, START + 6 * DAY, "day")
    assert [row[2] for row in rows] == [7, 0, 0, 0, 1, 0]
    (row, *_) = ask("conversations", START, START + DAY, "day", ("locale",))
    assert row[2] == 1
    assert ask("conversations", START, START + DAY)[0][2] == 1


def test_visits_are_counted_while_the_counts_are_behind(
    db: psycopg.Connection[Any], ask: Ask
) -> None:
    """A day that changed is asked of the sessions; so is all by another clock."""
    db.execute("INSERT INTO _turnspan.bot (name) VALUES ('support'), ('sales')")
    derived_rows.session(db, START)
    assert stale(db) == ["sales", "support"]
    refresh(db)
    derived_rows.session(db, START + 2 * DAY)
    today = datetime.now(UTC) + 2 * DAY
    for at in (START + 2 * DAY, today):
        db.execute(
            "SELECT _turnspan.note_visits(ARRAY['support'], ARRAY[%s::timestamptz])",
            (at,),
        )
    assert stale(db) == ["support"]
    days = [row[2] for row in ask("conversations", START, START + 3 * DAY, "day")]
    assert days == [1, 0, 1]
    refresh(db)
    days = [row[2] for row in ask("conversations", START, START + 3 * DAY, "day")]
    assert days == [1, 0, 1]
    zone(db, "Asia/Tokyo")
    assert stale(db) == ["sales", "support"]


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
    chat.talk("c1", user="u1").turn(day, "t3")
    derived(migrated_dsn, chat)
    assert stale(db) == []
    start = BASE.replace(hour=0)
    for source in ("facts", "auto"):
        use(db, source)
        days = ask("conversations", start, start + 5 * DAY, "day")
        assert [row[2] for row in days] == [1, 1, 0, 1, 0]
