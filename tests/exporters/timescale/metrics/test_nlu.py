"""Understanding: what the classifier said stays said, and questions are told apart."""

from __future__ import annotations

import hashlib
import math
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from tests.exporters.timescale.metrics.conftest import Ask
from tests.support import derived_rows
from tests.support.chat import BASE, Chat, derived

from turnspan import conventions as names
from turnspan_exporters.timescale import settings

Connection = psycopg.Connection[Any]
START = datetime(2026, 3, 2, tzinfo=UTC)
END = START + timedelta(days=1)
SINCE, UNTIL = BASE - timedelta(hours=1), BASE + timedelta(hours=1)


def rows(found: list[Any]) -> list[tuple[Any, ...]]:
    """Group and value of each row."""
    return [(row[1], row[2]) for row in found]


def test_a_fallback_does_not_erase_what_the_classifier_said(
    migrated_dsn: str, ask: Ask
) -> None:
    """Two columns: the raw intent is predicted, the other is acted_on."""
    chat = Chat()
    talk = chat.talk("c1", user="u1")
    talk.turn(
        0,
        "t1",
        outcome="fallback",
        intent_name="refund",
        intent_confidence=0.35,
        intent_acted_on="fallback",
    )
    talk.turn(60, "t2", intent_name="refund", intent_confidence=0.95)
    attributes = {names.LABEL_INTENT: "refund"}
    talk.event(names.EVENT_LABEL, 300, "t1", attributes=attributes)
    derived(migrated_dsn, chat)
    assert rows(ask("intent_share", SINCE, UNTIL)) == [({"intent": "refund"}, 1)]
    assert rows(ask("nlu_turns", SINCE, UNTIL, by=("acted_on",))) == [
        ({"acted_on": "fallback"}, 1),
        ({"acted_on": "unknown"}, 1),
    ]
    assert rows(ask("fallback_rate", SINCE, UNTIL)) == [({}, 0.5)]
    assert rows(ask("nlu_accuracy", SINCE, UNTIL, by=("acted_on",))) == [
        ({"acted_on": "fallback"}, 1)
    ]


def test_questions_are_told_apart_by_a_hash_of_their_words(
    migrated_dsn: str, ask: Ask
) -> None:
    """Case and spaces evened out; unknown without words; never the words."""
    chat = Chat()
    talk = chat.talk("c1", user="u1")
    for number, text in enumerate(("Where is  it?", " where is it?", "Hello", None)):
        talk.turn(60 * number, f"t{number}", intent_name="a", intent_confidence=0.9)
        said = talk.message(60 * number, turn=f"t{number}")
        if text is not None:
            at = 60 * number
            talk.said(at, names.MESSAGE_TEXT, text, f"t{number}", uid=said)
    derived(migrated_dsn, chat)
    where, hello = (
        hashlib.md5(text.encode()).hexdigest()[:16]
        for text in ("where is it?", "hello")
    )
    found = {
        row[1]["question"]: row[2]
        for row in ask("top_questions", SINCE, UNTIL, question="text")
    }
    assert found == {where: 2, hello: 1, "unknown": 1}
    assert ask("unanswered_questions", SINCE, UNTIL, question="text") == []


def test_the_top_is_that_of_the_whole_range(db: Connection, ask: Ask) -> None:
    """Each bucket shows the same questions, so that their series hang together."""
    for hour, intents in enumerate(("aab", "bbb", "ac")):
        at = START + timedelta(hours=hour)
        for intent in intents:
            derived_rows.turn(db, at, intent_name=intent)
    end = START + timedelta(hours=3)
    assert rows(ask("top_questions", START, end, top=1)) == [({"intent": "b"}, 4)]
    hours = ask("top_questions", START, end, "hour", top=2)
    assert [(row[0].hour, row[1]["intent"], row[2], row[4]) for row in hours] == [
        (0, "a", 2, 3),
        (0, "b", 1, 3),
        (1, "a", None, 0),
        (1, "b", 3, 3),
        (2, "a", 1, 2),
        (2, "b", None, 0),
    ]


def test_theta_of_unanswered_is_the_bots_own(db: Connection, ask: Ask) -> None:
    """theta_review, strictly below, unless the question names another."""
    derived_rows.turn(db, START, intent_name="a", intent_confidence=0.7)
    assert ask("unanswered_questions", START, END) == []
    db.execute("INSERT INTO _turnspan.bot (name) VALUES ('support')")
    settings.change(db, "support", {"theta_review": 0.75})
    assert rows(ask("unanswered_questions", START, END)) == [({"intent": "a"}, 1)]
    assert ask("unanswered_questions", START, END, theta=0.7) == []


