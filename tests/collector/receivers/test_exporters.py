"""The official exporters of Python and JavaScript talk to both receivers."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import pytest
from opentelemetry.exporter.otlp.proto import http as http_exporter
from opentelemetry.exporter.otlp.proto.grpc import _log_exporter as grpc_logs
from opentelemetry.exporter.otlp.proto.grpc import metric_exporter as grpc_metrics
from opentelemetry.exporter.otlp.proto.grpc import trace_exporter as grpc_traces
from opentelemetry.exporter.otlp.proto.http import _log_exporter as http_logs
from opentelemetry.exporter.otlp.proto.http import metric_exporter as http_metrics
from opentelemetry.exporter.otlp.proto.http import trace_exporter as http_traces
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter
from tests.support import npm
from tests.support.doors import Doors

from turnspan_exporters.errors import Overloaded, Retryable
from turnspan_exporters.records import Batch

RESOURCE = Resource({"service.name": "bot"})
JAVASCRIPT = Path(__file__).with_name("javascript")


def stored(doors: Doors) -> list[Batch]:
    return [batch for call in doors.exporter.calls for batch in call]


def span_exporters(doors: Doors) -> dict[str, Callable[[], SpanExporter]]:
    grpc_url, http_url = f"http://127.0.0.1:{doors.grpc_port}", doors.http
    return {
        "grpc": lambda: grpc_traces.OTLPSpanExporter(grpc_url, insecure=True),
        "grpc-gzip": lambda: grpc_traces.OTLPSpanExporter(
            grpc_url, insecure=True, compression=grpc.Compression.Gzip
        ),
        "http": lambda: http_traces.OTLPSpanExporter(f"{http_url}/v1/traces"),
        "http-gzip": lambda: http_traces.OTLPSpanExporter(
            f"{http_url}/v1/traces", compression=http_exporter.Compression.Gzip
        ),
        "http-deflate": lambda: http_traces.OTLPSpanExporter(
            f"{http_url}/v1/traces", compression=http_exporter.Compression.Deflate
        ),
    }


@pytest.mark.parametrize(
    "kind", ["grpc", "grpc-gzip", "http", "http-gzip", "http-deflate"]
)
def test_python_sends_spans(doors: Doors, kind: str) -> None:
    """Through both transports, plain and compressed (C01, C02)."""
    provider = TracerProvider(resource=RESOURCE)
    provider.add_span_processor(SimpleSpanProcessor(span_exporters(doors)[kind]()))
    with provider.get_tracer("t", "1").start_as_current_span("turn") as span:
        span.set_attribute("gen_ai.conversation.id", "c1")
        span.add_event("seen", {"a": 1})
    provider.shutdown()
    (batch,) = stored(doors)
    assert batch.spans.bot == ["bot"]
    assert batch.spans.conversation_id == ["c1"]
    assert [one["name"] for one in batch.spans.events[0] or ()] == ["seen"]


@pytest.mark.parametrize("transport", ["grpc", "http"])
def test_python_sends_logs(doors: Doors, transport: str) -> None:
    """With the event name in its own field."""
    exporter: Any = (
        grpc_logs.OTLPLogExporter(f"http://127.0.0.1:{doors.grpc_port}", insecure=True)
        if transport == "grpc"
        else http_logs.OTLPLogExporter(f"{doors.http}/v1/logs")
    )
    provider = LoggerProvider(resource=RESOURCE)
    provider.add_log_record_processor(SimpleLogRecordProcessor(exporter))
    provider.get_logger("t").emit(
        event_name="chatbot.view", attributes={"chatbot.view.name": "home"}
    )
    provider.shutdown()
    (batch,) = stored(doors)
    assert batch.events.name == ["chatbot.view"]
    assert batch.events.attributes == [{"chatbot.view.name": "home"}]


@pytest.mark.parametrize("transport", ["grpc", "http"])
def test_python_sends_metrics(doors: Doors, transport: str) -> None:
    """Sums and histograms of the SDK."""
    exporter: Any = (
        grpc_metrics.OTLPMetricExporter(
            f"http://127.0.0.1:{doors.grpc_port}", insecure=True
        )
        if transport == "grpc"
        else http_metrics.OTLPMetricExporter(f"{doors.http}/v1/metrics")
    )
    provider = MeterProvider(
        [PeriodicExportingMetricReader(exporter, 3_600_000)], resource=RESOURCE
    )
    provider.get_meter("t").create_counter("turns").add(2, {"channel": "web"})
    provider.get_meter("t").create_histogram("wait", "s").record(1.5)
    provider.shutdown()
    points = stored(doors)[0].points
    assert sorted(zip(points.name, points.kind, strict=True)) == [
        ("turns", "sum"),
        ("wait", "histogram"),
    ]


@pytest.mark.parametrize("transport", ["grpc", "http"])
@pytest.mark.parametrize("error", [Retryable("away"), Overloaded("full")])
def test_python_comes_again_when_told(
    doors: Doors, transport: str, error: Exception
) -> None:
    """The delay is one that its budget of ten seconds holds (C33)."""
    doors.exporter.errors = [error]
    provider = TracerProvider(resource=RESOURCE)
    exporter = span_exporters(doors)[transport]()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    provider.get_tracer("t").start_span("turn").end()
    provider.shutdown()
    assert doors.exporter.spans == 1


@pytest.fixture(scope="session")
def javascript(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the JavaScript exporters installed from its package.json."""
    folder = tmp_path_factory.mktemp("javascript")
    for file in JAVASCRIPT.iterdir():
        shutil.copy(file, folder)
    npm.install(folder)
    return folder


@pytest.mark.parametrize("transport", ["grpc", "proto", "http"])
def test_javascript_sends_all_signals(
    doors: Doors, javascript: Path, transport: str
) -> None:
    """gRPC, HTTP in protobuf and HTTP in JSON, in chunked bodies (C11, C21)."""
    url = f"http://127.0.0.1:{doors.grpc_port}" if transport == "grpc" else doors.http
    done = subprocess.run(
        ["node", "send.js", transport, url],
        cwd=javascript,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    sent = json.loads(done.stdout)
    batches = stored(doors)
    spans = [one for batch in batches for one in batch.spans.trace_id]
    assert [one.hex() for one in spans] == [sent["traceId"]]
    assert [one for batch in batches for one in batch.events.name] == ["app.view"]
    assert [one for batch in batches for one in batch.points.name] == ["turns"]
