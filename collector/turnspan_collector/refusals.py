"""Why a request was refused, in a word for the counters.

Of a request that was refused before it was decoded nobody knows the items, so the
OpenTelemetry Collector's counters of items leave it out; these count requests.
"""

from __future__ import annotations

from typing import Final

from turnspan_collector.errors import (
    Cut,
    DecodingLate,
    Denied,
    MemoryFull,
    QueueFull,
    RateExceeded,
    SpoolFailed,
    SpoolFull,
    Stopping,
    TooLarge,
    TooSlow,
    Unauthenticated,
)
from turnspan_exporters.errors import ExportError, Permanent

__all__ = ["REASONS", "reason_of"]

_BY_KIND: Final[tuple[tuple[type[BaseException], str], ...]] = (
    (QueueFull, "queue"),
    (MemoryFull, "memory"),
    (DecodingLate, "decoding"),
    (SpoolFull, "spool"),
    (SpoolFailed, "spool_failed"),
    (RateExceeded, "rate"),
    (Stopping, "stopping"),
    (Unauthenticated, "token"),
    (Denied, "forbidden"),
    (TooLarge, "too_large"),
    (TooSlow, "slow"),
    (Cut, "cut"),
)
_OTHERS: Final = (
    *("undecodable", "media_type", "path", "http", "connections"),
    *("store", "late", "unknown"),
)

REASONS: Final = (*(word for _, word in _BY_KIND), *_OTHERS)
"""Every word, each a value of the label ``reason``."""


def reason_of(error: BaseException, *, is_decoded: bool) -> str:
    """The word for an error; ``is_decoded``: it came after decoding."""
    for kind, word in _BY_KIND:
        if isinstance(error, kind):
            return word
    if isinstance(error, Permanent) and not is_decoded:
        return "undecodable"
    if isinstance(error, ExportError):
        return "store"
    return "late" if isinstance(error, TimeoutError) else "unknown"
