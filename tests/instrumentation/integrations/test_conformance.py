"""The promises that every adapter keeps, whichever framework it is for."""

from __future__ import annotations

import asyncio
import contextlib
import pkgutil
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from tests.instrumentation.integrations.harness import (
    ANSWER_CANARY,
    CANARY,
    MODEL_SPAN,
    Boom,
    Harness,
    found,
)
from tests.support.telemetry import Captured

import turnspan
from turnspan import _pipeline, integrations
from turnspan import conventions as c

CHATS = 120
USER = 7_351_204_986

Make = Callable[[Any], Harness]
FOUND = found()
every = pytest.mark.parametrize("make", FOUND, ids=lambda one: str(one.__name__))


@pytest.fixture
def harness(make: Make, captured: Captured) -> Any:
    """A bot with its adapter switched on."""
    bed = make(captured.tracer_provider.get_tracer("model"))
    bed.instrument()
    yield bed
    bed.uninstrument()


def _spans(captured: Captured, name: str) -> list[ReadableSpan]:
    return [span for span in captured.spans if span.name == name]


def test_every_adapter_has_a_harness() -> None:
    """An adapter without a harness would keep no promise."""
    adapters = {
        info.name
        for info in pkgutil.iter_modules(integrations.__path__)
        if not info.name.startswith("_")
    }
    assert {one.adapter for one in FOUND} == adapters  # type: ignore[attr-defined]


