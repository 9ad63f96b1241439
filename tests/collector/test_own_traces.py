"""The collector's own traces: what is traced, and that they do not feed themselves."""

from __future__ import annotations

import socket
import sys
import urllib.request
from pathlib import Path

import pytest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from tests.support.otlp import numbered, traces
from tests.support.running import Running, eventually, running_collector

from turnspan_collector.config import Telemetry
from turnspan_collector.decode import TRACES, Decoded, Encoding, decode
from turnspan_collector.errors import ExitCode, StartError
from turnspan_collector.own_traces import NoTraces, OwnTraces, own_traces

NOW_NS = 1_770_000_000_000_000_000


def request(instance: str = "") -> bytes:
    """Three spans of a resource, which may bear an instance's id."""
    message = traces(*numbered(3))
    if instance:
        attribute = message.resource_spans[0].resource.attributes.add()
        attribute.key = "service.instance.id"
        attribute.value.string_value = instance
    return message.SerializeToString()


def decoded(instance: str = "") -> Decoded:
    return decode(TRACES, request(instance), Encoding.PROTOBUF, NOW_NS)


def test_a_request_is_a_span_from_its_receipt_on() -> None:
    """With what it was and what it was told; what nobody could read is none."""
    kept = InMemorySpanExporter()
    provider = TracerProvider(resource=Resource({"service.instance.id": "me"}))
    provider.add_span_processor(SimpleSpanProcessor(kept))
    own = OwnTraces(provider, "me")
    own.request("grpc", TRACES, "ok", decoded())
    own.request("http", TRACES, "permanent", None)
    (span,) = kept.get_finished_spans()
    assert (span.name, span.start_time) == ("receive traces", NOW_NS)
    assert span.end_time is not None
    assert span.end_time >= NOW_NS
    assert dict(span.attributes or {}) == {
        "rpc.system": "grpc",
        "turnspan.signal": "traces",
        "turnspan.answer": "ok",
        "turnspan.items": 3,
        "turnspan.items.rejected": 0,
    }


def test_a_request_with_our_own_spans_is_not_traced() -> None:
    """Another collector's are."""
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    own = OwnTraces(provider, "me")
    own.request("http", TRACES, "ok", decoded("me"))
    assert kept.get_finished_spans() == ()
    own.request("http", TRACES, "ok", decoded("another"))
    assert len(kept.get_finished_spans()) == 1


def test_nothing_is_traced_unless_it_is_asked_for() -> None:
    """Nor is the SDK loaded."""
    assert type(own_traces(Telemetry())) is NoTraces


def test_a_missing_sdk_is_said_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to install."""
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(StartError, match=r"pip install 'turnspan\[") as raised:
        own_traces(Telemetry(traces_endpoint="http://127.0.0.1:1"))
    assert raised.value.exit_code is ExitCode.USAGE


def _free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


def _stored(running: Running) -> dict[str, int]:
    with running.connect() as connection:
        return dict(
            connection.execute(
                "SELECT bot, count(*) FROM _turnspan.span GROUP BY bot"
            ).fetchall()
        )


def test_a_collector_may_trace_itself(tmp_path: Path) -> None:
    """As many spans as requests of others, however long it runs."""
    port = _free_port()
    arguments = (
        f"--http-port={port}",
        f"--traces-endpoint=http://127.0.0.1:{port}",
        "--traces-percent=100",
    )
    with running_collector(tmp_path, flags=arguments) as running:
        for number in range(5):
            body = traces(*numbered(2, 10 * number)).SerializeToString()
            headers = {"content-type": "application/x-protobuf"}
            post = urllib.request.Request(
                f"http://127.0.0.1:{port}/v1/traces", body, headers
            )
            with urllib.request.urlopen(post) as answer:
                assert answer.status == 200
        own = "turnspan-collector"
        eventually(lambda: _stored(running).get(own, 0) == 5, 30)
        body = traces(*numbered(2, 100)).SerializeToString()
        post = urllib.request.Request(
            f"http://127.0.0.1:{port}/v1/traces", body, headers
        )
        with urllib.request.urlopen(post):
            pass
        # Its span leaves with the next batch; one about that batch would be a seventh.
        eventually(lambda: _stored(running).get(own, 0) >= 6, 30)
        assert _stored(running)[own] == 6
