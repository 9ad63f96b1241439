"""OTLP messages for tests: small, valid, with fixed ids and a fixed clock."""

from __future__ import annotations

from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
)
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from opentelemetry.proto.trace.v1.trace_pb2 import Span

__all__ = [
    "NOW_NS",
    "attribute",
    "log",
    "logs",
    "metrics",
    "numbered",
    "span",
    "traces",
    "value",
]

NOW_NS = 1_769_860_800 * 10**9  # 2026-01-31T12:00:00Z
TRACE_ID = bytes(range(16))
SPAN_ID = bytes.fromhex("8081828384858678")


def value(given: Any) -> AnyValue:
    """A Python value as OTLP's."""
    made = AnyValue()
    match given:
        case bool():
            made.bool_value = given
        case int():
            made.int_value = given
        case float():
            made.double_value = given
        case str():
            made.string_value = given
        case bytes():
            made.bytes_value = given
        case list():
            made.array_value.SetInParent()
            made.array_value.values.extend(value(one) for one in given)
        case dict():
            made.kvlist_value.SetInParent()
            pairs = [attribute(key, one) for key, one in given.items()]
            made.kvlist_value.values.extend(pairs)
    return made


def attribute(key: str, given: Any) -> KeyValue:
    """One attribute."""
    return KeyValue(key=key, value=value(given))


def span(**fields: Any) -> Span:
    """A span of one second that ends now."""
    given = {
        "trace_id": TRACE_ID,
        "span_id": SPAN_ID,
        "name": "chatbot.turn shop",
        "start_time_unix_nano": NOW_NS - 10**9,
        "end_time_unix_nano": NOW_NS,
        **fields,
    }
    return Span(**given)


def numbered(count: int, start: int = 0, **fields: Any) -> list[Span]:
    """Spans that differ in their id and turn."""
    return [
        span(
            span_id=(start + at + 1).to_bytes(8, "big"),
            attributes=[
                attribute("gen_ai.conversation.id", f"c{(start + at) % 7}"),
                attribute("chatbot.turn.id", f"t{start + at}"),
            ],
            **fields,
        )
        for at in range(count)
    ]


def log(**fields: Any) -> LogRecord:
    """A log record of now."""
    return LogRecord(**{"time_unix_nano": NOW_NS, **fields})


def _origin(group: Any, inner: Any) -> None:
    group.schema_url = "https://r"
    group.resource.attributes.extend(
        [
            attribute("service.name", "service"),
            attribute("service.version", "1.2"),
            attribute("deployment.environment.name", "prod"),
        ]
    )
    inner.schema_url = "https://s"
    inner.scope.name, inner.scope.version = "library", "0.1"
    inner.scope.attributes.append(attribute("scoped", True))
    inner.scope.dropped_attributes_count = 1


def traces(*spans: Span) -> ExportTraceServiceRequest:
    """A request of spans with one resource and scope."""
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add()
    inner = group.scope_spans.add()
    _origin(group, inner)
    inner.spans.extend(spans)
    return request


def logs(*records: LogRecord) -> ExportLogsServiceRequest:
    """A request of log records with one resource and scope."""
    request = ExportLogsServiceRequest()
    group = request.resource_logs.add()
    inner = group.scope_logs.add()
    _origin(group, inner)
    inner.log_records.extend(records)
    return request


def metrics(*given: Metric) -> ExportMetricsServiceRequest:
    """A request of metrics with one resource and scope."""
    request = ExportMetricsServiceRequest()
    group = request.resource_metrics.add()
    inner = group.scope_metrics.add()
    _origin(group, inner)
    inner.metrics.extend(given)
    return request
