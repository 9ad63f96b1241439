"""Log records and bridged span events into columns."""

from __future__ import annotations

from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
)
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from turnspan import conventions as names
from turnspan_collector.decode.building import Builder, Origin
from turnspan_collector.decode.ids import (
    is_span_id,
    is_trace_id,
    record_id,
    span_number,
)
from turnspan_collector.decode.times import MENDED
from turnspan_collector.decode.values import (
    attributes_of,
    clean,
    digest,
    int4,
    json_value,
)

__all__ = ["add_bridged", "add_logs"]

SEVERITY_MAX = 24
NO_IDS = frozenset({b"", bytes(8), bytes(16)})
UNCORRELATED = "a trace or span id of a wrong length was left out"
EVENT_NAME = "event.name"  # where names stood before log records had a field for it
# What a bridged event shares with the span that carries it.
SHARED = (
    "bot",
    "version",
    "environment",
    "conversation_id",
    "session_id",
    "turn_id",
    "channel",
    "variant",
    "user_key",
    "user_kind",
    "test",
)


def add_logs(request: ExportLogsServiceRequest, builder: Builder) -> int:
    """Append every log record; returns how many there were."""
    count = 0
    for of_resource in request.resource_logs:
        for of_scope in of_resource.scope_logs:
            origin = builder.origin(
                of_resource.resource,
                of_resource.schema_url,
                of_scope.scope,
                of_scope.schema_url,
            )
            for record in of_scope.log_records:
                _add(record, builder, origin)
            count += len(of_scope.log_records)
    return count


def _add(record: LogRecord, builder: Builder, origin: Origin) -> None:
    columns = builder.batch.events
    attributes = attributes_of(record.attributes)
    body = json_value(record.body) if record.HasField("body") else None
    name = clean(record.event_name)
    if not name and isinstance(attributes.get(EVENT_NAME), str):
        name = attributes.pop(EVENT_NAME)
    number = int(record.severity_number)
    severity = number if 0 <= number <= SEVERITY_MAX else 0
    trace_id = record.trace_id if is_trace_id(record.trace_id) else None
    span_id = span_number(record.span_id) if is_span_id(record.span_id) else None
    if _is_lost(record.trace_id, trace_id) or _is_lost(record.span_id, span_id):
        builder.warn(UNCORRELATED)
    content = digest(
        origin.digest,
        [record.time_unix_nano, record.observed_time_unix_nano, record.flags],
        [name, severity, record.severity_text, body, attributes, span_id],
        trace_id or b"",
    )
    builder.place(columns, attributes, origin)
    _identify(attributes, content, builder)
    builder.promote_event(attributes)
    _time(record.time_unix_nano or record.observed_time_unix_nano, builder)
    observed_ns = record.observed_time_unix_nano
    columns.observed_ns.append(
        observed_ns if builder.times.holds(observed_ns) else None
    )
    columns.name.append(name)
    columns.severity.append(severity)
    columns.severity_text.append(clean(record.severity_text) or None)
    columns.body.append(body)
    columns.trace_id.append(trace_id)
    columns.span_id.append(span_id)
    columns.flags.append(record.flags)
    columns.attributes.append(attributes or None)
    columns.dropped.append(int4(record.dropped_attributes_count))


def add_bridged(event: Span.Event, builder: Builder, origin: Origin) -> None:
    """Append an event of the batch's last span; the span lends what it lacks."""
    columns, spans = builder.batch.events, builder.batch.spans
    attributes = attributes_of(event.attributes)
    trace_id, span_id = spans.trace_id[-1], spans.span_id[-1]
    name = clean(event.name)
    content = digest(trace_id, [span_id, event.time_unix_nano, name, attributes])
    builder.place(columns, attributes, origin)
    _identify(attributes, content, builder)
    builder.promote_event(attributes)
    for shared in SHARED:
        column = getattr(columns, shared)
        column[-1] = column[-1] or getattr(spans, shared)[-1]
    _time(event.time_unix_nano, builder)
    columns.observed_ns.append(None)
    columns.name.append(name)
    columns.severity.append(0)
    columns.severity_text.append(None)
    columns.body.append(None)
    columns.trace_id.append(trace_id)
    columns.span_id.append(span_id)
    columns.flags.append(0)
    columns.attributes.append(attributes or None)
    columns.dropped.append(int4(event.dropped_attributes_count))


def _identify(attributes: dict[str, Any], content: bytes, builder: Builder) -> None:
    columns = builder.batch.events
    given = attributes.get(names.LOG_RECORD_UID)
    if not isinstance(given, str) or not given:
        columns.uid.append(builder.unique(content))
        return
    uid, complete = record_id(given, columns.bot[-1])
    if complete:
        del attributes[names.LOG_RECORD_UID]
    columns.uid.append(uid)


def _is_lost(given: bytes, kept: object) -> bool:
    """Whether an id was given and is none; zeros say that there is none."""
    return kept is None and given not in NO_IDS


def _time(time_ns: int, builder: Builder) -> None:
    columns = builder.batch.events
    time_ns, flags, original = builder.times.instant(time_ns)
    if flags:
        builder.warn(MENDED)
    columns.time_ns.append(time_ns)
    columns.time_flags.append(flags)
    columns.original_times.append(original)
