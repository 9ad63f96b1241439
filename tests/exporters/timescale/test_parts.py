"""What sessions are made of besides turns: goals, ratings, nodes, arms and sums."""

from __future__ import annotations

import itertools
from typing import Any

import psycopg
import pytest
from tests.support.chat import Chat, Talk, derived

from turnspan import conventions as names

Connection = psycopg.Connection[Any]
HOUR = 3600.0
DAY = 86_400.0


def _rows(db: Connection, query: str) -> list[tuple[Any, ...]]:
    return db.execute(query).fetchall()


def _ask(talk: Talk, at: float, turn: str | None = None, name: str = "csat") -> None:
    attributes = {names.GEN_AI_EVALUATION_NAME: name}
    talk.event(names.EVENT_FEEDBACK_REQUEST, at, turn, attributes=attributes)


def _paired(db: Connection) -> list[tuple[Any, ...]]:
    return _rows(
        db,
        "SELECT is_request, extract(epoch FROM at - min(at) OVER ())::float8, paired "
        "FROM _turnspan.feedback ORDER BY at, is_request DESC",
    )


def test_a_goal_is_a_row_of_its_session(migrated_dsn: str, db: Connection) -> None:
    """Kind, value and quality as given; the click before it is the last touch."""
    chat = Chat()
    talk = chat.talk("c1", user="u1", version="2")
    talk.turn(0, "t1", 1)
    talk.event(names.EVENT_CTA_CLICK, 5, cta_id="first")
    talk.event(names.EVENT_CTA_CLICK, 6, cta_id="buy")
    lead = {
        names.GOAL_KIND: "lead",
        names.GOAL_VALUE: 12.5,
        names.GOAL_CURRENCY: "EUR",
        names.GOAL_QUALITY: 0.7,
    }
    talk.event(names.EVENT_GOAL, 7, "t1", goal_id="signup", attributes=lead)
    talk.event(names.EVENT_CTA_CLICK, 8, cta_id="late")
    odd = {names.GOAL_KIND: "new", names.GOAL_VALUE: "NaN"}
    talk.event(names.EVENT_GOAL, 2 * DAY, attributes=odd)
    derived(migrated_dsn, chat)
    rows = _rows(
        db,
        "SELECT goal_id, kind, value, currency, quality, turn_id, last_cta, base, "
        "user_key, version, at, session_start FROM _turnspan.goal ORDER BY at",
    )
    at, start = chat.time, chat.time(0)
    assert rows == [
        ("signup", "lead", 12.5, "EUR", 0.7, "t1", "buy", True, "u1", "2", at(7),
         start),
        ("", "other", None, None, None, None, "late", True, "u1", "2", at(2 * DAY),
         start),
    ]  # fmt: skip


def test_a_rating_answers_the_request_of_its_turn(
    migrated_dsn: str, db: Connection
) -> None:
    """With the same name and turn, not earlier; another name or turn is none."""
    chat = Chat()
    talk = chat.talk("c1", user="u1")
    for number in range(3):
        talk.turn(10 * number, f"t{number}", 1)
    _ask(talk, 1, "t0")
    talk.rate(2, 5, "t0", "csat")
    _ask(talk, 11, "t1")
    talk.rate(12, 5, "t1", "ces")
    talk.rate(13, 5, "t2", "csat")
    _ask(talk, 22, "t2")
    derived(migrated_dsn, chat)
    assert _paired(db) == [
        (True, 0.0, True),
        (False, 1.0, True),
        (True, 10.0, False),
        (False, 11.0, False),
        (False, 12.0, False),
        (True, 21.0, False),
    ]


def test_a_rating_without_turn_answers_the_latest_request(
    migrated_dsn: str, db: Connection
) -> None:
    """Of the conversation and name, whether it names a turn or not, and only that."""
    chat = Chat()
    talk = chat.talk("c1", user="u1")
    talk.turn(0, "t1", 1)
    _ask(talk, 10)
    _ask(talk, 20, "t1")
    _ask(talk, 25, name="nps")
    talk.rate(30, 4, kind="csat")
    talk.rate(31, 2, kind="csat")
    derived(migrated_dsn, chat)
    assert _paired(db) == [
        (True, 0.0, False),
        (True, 10.0, True),
        (True, 15.0, False),
        (False, 20.0, True),
        (False, 21.0, True),
    ]


