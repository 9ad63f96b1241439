"""What became of a request that was sent on, sorted by what to do about it.

The table of retryable codes is the OTLP specification's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from google.protobuf.message import DecodeError
from grpc import StatusCode

from turnspan_collector.decode import Signal

__all__ = [
    "RETRYABLE_CODES",
    "RETRYABLE_STATUSES",
    "Delivered",
    "Later",
    "Outcome",
    "Refused",
    "Transport",
    "delivered",
    "of_code",
    "of_status",
]

RETRYABLE_STATUSES: Final = frozenset({429, 502, 503, 504})
RETRYABLE_CODES: Final = frozenset(
    {
        StatusCode.CANCELLED,
        StatusCode.DEADLINE_EXCEEDED,
        StatusCode.ABORTED,
        StatusCode.OUT_OF_RANGE,
        StatusCode.UNAVAILABLE,
        StatusCode.DATA_LOSS,
    }
)
_TOO_LARGE: Final = 413
_OF_DATA: Final = frozenset({400, _TOO_LARGE, 422, 500})
_OF_DATA_CODES: Final = frozenset(
    {StatusCode.INVALID_ARGUMENT, StatusCode.INTERNAL, StatusCode.UNKNOWN}
)


@dataclass(frozen=True, slots=True)
class Delivered:
    """It was taken, but for so many items."""

    rejected: int = 0


@dataclass(frozen=True, slots=True)
class Refused:
    """Sending it again cannot help.

    ``of_data``: what it carries is at fault, so that a part of it may be taken.
    """

    reason: str
    of_data: bool = False
    too_large: bool = False


@dataclass(frozen=True, slots=True)
class Later:
    """Sending it again may help, after so many seconds where they were told."""

    reason: str
    after_s: float | None = None


Outcome = Delivered | Refused | Later


class Transport(Protocol):
    """A way to one destination; used by one thread."""

    def send(self, signal: Signal, body: bytes, via: str, timeout_s: float) -> Outcome:
        """Send one request in protobuf and say what became of it; never raises.

        ``via`` names the collectors that it came through.
        """

    def close(self) -> None:
        """Let go of the connection."""


def delivered(signal: Signal, answer: bytes) -> Delivered:
    """What an answer of success says of rejected items."""
    try:
        response = signal.response.FromString(answer)
    except DecodeError:
        return Delivered()
    partial = getattr(response, "partial_success")  # noqa: B009
    return Delivered(max(0, int(getattr(partial, signal.rejected))))


def of_status(status: int, after_s: float | None) -> Refused | Later:
    """What an HTTP status other than 2xx means."""
    reason = f"HTTP {status}"
    if status in RETRYABLE_STATUSES:
        return Later(reason, after_s)
    return Refused(reason, status in _OF_DATA, status == _TOO_LARGE)


def of_code(code: StatusCode, after_s: float | None) -> Refused | Later:
    """What a gRPC code other than OK means."""
    exhausted = code is StatusCode.RESOURCE_EXHAUSTED
    if code in RETRYABLE_CODES or (exhausted and after_s is not None):
        return Later(code.name, after_s)
    # Without a delay it is how gRPC says that a message is too large.
    return Refused(code.name, exhausted or code in _OF_DATA_CODES, exhausted)
