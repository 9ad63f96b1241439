"""Records that name no conversation: turns and handoffs are counted all the same."""

from __future__ import annotations

import itertools
import threading
import time
from typing import Any

import psycopg
import pytest
from tests.support.chat import Chat, Talk, derived

from turnspan import conventions as names
from turnspan_exporters.timescale import TimescaleExporter
from turnspan_exporters.timescale._derive import Deriver
from turnspan_exporters.timescale._queries import query

Connection = psycopg.Connection[Any]
TURNS = (
    "SELECT to_jsonb(t) - 'trace_id' - 'span_id' FROM _turnspan.turn t ORDER BY turn_id"
)
HANDOFFS = "SELECT to_jsonb(h) FROM _turnspan.handoff h ORDER BY handoff_id"
DAYS = "SELECT to_jsonb(d) FROM _turnspan.user_day d ORDER BY user_key, day"


def _rows(db: Connection, query: str) -> list[Any]:
    return [row[0] for row in db.execute(query).fetchall()]


def _forget(db: Connection) -> None:
    db.execute(
        "TRUNCATE _turnspan.span, _turnspan.event, _turnspan.turn, _turnspan.handoff, "
        "_turnspan.session, _turnspan.user_day, _turnspan.user_first_seen"
    )


def _spoken(talk: Talk, at: float, turn: str, outcome: str, *, sampled: bool) -> None:
    talk.message(at, turn=turn)
    talk.event(
        names.EVENT_INTENT_RESULT, at, turn, intent_name="refund", intent_confidence=0.4
    )
    attributes: dict[str, Any] = {
        names.TURN_DURATION: 1.5,
        names.TURN_OUTCOME: outcome,
        names.TURN_INITIATOR: "user",
        names.FIRST_RESPONSE_DURATION: 0.25,
    }
    if sampled:
        talk.turn(
            at, turn, 1.5, outcome=outcome, initiator="user", first_response_s=0.25
        )
    talk.event(names.EVENT_TURN_END, at + 1.5, turn, attributes=attributes)


def test_sampling_changes_nothing_where_no_conversation_is_named(
    migrated_dsn: str, db: Connection
) -> None:
    """With spans or with the ends of the turns alone: the same turns and days."""
    found = []
    for sampled in (True, False):
        _forget(db)
        chat = Chat()
        talk = chat.talk(None, user="u1", version="2")
        for number, outcome in enumerate(["answered", "fallback", "error"]):
            _spoken(talk, 10.0 * number, f"t{number}", outcome, sampled=sampled)
        talk.message(60, turn="t9")
        derived(migrated_dsn, chat)
        found.append((_rows(db, TURNS), _rows(db, DAYS)))
    assert found[0] == found[1]
    turns, days = found[0]
    assert [
        (one["turn_id"], one["timed"], one["is_fallback"], one["duration_s"],
         one["first_response_s"], one["intent_name"], one["conversation_id"])
        for one in turns
    ] == [
        ("t0", True, False, 1.5, 0.25, "refund", None),
        ("t1", True, True, 1.5, 0.25, "refund", None),
        ("t2", True, False, 1.5, 0.25, "refund", None),
        ("t9", False, False, 0.0, None, None, None),
    ]  # fmt: skip
    assert [(one["user_key"], one["user_turns"]) for one in days] == [("u1", 4)]


def test_a_lone_turn_sums_the_tokens_of_its_calls(
    migrated_dsn: str, db: Connection
) -> None:
    """LLM spans that name the turn count, whenever they come."""
    chat = Chat()
    talk = chat.talk(None, user="u1")
    call: dict[str, Any] = {"name": "chat m", "operation": "chat", "model": "m"}
    talk.turn(0, "t1", 2)
    talk.span(0.2, "t1", input_tokens=10, output_tokens=5, **call)
    derived(migrated_dsn, chat)
    talk.span(0.9, "t1", input_tokens=7, output_tokens=1, **call)
    derived(migrated_dsn, chat)
    query = "SELECT input_tokens, output_tokens, model FROM _turnspan.turn"
    assert db.execute(query).fetchall() == [(17, 6, "m")]