PIECES = ("asked", "later turn", "answered", "asked again")


def _piece(chat: Chat, piece: str) -> None:
    talk = chat.talk("c1", user="u1")
    match piece:
        case "asked":
            talk.turn(0, "t1", 1)
            _ask(talk, 1)
        case "later turn":
            talk.turn(5 * HOUR, "t2", 1)
        case "answered":
            talk.rate(6 * HOUR, 5, kind="csat")
        case _:
            talk.turn(9 * HOUR, "t3", 1)
            _ask(talk, 9 * HOUR + 1)


@pytest.mark.parametrize("order", list(itertools.permutations(PIECES)))
def test_ratings_find_each_other_across_sessions(
    migrated_dsn: str, db: Connection, order: tuple[str, ...]
) -> None:
    """In whatever order request, rating and sessions come, batch after batch."""
    chat = Chat()
    for piece in order:
        _piece(chat, piece)
        derived(migrated_dsn, chat)
    assert _paired(db) == [
        (True, 0.0, True),
        (False, 6 * HOUR - 1, True),
        (True, 9 * HOUR, False),
    ]
    sessions = _rows(db, "SELECT ratings FROM _turnspan.session ORDER BY start_time")
    assert sessions == [(0,), (1,), (0,)]


def test_a_request_takes_a_rating_from_an_earlier_one(
    migrated_dsn: str, db: Connection
) -> None:
    """A later request that comes late is the one that was answered."""
    chat = Chat()
    talk = chat.talk("c1", user="u1")
    _ask(talk, 0)
    talk.rate(5 * HOUR, 5, kind="csat")
    derived(migrated_dsn, chat)
    assert _paired(db) == [(True, 0.0, True), (False, 5 * HOUR, True)]
    _ask(talk, 3 * HOUR)
    derived(migrated_dsn, chat)
    assert _paired(db) == [
        (True, 0.0, False),
        (True, 3 * HOUR, True),
        (False, 5 * HOUR, True),
    ]


def test_a_survey_after_the_session_names_the_turn(
    migrated_dsn: str, db: Connection
) -> None:
    """Asked in a session of its own and answered by the turn alone: they pair."""
    chat = Chat()
    talk = chat.talk("c1", user="u1")
    talk.turn(0, "t1", 1)
    _ask(talk, 3 * HOUR, "t1")
    derived(migrated_dsn, chat)
    chat.talk(None, channel=None).rate(4 * HOUR, 1, "t1", "csat")
    derived(migrated_dsn, chat)
    assert _paired(db) == [(True, 0.0, True), (False, HOUR, True)]


def test_nps_is_no_csat(migrated_dsn: str, db: Connection) -> None:
    """It is kept with its score, has no verdict and counts as no rating."""
    chat = Chat()
    talk = chat.talk("c1", user="u1")
    talk.turn(0, "t1", 1)
    talk.rate(1, 9, kind="nps")
    talk.rate(2, 5, kind="csat")
    talk.rate(3, 0, "t1")
    derived(migrated_dsn, chat)
    assert _rows(
        db,
        "SELECT name, score, scope, verdict FROM _turnspan.feedback ORDER BY at",
    ) == [
        ("nps", 9.0, "conversation", None),
        ("csat", 5.0, "conversation", 1),
        ("thumbs", 0.0, "turn", -1),
    ]
    assert _rows(db, "SELECT ratings FROM _turnspan.session") == [(2,)]


def test_nodes_are_those_the_bot_showed(migrated_dsn: str, db: Connection) -> None:
    """By turns and events of the bot, once a turn; the first is the session's own."""
    chat = Chat()
    talk = chat.talk("c1", user="u1")
    talk.turn(0, "t1", 1, node_id="start")
    talk.message(1, "bot", "t1", node_id="start")
    talk.turn(10, "t2", 1, node_id="menu")
    talk.event(names.EVENT_CTA_IMPRESSION, 11, "t2", cta_id="buy", node_id="offer")
    talk.turn(20, "t3", 1, node_id="start")
    talk.message(30, "user", "t4", node_id="typed")
    talk.turn(30, "t4", 1, node_id="menu")
    derived(migrated_dsn, chat)
    assert _rows(
        db,
        "SELECT node_id, times_shown, first_at, is_last, base "
        "FROM _turnspan.session_node ORDER BY first_at",
    ) == [
        ("start", 2, chat.time(0), False, True),
        ("menu", 2, chat.time(10), True, True),
        ("offer", 1, chat.time(11), False, True),
    ]
    assert _rows(db, "SELECT node_id FROM _turnspan.session") == [("start",)]


