"""Derivation: the same facts from the same records, in whatever order they come."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import fields
from itertools import pairwise
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.chat import Chat, Talk, derived

from turnspan import conventions as names
from turnspan_exporters.records import Batch, Columns
from turnspan_exporters.timescale import TimescaleExporter, Worker, settle
from turnspan_exporters.timescale import settings as bot_settings
from turnspan_exporters.timescale._derive import Deriver

Connection = psycopg.Connection[Any]
TABLES = (
    "turn", "session", "handoff", "session_cta", "goal", "feedback", "session_node",
    "session_variant", "assignment", "user_day", "user_first_seen",
)  # fmt: skip


def facts(dsn: str) -> dict[str, list[str]]:
    """Everything derived, each row as text, in an order of its own."""
    found: dict[str, list[str]] = {}
    with psycopg.connect(dsn, options="-c timezone=UTC") as connection:
        for table in TABLES:
            rows = connection.execute(
                f"SELECT to_jsonb(x)::text FROM _turnspan.{table} x"
            ).fetchall()
            found[table] = sorted(row[0] for row in rows)
    return found


def pieces(batch: Batch) -> list[Batch]:
    """One batch a record."""
    found = []
    for name in ("spans", "events"):
        source: Columns = getattr(batch, name)
        for row in source.rows():
            one = Batch(
                batch.received_ns, resources=batch.resources, scopes=batch.scopes
            )
            for column, value in zip(fields(source), row, strict=True):
                getattr(getattr(one, name), column.name).append(value)
            found.append(one)
    return found


class Store:
    """One database that is emptied before each use."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self.exporter = TimescaleExporter(dsn, migrates=False)
        self.exporter.open()
        self.deriver = Deriver(dsn)

    def derive(self, parts: list[list[Batch]]) -> dict[str, list[str]]:
        """Store and derive part after part; returns the facts."""
        raw = ("span", "event", "touched", "touched_user", "outcome_history")
        with psycopg.connect(self.dsn) as connection:
            names = ", ".join(f"_turnspan.{one}" for one in (*raw, *TABLES))
            connection.execute(f"TRUNCATE {names}")
        for part in parts:
            self.exporter.export(part)
            while self.deriver.work():
                pass
        return facts(self.dsn)


@pytest.fixture
def store(migrated_dsn: str) -> Iterator[Store]:
    opened = Store(migrated_dsn)
    yield opened
    opened.deriver.close()
    opened.exporter.close()


GAPS = st.sampled_from(
    [0.0, 5.0, 1799.0, 1800.0, 1800.000001, 4000.0, 30000.0, 90000.0]
)
KINDS = st.sampled_from(
    ["turn", "turn", "turn", "message", "bot", "request", "accept", "close", "rate",
     "resolve", "goal", "show", "click", "end", "twice", "ask", "ask", "ask later",
     "answer", "answer", "flag", "arm", "decline"]
)  # fmt: skip


_CSAT = {names.GEN_AI_EVALUATION_NAME: "csat"}


def _say(talk: Talk, kind: str, at: float, number: int) -> None:
    turn = f"t{number}"
    match kind:
        case "turn":
            talk.message(at, turn=turn)
            node = f"n{number % 3}"
            talk.turn(at, turn, 2, intent_name=f"i{number}", input_tokens=number,
                      node_id=node)  # fmt: skip
        case "message" | "bot":
            talk.message(at, "bot" if kind == "bot" else "user")
        case "request" | "accept" | "close" | "decline":
            talk.handoff(kind, at, f"h{number // 4}")
        case "rate":
            talk.rate(at, number % 2, f"t{number - 1}")
        case "resolve":
            talk.resolve(at, "resolved" if number % 2 else "unresolved")
        case "goal":
            talk.event(names.EVENT_GOAL, at, goal_id="g")
        case "show":
            talk.event(names.EVENT_CTA_IMPRESSION, at, cta_id="buy")
        case "click":
            talk.event(names.EVENT_CTA_CLICK, at, cta_id="buy")
        case "end":
            talk.event(names.EVENT_CONVERSATION_END, at)
        case "ask" | "ask later":
            back = 2 if kind == "ask later" else 1
            of = None if number % 3 == 0 else f"t{number - back}"
            talk.event(names.EVENT_FEEDBACK_REQUEST, at, of, attributes=_CSAT)
        case "answer":
            of = None if number % 2 else f"t{number - 2}"
            talk.event(names.EVENT_FEEDBACK, at, of, score=4.0, attributes=_CSAT)
        case "flag":
            attributes = {names.FEATURE_FLAG_KEY: "exp"}
            of = None if number % 2 else f"t{number - 1}"
            talk.event(names.EVENT_FEATURE_FLAG_EVALUATION, at, of,
                       variant=f"v{number % 2}", attributes=attributes)  # fmt: skip
        case "arm":
            arms = {names.EXPERIMENT_ASSIGNMENTS: [f"other=v{number % 2}"]}
            talk.turn(at, turn, 1, attributes=arms)
        case "twice":
            talk.turn(at, turn, 1)
            talk.turn(at + 3, turn, 1, outcome="fallback")


