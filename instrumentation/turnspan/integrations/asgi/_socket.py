"""A web socket: one turn per message received, however the app reads and answers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from contextvars import Token
from typing import Any, Final

from opentelemetry.context import Context

from turnspan import _context
from turnspan._begin import Entry
from turnspan._emit import pipeline_failed
from turnspan._ids import new_id
from turnspan._turn import Turn
from turnspan.conventions import TurnOutcome
from turnspan.integrations.asgi._answer import is_gone
from turnspan.integrations.asgi._types import Message, Receive, Send

OPEN_MAX: Final = 64
"""So many turns of a connection wait for an answer; the oldest ends beyond."""
ANSWER_WAIT_S: Final = 60.0
"""A turn that the app has not answered by then, while it reads on, got no answer."""
ANSWER_IDLE_S: Final = 2.0
"""An app that reads on while it answers has answered when it pauses for so long."""

Begin = Callable[[Message, Mapping[str, object]], Entry | None]


class Exchange:
    """A message's turn, and where its answer stands."""

    __slots__ = ("answered_ns", "asked", "timer", "token", "turn")

    def __init__(self, turn: Turn, token: Token[Context]) -> None:
        self.turn = turn
        self.token = token
        self.asked = False
        """The app has asked for the next message since."""
        self.answered_ns: int | None = None
        self.timer: asyncio.TimerHandle | None = None

    def end(self, error: BaseException | None = None) -> None:
        """End the turn with the last part of its answer."""
        if self.timer is not None:
            self.timer.cancel()
        if self.answered_ns is None and error is None and self.turn.outcome is None:
            self.turn.outcome = TurnOutcome.NO_RESPONSE.value
        self.turn.end(error, end_time_ns=self.answered_ns if error is None else None)


class Socket:
    """Stands between the server and the app for one connection."""

    __slots__ = ("_begin", "_current", "_open", "_receive", "_send", "_standing")

    def __init__(self, begin: Begin, receive: Receive, send: Send) -> None:
        self._begin = begin
        self._receive = receive
        self._send = send
        self._current: Exchange | None = None
        self._open: list[Exchange] = []
        self._standing: Mapping[str, object] = {"conversation": new_id()}

    async def receive(self) -> Message:
        """Give the app the next message, with its turn current in the app's task."""
        self._guard(self._asked)
        message = await self._receive()
        if message["type"] == "websocket.receive":
            self._guard(lambda: self._heard(message))
        return message

    async def send(self, message: Message) -> None:
        """Pass an answer on to the client."""
        await self._send(message)
        if message["type"] == "websocket.send":
            self._guard(self._answered)

    def close(self, error: BaseException | None = None) -> None:
        """End every turn; an error is that of the message at hand."""
        self._guard(lambda: self._close(None if is_gone(error) else error))

    def _guard(self, step: Callable[[], Any]) -> None:
        try:
            step()
        except Exception:
            pipeline_failed("following a web socket")

    def _heard(self, message: Message) -> None:
        entry = self._begin(message, self._standing)
        if entry is None or not entry.owned:
            return
        token = _context.attach(entry.context)
        self._current = Exchange(entry.turn, token)
        self._open.append(self._current)
        if len(self._open) > OPEN_MAX:
            self._end(self._open[0])

    def _asked(self) -> None:
        """The app is done with the message, or reads on while it answers."""
        exchange, self._current = self._current, None
        if exchange is None:
            return
        _context.detach(exchange.token)
        exchange.asked = True
        if exchange.answered_ns is not None:
            self._end(exchange)
        else:
            self._wait(exchange, ANSWER_WAIT_S)

    def _answered(self) -> None:
        exchange = self._answering()
        if exchange is None:
            return
        exchange.turn.responded()
        exchange.answered_ns = time.time_ns()
        if exchange.asked:
            self._wait(exchange, ANSWER_IDLE_S)

    def _answering(self) -> Exchange | None:
        """Find the turn that an answer belongs to: by its task, else the oldest."""
        turn = _context.current_turn()
        for exchange in self._open:
            if exchange.turn is turn:
                return exchange
        return self._open[0] if self._open else None

    def _wait(self, exchange: Exchange, seconds: float) -> None:
        """End an exchange some time later, where asyncio keeps the time."""
        if exchange.timer is not None:
            exchange.timer.cancel()
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        exchange.timer = loop.call_later(seconds, self._end, exchange)

    def _end(self, exchange: Exchange, error: BaseException | None = None) -> None:
        if exchange in self._open:
            self._open.remove(exchange)
        self._guard(lambda: exchange.end(error))

    def _close(self, error: BaseException | None) -> None:
        current, self._current = self._current, None
        if current is not None:
            _context.detach(current.token)
            self._end(current, error)
        for exchange in list(self._open):
            self._end(exchange)
