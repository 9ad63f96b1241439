"""Outcomes: one label a session, by the explicit signal that came last."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from tests.support.chat import Chat, Talk, derived

from turnspan import conventions as names

Connection = psycopg.Connection[Any]
HOUR = 3600.0


def outcomes(db: Connection) -> list[str]:
    rows = db.execute("SELECT outcome FROM _turnspan.session ORDER BY start_time")
    return [row[0] for row in rows.fetchall()]


def _withdraw(talk: Talk, *, first: bool) -> None:
    talk.handoff("request", 10)
    talk.handoff("accept", 30)
    talk.handoff("withdraw", 20 if first else 40)


CASES: dict[str, tuple[str, Callable[[Talk], object]]] = {
    "answered": ("resolved_implied", lambda talk: None),
    "thumbs up": ("resolved_confirmed", lambda talk: talk.rate(20, 1, "t1")),
    "thumbs down": ("abandoned", lambda talk: talk.rate(20, 0, "t1")),
    "four of five": ("resolved_confirmed", lambda t: t.rate(20, 4, "t1", "csat")),
    "three of five": ("resolved_implied", lambda t: t.rate(20, 3, "t1", "csat")),
    "two of five": ("abandoned", lambda talk: talk.rate(20, 2, "t1", "csat")),
    "whole conversation": ("resolved_implied", lambda talk: talk.rate(20, 1)),
    "whole, negative": ("abandoned", lambda talk: talk.rate(20, 0)),
    "resolved": ("resolved_confirmed", lambda talk: talk.resolve(20, "resolved")),
    "unresolved": ("abandoned", lambda talk: talk.resolve(20, "unresolved")),
    "resolved, then not": (
        "abandoned",
        lambda talk: (talk.resolve(20, "resolved"), talk.resolve(21, "unresolved")),
    ),
    "down, then resolved": (
        "resolved_confirmed",
        lambda talk: (talk.rate(20, 0, "t1"), talk.resolve(21, "resolved")),
    ),
    "resolved, then down": (
        "abandoned",
        lambda talk: (talk.resolve(20, "resolved"), talk.rate(21, 0, "t1")),
    ),
    "handoff": ("escalated", lambda talk: talk.handoff("request", 10)),
    "withdrawn before": ("resolved_implied", lambda t: _withdraw(t, first=True)),
    "withdrawn after": ("escalated", lambda talk: _withdraw(talk, first=False)),
    "handoff outcome alone": (
        "abandoned",
        lambda talk: talk.turn(10, "t2", 1, outcome="handoff"),
    ),
    "fallback last": (
        "abandoned",
        lambda talk: talk.turn(10, "t2", 1, outcome="fallback"),
    ),
    "unanswered message": ("abandoned", lambda talk: talk.message(10, turn="t2")),
    "answered message": (
        "resolved_implied",
        lambda talk: (talk.message(10, turn="t2"), talk.message(11, "bot", "t2")),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_session_has_one_label(migrated_dsn: str, db: Connection, case: str) -> None:
    """Each signal alone, and the later of two, decide as the contract says."""
    expected, say = CASES[case]
    chat = Chat()
    talk = chat.talk("c1", user="u1")
    talk.turn(0, "t1", 1)
    say(talk)
    derived(migrated_dsn, chat)
    assert outcomes(db) == [expected]


RATINGS: list[tuple[str | None, float | None, str | None, str | None, int | None]] = [
    ("csat", 4, None, "1-5", 1),
    ("csat", 3, None, "1-5", 0),
    ("csat", 2, None, "1-5", -1),
    ("csat", 4, None, None, 1),
    (None, 2, None, None, -1),
    ("csat", 8, None, "0-10", 1),
    ("csat", 7, None, "0-10", 0),
    ("csat", 2.5, None, "0-10", -1),
    ("csat", 7.75, None, "1-10", 1),
    ("csat", 7, None, "1-10", 0),
    ("csat", 4, None, "1-10", 0),
    ("csat", 3, None, "1-10", -1),
    ("effort", 6, None, "1-7", 1),
    ("effort", 5, None, "1-7", 0),
    ("mood", 1, None, "-1-1", 1),
    ("mood", -0.5, None, " -1 - 1 ", -1),
    ("csat", 1, None, "0-1", 1),
    ("csat", 0, None, "0-1", -1),
    ("csat", 8, None, "1-5", 0),
    ("csat", 5, None, "5-1", 0),
    ("csat", 5, None, "stars", 0),
    ("effort", 5, None, None, 0),
    ("nps", 10, None, "0-10", None),
    ("csat", 10, None, "nps", None),
    ("thumbs", 1, None, "0-1", 1),
    ("thumbs", 0, None, "0-1", -1),
    ("thumbs", None, "down", None, -1),
    (None, None, "up", None, 1),
    ("csat", None, None, "1-5", None),
]


@pytest.mark.parametrize(("name", "value", "label", "scale", "verdict"), RATINGS)
def test_a_rating_is_read_on_its_scale(
    db: Connection,
    name: str | None,
    value: float | None,
    label: str | None,
    scale: str | None,
    verdict: int | None,
) -> None:
    """Positive from three quarters of the scale, negative up to one quarter."""
    query = "SELECT _turnspan.rating(%s::text, %s::float8, %s::text, %s::text)"
    found = db.execute(query, (name, value, label, scale)).fetchone()
    assert found == (verdict,)


@pytest.mark.parametrize(
    ("value", "scale", "label"),
    [(8.0, "0-10", "resolved_confirmed"), (7.0, "0-10", "resolved_implied"),
     (4.0, "1-10", "resolved_implied"), (2.0, "0-10", "abandoned"),
     (9.0, "stars", "resolved_implied")],
)  # fmt: skip
def test_a_scale_decides_what_a_rating_confirms(
    migrated_dsn: str, db: Connection, value: float, scale: str, label: str
) -> None:
    """The same number is good on one scale and middling on another."""
    chat = Chat()
    talk = chat.talk("c1", user="u1")
    talk.turn(0, "t1", 1)
    attributes = {
        names.GEN_AI_EVALUATION_NAME: "csat",
        names.FEEDBACK_SCOPE: "turn",
        names.FEEDBACK_SCALE: scale,
    }
    talk.event(names.EVENT_FEEDBACK, 20, "t1", score=value, attributes=attributes)
    derived(migrated_dsn, chat)
    assert outcomes(db) == [label]


@pytest.mark.parametrize(
    ("gap", "label"),
    [(23 * HOUR, "abandoned"), (24 * HOUR, "abandoned"), (24 * HOUR + 1e-6, None)],
)
def test_a_return_turns_an_implied_resolution_over(
    migrated_dsn: str, db: Connection, gap: float, label: str | None
) -> None:
    """A new session within 24 h, in whatever conversation, and the history stays."""
    chat = Chat()
    chat.talk("c1", user="u1").turn(0, "t1", 1)
    derived(migrated_dsn, chat)
    assert outcomes(db) == ["resolved_implied"]
    chat.talk("c2", user="u1").turn(1 + gap, "t2", 1)
    derived(migrated_dsn, chat)
    assert outcomes(db) == [label or "resolved_implied", "resolved_implied"]
    history = db.execute(
        "SELECT h.outcome FROM _turnspan.outcome_history h JOIN _turnspan.session s "
        "USING (session_key) WHERE conversation_id = 'c1' ORDER BY labelled_at"
    ).fetchall()
    labels = ["resolved_implied", *([label] if label else [])]
    assert [row[0] for row in history] == labels


def test_without_a_user_the_conversation_stands_in(
    migrated_dsn: str, db: Connection
) -> None:
    """Only a return to the same conversation counts where nobody is known."""
    chat = Chat()
    chat.talk("c1").turn(0, "t1", 1)
    chat.talk("c2").turn(HOUR, "t2", 1)
    derived(migrated_dsn, chat)
    assert outcomes(db) == ["resolved_implied", "resolved_implied"]
    chat.talk("c1").turn(2 * HOUR, "t3", 1)
    derived(migrated_dsn, chat)
    assert outcomes(db) == ["abandoned", "resolved_implied", "resolved_implied"]


def test_test_traffic_is_no_return(migrated_dsn: str, db: Connection) -> None:
    """A session of test traffic says nothing about the user's own."""
    chat = Chat()
    chat.talk("c1", user="u1").turn(0, "t1", 1)
    chat.talk("c2", user="u1", test=True).turn(HOUR, "t2", 1)
    derived(migrated_dsn, chat)
    assert outcomes(db) == ["resolved_implied", "resolved_implied"]


