"""A real OpenTelemetry Collector between two of ours: every row arrives.

It is found as TURNSPAN_TEST_OTELCOL, or as otelcol or otelcol-contrib in PATH; it needs
the receiver otlp and the exporters otlp and otlphttp.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from opentelemetry.proto.metrics.v1 import metrics_pb2 as otlp
from tests.support.postgres import Databases
from tests.support.running import Running, eventually, running_collector
from tests.support.wire import JSON, Wire

from turnspan_collector.decode import LOGS, METRICS, TRACES

_VARIABLE = "TURNSPAN_TEST_OTELCOL"
TABLES = ("span", "event", "metric_point")
CONFIG = """\
receivers:
  otlp:
    protocols:
      grpc: {{endpoint: "127.0.0.1:{grpc}"}}
      http: {{endpoint: "127.0.0.1:{http}"}}
exporters:
  otlp: {{endpoint: "127.0.0.1:{to_grpc}", tls: {{insecure: true}}}}
  otlphttp: {{endpoint: "http://127.0.0.1:{to_http}"}}
service:
  telemetry: {{metrics: {{level: none}}}}
  pipelines:
    traces: {{receivers: [otlp], exporters: [{exporter}]}}
    logs: {{receivers: [otlp], exporters: [{exporter}]}}
    metrics: {{receivers: [otlp], exporters: [{exporter}]}}
"""


@pytest.fixture
def otelcol() -> str:
    names = (os.environ.get(_VARIABLE, ""), "otelcol", "otelcol-contrib")
    found = next(filter(None, map(shutil.which, filter(None, names))), None)
    if found is None:
        pytest.skip(f"needs an OpenTelemetry Collector, by {_VARIABLE} or in PATH")
    return found


def free_ports(count: int) -> list[int]:
    with ExitStack() as held:
        made = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in made:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in made]


@contextmanager
def between(
    otelcol: str, folder: Path, ports: list[int], to: Running, exporter: str
) -> Iterator[None]:
    """Run one that sends to ``to``, until the block ends."""
    config = folder / "otelcol.yaml"
    config.write_text(
        CONFIG.format(
            grpc=ports[0],
            http=ports[1],
            to_grpc=to.ports["grpc"],
            to_http=to.ports["http"],
            exporter=exporter,
        ),
        "utf-8",
    )
    with (folder / "otelcol.log").open("wb") as log:
        process = subprocess.Popen(
            [otelcol, "--config", str(config)], stdout=log, stderr=log
        )
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def send(wire: Wire, first: int) -> None:
    """Ten requests of each signal."""
    for number in range(first, first + 10):
        spans = (wire.span(10 * number + at + 1) for at in range(10))
        wire.call(TRACES.method, wire.traces(*spans))
        wire.stored(wire.json_traces(wire.json_span(10**6 + number)), JSON)
        records = (wire.log(event_name=f"e{number}-{at}") for at in range(10))
        wire.stored(wire.logs(*records), path=LOGS.path)
        point = otlp.NumberDataPoint(time_unix_nano=wire.now_ns + number, as_int=1)
        metric = otlp.Metric(name="m", gauge=otlp.Gauge(data_points=[point]))
        wire.call(METRICS.method, wire.metrics(metric))


@pytest.mark.parametrize(
    ("protocol", "exporter"), [("grpc", "otlp"), ("http/protobuf", "otlphttp")]
)
def test_every_row_goes_through_it(
    protocol: str,
    exporter: str,
    otelcol: str,
    databases: Databases,
    template_dsn: str,
    tmp_path: Path,
) -> None:
    """It takes what we send, from before it was there too, and we what it sends."""
    dsns = [databases.create(template_dsn) for _ in range(2)]
    ports = free_ports(2)
    flags = (
        f"--forward=there.endpoint=http://127.0.0.1:{ports[protocol != 'grpc']}",
        f"--forward=there.protocol={protocol}",
        f"--queue-directory={tmp_path / 'queues'}",
    )
    with (
        running_collector(tmp_path / "second", dsn=dsns[1]) as second,
        running_collector(tmp_path / "first", dsn=dsns[0], flags=flags) as first,
        first.connect() as ours,
        second.connect() as theirs,
    ):
        sender, receiver = Wire(first, ours, "shop"), Wire(second, theirs, "shop")
        send(sender, 0)
        with between(otelcol, tmp_path, ports, second, exporter):
            send(sender, 10)
            wanted = [220, 200, 20]
            assert [sender.count(one) for one in TABLES] == wanted
            eventually(lambda: [receiver.count(one) for one in TABLES] == wanted, 60)
    for dsn in dsns:
        databases.drop(dsn)