@pytest.mark.parametrize("provisional", [False, True])
@pytest.mark.parametrize("known", [True, False])
def test_what_if_of_sessions_counts_finished_ones_at_their_start(
    db: Connection, ask: Ask, known: bool, provisional: bool
) -> None:
    """A session that began yesterday is yesterday's, whenever its turns were.

    Its turns are asked where it does not know its lowest confidence.
    """
    before = START - timedelta(minutes=5)
    for start, finalised in ((before, True), (START, True), (START, False)):
        key = derived_rows.session(
            db,
            start,
            finalised=finalised,
            intent="buy",
            lowest_confidence=0.3 if known else None,
        )
        for confidence in (0.9, 0.3):
            derived_rows.turn(
                db,
                start + timedelta(minutes=10),
                intent_confidence=confidence,
                intent_name="other",
                session_key=key,
                session_start=start,
            )
    derived_rows.session(db, START, lowest_confidence=math.inf if known else None)
    found = ask(
        "threshold_what_if_sessions",
        START,
        END,
        by=("intent", "business_hours"),
        provisional=provisional,
    )
    shown = {row[1]["theta"]: (float(row[3]), float(row[4])) for row in found}
    sessions = 2 if provisional else 1
    assert shown[0.3] == (0, sessions)
    assert shown[0.35] == (sessions, sessions)
    assert {row[1]["intent"] for row in found} == {"buy"}
    assert {row[7] for row in found} == {provisional}


def test_one_session_that_does_not_know_has_all_of_them_asked(
    db: Connection, ask: Ask
) -> None:
    """It was derived before there was the column; others of the range know."""
    for hours, confidence in ((0, 0.9), (1, None)):
        start = START + timedelta(hours=hours)
        key = derived_rows.session(db, start, lowest_confidence=confidence)
        derived_rows.turn(
            db,
            start,
            intent_confidence=confidence or 0.1,
            session_key=key,
            session_start=start,
        )

    def below_half(start: datetime, end: datetime) -> tuple[float, float]:
        found = ask("threshold_what_if_sessions", start, end)
        ((k, n),) = [row[3:5] for row in found if row[1]["theta"] == 0.5]
        return float(k), float(n)

    assert below_half(START, END) == (1, 2)
    assert below_half(START, START + timedelta(hours=1)) == (0, 1)


def test_a_late_turn_lowers_the_confidence_of_its_session(
    migrated_dsn: str, db: Connection, ask: Ask
) -> None:
    """The lowest of the turns that a classifier read; buttons and rules are sure."""
    chat = Chat()
    talk = chat.talk("c1", user="u1")
    talk.turn(0, "t1", intent_name="a", intent_confidence=0.8)
    talk.turn(60, "t2", intent_name="b", intent_confidence=0.1, intent_source="button")
    chat.talk("c2", user="u2").turn(0, "t3")
    derived(migrated_dsn, chat)

    def lowest() -> list[float]:
        found = db.execute(
            "SELECT lowest_confidence FROM _turnspan.session ORDER BY conversation_id"
        )
        return [confidence for (confidence,) in found]

    assert lowest() == [0.8, math.inf]
    late = Chat()
    late.talk("c1", user="u1").turn(30, "t4", intent_name="a", intent_confidence=0.42)
    derived(migrated_dsn, late)
    assert lowest() == [0.42, math.inf]
    found = ask("threshold_what_if_sessions", SINCE, UNTIL)
    assert [row[3:5] for row in found] == [(int(n > 8), 1) for n in range(1, 20)]


def test_every_bucket_is_held_against_one_baseline(db: Connection, ask: Ask) -> None:
    """A bucket without turns is NULL, and so is a group that the baseline lacks."""
    for day, intents in ((-1, "aabb"), (0, "aabb"), (1, "aaab")):
        for intent in intents:
            derived_rows.turn(db, START + timedelta(days=day), intent_name=intent)
    new = START + timedelta(days=1)
    derived_rows.turn(db, new, intent_name="a", channel="slack")
    end = START + timedelta(days=3)
    baseline = {"baseline_from": "2026-03-01", "baseline_to": "2026-03-02"}
    found = ask("intent_drift", START, end, "day", ("channel",), **baseline)
    drift = pytest.approx(0.27465307, abs=1e-8)
    assert [(row[0].day, row[1]["channel"], row[2]) for row in found] == [
        (2, "slack", None),
        (2, "web", 0),
        (3, "slack", None),
        (3, "web", drift),
        (4, "slack", None),
        (4, "web", None),
    ]


