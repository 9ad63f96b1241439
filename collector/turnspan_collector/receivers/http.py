"""OTLP over HTTP: an ASGI application for protobuf and JSON on one port.

Every answer of 4xx and 5xx carries a google.rpc.Status in the request's encoding.
Nothing that takes long runs in the event loop: bodies are opened and decoded by a
small thread pool, and the commit is awaited.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any

from google.rpc import code_pb2

from turnspan_collector.answers import Refusal
from turnspan_collector.decode import SIGNALS, Decoded, Encoding, Signal
from turnspan_collector.errors import TooLarge
from turnspan_collector.receivers.compression import ENCODINGS, decompress
from turnspan_collector.receivers.intake import Intake
from turnspan_exporters.errors import Overloaded
from turnspan_exporters.exporter import Stored

__all__ = ["HttpReceiver"]

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

BY_PATH = {signal.path: signal for signal in SIGNALS}
MEDIA_TYPES = {encoding.value: encoding for encoding in Encoding}
DECODERS = 2


class _Refused(Exception):
    """A request that is refused by its headers."""

    def __init__(self, refusal: Refusal, *headers: tuple[bytes, bytes]) -> None:
        self.refusal = refusal
        self.headers = headers


class _Disconnected(Exception):
    """The client left before its request was whole."""


class HttpReceiver:
    """The application; ``close`` ends its threads."""

    def __init__(
        self,
        intake: Intake,
        *,
        request_bytes_max: int,
        reading_bytes_max: int,
        answer_seconds_max: float,
    ) -> None:
        self._intake = intake
        self._request_bytes_max = request_bytes_max
        self._reading_bytes_max = reading_bytes_max
        self._answer_seconds_max = answer_seconds_max
        self._reading_bytes = 0
        self._decoders: Executor = ThreadPoolExecutor(
            DECODERS, thread_name_prefix="http-decode"
        )

    def close(self) -> None:
        """Take no more work."""
        self._decoders.shutdown(wait=False, cancel_futures=True)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI)."""
        if scope["type"] != "http":
            return
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        encoding = _encoding(headers)
        try:
            signal = self._signal(scope, headers)
            status, extra, body = await self._answer(signal, headers, receive)
        except _Refused as refused:
            status, body = refused.refusal.http_status, b""
            extra = [*refused.refusal.headers, *refused.headers]
            body = refused.refusal.body(encoding or Encoding.PROTOBUF)
        except _Disconnected:
            return
        media_type = (encoding or Encoding.PROTOBUF).value.encode()
        await _send(send, status, [(b"content-type", media_type), *extra], body)

    def _signal(self, scope: Message, headers: MutableMapping[bytes, str]) -> Signal:
        """The signal that the path means; raises what the headers forbid."""
        signal = BY_PATH.get(scope["path"])
        if signal is None:
            paths = ", ".join(BY_PATH)
            raise _Refused(
                Refusal(404, code_pb2.NOT_FOUND, f"no such path: post to {paths}")
            )
        if scope["method"] != "POST":
            raise _Refused(
                Refusal(405, code_pb2.UNIMPLEMENTED, "this path takes POST only"),
                (b"allow", b"POST"),
            )
        if _encoding(headers) is None:
            raise _unsupported("content-type", " or ".join(MEDIA_TYPES))
        if _compression(headers) not in ENCODINGS:
            raise _unsupported("content-encoding", "gzip, deflate, zstd or none")
        return signal

    async def _answer(
        self, signal: Signal, headers: MutableMapping[bytes, str], receive: Receive
    ) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        encoding = _encoding(headers) or Encoding.PROTOBUF
        decoded = None
        held = 0
        try:
            body = await self._read(headers, receive)
            held = len(body)
            self._reading_bytes += held
            decoded, stored = await self._begin(signal, body, encoding, headers)
            self._reading_bytes -= held
            held = 0
            del body
            await asyncio.wait_for(
                asyncio.wrap_future(stored), self._answer_seconds_max
            )
        except _Disconnected:
            raise
        except Exception as error:
            refusal = self._intake.refuse(signal, error, decoded)
            return refusal.http_status, refusal.headers, refusal.body(encoding)
        finally:
            self._reading_bytes -= held
        return 200, [], self._intake.finish(signal, decoded, encoding)

    async def _begin(
        self,
        signal: Signal,
        body: bytes,
        encoding: Encoding,
        headers: MutableMapping[bytes, str],
    ) -> tuple[Decoded, Future[Stored]]:
        work = functools.partial(
            self._decode, signal, body, encoding, _compression(headers)
        )
        return await asyncio.get_running_loop().run_in_executor(self._decoders, work)

    def _decode(
        self, signal: Signal, body: bytes, encoding: Encoding, compression: str
    ) -> tuple[Decoded, Future[Stored]]:
        opened = decompress(body, compression, self._request_bytes_max)
        return self._intake.begin(signal, opened, encoding)

    async def _read(
        self, headers: MutableMapping[bytes, str], receive: Receive
    ) -> bytes:
        """The body, of a stated length or chunked; what is too large is read away."""
        stated = headers.get(b"content-length", "")
        length = int(stated) if stated.isdecimal() else 0
        self._intake.refuse_when_full(length)
        if self._reading_bytes + length > self._reading_bytes_max:
            raise Overloaded(
                f"{self._reading_bytes} bytes of requests are being read: send this "
                "again later"
            )
        parts: list[bytes] = []
        size = 0
        async for part in _parts(receive):
            size += len(part)
            if size <= self._request_bytes_max:
                parts.append(part)
            elif parts:
                parts.clear()
            if size > 2 * self._request_bytes_max:
                break
        if size > self._request_bytes_max:
            raise TooLarge(
                f"the body has more than {self._request_bytes_max} bytes: send smaller "
                "requests"
            )
        return b"".join(parts)


async def _parts(receive: Receive) -> Any:
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Disconnected
        yield message.get("body", b"")
        more = message.get("more_body", False)


def _encoding(headers: MutableMapping[bytes, str]) -> Encoding | None:
    stated = headers.get(b"content-type", "").partition(";")[0]
    return MEDIA_TYPES.get(stated.strip().lower())


def _compression(headers: MutableMapping[bytes, str]) -> str:
    return headers.get(b"content-encoding", "").strip().lower()


def _unsupported(header: str, wanted: str) -> _Refused:
    return _Refused(
        Refusal(415, code_pb2.INVALID_ARGUMENT, f"{header} is not known: give {wanted}")
    )


async def _send(
    send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes
) -> None:
    length = (b"content-length", str(len(body)).encode())
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [*headers, length],
        }
    )
    await send({"type": "http.response.body", "body": body})