@every
def test_an_adapter_imports_its_framework_only_when_used(make: Any) -> None:
    """Importing an adapter, and turnspan itself, brings no framework."""
    code = (
        f"import sys, turnspan.integrations.{make.adapter}\n"
        f"print([m for m in sys.modules if m.split('.')[0] == {make.framework!r}])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"


@every
async def test_a_message_is_one_turn(harness: Harness, captured: Captured) -> None:
    """A message gives one span with who, where and how, and two message events."""
    answer = await harness.say(USER, "hello")
    assert answer == f"{ANSWER_CANARY} yes"
    turn = captured.turn
    assert turn[c.GEN_AI_CONVERSATION_ID] == harness.conversation(USER)
    assert turn[c.BOT_NAME] == "bot"
    assert turn[c.TURN_INITIATOR] == c.TurnInitiator.USER
    assert turn[c.TURN_OUTCOME] == c.TurnOutcome.ANSWERED
    assert turn[c.FIRST_RESPONSE_DURATION] > 0
    assert len(turn[c.ENDUSER_PSEUDO_ID]) == 64
    messages = captured.named(c.EVENT_MESSAGE)
    assert sorted(m[c.MESSAGE_ROLE] for m in messages) == ["bot", "user"]
    assert {m[c.TURN_ID] for m in messages} == {turn[c.TURN_ID]}


@every
async def test_model_spans_nest_and_carry_the_conversation(
    harness: Harness, captured: Captured
) -> None:
    """What another instrumentation opens in the handler hangs below the turn."""
    await harness.say(USER, "hello")
    [turn] = captured.turns
    [model] = _spans(captured, MODEL_SPAN)
    assert turn.context
    assert model.parent
    assert model.parent.span_id == turn.context.span_id
    assert dict(model.attributes or {}) == {
        c.GEN_AI_CONVERSATION_ID: harness.conversation(USER),
        c.BOT_NAME: turn.attributes[c.BOT_NAME] if turn.attributes else "",
    }


@every
async def test_a_streamed_answer_is_one_turn(
    harness: Harness, captured: Captured
) -> None:
    """The first part is the first response, and the turn ends with the last."""
    assert await harness.say(USER, "stream") == "one two three"
    [span] = captured.turns
    assert span.start_time
    assert span.end_time
    first = captured.turn[c.FIRST_RESPONSE_DURATION]
    assert 0 < first < (span.end_time - span.start_time) / 1e9
    messages = captured.named(c.EVENT_MESSAGE)
    assert sorted(m[c.MESSAGE_ROLE] for m in messages) == ["bot", "user"]


@every
async def test_silence_is_no_answer(harness: Harness, captured: Captured) -> None:
    """A handler that says nothing gives no_response, and no message of the bot."""
    await harness.say(USER, "silence")
    assert captured.turn[c.TURN_OUTCOME] == c.TurnOutcome.NO_RESPONSE
    assert c.FIRST_RESPONSE_DURATION not in captured.turn
    messages = captured.named(c.EVENT_MESSAGE)
    assert [m[c.MESSAGE_ROLE] for m in messages] == ["user"]


@every
async def test_exceptions_pass_unchanged(make: Make, captured: Captured) -> None:
    """The framework sees the handler's own exception, the turn its class."""
    seen = []
    for on in (False, True):
        bed = make(captured.tracer_provider.get_tracer("model"))
        if on:
            bed.instrument()
        with pytest.raises(Boom) as caught:
            await bed.say(USER, "boom")
        seen.append((caught.value.args, caught.value.__cause__))
    bed.uninstrument()
    assert seen[0] == seen[1]
    assert captured.turn[c.TURN_OUTCOME] == c.TurnOutcome.ERROR
    assert captured.turn[c.ERROR_TYPE].endswith("harness.Boom")


@every
async def test_many_chats_keep_their_ids_apart(
    harness: Harness, captured: Captured
) -> None:
    """Of 120 chats at once each turn and model span has its own conversation."""
    users = [USER + place for place in range(CHATS)]
    await asyncio.gather(*(harness.say(user, "hello") for user in users))
    expected = sorted(harness.conversation(user) for user in users)
    turns: dict[int, dict[str, Any]] = {
        span.context.span_id: dict(span.attributes or {}) for span in captured.turns
    }
    assert sorted(t[c.GEN_AI_CONVERSATION_ID] for t in turns.values()) == expected
    assert len({t[c.ENDUSER_PSEUDO_ID] for t in turns.values()}) == CHATS
    models = _spans(captured, MODEL_SPAN)
    assert len(models) == CHATS
    for model in models:
        assert model.parent
        assert model.attributes
        above = turns[model.parent.span_id][c.GEN_AI_CONVERSATION_ID]
        assert model.attributes[c.GEN_AI_CONVERSATION_ID] == above
    for event in captured.named(c.EVENT_MESSAGE):
        [own] = [t for t in turns.values() if t[c.TURN_ID] == event[c.TURN_ID]]
        assert own[c.GEN_AI_CONVERSATION_ID] == event[c.GEN_AI_CONVERSATION_ID]
    assert turnspan.current_turn() is None


@every
async def test_a_message_delivered_twice_is_one_turn(
    harness: Harness, captured: Captured
) -> None:
    """Both deliveries have the same turn id, and the user's message the same uid."""
    if not harness.repeats:
        pytest.skip(f"{harness.adapter} has no ids of messages")
    for message in (4711, 4711, 4712):
        await harness.say(USER, "hello", message=message)
    first, again, other = (dict(t.attributes or {})[c.TURN_ID] for t in captured.turns)
    assert first == again != other
    users = [
        event[c.LOG_RECORD_UID]
        for event in captured.named(c.EVENT_MESSAGE)
        if event[c.MESSAGE_ROLE] == "user"
    ]
    assert users[0] == users[1] != users[2]


@every
async def test_nothing_personal_leaves(harness: Harness, captured: Captured) -> None:
    """Neither what was said nor who said it is in any span, event or metric."""
    await harness.say(USER, CANARY)
    await harness.say(USER, "stream")
    with contextlib.suppress(Boom):
        await harness.say(USER, "boom")
    if harness.buttons:
        await harness.press(USER, f"order:{CANARY}")
    sent = captured.everything()
    assert captured.turns
    for secret in (CANARY, ANSWER_CANARY, str(USER), "Ada"):
        assert secret not in sent


@every
async def test_text_leaves_only_redacted(harness: Harness, captured: Captured) -> None:
    """With content capture on, what was said passes the redaction hook."""
    turnspan.configure(
        content="SPAN_AND_EVENT", redact=lambda text: text.replace(CANARY, "[gone]")
    )
    await harness.say(USER, f"I am {CANARY}")
    sent = captured.everything()
    assert CANARY not in sent
    assert "I am [gone]" in sent


@every
async def test_a_button_is_a_click(harness: Harness, captured: Captured) -> None:
    """A pressed button is a turn of its own with a click, by its id alone."""
    if not harness.buttons:
        pytest.skip(f"{harness.adapter} has no buttons")
    await harness.press(USER, "order:4711")
    [click] = captured.named(c.EVENT_CTA_CLICK)
    assert click[c.CTA_ID] == "order"
    assert click[c.TURN_ID] == captured.turn[c.TURN_ID]
    assert captured.turn[c.INTENT_SOURCE] == c.IntentSource.BUTTON


@every
async def test_switching_twice_is_switching_once(
    make: Make, captured: Captured
) -> None:
    """On twice gives one turn a message; off, once or twice, none."""
    bed = make(captured.tracer_provider.get_tracer("model"))
    bed.instrument()
    bed.instrument()
    await bed.say(USER, "hello")
    assert len(captured.turns) == 1
    bed.uninstrument()
    bed.uninstrument()
    await bed.say(USER, "hello")
    assert len(captured.turns) == 1


@every
async def test_a_marked_handler_is_no_second_turn(
    make: Make, captured: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the handler's own mark says wins, in the one turn that there is."""
    bed: Any = make(captured.tracer_provider.get_tracer("model"))
    bed.instrument()
    plain = sys.modules[type(bed).__module__].replies

    @turnspan.turn(bot="named by the handler", node="start")
    async def marked(tracer: Any, text: str) -> Any:
        async for part in plain(tracer, text):
            yield part

    monkeypatch.setattr(sys.modules[type(bed).__module__], "replies", marked)
    await bed.say(USER, "hello")
    bed.uninstrument()
    assert captured.turn[c.BOT_NAME] == "named by the handler"
    assert captured.turn[c.NODE_ID] == "start"
    assert captured.turn[c.GEN_AI_CONVERSATION_ID] == bed.conversation(USER)
    assert captured.turns[0].name == "chatbot.turn named by the handler"


@every
async def test_without_an_sdk_the_bot_answers_as_before(
    harness: Harness, captured: Captured
) -> None:
    """With nothing to send to, the adapter is out of the way."""
    _pipeline.use(None)
    assert await harness.say(USER, "hello") == f"{ANSWER_CANARY} yes"
    with pytest.raises(Boom):
        await harness.say(USER, "boom")
    assert captured.spans == _spans(captured, MODEL_SPAN)


@every
async def test_a_broken_pipeline_changes_no_answer(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, captured: Captured
) -> None:
    """When every step of the instrumentation raises, the user gets the same answer."""

    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("the pipeline")

    pipeline = captured.pipeline()
    for target in (pipeline.tracer, pipeline.logger):
        for name in ("start_span", "emit"):
            if hasattr(target, name):
                monkeypatch.setattr(target, name, broken)
    _pipeline.use(pipeline)
    assert await harness.say(USER, "hello") == f"{ANSWER_CANARY} yes"
    with pytest.raises(Boom):
        await harness.say(USER, "boom")
