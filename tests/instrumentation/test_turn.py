"""A turn is one span with the ids, the outcome and the events of one exchange."""

from __future__ import annotations

import asyncio
import gc
import logging
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace.sampling import TraceIdRatioBased
from opentelemetry.trace import SpanKind, StatusCode
from tests.support.telemetry import Captured

import turnspan
from turnspan import _pipeline, conversation, turn
from turnspan import conventions as c

START = 1_700_000_000_000_000_000


def test_a_turn_says_who_spoke_with_what_where(captured: Captured) -> None:
    """Every attribute that is known lands on the span, under its name."""
    mark = turn(
        bot="support",
        channel="web",
        conversation="c1",
        session="s1",
        id="t1",
        index=3,
        node="menu",
        locale="de",
        version="1.4",
        environment="staging",
        framework="own",
        experiment={"greeting": "b"},
        test=True,
        user_kind="anonymous",
    )
    with mark:
        pass
    attributes = captured.turn
    assert attributes.pop(c.RECORD_SEQ) > 0
    assert len(attributes.pop(c.PROCESS_ID)) == 16
    assert attributes == {
        c.BOT_NAME: "support",
        c.BOT_VERSION: "1.4",
        c.BOT_LOCALE: "de",
        c.BOT_TEST: True,
        c.CHANNEL_NAME: "web",
        c.DEPLOYMENT_ENVIRONMENT_NAME: "staging",
        c.FEATURE_FLAG_KEY: "greeting",
        c.FEATURE_FLAG_RESULT_VARIANT: "b",
        c.FRAMEWORK_NAME: "own",
        c.GEN_AI_CONVERSATION_ID: "c1",
        c.NODE_ID: "menu",
        c.SESSION_ID: "s1",
        c.TURN_ID: "t1",
        c.TURN_INDEX: 3,
        c.TURN_INITIATOR: "user",
        c.TURN_OUTCOME: "answered",
        c.USER_KIND: "anonymous",
    }


def test_the_span_is_named_after_the_bot(captured: Captured) -> None:
    """chatbot.turn {bot}, INTERNAL; invoke_workflow {workflow} for an LLM workflow."""
    with turn(bot="a", conversation="c"):
        pass
    with turn(bot="a", conversation="c", workflow="plan", kind=SpanKind.CONSUMER):
        pass
    assert [(span.name, span.kind) for span in captured.turns] == [
        ("chatbot.turn a", SpanKind.INTERNAL),
        ("invoke_workflow plan", SpanKind.CONSUMER),
    ]


def test_the_bot_is_the_service_by_default(captured: Captured) -> None:
    """Without a name the bot is service.name of the provider's resource."""
    with turn(conversation="c"):
        pass
    assert captured.turn[c.BOT_NAME] == "bot-under-test"


def test_a_message_delivered_twice_is_one_turn(captured: Captured) -> None:
    """The turn's id derives from bot, channel, conversation and message."""
    for bot, message in (("a", "m1"), ("a", "m1"), ("a", "m2"), ("b", "m1")):
        with turn(bot=bot, channel="web", conversation="c", message_id=message):
            pass
    ids = [dict(span.attributes or {})[c.TURN_ID] for span in captured.turns]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3
    heard = [e for e in captured.events if e.attributes[c.MESSAGE_ROLE] == "user"]
    assert (
        heard[0].attributes[c.LOG_RECORD_UID] == heard[1].attributes[c.LOG_RECORD_UID]
    )


def test_a_turn_sends_its_users_message_and_one_answer(captured: Captured) -> None:
    """Where nobody records messages, an answered turn has one of each."""
    with turn(bot="a", conversation="c") as t:
        pass
    roles = [
        (e[c.MESSAGE_ROLE], e[c.MESSAGE_INDEX]) for e in captured.named(c.EVENT_MESSAGE)
    ]
    assert roles == [("user", 1), ("bot", 2)]
    assert {e[c.TURN_ID] for e in captured.named(c.EVENT_MESSAGE)} == {t.id}


def test_recorded_answers_are_not_doubled(captured: Captured) -> None:
    """A turn that records its answers adds none of its own."""
    with turn(bot="a", conversation="c") as t:
        t.message("bot")
        t.message("bot")
    roles = [e[c.MESSAGE_ROLE] for e in captured.named(c.EVENT_MESSAGE)]
    assert sorted(roles) == ["bot", "bot", "user"]


def test_messages_can_be_left_to_the_handler(captured: Captured) -> None:
    """messages=False sends only what is recorded by hand."""
    with turn(bot="a", conversation="c", messages=False):
        pass
    assert captured.events == []