def test_a_handoff_row_holds_the_whole_life(migrated_dsn: str, db: Connection) -> None:
    """First times win; an unknown reason is other, the original kept."""
    chat = Chat()
    talk = chat.talk("c1", user="u1")
    for number, intent in enumerate(["a", "b", "c", "d"]):
        talk.turn(number * 10, f"t{number}", 1, intent_name=intent)
    talk.handoff("request", 40, reason="angry", turn="t3")
    talk.handoff("queue", 41, attributes={names.HANDOFF_QUEUE_NAME: "billing"})
    for at in (50, 60):
        talk.handoff("accept", at)
    talk.handoff("close", 70, attributes={names.HANDOFF_OUTCOME: "resolved"})
    talk.turn(80, "t4", 1, intent_name="e")
    derived(migrated_dsn, chat)
    rows = db.execute(
        "SELECT handoff_id, reason, original_reason, queue, outcome, wait_outcome, "
        "accepted_at, turn_number, intents_before, user_key FROM _turnspan.handoff"
    ).fetchall()
    assert rows == [
        (
            "h1", "other", "angry", "billing", "resolved", "accepted", chat.time(50),
            4, ["b", "c", "d"], "u1",
        )
    ]  # fmt: skip
    last_intent = db.execute("SELECT intent FROM _turnspan.session").fetchall()
    assert last_intent == [("d",)]


