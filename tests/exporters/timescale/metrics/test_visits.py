"""Conversations, messages, views and visits: what users do in a window, to the tick."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from tests.exporters.timescale.metrics.conftest import Ask
from tests.support import derived_rows
from tests.support.chat import BASE, Chat, derived

from turnspan import conventions as names

START = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
END = START + timedelta(days=2)


def test_conversations_are_of_a_bot_on_a_channel(
    db: psycopg.Connection[Any], ask: Ask
) -> None:
    """One id at two bots or on two channels is two threads; sessions of one are one."""
    for at, columns in (
        (0, {}),
        (1, {}),
        (26, {}),
        (2, {"bot": "sales"}),
        (3, {"channel": "slack"}),
        (4, {"conversation_id": "other", "user_turns": 0}),
        (5, {"conversation_id": "test", "test": True}),
    ):
        asked = {"conversation_id": "same", **columns}
        derived_rows.session(db, START + at * HOUR, **asked)
    assert ask("conversations", START, END)[0][2] == 3
    assert [row[2] for row in ask("conversations", START, END, "day")] == [3, 1]
    rows = ask("conversations", START, END, by=("bot",))
    assert [(row[1]["bot"], row[2]) for row in rows] == [("sales", 1), ("support", 2)]


def visits(db: psycopg.Connection[Any]) -> None:
    """u1 came three times in two days, u2 twice on one, u3 once, and no one four."""
    for at, user in (
        *((0, "u1"), (5, "u1"), (25, "u1"), (1, "u2"), (2, "u2"), (30, "u3")),
        *((3, None), (4, None), (6, None), (7, None)),
    ):
        derived_rows.session(db, START + at * HOUR, user_key=user)
    derived_rows.session(db, START, user_key="u3", test=True)
    derived_rows.session(db, START, user_key="u3", user_turns=0)


def test_sessions_and_returns_are_of_the_window(
    db: psycopg.Connection[Any], ask: Ask
) -> None:
    """A user counts in each bucket with what happened there; no key is nobody."""
    visits(db)
    assert ask("sessions_per_user", START, END)[0][2:5] == (2, 6, 3)
    assert ask("sessions_per_user", START, END, q=1)[0][2] == 3
    assert ask("sessions_per_user", START, END, q=0.25)[0][2] == 1.5
    days = ask("sessions_per_user", START, END, "day")
    assert [row[2:5] for row in days] == [(2, 4, 2), (1, 2, 2)]
    assert ask("return_visit_rate", START, END)[0][2:5] == (2 / 3, 2, 3)
    days = ask("return_visit_rate", START, END, "day")
    assert [row[2:5] for row in days] == [(1, 2, 2), (0, 0, 2)]
    empty = ask("return_visit_rate", END, END + HOUR)[0]
    assert empty[2:5] == (None, 0, 0)


def test_one_key_at_two_bots_is_two_users(
    db: psycopg.Connection[Any], ask: Ask
) -> None:
    """Two sessions at one bot each are no return."""
    for bot in ("support", "sales"):
        derived_rows.session(db, START, bot=bot, user_key="u")
    assert ask("return_visit_rate", START, END)[0][2:5] == (0, 0, 2)


def test_units_of_known_bots_equal_counting_by_hand(
    db: psycopg.Connection[Any], ask: Ask
) -> None:
    """Conversations and users of two bots by locale, of which each is asked alone."""
    seeded = random.Random(5)
    rows = []
    for bot in ("support", "sales"):
        db.execute("INSERT INTO _turnspan.bot (name) VALUES (%s)", (bot,))
    for _ in range(200):
        row = {
            "bot": seeded.choice(["support", "sales"]),
            "channel": seeded.choice(["web", "slack"]),
            "conversation_id": f"c{seeded.randint(0, 20)}",
            "user_key": seeded.choice([None, "u1", "u2", "u3", "u4"]),
            "locale": seeded.choice(["de", "en"]),
        }
        rows.append(row)
        at = START + seeded.randint(0, 47) * HOUR
        derived_rows.session(db, at, **row)
    assert {
        row[1]["locale"]: row[2]
        for row in ask("conversations", START, END, by=("locale",))
    } == {
        locale: len(
            {
                (row["bot"], row["channel"], row["conversation_id"])
                for row in rows
                if row["locale"] == locale
            }
        )
        for locale in ("de", "en")
    }
    users = [(row["bot"], row["user_key"]) for row in rows if row["user_key"]]
    told = ask("sessions_per_user", START, END)[0][3:5]
    assert told == (len(users), len(set(users)))
    again = {user for user in users if users.count(user) > 1}
    told = ask("return_visit_rate", START, END)[0][3:5]
    assert told == (len(again), len(set(users)))


def test_messages_of_a_session_by_role(db: psycopg.Connection[Any], ask: Ask) -> None:
    """Each role is held against all sessions; a filter narrows what is counted."""
    for user, bot, agent in ((1, 2, 0), (3, 4, 5)):
        derived_rows.session(
            db,
            START,
            user_messages=user,
            bot_messages=bot,
            agent_messages=agent,
        )

    def asked(
        by: tuple[str, ...] = (), filters: Any = None, **options: Any
    ) -> list[Any]:
        rows = ask("messages_per_session", START, END, None, by, filters, **options)
        return [(row[1].get("role"), *row[2:5]) for row in rows]

    for source in ("facts", "aggregate"):
        db.execute("SELECT set_config('turnspan.metric_source', %s, false)", (source,))
        assert asked() == [(None, 7.5, 15, 2)]
        assert asked((), {"role": ["user", "bot"]}) == [(None, 5, 10, 2)]
        assert asked(("role",)) == [
            ("bot", 3, 6, 2),
            ("human_agent", 2.5, 5, 2),
            ("user", 2, 4, 2),
        ]
        assert asked((), {"role": "human_agent"}, q=0) == [(None, 0, 5, 2)]


def test_peak_hours_are_the_bots_own(db: psycopg.Connection[Any], ask: Ask) -> None:
    """Each bot's clock says weekday and hour, on the day the clock changes too."""
    for bot, zone in (("support", "Europe/Berlin"), ("sales", "Asia/Kolkata")):
        db.execute("INSERT INTO _turnspan.bot (name) VALUES (%s)", (bot,))
        db.execute(
            "INSERT INTO _turnspan.parameter (bot, name, value) "
            "VALUES (%s, 'timezone', %s)",
            (bot, json.dumps(zone)),
        )
    sunday = datetime(2026, 3, 29, tzinfo=UTC)  # Berlin leaps from 2 to 3
    for minutes in (-30, 30, 90):
        derived_rows.session(db, sunday + timedelta(minutes=minutes))
    derived_rows.session(db, sunday - timedelta(minutes=350), bot="sales")
    day = timedelta(days=1)
    for source in ("facts", "aggregate"):
        db.execute("SELECT set_config('turnspan.metric_source', %s, false)", (source,))
        rows = ask("peak_hours", sunday - day, sunday + day, by=("bot",))
        assert len(rows) == 2 * 168
        assert {
            (row[1]["bot"], row[1]["weekday"], row[1]["hour"]): (row[2], row[4])
            for row in rows
            if row[2]
        } == {
            ("support", 7, 0): (1, 3),
            ("support", 7, 1): (1, 3),
            ("support", 7, 3): (1, 3),
            ("sales", 6, 23): (1, 1),
        }


