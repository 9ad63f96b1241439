"""What could not be recorded: counted always, logged once, never raised."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

from turnspan.conventions import InstrumentationErrorKind

logger: Final = logging.getLogger("turnspan")

SEEN_MAX: Final = 256
"""So many different problems are logged; later ones are only counted."""

_seen: set[tuple[str, str]] = set()
_lock = threading.Lock()
_counter: Callable[[InstrumentationErrorKind], None] | None = None


def report(kind: InstrumentationErrorKind, field: str, sentence: str) -> None:
    """Count a problem, and log it when this kind is new for the field.

    The sentence names the field, the limit and what to do, and never holds text
    that a user may have written.
    """
    if _counter is not None:
        _counter(kind)
    if _first(kind.value, field):
        logger.warning("turnspan: %s", sentence)


def warn_once(topic: str, sentence: str) -> None:
    """Log a warning that is not a problem of one value, once per topic."""
    if _first("warning", topic):
        logger.warning("turnspan: %s", sentence)


def count_with(counter: Callable[[InstrumentationErrorKind], None]) -> None:
    """Say what counts the problems; the metrics module does."""
    global _counter
    _counter = counter


def forget() -> None:
    """Log everything once more; for tests."""
    with _lock:
        _seen.clear()


def _first(kind: str, field: str) -> bool:
    key = (kind, field)
    if key in _seen:
        return False
    with _lock:
        if key in _seen or len(_seen) >= SEEN_MAX:
            return False
        _seen.add(key)
        return True
