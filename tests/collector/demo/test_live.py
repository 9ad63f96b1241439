"""The live bots: real aiogram and FastAPI code, and what it says of its turns."""

from __future__ import annotations

from typing import Any

import pytest
from aiogram import Bot
from fastapi.testclient import TestClient
from opentelemetry import trace
from tests.support import telemetry
from tests.support.telemetry import Captured

from turnspan import conventions as c
from turnspan_collector.demo.live import assistant_app, language_model, offline_telegram
from turnspan_collector.demo.live.offline_telegram import OfflineTelegram
from turnspan_collector.demo.live.support_bot import THRESHOLD, classify, dispatcher
from turnspan_collector.demo.live.visitors import _TO_SUPPORT, Pace, Support

captured = pytest.fixture(telemetry.captured)

CHAT = 4_242_424


@pytest.fixture
def called() -> list[str]:
    """The handoffs for which a person was called."""
    return []


@pytest.fixture
def telegram(called: list[str]) -> Any:
    """Sends words or presses to the support bot; returns what it answered."""
    bot = offline_telegram.bot()

    async def call(message: object, handoff: str) -> None:
        called.append(handoff)

    support = dispatcher(call)

    async def send(words: str) -> str:
        session = _session(bot)
        update = offline_telegram.text(CHAT, "Ada", words)
        if words.startswith("*"):
            below = session.last[CHAT]
            update = offline_telegram.press(CHAT, "Ada", below, words[1:])
        await support.feed_update(bot, update)
        return session.last[CHAT].text or ""

    return send


def _session(bot: Bot) -> OfflineTelegram:
    assert isinstance(bot.session, OfflineTelegram)
    return bot.session


async def test_support_understands(captured: Captured, telegram: Any) -> None:
    """A clear question is answered; intent, node and outcome are told."""
    assert await telegram("where is my order") == (
        "Your order is on its way and arrives on Thursday."
    )
    turn = captured.turn
    assert turn[c.BOT_NAME] == "support"
    assert turn[c.TURN_OUTCOME] == "answered"
    assert turn[c.INTENT_NAME] == "order_status"
    assert turn[c.INTENT_CONFIDENCE] > THRESHOLD
    assert turn[c.NODE_ID] == "answer_order_status"
    assert turn[c.CHANNEL_NAME] == "telegram"


async def test_support_falls_back(captured: Captured, telegram: Any) -> None:
    """What it does not understand is a fallback."""
    assert "did not get that" in await telegram("blorp")
    assert captured.turn[c.TURN_OUTCOME] == "fallback"


async def test_support_hands_over(
    captured: Captured, telegram: Any, called: list[str]
) -> None:
    """A button leads to a person: impression, click, handoff request, one id."""
    await telegram("/start")
    assert await telegram("*person") == "One moment, I am getting somebody."
    [request] = captured.named(c.EVENT_HANDOFF_REQUEST)
    assert called == [request[c.HANDOFF_ID]]
    assert request[c.HANDOFF_REASON] == "customer_requested"
    shown = [one[c.CTA_ID] for one in captured.named(c.EVENT_CTA_IMPRESSION)]
    clicked = [one[c.CTA_ID] for one in captured.named(c.EVENT_CTA_CLICK)]
    assert (shown, clicked) == (["track", "person"], ["person"])
    turns = [dict(turn.attributes or {}) for turn in captured.turns]
    assert [turn[c.TURN_OUTCOME] for turn in turns] == ["answered", "handoff"]
    assert len({turn[c.GEN_AI_CONVERSATION_ID] for turn in turns}) == 1
    assert str(CHAT) not in captured.everything()


async def test_people_take_over(captured: Captured) -> None:
    """After a while somebody accepts the handoff and closes it."""
    import asyncio

    pace = Pace(asyncio.Event(), factor=0)
    people = Support(pace)
    await people.call(None, "h1")  # type: ignore[arg-type]
    await asyncio.gather(*people._busy)
    told = [(one.name, one.attributes[c.HANDOFF_ID]) for one in captured.events]
    assert told == [
        (c.EVENT_HANDOFF_QUEUE, "h1"),
        (c.EVENT_HANDOFF_ACCEPT, "h1"),
        (c.EVENT_HANDOFF_CLOSE, "h1"),
    ]


def test_the_assistant_streams(
    captured: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One turn from question to last word, with the model's span below it."""
    tracer = trace.get_tracer("model", tracer_provider=captured.tracer_provider)
    monkeypatch.setattr(language_model, "_tracer", tracer)
    monkeypatch.setattr(language_model, "_WORD_S", 0)
    question = {"conversation_id": "c1", "user_id": "u1", "text": "what is a session"}
    with TestClient(assistant_app.app) as web:
        answer = web.post("/chat", json=question).text
        web.post("/feedback", json={"conversation_id": "c1", "up": True})
    assert answer.strip() in language_model._ANSWERS
    turn = captured.turn
    assert turn[c.GEN_AI_CONVERSATION_ID] == "c1"
    assert turn[c.GEN_AI_WORKFLOW_NAME] == "assistant"
    assert turn[c.ANSWER_SOURCE] == "llm"
    assert turn[c.FIRST_RESPONSE_DURATION] > 0.3
    [model] = [span for span in captured.spans if span.name == "chat small-2"]
    [own] = captured.turns
    assert model.parent is not None
    assert own.context is not None
    assert model.parent.span_id == own.context.span_id
    assert model.attributes is not None
    assert model.attributes[c.GEN_AI_CONVERSATION_ID] == "c1"
    [rating] = captured.named(c.EVENT_FEEDBACK)
    assert rating[c.GEN_AI_CONVERSATION_ID] == "c1"


def test_the_assistant_refuses(captured: Captured) -> None:
    """What is off limits is answered by the guardrail, without the model."""
    question = {"conversation_id": "c2", "user_id": "u1", "text": "my password?"}
    with TestClient(assistant_app.app) as web:
        assert web.post("/chat", json=question).text == "I cannot help with that."
    assert captured.turn[c.ANSWER_SOURCE] == "guardrail"


def test_the_scripts_have_something_for_everybody() -> None:
    """Visitors' lines lead to answers, fallbacks and people."""
    lines = [line for script in _TO_SUPPORT for line in script if line[0] not in "/*"]
    guesses = [classify(line) for line in lines]
    assert all(0 < guess.confidence < 1 for guess in guesses)
    sure = {guess.intent for guess in guesses if guess.confidence >= THRESHOLD}
    assert {"order_status", "return_item", "person"} <= sure
    assert any(guess.confidence < THRESHOLD for guess in guesses)