def test_a_turn_is_lone_no_more_when_its_conversation_is_named(
    migrated_dsn: str, db: Connection
) -> None:
    """The end of the turn is merged into the conversation's turn, as a span would."""
    chat = Chat()
    _spoken(chat.talk(None, user="u1"), 0, "t1", "fallback", sampled=False)
    derived(migrated_dsn, chat)
    chat.talk("c1", user="u1").message(0, turn="t1")
    derived(migrated_dsn, chat)
    query = (
        "SELECT turn_id, conversation_id, duration_s, is_fallback FROM _turnspan.turn"
    )
    assert db.execute(query).fetchall() == [("t1", "c1", 1.5, True)]


def _step(talk: Talk, step: str) -> None:
    at = {"request": 5.0, "queue": 6.0, "accept": 15.0, "close": 60.0}[step]
    attributes = {names.HANDOFF_OUTCOME: "resolved"} if step == "close" else None
    reason = "policy" if step == "request" else None
    talk.handoff(step, at, "h1", reason=reason, attributes=attributes)


@pytest.mark.parametrize("at_once", [True, False])
def test_a_handoff_without_conversation_is_counted(
    migrated_dsn: str, db: Connection, at_once: bool
) -> None:
    """Its steps come in any order, also before the request: the same row."""
    found = []
    for order in itertools.permutations(["request", "accept", "close"]):
        _forget(db)
        chat = Chat()
        for step in order:
            _step(chat.talk(None), step)
            if not at_once:
                derived(migrated_dsn, chat)
        derived(migrated_dsn, chat)
        found.append(_rows(db, HANDOFFS))
    assert all(rows == found[0] for rows in found)
    rows = db.execute(
        "SELECT handoff_id, requested_at, accepted_at, wait_outcome, outcome, reason, "
        "conversation_id, session_key FROM _turnspan.handoff"
    ).fetchall()
    at = chat.time
    assert rows == [
        ("h1", at(5), at(15), "accepted", "resolved", "policy", None, None)
    ]  # fmt: skip
    waits = "SELECT value, k, n FROM turnspan.metric('handoff_accepted_share', %s, %s)"
    assert db.execute(waits, (at(0), at(100))).fetchall() == [(1.0, 1, 1)]


RECORDS = ("turn", "request", "accept")


def _record(chat: Chat, record: str) -> None:
    match record:
        case "turn":
            chat.talk("c1", user="u1").turn(0, "t1", 2)
        case "request":
            chat.talk(None).handoff("request", 1, "h1", turn="t1", reason="policy")
        case _:
            chat.talk("c2").handoff("accept", 15, "h1")


def test_a_handoff_belongs_to_the_session_of_the_turn_it_names(
    migrated_dsn: str, db: Connection
) -> None:
    """Whether the turn, the request or a step comes first, the session is escalated."""
    found = []
    for order in itertools.permutations(RECORDS):
        _forget(db)
        chat = Chat()
        for record in order:
            _record(chat, record)
            derived(migrated_dsn, chat)
        found.append(_rows(db, HANDOFFS))
    assert all(rows == found[0] for rows in found)
    rows = db.execute(
        "SELECT h.conversation_id, h.turn_number, h.accepted_at, h.user_key, s.outcome "
        "FROM _turnspan.handoff h JOIN _turnspan.session s USING (session_key)"
    ).fetchall()
    assert rows == [("c1", 1, chat.time(15), "u1", "escalated")]


def test_a_lone_request_without_id_is_a_handoff(
    migrated_dsn: str, db: Connection
) -> None:
    """Its uid stands in for the id; what its turn says of the user is known."""
    chat = Chat()
    talk = chat.talk(None)
    uid = talk.handoff("request", 1, None, turn="t1")
    derived(migrated_dsn, chat)
    chat.talk(None, user="u1").turn(0, "t1", 2, intent_name="refund")
    derived(migrated_dsn, chat)
    rows = db.execute(
        "SELECT replace(handoff_id, '-', ''), user_key, intents_before "
        "FROM _turnspan.handoff"
    ).fetchall()
    assert rows == [(uid.hex(), "u1", ["refund"])]


