"""Spans into columns, and bridged span events into rows of events."""

from __future__ import annotations

from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from turnspan import conventions as names
from turnspan_collector.decode.building import Builder, Origin
from turnspan_collector.decode.events import add_bridged
from turnspan_collector.decode.ids import is_span_id, is_trace_id, span_number
from turnspan_collector.decode.times import MENDED
from turnspan_collector.decode.values import attributes_of, clean, int4

__all__ = ["add_spans"]

KIND_MAX = 5
STATUS_MAX = 2
BRIDGED = f"{names.ROOT}."


def add_spans(request: ExportTraceServiceRequest, builder: Builder) -> int:
    """Append every valid span; returns how many there were."""
    count = 0
    for of_resource in request.resource_spans:
        for of_scope in of_resource.scope_spans:
            origin = builder.origin(
                of_resource.resource,
                of_resource.schema_url,
                of_scope.scope,
                of_scope.schema_url,
            )
            for span in of_scope.spans:
                if reason := _refusal(span):
                    builder.reject(reason)
                else:
                    _add(span, builder, origin)
            count += len(of_scope.spans)
    return count


def _refusal(span: Span) -> str | None:
    if not is_trace_id(span.trace_id):
        return "trace_id needs 16 bytes that are not all zero"
    if not is_span_id(span.span_id):
        return "span_id needs 8 bytes that are not all zero"
    if len(span.parent_span_id) not in (0, 8):
        return "parent_span_id needs 8 bytes or none"
    return None


def _add(span: Span, builder: Builder, origin: Origin) -> None:
    columns = builder.batch.spans
    attributes = attributes_of(span.attributes)
    builder.place(columns, attributes, origin)
    builder.promote_span(attributes)
    columns.attributes.append(attributes or None)
    columns.dropped.append(int4(span.dropped_attributes_count))
    start_ns, end_ns, flags, original = builder.times.interval(
        span.start_time_unix_nano, span.end_time_unix_nano
    )
    columns.start_ns.append(start_ns)
    columns.end_ns.append(end_ns)
    if flags:
        builder.warn(MENDED)
    columns.time_flags.append(flags)
    columns.original_times.append(original)
    columns.trace_id.append(span.trace_id)
    columns.span_id.append(span_number(span.span_id))
    columns.parent_span_id.append(
        span_number(span.parent_span_id) if is_span_id(span.parent_span_id) else None
    )
    columns.name.append(clean(span.name))
    columns.kind.append(span.kind if 0 <= span.kind <= KIND_MAX else 0)
    code = span.status.code
    columns.status_code.append(code if 0 <= code <= STATUS_MAX else 0)
    columns.status_message.append(clean(span.status.message) or None)
    columns.trace_state.append(clean(span.trace_state) or None)
    columns.flags.append(span.flags)
    columns.events.append([_event(one) for one in span.events] or None)
    columns.links.append([_link(one) for one in span.links] or None)
    columns.dropped_events.append(int4(span.dropped_events_count))
    columns.dropped_links.append(int4(span.dropped_links_count))
    for event in span.events:
        if event.name.startswith(BRIDGED) or _has_uid(event):
            add_bridged(event, builder, origin)


def _has_uid(event: Span.Event) -> bool:
    return any(pair.key == names.LOG_RECORD_UID for pair in event.attributes)


def _event(event: Span.Event) -> dict[str, Any]:
    return {
        "time_ns": event.time_unix_nano,
        "name": clean(event.name),
        "attributes": attributes_of(event.attributes),
        "dropped": event.dropped_attributes_count,
    }


def _link(link: Span.Link) -> dict[str, Any]:
    return {
        "trace_id": link.trace_id.hex() if is_trace_id(link.trace_id) else None,
        "span_id": link.span_id.hex() if is_span_id(link.span_id) else None,
        "trace_state": clean(link.trace_state),
        "attributes": attributes_of(link.attributes),
        "dropped": link.dropped_attributes_count,
        "flags": link.flags,
    }