@st.composite
def chats(draw: st.DrawFn) -> list[Batch]:
    """A few conversations of two users, cut into single records."""
    chat = Chat()
    at = 0.0
    steps = draw(st.lists(st.tuples(GAPS, KINDS, st.integers(0, 2)), max_size=14))
    for number, (gap, kind, which) in enumerate(steps):
        at += gap
        user = None if which == 2 else f"u{which % 2}"
        _say(chat.talk(f"c{which}", user=user), kind, at, number)
    return pieces(chat.batch())


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(records=chats(), data=st.data())
def test_order_and_repetition_change_nothing(
    store: Store, records: list[Batch], data: st.DataObject
) -> None:
    """All at once, or one by one in any order with repeats: the same facts."""
    shuffled = data.draw(st.permutations(records))
    again = data.draw(st.lists(st.sampled_from(records), max_size=3)) if records else []
    cuts = data.draw(st.lists(st.integers(0, len(shuffled)), max_size=4))
    at_once = store.derive([records])
    assert store.derive(_cut([*shuffled, *again], sorted(cuts))) == at_once


def _cut(records: list[Batch], at: list[int]) -> list[list[Batch]]:
    edges = [0, *at, len(records)]
    return [records[low:high] for low, high in pairwise(edges)]


def test_a_turn_is_merged_from_all_its_records(
    migrated_dsn: str, db: Connection
) -> None:
    """Span, intent result, messages and LLM spans make one row."""
    chat = Chat()
    talk = chat.talk("c1", user="u1", version="2")
    talk.message(0, turn="t1")
    trace = talk.turn(0.1, "t1", 2, first_response_s=0.5, span_id=1)
    common: dict[str, Any] = {"trace_id": trace, "operation": "chat", "model": "m"}
    talk.span(0.2, name="chat m", span_id=2, parent_span_id=1, input_tokens=10,
              output_tokens=5, **common)  # fmt: skip
    talk.span(0.3, name="chat m", span_id=3, parent_span_id=2, input_tokens=10,
              output_tokens=4, **common)  # fmt: skip
    talk.event(
        names.EVENT_INTENT_RESULT, 0.2, "t1", intent_name="refund",
        intent_confidence=0.4,
        attributes={names.INTENT_IS_FALLBACK: True, names.INTENT_THRESHOLD: 0.6},
    )  # fmt: skip
    derived(migrated_dsn, chat)
    rows = db.execute(
        "SELECT turn_id, start_time, duration_s, first_response_s, timed, initiator, "
        "outcome, intent_name, intent_confidence, intent_threshold, is_fallback, "
        "input_tokens, output_tokens, model, user_key, version, turn_number "
        "FROM _turnspan.turn"
    ).fetchall()
    assert rows == [
        (
            "t1", chat.time(0.1), 2.0, 0.5, True, "user", "answered", "refund", 0.4,
            0.6, True, 10, 4, "m", "u1", "2", 1,
        )
    ]  # fmt: skip


@pytest.mark.parametrize("call_first", [True, False])
@pytest.mark.parametrize(("after", "tokens"), [(1, 10), (1799, 10), (1801, 7)])
def test_a_model_called_after_the_answer_counts(
    migrated_dsn: str, db: Connection, call_first: bool, after: int, tokens: int
) -> None:
    """While the session could still go on; whichever of the two arrives first."""
    answer, call = Chat(), Chat()
    trace = answer.talk("c1").turn(0, "t1", 2, span_id=1, input_tokens=7)
    answer.talk("c1").turn(9000, "t2", 2, span_id=3)
    call.talk("c1").span(
        2 + after, name="chat m", span_id=2, parent_span_id=1, trace_id=trace,
        operation="chat", input_tokens=10,
    )  # fmt: skip
    both = (call, answer) if call_first else (answer, call)
    for one in both:
        derived(migrated_dsn, one)
    rows = db.execute(
        "SELECT turn_id, input_tokens FROM _turnspan.turn ORDER BY start_time"
    ).fetchall()
    assert rows == [("t1", tokens), ("t2", None)]