def test_an_exception_passes_unchanged_and_is_the_outcome(captured: Captured) -> None:
    """error.type and the span's status tell it; its text stays in the bot."""
    error = LookupError("secret text")
    with pytest.raises(LookupError) as caught, turn(bot="a", conversation="c"):
        raise error
    assert caught.value is error
    [span] = captured.turns
    assert span.status.status_code is StatusCode.ERROR
    assert span.status.description is None
    assert span.events == ()
    assert captured.turn[c.ERROR_TYPE] == "LookupError"
    assert captured.turn[c.TURN_OUTCOME] == "error"


@pytest.mark.parametrize("error", [KeyboardInterrupt(), asyncio.CancelledError()])
def test_an_interruption_is_no_error(captured: Captured, error: BaseException) -> None:
    """A cancelled turn without an answer is no_response, and passes through."""
    with pytest.raises(type(error)), turn(bot="a", conversation="c"):
        raise error
    assert captured.turns[0].status.status_code is StatusCode.UNSET
    assert captured.turn[c.TURN_OUTCOME] == "no_response"
    assert captured.turn[c.ERROR_TYPE].endswith(type(error).__name__)


def test_outcomes_are_inferred_and_can_be_said(captured: Captured) -> None:
    """A handoff or a fallback is the outcome unless the bot says another."""
    with turn(bot="handoff", conversation="c") as t:
        t.intent("x", 0.2, threshold=0.6)
        t.handoff.request("error")
    with turn(bot="fallback", conversation="c") as t:
        t.intent("x", 0.2, threshold=0.6)
    with turn(bot="said", conversation="c") as t:
        t.outcome = "clarification"
        t.handoff.request()
    with turn(bot="wrong", conversation="c") as t:
        t.outcome = "splendid"
    outcomes = [dict(s.attributes or {})[c.TURN_OUTCOME] for s in captured.turns]
    assert outcomes == ["handoff", "fallback", "clarification", "answered"]


def test_a_turn_without_ids_is_flagged(captured: Captured) -> None:
    """Neither conversation nor user: recorded, and outside session metrics."""
    with turn(bot="a"):
        pass
    assert captured.turn[c.TURN_UNATTRIBUTED] is True
    assert c.GEN_AI_CONVERSATION_ID not in captured.turn


def test_the_users_key_stands_in_for_a_conversation(captured: Captured) -> None:
    """Without a conversation the user's key is one."""
    with turn(bot="a", user="u"):
        pass
    assert captured.turn[c.GEN_AI_CONVERSATION_ID] == captured.turn[c.ENDUSER_PSEUDO_ID]


def test_an_inner_mark_joins_the_turn(captured: Captured) -> None:
    """A second mark of the same turn adds what it knows, and makes no second."""
    with turn(bot="a", channel="web") as outer:
        with turn(conversation="c", message_id="m", node="n") as inner:
            assert inner is outer
        turnspan.cta.impression("buy")
    assert captured.turn[c.GEN_AI_CONVERSATION_ID] == "c"
    assert captured.turn[c.NODE_ID] == "n"
    assert c.TURN_UNATTRIBUTED not in captured.turn
    assert {e.attributes[c.GEN_AI_CONVERSATION_ID] for e in captured.events} == {"c"}


@pytest.mark.parametrize(
    "other", [{"bot": "b"}, {"conversation": "d"}, {"message_id": "m2"}]
)
def test_an_inner_mark_of_another_turn_is_a_turn(
    captured: Captured, other: dict[str, Any]
) -> None:
    """Another bot, conversation or message is another turn, below the first."""
    with turn(bot="a", conversation="c", message_id="m1"), turn(**other):
        pass
    inner, outer = captured.turns
    assert inner.parent is not None
    assert outer.context is not None
    assert inner.parent.span_id == outer.context.span_id


def test_other_spans_nest_below_and_carry_the_conversation(captured: Captured) -> None:
    """An LLM span made in the handler has the turn as parent, the id and the bot."""
    tracer = captured.tracer_provider.get_tracer("llm")
    with turn(bot="a", conversation="c") as t, tracer.start_as_current_span("chat"):
        pass
    [chat] = [span for span in captured.spans if span.name == "chat"]
    assert dict(chat.attributes or {}) == {
        c.GEN_AI_CONVERSATION_ID: "c",
        c.BOT_NAME: "a",
    }
    assert chat.parent is not None
    assert chat.parent.span_id == t.span.get_span_context().span_id
    assert not trace.get_current_span().is_recording()


def test_a_turn_may_be_started_and_ended_by_hand(captured: Captured) -> None:
    """start() does not make it current; times may lie in the past."""
    t = turn(bot="a", conversation="c").start(start_time_ns=START)
    assert turnspan.current_turn() is None
    with t.use():
        assert turnspan.current_turn() is t
    t.end(end_time_ns=START + 1_500_000_000)
    t.end()
    [span] = captured.turns
    assert (span.start_time, span.end_time) == (START, START + 1_500_000_000)
    user, bot = captured.events
    assert (user.timestamp, bot.timestamp) == (START, START + 1_500_000_000)


