"""Errors of the collector itself: why it cannot start, and what it does not take."""

from __future__ import annotations

from enum import IntEnum

from turnspan_exporters.errors import Overloaded, Permanent, Retryable

__all__ = [
    "Cut",
    "DecodingLate",
    "Denied",
    "ExitCode",
    "MemoryFull",
    "QueueFull",
    "RateExceeded",
    "SpoolFailed",
    "SpoolFull",
    "StartError",
    "Stopping",
    "TooLarge",
    "TooSlow",
    "Unauthenticated",
]


class ExitCode(IntEnum):
    """The exit codes of every command; docs/exit-codes.md explains them."""

    DONE = 0
    UNEXPECTED = 1
    USAGE = 2
    PORT_IN_USE = 3
    DATABASE_UNREACHABLE = 4
    DATABASE_RIGHTS = 5
    SCHEMA_NEWER = 6
    DATA_DIRECTORY = 7
    NOT_SETTLED = 8
    NOT_ERASED = 9
    DOCTOR_WARNS = 10
    DOCTOR_ALARMS = 11
    OPEN_TO_OTHERS = 12
    LETTERS_LEFT = 13


class StartError(Exception):
    """A sentence for the operator that says what to do, and the exit code."""

    def __init__(self, message: str, exit_code: ExitCode) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class TooLarge(Permanent):
    """A request beyond the size limit (413 / RESOURCE_EXHAUSTED without delay)."""


class Unauthenticated(Permanent):
    """A request without a token that holds (401 / UNAUTHENTICATED)."""


class Denied(Permanent):
    """A request whose token does not allow it (403 / PERMISSION_DENIED)."""


class Cut(Permanent):
    """A call that ended without its message (400 / INVALID_ARGUMENT)."""


class TooSlow(Permanent):
    """A request that was not whole in time (408 / DEADLINE_EXCEEDED)."""


class QueueFull(Overloaded):
    """More requests wait for the store than may."""


class MemoryFull(Overloaded):
    """There is no memory for another request."""


class DecodingLate(Overloaded):
    """A request waited too long for its turn to be decoded."""


class SpoolFull(Overloaded):
    """The store is away and the spool takes no more."""


class SpoolFailed(Retryable):
    """The store is away and the spool cannot be written."""


class RateExceeded(Overloaded):
    """A token sends more than its rate."""


class Stopping(Retryable):
    """The collector ends."""
