"""The metrics: few, with bounded attributes, never an id."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Final

from opentelemetry.metrics import Counter, Histogram, UpDownCounter

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

_OTHER: Final = "_other"
_DIMENSIONS: Final = (BOT_NAME, CHANNEL_NAME, FEATURE_FLAG_RESULT_VARIANT)
_SECONDS: Final = (
    *(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0),
    *(7.5, 10.0, 15.0, 30.0, 60.0, 120.0),
)
_WAITS: Final = (1.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)
_CONFIDENCES: Final = tuple(step / 20 for step in range(1, 20))

_instruments: dict[str, Any] = {}
_known: dict[str, set[str]] = {key: set() for key in _DIMENSIONS}
_requested: OrderedDict[str, float] = OrderedDict()
_active: dict[tuple[object, ...], int] = {}
_lock = threading.Lock()


def record(
    name: str,
    value: float,
    common: Mapping[str, Any],
    more: Mapping[str, str] | None = None,
) -> None:
    """Record into a histogram or add to a counter; never raises."""
    attributes = dimensions(common)
    if more:
        attributes.update(more)
    _write(name, value, attributes)


def dimensions(common: Mapping[str, Any]) -> dict[str, str]:
    """Pick what a metric may be split by."""
    return {key: _bounded(key, common[key]) for key in _DIMENSIONS if key in common}


def count_problem(kind: InstrumentationErrorKind) -> None:
    """Count what could not be recorded."""
    attributes = {INSTRUMENTATION_ERROR_KIND: kind.value}
    _write(METRIC_INSTRUMENTATION_ERRORS, 1, attributes)


def enter(common: Mapping[str, Any]) -> None:
    """Count a conversation as active from its first turn in progress on."""
    if _step(common, 1) == 1:
        record(METRIC_CONVERSATION_ACTIVE, 1, common)


def leave(common: Mapping[str, Any]) -> None:
    """Count a conversation as no longer active after its last turn."""
    if _step(common, -1) == 0:
        record(METRIC_CONVERSATION_ACTIVE, -1, common)


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


def _step(common: Mapping[str, Any], by: int) -> int:
    key = tuple(common.get(k) for k in (*_DIMENSIONS[:2], GEN_AI_CONVERSATION_ID))
    if key[-1] is None:
        return -1
    with _lock:
        count = _active.get(key, 0) + by
        _active[key] = count
        if count <= 0:
            del _active[key]
        return count


def _bounded(key: str, value: str) -> str:
    known = _known[key]
    if value in known:
        return value
    if len(known) >= VALUES_MAX:
        return _OTHER
    known.add(value)
    return value


def _write(name: str, value: float, attributes: Mapping[str, str]) -> None:
    with contextlib.suppress(Exception):
        instrument = _instruments.get(name) or _make(name)
        if isinstance(instrument, Histogram):
            instrument.record(value, attributes)
        else:
            instrument.add(value, attributes)


def _make(name: str) -> Counter | UpDownCounter | Histogram:
    spec, meter = METRICS[name], _pipeline.current().meter
    instrument: Counter | UpDownCounter | Histogram
    if spec.instrument == "histogram":
        instrument = meter.create_histogram(
            name, spec.unit, explicit_bucket_boundaries_advisory=_boundaries(name)
        )
    elif spec.instrument == "counter":
        instrument = meter.create_counter(name, spec.unit)
    else:
        instrument = meter.create_up_down_counter(name, spec.unit)
    _instruments[name] = instrument
    return instrument


def _boundaries(name: str) -> tuple[float, ...]:
    if name == METRIC_INTENT_CONFIDENCE:
        return _CONFIDENCES
    return _WAITS if name == METRIC_HANDOFF_WAIT_DURATION else _SECONDS


def _forget() -> None:
    _instruments.clear()
    _requested.clear()
    _active.clear()


_pipeline.on_change(_forget)
_problems.count_with(count_problem)
