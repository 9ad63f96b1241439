"""What could not be recorded: counted always, logged once, never raised."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec, TypeVar

from turnspan.conventions import InstrumentationErrorKind

logger: Final = logging.getLogger("turnspan")

P = ParamSpec("P")
R = TypeVar("R")

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


def guarded(call: Callable[P, R]) -> Callable[P, R | None]:
    """Keep what a call raises from the bot: the last net under every call."""

    @wraps(call)
    def caught(*args: P.args, **kwargs: P.kwargs) -> R | None:
        try:
            return call(*args, **kwargs)
        except Exception as error:
            name = getattr(call, "__name__", "a call")
            report(
                InstrumentationErrorKind.CAPTURE,
                name,
                f"{name}() failed with {type(error).__name__} and was left out; check "
                "its arguments",
            )
            return None

    return caught


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
