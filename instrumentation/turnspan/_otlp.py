"""Providers that send OTLP; imported by setup() alone, for it needs the extra otlp."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import uuid4

from opentelemetry import _logs, metrics, trace
from opentelemetry.exporter.otlp.proto.grpc import _log_exporter as grpc_logs
from opentelemetry.exporter.otlp.proto.grpc import metric_exporter as grpc_metrics
from opentelemetry.exporter.otlp.proto.grpc import trace_exporter as grpc_traces
from opentelemetry.exporter.otlp.proto.http import _log_exporter as http_logs
from opentelemetry.exporter.otlp.proto.http import metric_exporter as http_metrics
from opentelemetry.exporter.otlp.proto.http import trace_exporter as http_traces
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from turnspan import _pipeline
from turnspan.processors import SpanEventBridge, install

GRPC: Final = "grpc"
HTTP: Final = "http/protobuf"
SPAN_DELAY_MS: Final = 1000
"""As long as events wait by default; the SDK's 5 s would keep a turn from a board."""
_EXPORTERS: Final[Mapping[tuple[str, str], Any]] = {
    ("traces", GRPC): grpc_traces.OTLPSpanExporter,
    ("logs", GRPC): grpc_logs.OTLPLogExporter,
    ("metrics", GRPC): grpc_metrics.OTLPMetricExporter,
    ("traces", HTTP): http_traces.OTLPSpanExporter,
    ("logs", HTTP): http_logs.OTLPLogExporter,
    ("metrics", HTTP): http_metrics.OTLPMetricExporter,
}


@dataclass(frozen=True)
class Target:
    """Where to send to; what is None comes from the OTEL_* variables."""

    endpoint: str | None
    protocol: str | None
    headers: Mapping[str, str] | None

    def exporter(self, signal: str) -> Any:
        """Make the exporter of traces, logs or metrics; None when switched off.

        Raises:
            ValueError: The endpoint or the protocol is not one that can be used.
        """
        chosen = os.environ.get(f"OTEL_{signal.upper()}_EXPORTER", "otlp").strip()
        if chosen.lower() == "none":
            return None
        protocol = self._protocol(signal)
        options: dict[str, Any] = {}
        if self.endpoint is not None:
            options["endpoint"] = _endpoint(self.endpoint, protocol, signal)
        if self.headers is not None:
            options["headers"] = dict(self.headers)
        return _EXPORTERS[signal, protocol](**options)

    def _protocol(self, signal: str) -> str:
        protocol = (
            self.protocol
            or os.environ.get(f"OTEL_EXPORTER_OTLP_{signal.upper()}_PROTOCOL")
            or os.environ.get("OTEL_EXPORTER_OTLP_PROTOCOL")
            or GRPC
        )
        if protocol not in (GRPC, HTTP):
            raise ValueError(f"protocol is {protocol!r}; it must be {GRPC} or {HTTP}")
        return protocol


def providers(
    target: Target, resource: Mapping[str, str], *, span_events: bool
) -> tuple[list[Any], list[str]]:
    """Set the global providers that nobody has set yet.

    Returns:
        The providers that were made, and the names of those that were found.
    """
    made: list[Any] = []
    found: list[str] = []
    described = Resource.create(_resource(resource))
    if _pipeline.is_real(logs := _logs.get_logger_provider()):
        found.append("LoggerProvider")
    else:
        logs = _logger_provider(target, described)
        made.append(logs)
        _logs.set_logger_provider(logs)
    if span_events and isinstance(logs, LoggerProvider):
        logs.add_log_record_processor(SpanEventBridge())
    if _pipeline.is_real(tracing := trace.get_tracer_provider()):
        found.append("TracerProvider")
    else:
        tracing = _tracer_provider(target, described)
        made.append(tracing)
        trace.set_tracer_provider(tracing)
    install(tracing)
    if _pipeline.is_real(metrics.get_meter_provider()):
        found.append("MeterProvider")
    else:
        made.append(meters := _meter_provider(target, described))
        metrics.set_meter_provider(meters)
    return made, found


def _tracer_provider(target: Target, resource: Resource) -> TracerProvider:
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    if (exporter := target.exporter("traces")) is not None:
        given = "OTEL_BSP_SCHEDULE_DELAY" in os.environ
        delay = None if given else SPAN_DELAY_MS
        provider.add_span_processor(
            BatchSpanProcessor(exporter, schedule_delay_millis=delay)
        )
    return provider


def _logger_provider(target: Target, resource: Resource) -> LoggerProvider:
    provider = LoggerProvider(resource=resource, shutdown_on_exit=False)
    if (exporter := target.exporter("logs")) is not None:
        provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
    return provider


def _meter_provider(target: Target, resource: Resource) -> MeterProvider:
    exporter = target.exporter("metrics")
    readers = [] if exporter is None else [PeriodicExportingMetricReader(exporter)]
    return MeterProvider(readers, resource=resource, shutdown_on_exit=False)


def _resource(given: Mapping[str, str]) -> dict[str, str]:
    """Describe the process; what the environment says wins."""
    attributes = {"service.instance.id": str(uuid4()), **given}
    stated = os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    names = {pair.partition("=")[0].strip() for pair in stated.split(",")}
    if os.environ.get("OTEL_SERVICE_NAME", "").strip():
        names.add("service.name")
    return {key: value for key, value in attributes.items() if key not in names}


def _endpoint(endpoint: str, protocol: str, signal: str) -> str:
    """Give the exporter's own form of an endpoint."""
    url = endpoint if "://" in endpoint else f"http://{endpoint}"
    parts = urlsplit(url)
    if not parts.hostname or parts.scheme not in ("http", "https"):
        raise ValueError(
            f"endpoint is {endpoint!r}; give it like http://localhost:4317"
        )
    if url is not endpoint and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise ValueError(
            f"endpoint is {endpoint!r}; write https:// or http:// before it"
        )
    path = f"/v1/{signal}"
    if protocol == GRPC or parts.path.endswith(path):
        return url
    return url.rstrip("/") + path
