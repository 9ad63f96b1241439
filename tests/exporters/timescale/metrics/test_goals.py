"""Goals and leads: each goal against all sessions, each lead with what followed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from tests.exporters.timescale.metrics.conftest import Ask
from tests.support import derived_rows

START = datetime(2026, 3, 2, tzinfo=UTC)
END = START + timedelta(days=2)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def test_each_goal_is_held_against_all_sessions(
    db: psycopg.Connection[Any], ask: Ask
) -> None:
    """By goal and channel, by day, with goals nobody reached and sessions without."""
    goals = ((0, "web", ("a", "a", "b")), (0, "web", ()), (0, "slack", ("a",)))
    for day, channel, reached in (*goals, (1, "web", ("b",)), (1, "web", ())):
        at = START + day * DAY
        key = derived_rows.session(db, at, channel=channel)
        for id in reached:
            derived_rows.goal(db, at, key, id, channel=channel)
    proactive = derived_rows.session(db, START, user_turns=0)
    derived_rows.goal(db, START, proactive, "a", base=False)
    name = "goal_completion"
    for source in ("facts", "aggregate"):
        db.execute("SELECT set_config('turnspan.metric_source', %s, false)", (source,))
        assert ask(name, START, END)[0][2:5] == (3 / 5, 3, 5)
        rows = ask(name, START, END, by=("goal", "channel"))
        assert [(*row[1].values(), row[3], row[4]) for row in rows] == [
            ("a", "slack", 1, 1),
            ("a", "web", 1, 4),
            ("b", "slack", 0, 1),
            ("b", "web", 2, 4),
        ]
        rows = ask(name, START, END, "day", goal="b")
        assert [row[2:5] for row in rows] == [(1 / 3, 1, 3), (1 / 2, 1, 2)]
        rows = ask(name, START, END, None, ("goal",), {"goal": ["b", "never"]})
        assert [(row[1]["goal"], row[3], row[4]) for row in rows] == [
            ("b", 2, 5),
            ("never", 0, 5),
        ]


def test_open_sessions_wait_and_tests_are_out(
    db: psycopg.Connection[Any], ask: Ask
) -> None:
    """Provisionally they come, on both sides of the division."""
    now = datetime.now(UTC)
    for columns in ({}, {"finalised": False}, {"test": True}):
        key = derived_rows.session(db, now - DAY, **columns)
        derived_rows.goal(
            db, now - DAY, key, "a", kind="lead", test=columns.get("test", False)
        )
    span = (now - 2 * DAY, now)
    for name in ("goal_completion", "lead_rate"):
        assert ask(name, *span)[0][3:5] == (1, 1)
        assert ask(name, *span, provisional=True)[0][3:5] == (2, 2)
    assert ask("leads", *span)[0][2] == 1
    assert ask("leads", *span, provisional=True)[0][2] == 2


def lead(
    db: psycopg.Connection[Any], hour: int, kind: str = "lead", **columns: Any
) -> None:
    """A goal in a session of its own."""
    at = START + timedelta(hours=hour)
    of_goal = {"value": columns.pop("value", None), "quality": columns.pop("q", None)}
    key = derived_rows.session(db, at, **columns)
    derived_rows.goal(db, at, key, "quote", kind=kind, **columns, **of_goal)


def test_a_lead_is_followed_up_later_by_the_same_person(
    db: psycopg.Connection[Any], ask: Ask
) -> None:
    """By user, else by conversation; not before, not by others, not at another bot."""
    lead(db, 1, user_key="u1", value=10.0, q=3.0)
    lead(db, 2, "follow_up", user_key="u1")
    lead(db, 3, user_key="u1", value=5.0)
    lead(db, 4, user_key="u2")
    lead(db, 5, "follow_up", user_key="u2", bot="sales")
    lead(db, 6, conversation_id="c", q=4.0)
    lead(db, 7, "follow_up", conversation_id="c")
    lead(db, 8, "conversion", user_key="u3", value=100.0)
    assert ask("lead_follow_up_rate", START, END)[0][2:5] == (0.5, 2, 4)
    assert ask("leads", START, END)[0][2] == 4
    assert ask("lead_value", START, END)[0][2] == 15
    assert ask("lead_quality", START, END)[0][2:5] == (3.5, 7, 2)
    assert ask("lead_rate", START, END)[0][2:5] == (0.5, 4, 8)


def test_dropoff_is_within_one(db: psycopg.Connection[Any], ask: Ask) -> None:
    """Shown twice is shown once; the last node is one of those shown."""
    for nodes in (("a", "b"), ("a",), ("b", "a")):
        key = derived_rows.session(db, START, node_id=nodes[-1])
        for node in nodes:
            derived_rows.node(
                db, START, key, node, times_shown=3, is_last=node == nodes[-1]
            )
    for source in ("facts", "aggregate"):
        db.execute("SELECT set_config('turnspan.metric_source', %s, false)", (source,))
        rows = ask("dropoff", START, END, by=("node",))
        assert [(row[1]["node"], *row[3:5]) for row in rows] == [
            ("a", 2, 3),
            ("b", 1, 2),
        ]


@pytest.mark.parametrize("intent", ["buy", None])
def test_goals_read_alone_are_those_read_with_their_sessions(
    db: psycopg.Connection[Any], ask: Ask, intent: str | None
) -> None:
    """Before the first open session and after it, and by what only a session knows."""
    for hours, finalised in ((0, True), (30, False), (40, True)):
        at = START + hours * HOUR
        key = derived_rows.session(
            db, at, finalised=finalised, intent="buy", user_key="ann"
        )
        for kind, later in (("lead", 0), ("follow_up", 1)):
            derived_rows.goal(
                db,
                at,
                key,
                kind,
                kind=kind,
                at=at + later * HOUR,
                user_key="ann",
                session_intent=intent,
                value=10.0,
                currency="EUR",
            )
    for name, each in (("leads", 1), ("lead_value", 10), ("lead_rate", 1.0)):
        for by in ((), ("channel",), ("intent",)):
            rows = ask(name, START, END, "day", by)
            assert [row[2] for row in rows] == [each, each], (name, by)
    for by in ((), ("intent",)):
        rows = ask("leads", START, END, "day", by, provisional=True)
        assert [(row[2], row[7]) for row in rows] == [(1, False), (2, True)]
        rows = ask("lead_follow_up_rate", START, END, "day", by)
        assert [row[2:5] for row in rows] == [(1.0, 1, 1)] * 2
    ((_, group, value, *_),) = ask("goal_value", START, END)
    assert (group, value) == ({"currency": "EUR"}, 40)
