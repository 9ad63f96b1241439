"""Events: OpenTelemetry log records with a name, an own id and their scope."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.context import Context

from turnspan import _pipeline, _problems
from turnspan._ids import new_id, next_seq, process_id
from turnspan.conventions import (
    EVENT_REQUIRED,
    LOG_RECORD_UID,
    PROCESS_ID,
    RECORD_SEQ,
    InstrumentationErrorKind,
)

Moment = datetime | int | None
"""When something happened: a datetime with a time zone, or nanoseconds since 1970."""

_NANOS: Final = 1_000_000_000
_NONE: Final[tuple[str, ...]] = ()


def emit(
    name: str,
    common: Mapping[str, Any],
    own: Mapping[str, Any],
    *,
    at: Moment = None,
    context: Context | None = None,
    uid: str | None = None,
) -> bool:
    """Send an event; never raises.

    Returns:
        Whether it was sent: not when an attribute is missing that it needs.
    """
    for key in EVENT_REQUIRED.get(name, _NONE):
        if key not in own:
            _problems.report(
                InstrumentationErrorKind.MISSING_ID,
                f"{name} {key}",
                f"{name} needs a good {key}; the event was left out",
            )
            return False
    attributes = {
        **own,
        **common,
        LOG_RECORD_UID: uid or new_id(),
        **position(),
    }
    return _send(name, attributes, nanoseconds(at), context)


def position() -> dict[str, Any]:
    """Give the next record's place among those of this process."""
    return {RECORD_SEQ: next_seq(), PROCESS_ID: process_id()}


def nanoseconds(at: Moment) -> int | None:
    """Give a moment in nanoseconds since 1970; None for no or a bad one."""
    if isinstance(at, datetime):
        moment = at if at.tzinfo else at.replace(tzinfo=UTC)
        seconds = int(moment.replace(microsecond=0).timestamp())
        return seconds * _NANOS + moment.microsecond * 1000
    if isinstance(at, int) and not isinstance(at, bool) and 0 < at < 2**63:
        return at
    if at is not None:
        _problems.report(
            InstrumentationErrorKind.BAD_VALUE,
            "at",
            "at must be a datetime or nanoseconds since 1970; the present was taken",
        )
    return None


def _send(
    name: str, attributes: dict[str, Any], at: int | None, context: Context | None
) -> bool:
    now = time.time_ns()
    try:
        _pipeline.current().logger.emit(
            LogRecord(
                timestamp=at or now,
                observed_timestamp=now,
                context=context,
                severity_number=SeverityNumber.INFO,
                event_name=name,
                attributes=attributes,
            )
        )
    except Exception:
        pipeline_failed("emitting an event")
        return False
    return True


def pipeline_failed(where: str) -> None:
    """Report that the SDK or one of its processors raised."""
    _problems.report(
        InstrumentationErrorKind.CAPTURE,
        where,
        f"the telemetry pipeline raised while {where}; check its processors and "
        "exporters",
    )