WAITING = (
    "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)"
)


def test_a_turn_is_not_lone_while_its_conversation_is_derived(
    migrated_dsn: str, db: Connection
) -> None:
    """Two connections have the same turn: the orphan's waits, and finds it known."""
    chat = Chat()
    chat.talk(None, user="u1").turn(0, "t1", 2)
    exporter = TimescaleExporter(migrated_dsn, migrates=False)
    exporter.open()
    exporter.export([chat.batch()])
    exporter.close()
    deriver = Deriver(migrated_dsn)
    orphans = threading.Thread(target=deriver.orphans)
    with psycopg.connect(migrated_dsn) as other:
        other.execute(query("lock_conversations"))
        other.execute(
            "INSERT INTO _turnspan.turn (start_time, bot, turn_id, channel, "
            "conversation_id, end_time, duration_s, timed, initiator, is_fallback, "
            "test, definition_version) VALUES (%(at)s, 'support', 't1', 'web', 'c1', "
            "%(at)s, 0, true, 'user', false, false, 1)",
            {"at": chat.time(1)},
        )
        orphans.start()
        deadline = time.monotonic() + 30
        while db.execute(WAITING).fetchone() != (True,):
            assert time.monotonic() < deadline, "the orphans did not wait"
            time.sleep(0.02)
    orphans.join(30)
    deriver.close()
    found = db.execute("SELECT turn_id, conversation_id FROM _turnspan.turn").fetchall()
    assert found == [("t1", "c1")]
    touched = db.execute("SELECT conversation_id FROM _turnspan.touched").fetchall()
    assert touched == [("c1",)]


@pytest.mark.usefixtures("timescale")
def test_what_is_over_stays_in_the_columnstore(
    migrated_dsn: str, db: Connection
) -> None:
    """New lone turns and handoffs make no rows of old ones; changed ones do."""
    week = 7 * 86400
    chat = Chat()
    talk = chat.talk(None, user="u1")
    for number in range(2):
        talk.turn(-2 * week + number, f"t{number}", 1)
        talk.handoff("request", -2 * week + number, f"h{number}")
    derived(migrated_dsn, chat)
    chunks = [
        name
        for table in ("turn", "handoff")
        for (name,) in db.execute(
            "SELECT show_chunks(%s)::text", (f"_turnspan.{table}",)
        )
    ]
    assert len(chunks) == 2
    for chunk in chunks:
        db.execute("CALL convert_to_columnstore(%s)", (chunk,))
    talk.turn(0, "t2", 1)
    talk.handoff("request", 1, "h2")
    derived(migrated_dsn, chat)
    talk.event(names.EVENT_INTENT_RESULT, 0, "t2", intent_name="greet")
    talk.handoff("accept", 9, "h2")
    derived(migrated_dsn, chat)
    in_rows = [
        db.execute(f"SELECT bot FROM ONLY {chunk}").fetchall() for chunk in chunks
    ]
    assert in_rows == [[], []]
    talk.event(names.EVENT_INTENT_RESULT, -2 * week, "t0", intent_name="refund")
    talk.handoff("accept", -2 * week + 9, "h0")
    derived(migrated_dsn, chat)
    turns = "SELECT turn_id, intent_name FROM _turnspan.turn ORDER BY turn_id"
    assert db.execute(turns).fetchall() == [
        ("t0", "refund"), ("t1", None), ("t2", "greet")
    ]  # fmt: skip
    handoffs = "SELECT handoff_id, wait_outcome FROM _turnspan.handoff ORDER BY 1"
    assert db.execute(handoffs).fetchall() == [
        ("h0", "accepted"), ("h1", "waiting"), ("h2", "accepted")
    ]  # fmt: skip
