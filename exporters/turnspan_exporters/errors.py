"""What a destination may answer, sorted by what the other side should do."""

from __future__ import annotations

__all__ = [
    "ExportError",
    "Forbidden",
    "Incompatible",
    "Overloaded",
    "Permanent",
    "Retryable",
    "SchemaNewer",
    "Unusable",
]


class ExportError(Exception):
    """The batch was not stored; nothing of it is visible.

    The text is for people: one sentence with field, value and limit, and never the
    payload itself.
    """


class Permanent(ExportError):
    """Sending the same again cannot help (400 / INVALID_ARGUMENT)."""


class Unusable(Permanent):
    """The store, not the batch, is at fault, and somebody has to mend it.

    At the start that ends the program; later, what is sent is worth keeping.
    """


class SchemaNewer(Unusable):
    """The store was made by a newer version of this program."""


class Forbidden(Unusable):
    """The role lacks a right; the text says which to grant."""


class Incompatible(Unusable):
    """The store's schema or server version does not fit this program."""


class Retryable(ExportError):
    """The store is away or starting; send the same again (503 / UNAVAILABLE)."""

    def __init__(self, message: str, retry_after_s: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Overloaded(Retryable):
    """More came than can be stored now (429 / RESOURCE_EXHAUSTED with RetryInfo)."""
