"""ASGI web sockets: a turn per message, however the app reads and answers."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest
from opentelemetry.trace import SpanKind
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket as ServerSocket
from starlette.websockets import WebSocketDisconnect
from tests.support.asgi import WebSocket
from tests.support.telemetry import Captured

from turnspan import conventions as c
from turnspan import current_turn
from turnspan.integrations.asgi import TurnMiddleware, _socket


def _app(endpoint: Any, **options: Any) -> Any:
    app = Starlette(routes=[WebSocketRoute("/chat", endpoint)])
    return TurnMiddleware(app, bot="bot", **options)


async def _echo(socket: ServerSocket) -> None:
    await socket.accept()
    while True:
        await socket.send_text((await socket.receive_text()).upper())


async def _talk(app: Any, *texts: str, query: str = "") -> list[str]:
    """Connect, say things one after the other, and hang up as a browser does."""
    answers: list[str] = []
    with contextlib.suppress(WebSocketDisconnect):
        async with WebSocket(app, "/chat", query) as socket:
            for text in texts:
                await socket.send(text)
                answers.append(await socket.receive())
    return answers


def _turns(captured: Captured) -> list[dict[str, Any]]:
    return [dict(span.attributes or {}) for span in captured.turns]


async def test_each_message_is_a_turn_of_one_conversation(captured: Captured) -> None:
    """Without ids the connection is the conversation; a normal close is no error."""
    app = _app(_echo)
    for _ in range(2):
        assert await _talk(app, "one", "two") == ["ONE", "TWO"]
    turns = _turns(captured)
    assert [turn[c.TURN_OUTCOME] for turn in turns] == ["answered"] * 4
    assert not any(c.ERROR_TYPE in turn for turn in turns)
    a, b, d, e = (turn[c.GEN_AI_CONVERSATION_ID] for turn in turns)
    assert a == b != d == e
    assert {span.kind for span in captured.turns} == {SpanKind.CONSUMER}


async def test_ids_come_from_the_message_or_the_address(captured: Captured) -> None:
    """A message's fields are looked at first, then the query."""
    texts = ('{"conversation_id": "m"}', "plain")
    await _talk(_app(_echo), *texts, query="conversation_id=q")
    ids = [turn[c.GEN_AI_CONVERSATION_ID] for turn in _turns(captured)]
    assert ids == ["m", "q"]


async def test_the_handlers_error_is_that_of_its_message(captured: Captured) -> None:
    """The exception passes; only the message at hand failed."""

    async def failing(socket: ServerSocket) -> None:
        await socket.accept()
        await socket.send_text(await socket.receive_text())
        await socket.receive_text()
        raise LookupError

    with pytest.raises(LookupError):
        await _talk(_app(failing), "one", "two")
    assert [t[c.TURN_OUTCOME] for t in _turns(captured)] == ["answered", "error"]
    assert _turns(captured)[1][c.ERROR_TYPE] == "LookupError"


async def test_a_client_that_vanishes_is_no_error(captured: Captured) -> None:
    """A turn without an answer is then no_response."""
    started = asyncio.Event()

    async def thinking(socket: ServerSocket) -> None:
        await socket.accept()
        await socket.receive_text()
        started.set()
        await socket.receive_text()

    async with WebSocket(_app(thinking), "/chat") as socket:
        await socket.send("one")
        await started.wait()
        with pytest.raises(WebSocketDisconnect):
            await socket.close(1006)
    assert [t[c.TURN_OUTCOME] for t in _turns(captured)] == ["no_response"]


async def test_answers_from_tasks_find_their_messages(captured: Captured) -> None:
    """An app that reads on while tasks answer has each answer in its own turn."""
    seen: dict[str, str] = {}

    async def answer(socket: ServerSocket, text: str, wait: asyncio.Event) -> None:
        turn = current_turn()
        assert turn is not None
        seen[text] = turn.id
        await wait.wait()
        await socket.send_text(text)

    async def concurrent(socket: ServerSocket) -> None:
        await socket.accept()
        gates = {"one": asyncio.Event(), "two": asyncio.Event()}
        async with asyncio.TaskGroup() as tasks:
            for _ in gates:
                text = await socket.receive_text()
                tasks.create_task(answer(socket, text, gates[text]))
            await socket.receive_text()
            gates["two"].set()
            await socket.receive_text()
            gates["one"].set()

    app = _app(concurrent, when=lambda scope, body: body is None)
    async with WebSocket(app, "/chat") as socket:
        await socket.send("one")
        await socket.send("two")
        await socket.send("{}")
        assert await socket.receive() == "two"
        await socket.send("{}")
        assert await socket.receive() == "one"
        await socket.ended()
    turns = _turns(captured)
    assert {t[c.TURN_ID] for t in turns} == set(seen.values())
    assert [t[c.TURN_OUTCOME] for t in turns] == ["answered", "answered"]
    first = {t[c.TURN_ID]: t[c.FIRST_RESPONSE_DURATION] for t in turns}
    assert first[seen["two"]] < first[seen["one"]]


async def test_a_turn_ends_when_its_answer_pauses(
    captured: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the app reads on while it answers, the turn need not wait for the close."""
    monkeypatch.setattr(_socket, "ANSWER_IDLE_S", 0.0)
    read_on = asyncio.Event()

    async def reading(socket: ServerSocket) -> None:
        await socket.accept()
        await socket.receive_text()
        task = asyncio.ensure_future(socket.receive())
        await asyncio.sleep(0)
        await socket.send_text("yes")
        read_on.set()
        await task

    async with WebSocket(_app(reading), "/chat") as socket:
        await socket.send("one")
        await socket.receive()
        while not captured.turns:
            await asyncio.sleep(0)
    assert [t[c.TURN_OUTCOME] for t in _turns(captured)] == ["answered"]


async def test_unanswered_messages_are_bounded(
    captured: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of messages that wait for an answer only so many are kept."""
    monkeypatch.setattr(_socket, "OPEN_MAX", 3)

    async def deaf(socket: ServerSocket) -> None:
        await socket.accept()
        for _ in range(10):
            await socket.receive_text()

    async with WebSocket(_app(deaf), "/chat") as socket:
        for _ in range(10):
            await socket.send("one")
        await socket.ended()
    assert [t[c.TURN_OUTCOME] for t in _turns(captured)] == ["no_response"] * 10