def test_a_turn_without_span_comes_from_its_end(
    migrated_dsn: str, db: Connection
) -> None:
    """Sampling changes nothing: chatbot.turn.end carries what the span would."""
    chat = Chat()
    attributes = {
        names.TURN_DURATION: 1.5,
        names.TURN_OUTCOME: "answered",
        names.TURN_INITIATOR: "user",
        names.FIRST_RESPONSE_DURATION: 0.25,
    }
    chat.talk("c1", user="u1").event(
        names.EVENT_TURN_END, 1.5, "t1", attributes=attributes
    )
    derived(migrated_dsn, chat)
    rows = db.execute(
        "SELECT start_time, duration_s, first_response_s, outcome, timed "
        "FROM _turnspan.turn"
    ).fetchall()
    assert rows == [(chat.time(0), 1.5, 0.25, "answered", True)]


def test_a_turn_without_conversation_stays_outside_sessions(
    migrated_dsn: str, db: Connection
) -> None:
    """It is counted as a turn until a record says where it belongs."""
    chat = Chat()
    chat.talk(None, user="u1").turn(0, "t1", 1)
    derived(migrated_dsn, chat)
    query = "SELECT turn_id, conversation_id FROM _turnspan.turn"
    assert db.execute(query).fetchall() == [("t1", None)]
    chat.talk("c1", user="u1").message(0, turn="t1")
    derived(migrated_dsn, chat)
    assert db.execute(query).fetchall() == [("t1", "c1")]


def test_days_are_those_of_the_bots_time_zone(
    migrated_dsn: str, db: Connection
) -> None:
    """A changed time zone derives the days anew."""
    chat = Chat()
    talk = chat.talk("c1", user="u1")
    talk.turn(13.5 * 3600, "t1", 1)
    talk.turn(20 * 3600, "t2", 1)
    derived(migrated_dsn, chat)
    today = chat.base.date()
    query = "SELECT day - %s, user_turns FROM _turnspan.user_day ORDER BY day"
    assert db.execute(query, (today,)).fetchall() == [(0, 1), (1, 1)]
    bot_settings.change(db, "support", {"timezone": "Asia/Tokyo"})
    settle(migrated_dsn)
    assert db.execute(query, (today,)).fetchall() == [(1, 2)]


def test_a_changed_timeout_cuts_anew(migrated_dsn: str, db: Connection) -> None:
    """History under a new setting equals a fresh ingest under it."""
    chat = Chat()
    talk = chat.talk("c1", user="u1")
    talk.turn(0, "t1", 1)
    talk.turn(1200, "t2", 1)
    derived(migrated_dsn, chat)
    bot_settings.change(db, "support", {"session_timeout": "15m"})
    settle(migrated_dsn)
    rows = db.execute(
        "SELECT user_turns, parameters -> 'session_timeout' FROM _turnspan.session"
    ).fetchall()
    assert rows == [(1, 900.0), (1, 900.0)]


def test_a_value_of_the_wrong_kind_is_unknown(
    migrated_dsn: str, db: Connection
) -> None:
    """A number that is none costs that value alone."""
    chat = Chat()
    talk = chat.talk("c1", user="u1")
    attributes = {names.INTENT_THRESHOLD: "high", names.INTENT_IS_FALLBACK: [1]}
    talk.event(names.EVENT_INTENT_RESULT, 0, "t1", attributes=attributes)
    talk.turn(0, "t1", 1)
    derived(migrated_dsn, chat)
    rows = db.execute("SELECT intent_threshold, is_fallback FROM _turnspan.turn")
    assert rows.fetchall() == [(None, False)]


def test_a_conversation_that_fails_does_not_hold_up_others(
    migrated_dsn: str, db: Connection
) -> None:
    """What cannot be derived is parked with the reason after some attempts."""
    db.execute(
        "ALTER TABLE _turnspan.session ADD CHECK (conversation_id <> 'bad') NOT VALID"
    )
    chat = Chat()
    chat.talk("bad").turn(0, "t1", 1)
    chat.talk("good").turn(0, "t2", 1)
    exporter = TimescaleExporter(migrated_dsn, migrates=False)
    exporter.open()
    exporter.export([chat.batch()])
    exporter.close()
    deriver = Deriver(migrated_dsn)
    for _ in range(40):
        deriver.work()
        db.execute("UPDATE _turnspan.touched SET not_before = '-infinity'")
    deriver.close()
    rows = db.execute("SELECT conversation_id FROM _turnspan.session").fetchall()
    assert rows == [("good",)]
    letters = db.execute(
        "SELECT signal, payload ->> 'conversation_id' FROM _turnspan.dead_letter"
    ).fetchall()
    assert letters == [("derivation", "bad")]


