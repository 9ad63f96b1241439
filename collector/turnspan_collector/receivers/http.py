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

from grpc import StatusCode

from turnspan_collector.answers import Refusal
from turnspan_collector.decode import SIGNALS, Decoded, Encoding, Signal
from turnspan_collector.errors import DecodingLate, MemoryFull, TooLarge, TooSlow
from turnspan_collector.forward import VIA
from turnspan_collector.receivers.compression import ENCODINGS, decompress
from turnspan_collector.receivers.cors import Cors
from turnspan_collector.receivers.intake import Intake
from turnspan_collector.security import Grant
from turnspan_exporters.errors import ExportError

__all__ = ["HttpReceiver"]

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

BY_PATH = {signal.path: signal for signal in SIGNALS}
MEDIA_TYPES = {encoding.value: encoding for encoding in Encoding}
DECODERS = 2
_CODES = {408: StatusCode.DEADLINE_EXCEEDED, 503: StatusCode.UNAVAILABLE}
_REASONS = {404: "path", 405: "path", 408: "slow", 415: "media_type"}
_REASONS |= {503: "connections"}


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
        body_seconds_max: float = 60,
        cors_origins: str = "",
    ) -> None:
        self._cors = Cors(cors_origins)
        self._body_seconds_max = body_seconds_max
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

    def explain(self, status: int, sentence: str) -> tuple[str, bytes]:
        """Count what never became a request, and the answer to it as OTLP has it."""
        self._intake.turned_away(_REASONS.get(status, "http"))
        code = _CODES.get(status, StatusCode.INVALID_ARGUMENT)
        body = Refusal(status, code, sentence).body(Encoding.PROTOBUF)
        return Encoding.PROTOBUF.value, body

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI)."""
        if scope["type"] != "http":
            return
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        encoding = _encoding(headers)
        allowed = self._cors.preflight(scope["method"], headers)
        if allowed is not None and scope["path"] in BY_PATH:
            await _send(send, 204, allowed, b"")
            return
        try:
            signal = self._signal(scope, headers)
            status, extra, body = await self._answer(signal, headers, receive)
        except _Refused as refused:
            self._intake.turned_away(_REASONS[refused.refusal.http_status])
            status, body = refused.refusal.http_status, b""
            extra = [*refused.refusal.headers, *refused.headers]
            body = refused.refusal.body(encoding or Encoding.PROTOBUF)
        except _Disconnected:
            self._intake.turned_away("cut")
            return
        media_type = (encoding or Encoding.PROTOBUF).value.encode()
        extra = [(b"content-type", media_type), *extra, *self._cors.headers(headers)]
        await _send(send, status, extra, body)

    def _signal(self, scope: Message, headers: MutableMapping[bytes, str]) -> Signal:
        """The signal that the path means; raises what the headers forbid."""
        signal = BY_PATH.get(scope["path"])
        if signal is None:
            paths = ", ".join(BY_PATH)
            raise _Refused(
                Refusal(404, StatusCode.NOT_FOUND, f"no such path: post to {paths}")
            )
        if scope["method"] != "POST":
            raise _Refused(
                Refusal(405, StatusCode.UNIMPLEMENTED, "this path takes POST only"),
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
        try:
            decoded, stored = await self._begin(signal, encoding, headers, receive)
            await asyncio.wait_for(
                asyncio.wrap_future(stored), self._answer_seconds_max
            )
        except _Disconnected:
            raise
        except Exception as error:
            refusal = self._intake.refuse(signal, error, decoded)
            return refusal.http_status, refusal.headers, refusal.body(encoding)
        return 200, [], self._intake.finish(signal, decoded, encoding)

    async def _begin(
        self,
        signal: Signal,
        encoding: Encoding,
        headers: MutableMapping[bytes, str],
        receive: Receive,
    ) -> tuple[Decoded, Future[None]]:
        """Read and decode; what is read counts against ``reading_bytes_max``."""
        grant = self._intake.admit(headers.get(b"authorization", ""))
        held: list[bytes] = []
        try:
            await self._read_in_time(headers, receive, held)
            work = functools.partial(
                self._decode,
                signal,
                b"".join(held),
                encoding,
                _compression(headers),
                grant,
                headers.get(VIA.encode(), ""),
            )
            loop = asyncio.get_running_loop()
            return await self._in_time(loop.run_in_executor(self._decoders, work))
        finally:
            self._reading_bytes -= sum(map(len, held))

    async def _in_time(
        self, decoding: Awaitable[tuple[Decoded, Future[None]]]
    ) -> tuple[Decoded, Future[None]]:
        try:
            async with asyncio.timeout(self._answer_seconds_max):
                return await decoding
        except TimeoutError:
            raise DecodingLate(
                f"the request was not decoded after {self._answer_seconds_max:g} s, as "
                "others are before it: send this again later"
            ) from None

    def _decode(
        self,
        signal: Signal,
        body: bytes,
        encoding: Encoding,
        compression: str,
        grant: Grant,
        via: str,
    ) -> tuple[Decoded, Future[None]]:
        opened = decompress(body, compression, self._request_bytes_max)
        return self._intake.begin(signal, opened, encoding, grant, via)

    async def _read_in_time(
        self,
        headers: MutableMapping[bytes, str],
        receive: Receive,
        held: list[bytes],
    ) -> None:
        try:
            async with asyncio.timeout(self._body_seconds_max):
                await self._read(headers, receive, held)
        except TimeoutError:
            raise TooSlow(
                f"the body was not whole after {self._body_seconds_max:g} s: send "
                "smaller requests"
            ) from None

    async def _read(
        self,
        headers: MutableMapping[bytes, str],
        receive: Receive,
        held: list[bytes],
    ) -> None:
        """Put the body into ``held``, of a stated length or chunked.

        A body that is refused is still read away, up to twice the limit, because
        clients read the answer only when they have sent everything.
        """
        stated = headers.get(b"content-length", "")
        length = int(stated) if stated.isdecimal() else 0
        refusal = self._refusal(length)
        size = 0
        async for part in _parts(receive):
            size += len(part)
            refusal = refusal or self._refusal(max(size, length), len(part))
            if refusal is None:
                held.append(part)
                self._reading_bytes += len(part)
                continue
            # What it held is for those that go on.
            self._reading_bytes -= sum(map(len, held))
            held.clear()
            if size > 2 * self._request_bytes_max:
                break
        if refusal is not None:
            raise refusal

    def _refusal(self, length: int, more: int = 0) -> ExportError | None:
        if length > self._request_bytes_max:
            return TooLarge(
                f"the body has more than {self._request_bytes_max} bytes: send smaller "
                "requests"
            )
        if self._reading_bytes + (more or length) > self._reading_bytes_max:
            return MemoryFull(
                f"{self._reading_bytes} bytes of requests are being read: send this "
                "again later"
            )
        try:
            self._intake.refuse_when_full(length)
        except ExportError as error:
            return error
        return None


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
        Refusal(
            415, StatusCode.INVALID_ARGUMENT, f"{header} is not known: give {wanted}"
        )
    )


async def _send(
    send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes
) -> None:
    more = [] if status == 204 else [(b"content-length", str(len(body)).encode())]
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [*headers, *more],
        }
    )
    await send({"type": "http.response.body", "body": body})
