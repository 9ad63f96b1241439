"""The conversation reaches other instrumentations, and nothing leaks."""

from __future__ import annotations

import asyncio
import sys
from types import ModuleType

import pytest
from opentelemetry import context as otel
from opentelemetry.context import Context
from tests.support.telemetry import Captured

import turnspan
from turnspan import _context, turn


def test_a_detach_in_another_context_is_silent(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Where nothing of ours was attached there is nothing to undo, or to log."""
    before = otel.get_current()

    async def attach() -> object:
        return _context.attach(otel.set_value("k", 1))

    token = asyncio.run(attach())
    _context.detach(token)  # type: ignore[arg-type]
    assert otel.get_current() == before
    assert caplog.records == []


def test_genai_instrumentations_find_the_conversation(
    captured: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """opentelemetry-util-genai and OpenInference read it from the context."""

    def with_conversation_id(conversation: str, context: Context) -> Context:
        return otel.set_value("genai", conversation, context)

    genai = ModuleType("opentelemetry.util.genai._conversation_context")
    genai.with_conversation_id = with_conversation_id  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, genai.__name__, genai)
    name = "openinference.instrumentation"
    monkeypatch.setitem(sys.modules, name, ModuleType(name))
    with turn(bot="b", conversation="c"):
        assert otel.get_value("genai") == "c"
        assert otel.get_value("session.id") == "c"
    with turnspan.conversation("d", session="s"):
        assert otel.get_value("session.id") == "s"
    assert otel.get_value("genai") is None


def test_a_broken_neighbour_is_ignored(
    captured: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A private module that changed its shape costs nothing but its feature."""
    name = "opentelemetry.util.genai._conversation_context"
    monkeypatch.setitem(sys.modules, name, ModuleType(name))
    with turn(bot="b", conversation="c") as t:
        assert turnspan.current_turn() is t


async def test_a_background_task_keeps_the_ids_of_an_ended_turn(
    captured: Captured,
) -> None:
    """What a task records later belongs to the turn, which is over; new turns begin."""
    ended = asyncio.Event()

    async def later() -> None:
        await ended.wait()
        turnspan.goal("g")
        assert turnspan.current_turn() is None
        with turn(conversation="c") as fresh:
            assert fresh.id != t.id

    with turn(bot="b", conversation="c") as t:
        task = asyncio.create_task(later())
    ended.set()
    await task
    [goal] = captured.named("chatbot.goal")
    assert goal["chatbot.turn.id"] == t.id
    assert len(captured.turns) == 2
