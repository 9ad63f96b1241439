"""OpenTelemetry's own Python exporters, pointed at a collector.

The exporter of JSON pins releases that the others do not go with, so its encoder is
used here, and httpx carries what it makes.
"""

from __future__ import annotations

from typing import Any

import grpc
import httpx
from opentelemetry.exporter.otlp.json.common._log_encoder import encode_logs
from opentelemetry.exporter.otlp.json.common.metrics_encoder import encode_metrics
from opentelemetry.exporter.otlp.json.common.trace_encoder import encode_spans
from opentelemetry.exporter.otlp.proto import http as http_exporter
from opentelemetry.exporter.otlp.proto.grpc import _log_exporter as grpc_logs
from opentelemetry.exporter.otlp.proto.grpc import metric_exporter as grpc_metrics
from opentelemetry.exporter.otlp.proto.grpc import trace_exporter as grpc_traces
from opentelemetry.exporter.otlp.proto.http import _log_exporter as http_logs
from opentelemetry.exporter.otlp.proto.http import metric_exporter as http_metrics
from opentelemetry.exporter.otlp.proto.http import trace_exporter as http_traces
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import (
    LogRecordExporter,
    LogRecordExportResult,
    SimpleLogRecordProcessor,
)
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import (
    MetricExporter,
    MetricExportResult,
    PeriodicExportingMetricReader,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import (
    SimpleSpanProcessor,
    SpanExporter,
    SpanExportResult,
)
from tests.support.running import Running

__all__ = ["TRANSPORTS", "send_logs", "send_metrics", "send_spans", "span_exporter"]

TRANSPORTS = ("grpc", "grpc-gzip", "http", "http-gzip", "http-deflate", "http-json")
"""How an exporter may send: transport, then compression or encoding."""

_NO_TIMER_MS = 3_600_000


def span_exporter(running: Running, kind: str) -> SpanExporter:
    """The exporter of spans for a member of ``TRANSPORTS``."""
    if kind == "http-json":
        return _JsonSpans(f"{running.http_endpoint}/v1/traces")
    if kind.startswith("grpc"):
        return grpc_traces.OTLPSpanExporter(**_grpc(running, kind))
    return http_traces.OTLPSpanExporter(**_http(running, kind, "traces"))


def send_spans(running: Running, kind: str, bot: str) -> bytes:
    """One span with an event; returns its trace id."""
    provider = TracerProvider(resource=_resource(bot))
    provider.add_span_processor(SimpleSpanProcessor(span_exporter(running, kind)))
    with provider.get_tracer("library", "1").start_as_current_span("turn") as span:
        span.set_attribute("gen_ai.conversation.id", "c1")
        span.add_event("seen", {"a": 1})
    provider.shutdown()
    return span.get_span_context().trace_id.to_bytes(16, "big")


def send_logs(running: Running, kind: str, bot: str) -> None:
    """One event record with an attribute and a body."""
    exporter: Any
    if kind == "http-json":
        exporter = _JsonLogs(f"{running.http_endpoint}/v1/logs")
    elif kind.startswith("grpc"):
        exporter = grpc_logs.OTLPLogExporter(**_grpc(running, kind))
    else:
        exporter = http_logs.OTLPLogExporter(**_http(running, kind, "logs"))
    provider = LoggerProvider(resource=_resource(bot))
    provider.add_log_record_processor(SimpleLogRecordProcessor(exporter))
    provider.get_logger("library").emit(
        event_name="app.view",
        attributes={"view": "home"},
        body={"page": [1, "two", None]},
    )
    provider.shutdown()


def send_metrics(running: Running, kind: str, bot: str) -> None:
    """A counter of 2 and a histogram of one value."""
    exporter: Any
    if kind == "http-json":
        exporter = _JsonMetrics(f"{running.http_endpoint}/v1/metrics")
    elif kind.startswith("grpc"):
        exporter = grpc_metrics.OTLPMetricExporter(**_grpc(running, kind))
    else:
        exporter = http_metrics.OTLPMetricExporter(**_http(running, kind, "metrics"))
    reader = PeriodicExportingMetricReader(exporter, _NO_TIMER_MS)
    provider = MeterProvider([reader], resource=_resource(bot))
    meter = provider.get_meter("library")
    meter.create_counter("turns").add(2, {"channel": "web"})
    meter.create_histogram("wait", "s").record(1.5)
    provider.shutdown()


def _resource(bot: str) -> Resource:
    return Resource({"service.name": bot})


def _grpc(running: Running, kind: str) -> dict[str, Any]:
    zipped = grpc.Compression.Gzip if kind == "grpc-gzip" else None
    return {"endpoint": running.endpoint, "insecure": True, "compression": zipped}


def _http(running: Running, kind: str, signal: str) -> dict[str, Any]:
    compression = http_exporter.Compression(kind.partition("-")[2] or "none")
    url = f"{running.http_endpoint}/v1/{signal}"
    return {"endpoint": url, "compression": compression}


def _posts(url: str, made: Any) -> bool:
    """Whether what the encoder made was taken."""
    headers = {"content-type": "application/json"}
    answer = httpx.post(url, content=made.to_json().encode(), headers=headers)
    return answer.status_code == 200


class _JsonSpans(SpanExporter):
    def __init__(self, url: str) -> None:
        self._url = url

    def export(self, spans: Any) -> SpanExportResult:
        taken = _posts(self._url, encode_spans(spans))
        return SpanExportResult.SUCCESS if taken else SpanExportResult.FAILURE


class _JsonLogs(LogRecordExporter):
    def __init__(self, url: str) -> None:
        self._url = url

    def export(self, batch: Any) -> LogRecordExportResult:
        taken = _posts(self._url, encode_logs(batch))
        return LogRecordExportResult.SUCCESS if taken else LogRecordExportResult.FAILURE

    def force_flush(self, timeout_millis: int = 10_000) -> bool:
        return True

    def shutdown(self) -> None:
        """Nothing is kept."""


class _JsonMetrics(MetricExporter):
    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def export(
        self, metrics_data: Any, timeout_millis: float = 10_000, **kwargs: Any
    ) -> MetricExportResult:
        taken = _posts(self._url, encode_metrics(metrics_data))
        return MetricExportResult.SUCCESS if taken else MetricExportResult.FAILURE

    def force_flush(self, timeout_millis: float = 10_000) -> bool:
        return True

    def shutdown(self, timeout_millis: float = 30_000, **kwargs: Any) -> None:
        """Nothing is kept."""
