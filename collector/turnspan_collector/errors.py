"""Why the collector could not start or go on, each with its exit code."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["ExitCode", "StartError"]


class ExitCode(IntEnum):
    """The exit codes of every command; documented in docs/exit-codes.md."""

    DONE = 0
    UNEXPECTED = 1
    USAGE = 2
    PORT_IN_USE = 3
    DATABASE_UNREACHABLE = 4
    DATABASE_RIGHTS = 5
    SCHEMA_NEWER = 6
    DATA_DIRECTORY = 7
    NOT_SETTLED = 8


class StartError(Exception):
    """A sentence for the operator that says what to do, and the exit code."""

    def __init__(self, message: str, exit_code: ExitCode) -> None:
        super().__init__(message)
        self.exit_code = exit_code
