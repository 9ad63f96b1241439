"""Resolution that lasts, and at first contact: at the edges of their windows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from tests.exporters.timescale.metrics.conftest import Ask
from tests.support import derived_rows

START = datetime(2026, 3, 2, tzinfo=UTC)
END = START + timedelta(days=20)
TICK = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("name", "window"),
    [
        ("recontact_rate", timedelta(hours=24)),
        ("durable_resolution", timedelta(days=7)),
    ],
)
def test_a_return_at_the_end_of_the_window_is_within(
    db: psycopg.Connection[Any], ask: Ask, name: str, window: timedelta
) -> None:
    """One tick later it is not; the window begins with the last event."""
    for back in (window - TICK, window, window + TICK, None):
        end = START + timedelta(seconds=100)
        derived_rows.session(
            db,
            START,
            duration_s=100.0,
            outcome="resolved_confirmed",
            next_start=None if back is None else end + back,
        )
    derived_rows.session(db, START, outcome="abandoned", next_start=START + TICK)
    k = 2
    assert ask(name, START, END)[0][2:5] == (k / 4, k, 4)


@pytest.mark.parametrize(
    ("name", "window"),
    [
        ("recontact_rate", timedelta(hours=24)),
        ("durable_resolution", timedelta(days=7)),
        ("first_contact_resolution", timedelta(hours=24)),
    ],
)
def test_a_window_that_runs_does_not_count(
    db: psycopg.Connection[Any], ask: Ask, name: str, window: timedelta
) -> None:
    """Neither with an early return nor without."""
    now = datetime.now(UTC)
    minute = timedelta(minutes=1)
    start = now - window
    for number, at in enumerate((start - minute, start + minute, start + minute)):
        derived_rows.session(
            db,
            at,
            outcome="resolved_implied",
            intent="i",
            user_key=f"u{number}",
            next_start=None if number else at + minute,
        )
    rows = ask(name, start - 2 * minute, now - TICK)
    assert rows[0][4] == 1


@pytest.mark.usefixtures("timescale")
def test_the_stored_days_are_those_that_are_settled(
    db: psycopg.Connection[Any], ask: Ask
) -> None:
    """A session that ended within a week keeps its day, and those after it, to rows."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    first = today - timedelta(days=30)
    day, hours = timedelta(days=1), timedelta(hours=1)
    for back in (3 * hours, 5 * day, 8 * day, None):
        for number, locale in ((0, "de"), (12, "en"), (26, "de"), (28, "en")):
            at = first + number * day + hours
            duration = 18 * day if number == 12 else hours
            end = at + duration
            derived_rows.session(
                db,
                at,
                duration_s=duration.total_seconds(),
                outcome="resolved_confirmed",
                locale=locale,
                channel="web",
                finalised=number != 26,
                next_start=None if back is None else end + back,
            )
    for view, asked in (("contact_1d", []), ("contact_release_1d", ["version"])):
        db.execute(
            "CALL refresh_continuous_aggregate(%s, %s, %s)",
            (f"_turnspan.{view}", first - day, today - day),
        )
        parts = db.execute(
            'SELECT relation, "from", "to" FROM turnspan.metric_source('
            "'durable_resolution', %s, bucket => 'day', \"from\" => %s, \"to\" => %s)",
            (asked, first, today),
        ).fetchall()
        assert parts == [
            (view, first, first + 12 * day),
            ("fact_base_session", first + 12 * day, today),
        ]
    for name in ("durable_resolution", "recontact_rate"):
        for by in ((), ("channel",), ("locale",), ("version",), ("device",)):
            for bucket in (None, "day"):
                answers = []
                for source in ("facts", "auto"):
                    db.execute(
                        "SELECT set_config('turnspan.metric_source', %s, false)",
                        (source,),
                    )
                    answers.append(ask(name, first, today, bucket, by))
                assert answers[0] == answers[1]
                assert answers[0]


def test_of_two_first_contacts_at_once_both_must_be_resolved(
    db: psycopg.Connection[Any], ask: Ask
) -> None:
    """Of those whose day is over; by channel each is the first of its own."""
    contact(db, 1, "u1", "refund")
    contact(db, 1, "u1", "refund", "abandoned", channel="slack")
    contact(db, 2, "u2", "refund")
    contact(db, 2, "u2", "refund", "abandoned", finalised=False)
    name = "first_contact_resolution"
    assert ask(name, START, END)[0][2:5] == (0.5, 1, 2)
    assert ask(name, START, END, filters={"bot": "support"})[0][2:5] == (0.5, 1, 2)
    rows = ask(name, START, END, by=("channel",))
    assert [(row[1]["channel"], row[2:5]) for row in rows] == [
        ("slack", (0, 0, 1)),
        ("web", (1, 2, 2)),
    ]


def contact(
    db: psycopg.Connection[Any], day: float, user: str | None, intent: str | None,
    outcome: str = "resolved_confirmed", **columns: Any,
) -> None:  # fmt: skip
    """A session of a user on an intent."""
    derived_rows.session(
        db,
        START + timedelta(days=day),
        user_key=user,
        intent=intent,
        outcome=outcome,
        **columns,
    )


def test_the_first_contact_is_the_first_ever(
    db: psycopg.Connection[Any], ask: Ask
) -> None:
    """Of the user and intent, before the range too; each counts on its own day."""
    contact(db, -5, "u1", "refund", "abandoned")
    contact(db, 1, "u1", "refund")
    contact(db, 2, "u1", "order")
    contact(db, 1, "u2", "refund")
    contact(db, 3, "u2", "refund", "abandoned")
    contact(db, 4, "u3", "refund", "escalated", channel="slack")
    contact(db, 4, "u3", "refund", test=True)
    contact(db, 5, None, "refund")
    contact(db, 5, "u4", None)
    name = "first_contact_resolution"
    assert ask(name, START, END)[0][2:5] == (2 / 3, 2, 3)
    rows = ask(name, START, END, by=("intent",))
    assert [(row[1]["intent"], row[2:5]) for row in rows] == [
        ("order", (1, 1, 1)),
        ("refund", (0.5, 1, 2)),
    ]
    rows = ask(name, START, START + timedelta(days=5), "day")
    assert [row[4] for row in rows] == [0, 1, 1, 0, 1]
    assert ask(name, START, END, filters={"channel": "slack"})[0][2:5] == (0, 0, 1)
    assert ask(name, START, END, filters={"intent": "refund"})[0][2:5] == (0.5, 1, 2)


def test_a_first_contact_with_a_return_is_none(
    db: psycopg.Connection[Any], ask: Ask
) -> None:
    """A confirmed resolution with a new session within a day, on whatever intent."""
    back = START + timedelta(days=1)
    contact(db, 0, "u1", "refund", next_start=back)
    contact(db, 0, "u2", "refund", next_start=back + TICK)
    assert ask("first_contact_resolution", START, END)[0][2:5] == (0.5, 1, 2)