def test_the_dates_of_a_baseline_are_the_bots_midnights(
    db: Connection, ask: Ask
) -> None:
    """A day of Tokyo begins nine hours early; an offset says otherwise."""
    db.execute("INSERT INTO _turnspan.bot (name) VALUES ('support')")
    settings.change(db, "support", {"timezone": "Asia/Tokyo"})
    derived_rows.turn(db, datetime(2026, 3, 1, 15, tzinfo=UTC), intent_name="a")
    derived_rows.turn(db, START + timedelta(hours=16), intent_name="a")
    start = datetime(2026, 3, 2, 15, tzinfo=UTC)
    end = start + timedelta(days=1)
    ((*_, value, k, n, _, _, _),) = ask(
        "intent_drift", start, end, baseline_from="2026-03-02"
    )
    assert (value, k, n) == (0, 1, 1)
    ((*_, value, k, n, _, _, _),) = ask(
        "intent_drift", start, end, baseline_from="2026-03-02T00:00Z"
    )
    assert (value, k, n) == (0, 1, 1)
    ((*_, value, k, n, _, _, _),) = ask(
        "intent_drift", start, end, baseline_to="2026-03-02T00:00"
    )
    assert (value, k, n) == (None, 0, 1)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            {"baseline_from": "last week"},
            'baseline_from: "last week" is neither a date',
        ),
        ({"baseline_to": "2026-02-30"}, 'baseline_to: "2026-02-30" is neither a date'),
        (
            {"baseline_from": "2026-03-02", "baseline_to": "2026-03-01"},
            "baseline_from: 2026-03-02 00:00:00 is not before baseline_to, 2026-03-01",
        ),
    ],
)
def test_a_baseline_that_is_none_is_refused(
    ask: Ask, options: dict[str, str], said: str
) -> None:
    """With the value and what it should be."""
    with pytest.raises(psycopg.errors.InvalidParameterValue) as refused:
        ask("intent_drift", START, END, **options)
    assert (refused.value.diag.message_primary or "").startswith(said)


def test_filters_of_a_baseline_are_only_values(db: Connection, ask: Ask) -> None:
    """A value that looks like a parameter, or ends a text, is a value."""
    strange = "$1' OR true --"
    for day in (-1, 0):
        at = START + timedelta(days=day)
        derived_rows.turn(db, at, intent_name="a", channel=strange)
        derived_rows.turn(db, at, intent_name="b")
    ((*_, value, k, n, _, _, _),) = ask(
        "intent_drift", START, END, filters={"channel": strange}
    )
    assert (value, k, n) == (0, 1, 1)


def test_labels_leave_test_traffic_and_buttons_out(db: Connection, ask: Ask) -> None:
    """Whatever somebody says of them; coverage counts the NLU turns alone."""
    for columns in ({}, {"test": True}, {"intent_source": "button"}):
        turn = derived_rows.turn(db, START, intent_name="a", **columns)
        derived_rows.label(db, turn, "a")
    derived_rows.turn(db, START, intent_name="a")
    derived_rows.settle_labels(db)
    assert rows(ask("confusion_matrix", START, END)) == [
        ({"predicted": "a", "labelled": "a"}, 1)
    ]
    ((_, _, value, k, n, *_),) = ask("label_coverage", START, END)
    assert (value, k, n) == (0.5, 1, 2)


def test_labels_are_grouped_and_filtered_like_turns(db: Connection, ask: Ask) -> None:
    """By what was predicted (intent) and by what it was (labelled)."""
    for predicted, labelled, locale in (
        ("a", "a", "de"),
        ("a", "b", "de"),
        ("b", "b", "en"),
    ):
        turn = derived_rows.turn(db, START, intent_name=predicted, locale=locale)
        derived_rows.label(db, turn, labelled)
    derived_rows.settle_labels(db)
    assert rows(ask("nlu_accuracy", START, END, by=("labelled",))) == [
        ({"labelled": "a"}, 1),
        ({"labelled": "b"}, 0.5),
    ]
    assert rows(ask("nlu_accuracy", START, END, filters={"intent": "a"})) == [({}, 0.5)]
    german = ask("confusion_matrix", START, END, by=("predicted", "locale"))
    assert rows(german) == [
        ({"predicted": "a", "labelled": "a", "locale": "de"}, 1),
        ({"predicted": "a", "labelled": "b", "locale": "de"}, 1),
        ({"predicted": "b", "labelled": "b", "locale": "en"}, 1),
    ]
