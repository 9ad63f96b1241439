"""setup() configures what is missing, heeds OTEL_* and ends within its bound."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)

from turnspan._otlp import Target

NOBODY = "http://127.0.0.1:9"


class Receiver:
    """An OTLP/HTTP endpoint that keeps what it gets."""

    def __init__(self) -> None:
        self.bodies: dict[str, list[bytes]] = {}
        self.headers: list[dict[str, str]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                size = int(self.headers["Content-Length"])
                receiver.bodies.setdefault(self.path, []).append(self.rfile.read(size))
                receiver.headers.append(dict(self.headers))
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A running endpoint."""
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


def run(code: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run code in a process of its own, where no provider is set yet."""
    kept = {
        k: v for k, v in os.environ.items() if not k.startswith(("OTEL_", "TURNSP"))
    }
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        timeout=60,
        env={**kept, "TURNSPAN_USER_KEY": "k", **environ},
        check=False,
    )


def test_a_bot_without_an_sdk_sends_on_exit(receiver: Receiver) -> None:
    """Span, events and metrics arrive, with the bot as service.name."""
    done = run(
        f"""
        import turnspan
        turnspan.setup({receiver.url!r}, bot="shop", protocol="http/protobuf",
                       headers={{"authorization": "Bearer x"}}, span_events=True)
        with turnspan.turn(conversation="c") as t:
            t.goal("g")
        """
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert set(receiver.bodies) == {"/v1/traces", "/v1/logs", "/v1/metrics"}
    assert {headers["authorization"] for headers in receiver.headers} == {"Bearer x"}
    [body] = receiver.bodies["/v1/traces"]
    [resource] = ExportTraceServiceRequest.FromString(body).resource_spans
    described = {a.key: a.value.string_value for a in resource.resource.attributes}
    assert described["service.name"] == "shop"
    assert len(described["service.instance.id"]) == 36
    [span] = resource.scope_spans[0].spans
    assert span.name == "chatbot.turn shop"
    copies = {_uid(event): event.time_unix_nano for event in span.events}
    logs = ExportLogsServiceRequest.FromString(receiver.bodies["/v1/logs"][0])
    records = logs.resource_logs[0].scope_logs[0].log_records
    assert {_uid(record): record.time_unix_nano for record in records} == copies
    assert len(copies) == 3


def _uid(record: Any) -> str:
    [uid] = [
        a.value.string_value for a in record.attributes if a.key == "log.record.uid"
    ]
    return str(uid)


def test_the_environment_is_heeded(receiver: Receiver) -> None:
    """Endpoint, protocol, service name, sampler and exporters from OTEL_*."""
    done = run(
        """
        import turnspan
        turnspan.setup(bot="shop")
        with turnspan.turn(conversation="c"):
            pass
        """,
        OTEL_EXPORTER_OTLP_ENDPOINT=receiver.url,
        OTEL_EXPORTER_OTLP_PROTOCOL="http/protobuf",
        OTEL_SERVICE_NAME="named",
        OTEL_TRACES_SAMPLER="always_off",
        OTEL_METRICS_EXPORTER="none",
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert set(receiver.bodies) == {"/v1/logs"}
    logs = ExportLogsServiceRequest.FromString(receiver.bodies["/v1/logs"][0])
    [resource] = logs.resource_logs
    described = {a.key: a.value.string_value for a in resource.resource.attributes}
    assert described["service.name"] == "named"
    names = {record.event_name for record in resource.scope_logs[0].log_records}
    assert names == {"chatbot.message", "chatbot.turn.end"}


def test_providers_that_exist_are_left_alone() -> None:
    """Only what is missing is added; the conversation reaches other spans."""
    done = run(
        """
        import turnspan
        from opentelemetry import trace, _logs
        from opentelemetry.sdk.trace import TracerProvider
        mine = TracerProvider()
        trace.set_tracer_provider(mine)
        handle = turnspan.setup("http://127.0.0.1:9", flush_timeout_s=0.1)
        assert trace.get_tracer_provider() is mine
        assert "LoggerProvider" in type(_logs.get_logger_provider()).__name__
        assert turnspan.setup() is handle
        with turnspan.turn(conversation="c"):
            with mine.get_tracer("x").start_as_current_span("y") as span:
                assert span.attributes["gen_ai.conversation.id"] == "c"
        """
    )
    assert done.returncode == 0, done.stderr
    assert "setup() left the TracerProvider that is configured already" in done.stderr
    assert "setup() was called before" in done.stderr


@pytest.mark.parametrize("protocol", ["grpc", "http/protobuf"])
def test_exit_is_bounded_when_the_collector_is_down(protocol: str) -> None:
    """The process ends long before an exporter would give up."""
    done = run(
        f"""
        import atexit, time
        started = time.monotonic()
        atexit.register(lambda: print(time.monotonic() - started))
        import turnspan
        turnspan.setup({NOBODY!r}, bot="b", protocol={protocol!r}, flush_timeout_s=0.5)
        with turnspan.turn(conversation="c"):
            pass
        started = time.monotonic()
        """
    )
    assert done.returncode == 0, done.stderr
    assert float(done.stdout.splitlines()[-1]) < 5


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            "'collector:4317'",
            "ValueError: endpoint is 'collector:4317'; write https:// or http:// "
            "before it",
        ),
        (
            "'ftp://x'",
            "ValueError: endpoint is 'ftp://x'; give it like http://localhost:4317",
        ),
        (
            "protocol='udp'",
            "ValueError: protocol is 'udp'; it must be grpc or http/protobuf",
        ),
        ("bot=''", "ValueError: bot is empty; give at least one character"),
    ],
)
def test_a_wrong_argument_is_one_sentence(arguments: str, sentence: str) -> None:
    """setup() is called by a developer, who wants to know at once."""
    done = run(f"import turnspan; turnspan.setup({arguments})")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == sentence


@pytest.mark.parametrize(
    ("endpoint", "protocol", "expected"),
    [
        ("localhost:4317", "grpc", "http://localhost:4317"),
        ("https://c.example", "grpc", "https://c.example"),
        ("http://c:4318/", "http/protobuf", "http://c:4318/v1/traces"),
        ("http://c/v1/traces", "http/protobuf", "http://c/v1/traces"),
    ],
)
def test_endpoints_fit_their_protocol(
    endpoint: str, protocol: str, expected: str
) -> None:
    """One endpoint serves all signals; HTTP gets its path."""
    exporter = Target(endpoint, protocol, None).exporter("traces")
    found = exporter._endpoint
    assert found in (expected, expected.partition("://")[2])
