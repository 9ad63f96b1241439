"""Connections of HTTP that are slow on purpose: how many, and how long for a request.

uvicorn waits for ever for a request that has begun, and keeps headers of any length.
Here the head of a request, its body, and the number of connections have limits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

__all__ = ["ConnectionLimits", "Explain", "guarded_protocol", "in_plain_text"]

HEAD_BYTES_MAX = 64 * 1024
# An application that reads a body has this much longer than its own limit says.
GRACE_SECONDS = 5

Explain = Callable[[int, str], tuple[str, bytes]]
"""Media type and body of an answer to what never became a request.

It is asked with 503 as well where a connection is closed without an answer.
"""


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """What one port gives to those who connect to it."""

    header_seconds_max: float = 10
    body_seconds_max: float = 60
    connections_max: int = 1000
    idle_seconds_max: float = 300
    """Of gRPC, without a call; its client connects again by itself."""
    age_seconds_max: float = 3600
    """Of gRPC, so that clients spread again over the collectors there are."""


def in_plain_text(status: int, sentence: str) -> tuple[str, bytes]:
    """The sentence as it is."""
    return "text/plain; charset=utf-8", sentence.encode()


def guarded_protocol(limits: ConnectionLimits, explain: Explain) -> type:
    """uvicorn's protocol with these limits."""
    return type(
        "GuardedProtocol", (_Guarded,), {"limits": limits, "explain": (explain,)}
    )


class _Guarded(HttpToolsProtocol):
    """Counts time and bytes from the parser's events."""

    limits: ConnectionLimits
    explain: tuple[Explain]

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a head, or hang up where there are too many."""
        super().connection_made(transport)
        self._timer: asyncio.TimerHandle | None = None
        self._in_head, self._began, self._head_bytes = True, False, 0
        if len(self.connections) > self.limits.connections_max:
            self.explain[0](503, "there are too many connections")
            transport.abort()
        else:
            self._wait(self.limits.header_seconds_max)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._wait(None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse, and hang up on a head without an end."""
        self._began = False
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._in_head:
            # What it began in may have the end of another request in front.
            self._head_bytes += 0 if self._began else len(data)
            if self._head_bytes > HEAD_BYTES_MAX:
                self._hang_up(431, f"the headers have more than {HEAD_BYTES_MAX} bytes")
        elif self._timer is None and self._is_idle():
            # Bytes that begin no request end uvicorn's wait for the next one.
            self._wait(self.limits.header_seconds_max)

    def on_message_begin(self) -> None:
        """The first byte of a request came."""
        super().on_message_begin()
        self._in_head, self._began, self._head_bytes = True, True, 0
        self._wait(self.limits.header_seconds_max)

    def on_headers_complete(self) -> None:
        """The body may follow."""
        super().on_headers_complete()
        self._in_head = False
        self._wait(self.limits.body_seconds_max + GRACE_SECONDS)

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._wait(None)
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP, in the words of this port."""
        self._hang_up(400, "the request is no HTTP/1.1, or is cut short")

    def _is_idle(self) -> bool:
        cycle: Any = self.cycle
        return cycle is None or bool(cycle.response_complete)

    def _wait(self, seconds: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if seconds is not None:
            self._timer = self.loop.call_later(seconds, self._expire, seconds)

    def _expire(self, seconds: float) -> None:
        if self.flow.read_paused:  # it is we who do not read
            self._wait(seconds)
        else:
            self._hang_up(408, "the request was not whole in time")

    def _hang_up(self, status: int, sentence: str) -> None:
        """Answer, unless another answer has begun, and close."""
        self._wait(None)
        begun = not self._is_idle() and self.cycle.response_started
        if not self.transport.is_closing() and not begun:
            media_type, body = self.explain[0](status, sentence)
            head = (
                f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n"
                f"content-type: {media_type}\r\ncontent-length: {len(body)}\r\n"
                "connection: close\r\n\r\n"
            )
            self.transport.write(head.encode() + body)
        self.transport.close()