def test_a_worker_derives_until_it_is_stopped(
    migrated_dsn: str, db: Connection
) -> None:
    """Two workers of two connections each share the work and end when told."""
    stop = threading.Event()
    workers = [
        threading.Thread(target=Worker(migrated_dsn, concurrency=2).run, args=(stop,))
        for _ in range(2)
    ]
    for worker in workers:
        worker.start()
    chat = Chat()
    for number in range(50):
        chat.talk(f"c{number}", user=f"u{number}").turn(number, f"t{number}", 1)
    try:
        derived(migrated_dsn, chat)
    finally:
        stop.set()
        for worker in workers:
            worker.join(20)
    assert db.execute("SELECT count(*) FROM _turnspan.session").fetchone() == (50,)
    assert db.execute("SELECT count(*) FROM _turnspan.user_day").fetchone() == (50,)


@pytest.mark.usefixtures("timescale")
def test_late_rows_reach_materialised_aggregates(
    migrated_dsn: str, db: Connection
) -> None:
    """What comes below the watermark is refreshed; above it nothing is hidden."""
    query = "SELECT coalesce(sum(base), 0) FROM _turnspan.session_15m"
    chat = Chat()
    chat.talk("c1", user="u1").turn(0, "t1", 1)
    derived(migrated_dsn, chat)
    before = db.execute(query).fetchone()
    db.execute(
        "CALL refresh_continuous_aggregate('_turnspan.session_15m', "
        "now() - interval '30 days', now() - interval '1 hour')"
    )
    chat.talk("c2", user="u2").turn(60, "t2", 1)
    derived(migrated_dsn, chat)
    after = db.execute(query).fetchone()
    assert before is not None
    assert after == (before[0] + 1,)
    query = "SELECT sum(resolved_implied) FROM _turnspan.session_15m"
    assert db.execute(query).fetchone() == (2,)
    chat.talk("c3", user="u2").turn(7200, "t3", 1)
    derived(migrated_dsn, chat)
    assert db.execute(query).fetchone() == (2,)
    assert db.execute("SELECT count(*) FROM _turnspan.session").fetchone() == (3,)


@pytest.mark.usefixtures("timescale")
def test_what_is_over_stays_in_the_columnstore(
    migrated_dsn: str, db: Connection
) -> None:
    """Neither a sweep nor turns of the same users, weeks later, make rows of them."""
    week = 7 * 86400
    old = [Chat(bot=f"b{number}") for number in range(3)]
    for chat in old:
        talk = chat.talk("c", user="u1")
        talk.turn(-6 * week, "t1", 1)
        talk.handoff("request", -6 * week + 1, "h1")
        derived(migrated_dsn, chat)
    db.execute("UPDATE _turnspan.session SET finalised = false WHERE bot = 'b2'")
    chunks = db.execute(
        "SELECT show_chunks('_turnspan.session')::text "
        "UNION ALL SELECT show_chunks('_turnspan.handoff')::text"
    ).fetchall()
    for chunk in chunks:
        db.execute("CALL convert_to_columnstore(%s)", chunk)
    deriver = Deriver(migrated_dsn)
    try:
        assert deriver.sweep(old[0].time(-7 * week)) == 1
    finally:
        deriver.close()
    for chat in old:
        talk = chat.talk("d", user="u1")
        talk.turn(0, "t2", 1)
        talk.handoff("request", 1, "h2")
        derived(migrated_dsn, chat)
    in_rows = [
        db.execute(f"SELECT bot FROM ONLY {chunk} ORDER BY bot").fetchall()
        for (chunk,) in chunks
    ]
    assert in_rows == [[("b2",)], []]
    assert db.execute(
        "SELECT count(*), count(*) FILTER (WHERE finalised) FROM _turnspan.session"
    ).fetchone() == (6, 6)


VIEWS = (
    "turns", "sessions", "handoffs", "events", "spans", "users_daily", "session_ctas",
    "session_nodes", "goals", "feedback", "assignments", "outcome_history",
)  # fmt: skip


def test_public_views_leave_test_traffic_out(migrated_dsn: str, db: Connection) -> None:
    """Each documented view shows the same facts once, and none of a test."""
    chat = Chat()
    for number in range(2):
        talk = chat.talk(f"c{number}", user="u1", test=bool(number))
        arm = {names.EXPERIMENT_ASSIGNMENTS: ["exp=a"]}
        talk.turn(0, f"t{number}", 2, node_id="start", attributes=arm)
        talk.handoff("request", 1, f"h{number}")
        talk.event(names.EVENT_CTA_IMPRESSION, 1, cta_id="buy")
        talk.event(names.EVENT_GOAL, 1, goal_id="g")
        talk.rate(1, 1.0)
    derived(migrated_dsn, chat)
    shown = {
        view: db.execute(
            f"SELECT count(*), obj_description('turnspan.{view}'::regclass) IS NULL "
            f"FROM turnspan.{view}"
        ).fetchone()
        for view in VIEWS
    }
    assert shown == {**dict.fromkeys(VIEWS, (1, False)), "events": (4, False)}
    assert db.execute("SELECT count(*) FROM _turnspan.session").fetchone() == (2,)