def test_a_forgotten_turn_ends_with_its_handle(captured: Captured) -> None:
    """A turn whose handle is dropped is not lost."""
    turn(bot="a", conversation="c").start()
    gc.collect()
    assert captured.turn[c.TURN_OUTCOME] == "no_response"


def test_the_sequence_counts_every_record(captured: Captured) -> None:
    """chatbot.record.seq rises by one over spans and events together."""
    for _ in range(3):
        with turn(bot="a", conversation="c"):
            turnspan.view("page")
    events = [event.attributes[c.RECORD_SEQ] for event in captured.events]
    spans = [dict(span.attributes or {})[c.RECORD_SEQ] for span in captured.turns]
    numbers = sorted([*events, *spans])
    assert numbers == list(range(numbers[0], numbers[0] + 12))
    assert len({event.attributes[c.PROCESS_ID] for event in captured.events}) == 1


def test_sampling_changes_no_number(captured: Captured) -> None:
    """At 10 % each turn is one sampled span or one chatbot.turn.end, never none."""
    sampled = Captured(TraceIdRatioBased(0.1))
    _pipeline.use(sampled.pipeline())
    for number in range(300):
        with turn(bot="a", conversation="c", id=f"t{number}") as t:
            t.intent("x", 0.9)
    spans = [dict(span.attributes or {}) for span in sampled.turns]
    ends = sampled.named(c.EVENT_TURN_END)
    assert 0 < len(spans) < 100
    assert sorted(row[c.TURN_ID] for row in [*spans, *ends]) == sorted(
        f"t{number}" for number in range(300)
    )
    for end in ends:
        seconds = end.pop(c.TURN_DURATION)
        assert seconds >= 0
        assert end.keys() - {c.LOG_RECORD_UID} == spans[0].keys()
    assert len(sampled.named(c.EVENT_INTENT_RESULT)) == 300
    [(_, point)] = sampled.points(c.METRIC_TURN_DURATION)
    assert point.count == 300
    assert sampled.strangers() == []


@pytest.mark.parametrize(("when", "count"), [("always", 1), ("never", 0)])
def test_turn_end_follows_its_setting(
    captured: Captured, when: str, count: int
) -> None:
    """Always sends the record beside a sampled span; never sends it at all."""
    turnspan.configure(turn_end=when)
    with turn(bot="a", conversation="c"):
        pass
    assert len(captured.named(c.EVENT_TURN_END)) == count


def test_metrics_have_bounded_attributes(captured: Captured) -> None:
    """Bot, channel, outcome and variant; a conversation in progress counts once."""
    arms = {"e": "b"}
    with (
        turn(bot="a", channel="web", conversation="c", experiment=arms),
        turn(bot="b", channel="web", conversation="c"),
    ):
        [(_, active), _] = captured.points(c.METRIC_CONVERSATION_ACTIVE)
        assert active == 1
    names = {c.BOT_NAME, c.CHANNEL_NAME, c.FEATURE_FLAG_RESULT_VARIANT, c.TURN_OUTCOME}
    for attributes, point in captured.points(c.METRIC_TURN_DURATION):
        assert attributes.keys() == names
        assert point.count == 1
    assert [v for _, v in captured.points(c.METRIC_CONVERSATION_ACTIVE)] == [0, 0]


def test_a_broken_pipeline_is_counted_and_never_raises(
    captured: Captured,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Processors and providers that raise do not reach the bot."""

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("broken")

    pipeline = _pipeline.current()
    monkeypatch.setattr(type(pipeline.tracer), "start_span", broken)
    monkeypatch.setattr(type(pipeline.logger), "emit", broken)
    with caplog.at_level(logging.WARNING, "turnspan"):
        for _ in range(2):
            with turn(bot="a", conversation="c") as t:
                t.goal("g")
    [(attributes, count)] = captured.points(c.METRIC_INSTRUMENTATION_ERRORS)
    assert attributes == {c.INSTRUMENTATION_ERROR_KIND: "capture"}
    assert count >= 4
    assert len({record.getMessage() for record in caplog.records}) == len(
        caplog.records
    )


def test_conversation_names_the_ids_for_a_block(captured: Captured) -> None:
    """Turns and events inside carry its ids; nested conversations come back."""
    with conversation("outer", bot="a", channel="web", user="u"):
        with turn(), conversation("inner"):
            turnspan.view("in")
        turnspan.view("out")
    turnspan.view("after")
    views = captured.named(c.EVENT_VIEW)
    assert [v.get(c.GEN_AI_CONVERSATION_ID) for v in views] == ["inner", "outer", None]
    assert c.TURN_ID not in views[0]
    assert c.ENDUSER_PSEUDO_ID not in views[0]
    assert c.ENDUSER_PSEUDO_ID in views[1]
    assert captured.turn[c.GEN_AI_CONVERSATION_ID] == "outer"
