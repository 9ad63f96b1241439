"""What a client is told: errors as status codes of both transports, in one place.

Clients drop a batch on 500, so nothing here ever says 500: what sending again may
help is UNAVAILABLE / 503, or RESOURCE_EXHAUSTED / 429 with a delay; what it cannot
help is 400, 401, 403, 404, 405, 408, 413 or 415.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

import orjson
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from grpc import StatusCode

from turnspan_collector.decode import Decoded, Encoding, Signal
from turnspan_collector.errors import Denied, TooLarge, TooSlow, Unauthenticated
from turnspan_exporters.errors import Overloaded, Permanent, Retryable

__all__ = ["Refusal", "refusal_of", "success"]

_BY_KIND: tuple[tuple[type[Permanent], int, StatusCode], ...] = (
    (TooLarge, 413, StatusCode.RESOURCE_EXHAUSTED),
    (Unauthenticated, 401, StatusCode.UNAUTHENTICATED),
    (Denied, 403, StatusCode.PERMISSION_DENIED),
    (TooSlow, 408, StatusCode.DEADLINE_EXCEEDED),
)
RETRY_SECONDS_MAX = 3.0  # the Python exporter gives up after 10 s in all


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request that was not taken: code, sentence, and when to try again."""

    http_status: int
    code: StatusCode
    message: str
    retry_after_s: float | None = None
    kind: str = "permanent"

    @property
    def number(self) -> int:
        """The code's number."""
        return int(self.code.value[0])

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """The HTTP headers that go with it."""
        if self.http_status == HTTPStatus.REQUEST_TIMEOUT:
            return [(b"connection", b"close")]
        if self.http_status == HTTPStatus.UNAUTHORIZED:
            return [(b"www-authenticate", b'Bearer realm="turnspan"')]
        if self.retry_after_s is None:
            return []
        return [(b"retry-after", str(max(1, round(self.retry_after_s))).encode())]

    def status(self) -> Status:
        """The google.rpc.Status of both transports."""
        status = Status(code=self.number, message=self.message)
        if self.retry_after_s is not None:
            status.details.append(_packed(self._retry_info()))
        return status

    def body(self, encoding: Encoding) -> bytes:
        """The HTTP body in the request's encoding."""
        if encoding is Encoding.PROTOBUF:
            return bytes(self.status().SerializeToString())
        content: dict[str, object] = {"code": self.number, "message": self.message}
        if self.retry_after_s is not None:
            content["details"] = [
                {
                    "@type": "type.googleapis.com/google.rpc.RetryInfo",
                    "retryDelay": f"{self.retry_after_s:g}s",
                }
            ]
        return orjson.dumps(content)

    def trailers(self) -> tuple[tuple[str, bytes], ...]:
        """gRPC trailers: the status, and the delay where the Python exporter looks."""
        found = [("grpc-status-details-bin", self.status().SerializeToString())]
        if self.retry_after_s is not None:
            info = self._retry_info().SerializeToString()
            found.append(("google.rpc.retryinfo-bin", info))
        return tuple(found)

    def _retry_info(self) -> RetryInfo:
        delay = Duration()
        delay.FromNanoseconds(int((self.retry_after_s or 0) * 10**9))
        return RetryInfo(retry_delay=delay)


def _packed(message: Message) -> AnyMessage:
    packed = AnyMessage()
    packed.Pack(message)
    return packed


def refusal_of(error: BaseException) -> Refusal:
    """What a failed request is told; unknown failures may be sent again."""
    for kind, http_status, code in _BY_KIND:
        if isinstance(error, kind):
            return Refusal(http_status, code, str(error))
    if isinstance(error, Permanent):
        return Refusal(400, StatusCode.INVALID_ARGUMENT, str(error))
    if isinstance(error, Overloaded):
        return Refusal(
            429,
            StatusCode.RESOURCE_EXHAUSTED,
            str(error),
            _delay(error),
            "overloaded",
        )
    if isinstance(error, Retryable):
        return Refusal(
            503, StatusCode.UNAVAILABLE, str(error), _delay(error), "retryable"
        )
    if isinstance(error, TimeoutError):
        text = "the store took too long: send this again"
    else:
        text = "the collector failed in an unknown way: send this again"
    return Refusal(503, StatusCode.UNAVAILABLE, text, 1.0, "retryable")


def _delay(error: Retryable) -> float:
    return min(max(error.retry_after_s, 1.0), RETRY_SECONDS_MAX)


def success(signal: Signal, decoded: Decoded, encoding: Encoding) -> bytes:
    """The answer to a request whose accepted items are durable.

    Full success leaves partial_success unset; a warning has 0 rejected and a message.
    """
    if not decoded.message:
        return b"" if encoding is Encoding.PROTOBUF else b"{}"
    if encoding is Encoding.PROTOBUF:
        response = signal.response()
        partial = getattr(response, "partial_success")  # noqa: B009
        setattr(partial, signal.rejected, decoded.rejected)
        partial.error_message = decoded.message
        return response.SerializeToString()
    words = signal.rejected.split("_")
    count = words[0] + "".join(word.title() for word in words[1:])
    return orjson.dumps(
        {
            "partialSuccess": {
                count: str(decoded.rejected),
                "errorMessage": decoded.message,
            }
        }
    )
