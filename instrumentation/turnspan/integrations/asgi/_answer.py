"""An HTTP answer: when it is first seen, when it is over, and how it went."""

from __future__ import annotations

from typing import Final

from turnspan import conventions as c
from turnspan._begin import Entry
from turnspan._emit import pipeline_failed
from turnspan.conventions import TurnOutcome
from turnspan.integrations.asgi._types import Message, Send

REFUSED: Final = frozenset({401, 403, 404, 405})
"""With these nobody spoke with the bot: no such chat, or no right to it."""

_BAD_REQUEST: Final = 400
_SERVER_ERROR: Final = 500
_EVENTS: Final = b"text/event-stream"
_GONE: Final = frozenset(
    {"ClientDisconnect", "ClientDisconnected", "WebSocketDisconnect"}
)


def is_gone(error: BaseException | None) -> bool:
    """Whether the client went away, which is no fault of the bot."""
    return type(error).__name__ in _GONE


class Answer:
    """Watches what an app sends, and ends the turn with it."""

    __slots__ = ("_entry", "_events", "_send", "_status")

    def __init__(self, entry: Entry, send: Send) -> None:
        self._entry = entry
        self._send = send
        self._status = 0
        self._events = False

    async def send(self, message: Message) -> None:
        """Pass a message on to the client."""
        kind = message["type"]
        if kind == "http.response.start":
            self._started(message)
        elif kind == "http.response.body":
            self._heard(message.get("body", b""))
        elif kind == "http.response.pathsend":
            self._heard(b"file")
        await self._send(message)
        if kind == "http.response.pathsend" or (
            kind == "http.response.body" and not message.get("more_body", False)
        ):
            self.end()

    def end(self, error: BaseException | None = None) -> None:
        """End the turn, once; never raises."""
        turn = self._entry.turn
        if not self._entry.owned or not turn.active:
            return
        try:
            if self._status in REFUSED:
                turn.discard()
                return
            if not isinstance(error, Exception) or is_gone(error):
                self._judge(gone=error is not None)
        except Exception:
            pipeline_failed("ending a turn")
        turn.end(None if is_gone(error) else error)

    def _started(self, message: Message) -> None:
        self._status = message.get("status", 0)
        self._events = any(
            key.lower() == b"content-type" and value.lower().startswith(_EVENTS)
            for key, value in message.get("headers") or ()
        )

    def _heard(self, chunk: bytes) -> None:
        if self._status < _BAD_REQUEST and self._shows(chunk):
            self._entry.turn.responded()

    def _shows(self, chunk: bytes) -> bool:
        """Whether a user sees the chunk; a comment keeps a stream alive only."""
        if not self._events:
            return bool(chunk)
        return any(line.startswith(b"data") for line in chunk.splitlines())

    def _judge(self, *, gone: bool) -> None:
        """Tell the outcome by the status, unless the handler told it."""
        turn = self._entry.turn
        if self._status >= _BAD_REQUEST:
            turn._set({c.ERROR_TYPE: str(self._status)})
        if self._status >= _SERVER_ERROR or (self._status == 0 and not gone):
            turn.outcome = TurnOutcome.ERROR.value
        elif turn.outcome is None and turn._first_response is None:
            turn.outcome = TurnOutcome.NO_RESPONSE.value
