"""The metrics: few, with bounded attributes, never an id."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from opentelemetry.metrics import CallbackOptions, Observation

from turnspan import _pipeline, _problems
from turnspan.conventions import (
    BOT_NAME,
    CHANNEL_NAME,
    FEATURE_FLAG_RESULT_VARIANT,
    GEN_AI_CONVERSATION_ID,
    INSTRUMENTATION_ERROR_KIND,
    METRIC_CONVERSATION_ACTIVE,
    METRIC_HANDOFF_WAIT_DURATION,
    METRIC_INSTRUMENTATION_ERRORS,
    METRIC_INTENT_CONFIDENCE,
    METRICS,
    InstrumentationErrorKind,
)

VALUES_MAX: Final = 100
"""So many bots, channels and variants are told apart; the rest is ``_other``."""
HANDOFFS_MAX: Final = 10_000
"""So many open handoffs are remembered for their waiting time."""

Key = tuple[str | None, ...]
"""A conversation in progress: bot, channel, variant, conversation."""

_OTHER: Final = "_other"
_DIMENSIONS: Final = (BOT_NAME, CHANNEL_NAME, FEATURE_FLAG_RESULT_VARIANT)
_IN_PROGRESS: Final = (*_DIMENSIONS, GEN_AI_CONVERSATION_ID)
_SECONDS: Final = (
    *(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0),
    *(7.5, 10.0, 15.0, 30.0, 60.0, 120.0),
)
_WAITS: Final = (1.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)
_CONFIDENCES: Final = tuple(step / 20 for step in range(1, 20))

_instruments: dict[str, Any] = {}
_known: dict[str, set[str]] = {key: set() for key in _DIMENSIONS}
_requested: OrderedDict[str, float] = OrderedDict()
_active: dict[Key, int] = {}
_seen_active: dict[tuple[str | None, ...], int] = {}
_lock = threading.Lock()


def record(
    name: str,
    value: float,
    common: Mapping[str, Any],
    more: Mapping[str, str] | None = None,
) -> None:
    """Write a metric of a scope, split as metrics may be."""
    attributes = dimensions(common)
    if more:
        attributes.update(more)
    write(name, value, attributes)


def write(name: str, value: float, attributes: Mapping[str, str]) -> None:
    """Record into a histogram or add to a counter; never raises."""
    with contextlib.suppress(Exception):
        instrument = _instruments.get(name) or _make(name)
        instrument(value, attributes)


def dimensions(common: Mapping[str, Any]) -> dict[str, str]:
    """Pick what a metric may be split by."""
    return {key: _bounded(key, common[key]) for key in _DIMENSIONS if key in common}


def count_problem(kind: InstrumentationErrorKind) -> None:
    """Count what could not be recorded."""
    attributes = {INSTRUMENTATION_ERROR_KIND: kind.value}
    write(METRIC_INSTRUMENTATION_ERRORS, 1, attributes)


def enter(common: Mapping[str, Any]) -> Key:
    """Count a turn of a conversation as in progress; gives the key to leave with."""
    if METRIC_CONVERSATION_ACTIVE not in _instruments:
        _observe_active()
    key = tuple([common.get(name) for name in _IN_PROGRESS])
    with _lock:
        _active[key] = _active.get(key, 0) + 1
    return key


def leave(key: Key) -> None:
    """Count a turn as ended, and its conversation with its last turn."""
    with _lock:
        count = _active.get(key, 0) - 1
        if count > 0:
            _active[key] = count
        else:
            _active.pop(key, None)


def handoff_requested(handoff: str) -> None:
    """Remember when a handoff was asked for."""
    with _lock:
        _requested[handoff] = time.monotonic()
        if len(_requested) > HANDOFFS_MAX:
            _requested.popitem(last=False)


def handoff_accepted(handoff: str, common: Mapping[str, Any]) -> None:
    """Record how long a handoff waited, when this process saw its request."""
    with _lock:
        since = _requested.pop(handoff, None)
    if since is not None:
        record(METRIC_HANDOFF_WAIT_DURATION, time.monotonic() - since, common)


def _observe_active() -> None:
    spec = METRICS[METRIC_CONVERSATION_ACTIVE]
    with contextlib.suppress(Exception):
        meter = _pipeline.current().meter
        _instruments[METRIC_CONVERSATION_ACTIVE] = (
            meter.create_observable_up_down_counter(
                METRIC_CONVERSATION_ACTIVE, [_active_now], spec.unit
            )
        )


def _active_now(_: CallbackOptions) -> Iterable[Observation]:
    """Count the conversations in progress by bot, channel and variant."""
    counts: dict[tuple[str | None, ...], int] = {}
    with _lock:
        _seen_active.update(dict.fromkeys([key[:-1] for key in _active], 0))
        counts.update(_seen_active)
        for key in _active:
            if key[-1] is not None:
                counts[key[:-1]] += 1
    for values, count in counts.items():
        yield Observation(count, dimensions(_named(values)))


def _named(values: tuple[str | None, ...]) -> dict[str, str]:
    pairs = zip(_DIMENSIONS, values, strict=True)
    return {key: value for key, value in pairs if value is not None}


def _bounded(key: str, value: str) -> str:
    known = _known[key]
    if value in known:
        return value
    if len(known) >= VALUES_MAX:
        return _OTHER
    known.add(value)
    return value


def _make(name: str) -> Callable[[float, Mapping[str, str]], None]:
    spec, meter = METRICS[name], _pipeline.current().meter
    if spec.instrument == "histogram":
        write = meter.create_histogram(
            name, spec.unit, explicit_bucket_boundaries_advisory=_boundaries(name)
        ).record
    else:
        write = meter.create_counter(name, spec.unit).add
    _instruments[name] = write
    return write


def _boundaries(name: str) -> tuple[float, ...]:
    if name == METRIC_INTENT_CONFIDENCE:
        return _CONFIDENCES
    return _WAITS if name == METRIC_HANDOFF_WAIT_DURATION else _SECONDS


def _forget() -> None:
    _instruments.clear()
    _requested.clear()
    _active.clear()
    _seen_active.clear()


_pipeline.on_change(_forget)
_problems.count_with(count_problem)