def test_a_session_sums_its_parts(migrated_dsn: str, db: Connection) -> None:
    """Impressions, tokens, what the agent settled and where the user came from."""
    chat = Chat()
    talk = chat.talk("c1", user="u1")
    entry = {names.ENTRY_UTM_MEDIUM: "mail", names.ENTRY_UTM_CAMPAIGN: "spring"}
    talk.event(names.EVENT_CONVERSATION_START, 0, attributes=entry)
    talk.turn(1, "t1", 1, input_tokens=10, output_tokens=2)
    talk.turn(5, "t2", 1, input_tokens=5)
    talk.event(names.EVENT_CTA_IMPRESSION, 6, cta_id="buy")
    talk.event(names.EVENT_CTA_IMPRESSION, 7, cta_id="sell")
    talk.handoff("request", 8)
    talk.handoff("accept", 9)
    closed = {names.HANDOFF_OUTCOME: "resolved"}
    talk.handoff("close", 7 * DAY, attributes=closed)
    chat.talk("c2", user="u2").turn(60, "t3", 1)
    derived(migrated_dsn, chat)
    assert _rows(
        db,
        "SELECT cta_impressions, input_tokens, output_tokens, agent_resolved, medium, "
        "campaign FROM _turnspan.session ORDER BY start_time",
    ) == [(2, 15, 2, True, "mail", "spring"), (0, None, None, False, None, None)]
    assert _rows(db, "SELECT cta_id, base FROM _turnspan.session_cta ORDER BY 1") == [
        ("buy", True),
        ("sell", True),
    ]


ASSIGNED = (
    "SELECT experiment, user_key, variant, first_at, channel, test "
    "FROM _turnspan.assignment ORDER BY 1, 2, 3, 6"
)


def _evaluated(talk: Talk, at: float, variant: str, **columns: Any) -> None:
    attributes = {names.FEATURE_FLAG_KEY: "price"}
    talk.event(names.EVENT_FEATURE_FLAG_EVALUATION, at, variant=variant,
               attributes=attributes, **columns)  # fmt: skip


def test_a_user_is_assigned_by_turns_and_evaluations(
    migrated_dsn: str, db: Connection
) -> None:
    """The first time counts, whatever named the variant; two variants are two rows."""
    chat = Chat()
    talk = chat.talk("c1", user="u1")
    arms = {names.EXPERIMENT_ASSIGNMENTS: ["price=a", "tone=x=y", "broken"]}
    talk.turn(10, "t1", 1, attributes=arms)
    talk.turn(20, "t2", 1, variant="a", attributes={names.FEATURE_FLAG_KEY: "price"})
    _evaluated(talk, 5, "a")
    _evaluated(chat.talk(None, user="u1", channel=None), 40, "b")
    nobody = chat.talk("c2", user=None)
    _evaluated(nobody, 50, "a", user_key=None)
    known = chat.talk("c3")
    _evaluated(known, 71, "b")
    known.turn(70, "t4", 1, user_key="u3")
    derived(migrated_dsn, chat)
    assert _rows(db, ASSIGNED) == [
        ("price", "u1", "a", chat.time(5), "web", False),
        ("price", "u1", "b", chat.time(40), "", False),
        ("price", "u3", "b", chat.time(71), "web", False),
        ("tone", "u1", "x=y", chat.time(10), "web", False),
    ]


def test_an_earlier_assignment_may_come_late(migrated_dsn: str, db: Connection) -> None:
    """Evaluations alone and turns alone, newest first: the first time is kept."""
    chat = Chat()
    for at in (9 * HOUR, 5 * HOUR, HOUR):
        _evaluated(chat.talk("c1", user="u1"), at, "a")
        arm = {names.EXPERIMENT_ASSIGNMENTS: ["tone=x"]}
        chat.talk("c2", user="u2").turn(at, f"t{at}", 1, attributes=arm)
        derived(migrated_dsn, chat)
    derived(migrated_dsn, chat)
    assert _rows(db, ASSIGNED) == [
        ("price", "u1", "a", chat.time(HOUR), "web", False),
        ("tone", "u2", "x", chat.time(HOUR), "web", False),
    ]