def test_views_and_messages_are_counted_once(migrated_dsn: str, ask: Ask) -> None:
    """To the tick, by bot and user, without tests, however often they are sent."""
    chat = Chat()
    for user, at in (("u1", 0.0), ("u1", 10.0), ("u2", 20.0), ("u3", 60.0)):
        chat.talk("c1", user=user).event(names.EVENT_VIEW, at)
    chat.talk("c2").event(names.EVENT_VIEW, 5.0)
    chat.talk("c3", user="u1", bot="sales").event(names.EVENT_VIEW, 6.0)
    chat.talk("c4", user="u4", test=True).event(names.EVENT_VIEW, 7.0)
    chat.talk("c1", user="u1").message(8.0, "user", "t1")
    chat.talk("c1", user="u1").message(9.0, "bot", "t1")
    batch = chat.batch()
    again = Chat()
    again._batch = batch
    derived(migrated_dsn, again)
    again._batch = batch
    derived(migrated_dsn, again)
    end = BASE + timedelta(seconds=60)
    assert ask("views", BASE, end)[0][2] == 5
    assert ask("unique_views", BASE, end)[0][2] == 3
    assert ask("unique_views", BASE, end + timedelta(microseconds=1))[0][2] == 4
    rows = ask("unique_views", BASE, end, by=("bot",))
    assert [(row[1]["bot"], row[2]) for row in rows] == [("sales", 1), ("support", 2)]
    assert ask("messages", BASE, end)[0][2] == 2
    assert ask("messages", BASE, end, filters={"role": "bot"})[0][2] == 1
