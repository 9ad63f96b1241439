"""The three signals of OTLP: their messages, paths and words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2 as _logs
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2 as _metrics
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as _trace

__all__ = ["LOGS", "METRICS", "SIGNALS", "TRACES", "Encoding", "Signal"]


class Encoding(Enum):
    """How a request is written, by its media type."""

    PROTOBUF = "application/x-protobuf"
    JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Signal:
    """A kind of telemetry and how OTLP spells it."""

    name: str
    items: str
    counter: str
    path: str
    method: str
    request: type[Message]
    response: type[Message]
    rejected: str


TRACES = Signal(
    name="traces",
    items="spans",
    counter="spans",
    path="/v1/traces",
    method="/opentelemetry.proto.collector.trace.v1.TraceService/Export",
    request=_trace.ExportTraceServiceRequest,
    response=_trace.ExportTraceServiceResponse,
    rejected="rejected_spans",
)
METRICS = Signal(
    name="metrics",
    items="data points",
    counter="metric_points",
    path="/v1/metrics",
    method="/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
    request=_metrics.ExportMetricsServiceRequest,
    response=_metrics.ExportMetricsServiceResponse,
    rejected="rejected_data_points",
)
LOGS = Signal(
    name="logs",
    items="log records",
    counter="log_records",
    path="/v1/logs",
    method="/opentelemetry.proto.collector.logs.v1.LogsService/Export",
    request=_logs.ExportLogsServiceRequest,
    response=_logs.ExportLogsServiceResponse,
    rejected="rejected_log_records",
)
SIGNALS = (TRACES, METRICS, LOGS)