def test_test_traffic_is_assigned_apart(migrated_dsn: str, db: Connection) -> None:
    """What a test was shown is kept, and marked."""
    chat = Chat()
    for test in (True, False):
        talk = chat.talk(f"c{test}", user="u1", test=test)
        arm = {names.EXPERIMENT_ASSIGNMENTS: ["tone=x"]}
        talk.turn(HOUR * (2 - test), f"t{test}", 1, attributes=arm)
    derived(migrated_dsn, chat)
    assert _rows(db, ASSIGNED) == [
        ("tone", "u1", "x", chat.time(2 * HOUR), "web", False),
        ("tone", "u1", "x", chat.time(HOUR), "web", True),
    ]


def test_turns_and_ratings_know_their_session(
    migrated_dsn: str, db: Connection
) -> None:
    """The intent that a later turn gave it too, and whether a person resolved it."""
    chat = Chat()
    talk = chat.talk("c1", user="u1")
    talk.turn(0, "t1", 1, intent_name="greet")
    talk.turn(10, "t2", 1, intent_name="buy")
    talk.event(names.EVENT_GOAL, 5, "t1", goal_id="sale")
    talk.event(names.EVENT_FEEDBACK, 20, "t2", score=5.0)
    quiet = chat.talk("c2", user="u2")
    quiet.turn(0, "t3", 1)
    asked = {names.HANDOFF_OUTCOME: "resolved"}
    quiet.event(names.EVENT_HANDOFF_REQUEST, 1, "t3", handoff_id="h1")
    quiet.event(names.EVENT_HANDOFF_ACCEPT, 2, handoff_id="h1")
    quiet.event(names.EVENT_HANDOFF_CLOSE, 3, handoff_id="h1", attributes=asked)
    quiet.event(names.EVENT_FEEDBACK, 4, score=1.0)
    derived(migrated_dsn, chat)
    turns = _rows(
        db, "SELECT turn_id, session_intent FROM _turnspan.turn ORDER BY turn_id"
    )
    assert turns == [("t1", "buy"), ("t2", "buy"), ("t3", "")]
    assert _rows(db, "SELECT session_intent FROM _turnspan.goal") == [("buy",)]
    served = _rows(db, "SELECT score, served_by FROM _turnspan.feedback ORDER BY score")
    assert served == [(1.0, "human"), (5.0, "bot")]


def test_turns_and_handoffs_know_how_their_session_was_entered(
    migrated_dsn: str, db: Connection
) -> None:
    """What a later record says of the entry too; without one, and alone: nothing."""
    chat = Chat()
    talk = chat.talk("c1", user="u1")
    talk.turn(0, "t1", 1, intent_name="greet")
    talk.event(names.EVENT_HANDOFF_REQUEST, 1, "t1", handoff_id="h1")
    entered = {
        names.ENTRY_UTM_SOURCE: "ads",
        names.ENTRY_UTM_MEDIUM: "cpc",
        names.ENTRY_UTM_CAMPAIGN: "spring",
        names.ENTRY_DEVICE: "mobile",
        names.ENTRY_COUNTRY: "DE",
    }
    talk.turn(9, "t2", 1, intent_name="buy", user_kind="human")
    talk.event(names.EVENT_MESSAGE, 9, "t2", role="user", attributes=entered)
    chat.talk("c2", user="u2").turn(0, "t3", 1)
    lone = chat.talk(None)
    lone.turn(0, "t4", 1)
    lone.event(names.EVENT_HANDOFF_REQUEST, 1, "t4", handoff_id="h2")
    derived(migrated_dsn, chat)
    entry = "source, device, country, medium, campaign"
    found = ("ads", "mobile", "DE", "cpc", "spring")
    assert _rows(
        db, f"SELECT turn_id, {entry} FROM _turnspan.turn ORDER BY turn_id"
    ) == [("t1", *found), ("t2", *found), ("t3", *[""] * 5), ("t4", *[""] * 5)]
    assert _rows(
        db,
        f"SELECT handoff_id, session_intent, user_kind, {entry} "
        "FROM _turnspan.handoff ORDER BY handoff_id",
    ) == [("h1", "greet", "human", *found), ("h2", *[""] * 7)]