def test_a_request_without_id_is_a_handoff(migrated_dsn: str, db: Connection) -> None:
    """Its uid stands in for the id."""
    chat = Chat()
    uid = chat.talk("c1", user="u1").handoff("request", 0, None)
    derived(migrated_dsn, chat)
    rows = db.execute("SELECT handoff_id FROM _turnspan.handoff").fetchall()
    assert [row[0].replace("-", "") for row in rows] == [uid.hex()]


def history(db: Connection) -> list[tuple[Any, ...]]:
    """The public history of the sessions' labels, oldest first."""
    return db.execute(
        "SELECT conversation_id, previous_outcome, outcome, replaced_at IS NULL "
        "FROM turnspan.outcome_history ORDER BY labelled_at"
    ).fetchall()


def test_feedback_two_days_later_is_remembered(
    migrated_dsn: str, db: Connection
) -> None:
    """Thumbs up, then thumbs down on the same answer: three labels, the last holds."""
    chat = Chat()
    talk = chat.talk("c1", user="u1")
    talk.turn(0, "t1", 1)
    derived(migrated_dsn, chat)
    talk.rate(48 * HOUR, 1, "t1")
    derived(migrated_dsn, chat)
    talk.rate(49 * HOUR, 0, "t1")
    derived(migrated_dsn, chat)
    assert history(db) == [
        ("c1", None, "resolved_implied", False),
        ("c1", "resolved_implied", "resolved_confirmed", False),
        ("c1", "resolved_confirmed", "abandoned", True),
    ]


def test_an_agents_resolution_a_week_later_is_remembered(
    migrated_dsn: str, db: Connection
) -> None:
    """It confirms the session it attaches to; the user's return changes it no more."""
    chat = Chat()
    talk = chat.talk("c1", user="u1")
    talk.turn(0, "t1", 1, outcome="fallback")
    derived(migrated_dsn, chat)
    attributes = {
        names.RESOLUTION_STATUS: "resolved",
        names.RESOLUTION_SOURCE: "human_agent",
    }
    talk.event(names.EVENT_RESOLUTION, 7 * 24 * HOUR, attributes=attributes)
    derived(migrated_dsn, chat)
    chat.talk("c2", user="u1").turn(23 * HOUR, "t2", 1)
    derived(migrated_dsn, chat)
    assert history(db) == [
        ("c1", None, "abandoned", False),
        ("c1", "abandoned", "resolved_confirmed", True),
        ("c2", None, "resolved_implied", True),
    ]


def test_a_label_that_did_not_change_is_not_written_again(
    migrated_dsn: str, db: Connection
) -> None:
    """Records that come twice, or change something else, add nothing to the history."""
    chat = Chat()
    for _ in range(2):
        talk = chat.talk("c1", user="u1")
        talk.turn(0, "t1", 1)
        talk.turn(60, "t2", 1)
        derived(migrated_dsn, chat)
    chat.talk("c1", user="u1").message(30, "bot")
    derived(migrated_dsn, chat)
    assert history(db) == [("c1", None, "resolved_implied", True)]
