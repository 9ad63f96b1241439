"""OTLP over gRPC: three methods, raw bytes, refusals that exporters understand."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceResponse,
)
from tests.support.doors import Doors, open_doors
from tests.support.otlp import numbered, span, traces

from turnspan_collector.decode import SIGNALS, TRACES, Signal
from turnspan_exporters.errors import Overloaded, Permanent, Retryable

BODY = traces(*numbered(3)).SerializeToString()


def refused(doors: Doors, body: bytes = BODY, method: str = TRACES.method) -> grpc.Call:
    """The failed call: code, details, trailers."""
    with pytest.raises(grpc.RpcError) as failed:
        doors.call(method, body)
    assert isinstance(failed.value, grpc.Call)
    return failed.value


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)
def test_every_signal_has_its_method(doors: Doors, signal: Signal) -> None:
    """An empty request succeeds, with nothing in the answer (C03, C23, C24)."""
    assert doors.call(signal.method, b"") == b""


@pytest.mark.parametrize("compression", [None, grpc.Compression.Gzip])
def test_the_answer_comes_after_the_commit(
    doors: Doors, compression: grpc.Compression | None
) -> None:
    """Plain and in gzip (C01, C49)."""
    assert doors.call(TRACES.method, BODY, compression) == b""
    assert doors.exporter.spans == 3


def test_another_method_is_unimplemented(doors: Doors) -> None:
    """Profiles among them (C04)."""
    method = "/opentelemetry.proto.collector.profiles.v1development.ProfilesService/"
    assert refused(doors, b"", method + "Export").code() is (
        grpc.StatusCode.UNIMPLEMENTED
    )


def test_partial_success_counts_exactly(doors: Doors) -> None:
    """The number rejected and a message; the rest is stored (C25)."""
    body = traces(span(), span(trace_id=b"1"), *numbered(2)).SerializeToString()
    answer = ExportTraceServiceResponse.FromString(doors.call(TRACES.method, body))
    assert answer.partial_success.rejected_spans == 1
    assert answer.partial_success.error_message == (
        "1 of 4 spans were rejected: trace_id needs 16 bytes that are not all zero (1)"
    )
    assert doors.exporter.spans == 3


@pytest.mark.parametrize("body", [b"\xff\xff", BODY[:-3], b"\x0a" * 2000])
def test_garbage_is_invalid(doors: Doors, body: bytes) -> None:
    """Cut short and senseless bodies alike (C28)."""
    call = refused(doors, body)
    assert call.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "ExportTraceServiceRequest in protobuf" in (call.details() or "")


@pytest.mark.parametrize(
    ("error", "code", "delay_s"),
    [
        (Permanent("no"), grpc.StatusCode.INVALID_ARGUMENT, None),
        (Retryable("away"), grpc.StatusCode.UNAVAILABLE, 1),
        (Overloaded("full", 2.0), grpc.StatusCode.RESOURCE_EXHAUSTED, 2),
        (RuntimeError("bug"), grpc.StatusCode.UNAVAILABLE, 1),
    ],
)
def test_the_stores_errors_have_one_code_each(
    doors: Doors, error: Exception, code: grpc.StatusCode, delay_s: int | None
) -> None:
    """With the delay in the Status and where the Python exporter looks (C31, C33)."""
    doors.exporter.errors = [error]
    call = refused(doors)
    trailers = dict(call.trailing_metadata() or ())
    status = Status.FromString(trailers["grpc-status-details-bin"])
    assert call.code() is code
    assert (status.code, status.message) == (code.value[0], call.details())
    if delay_s is None:
        assert not status.details
        assert "google.rpc.retryinfo-bin" not in trailers
        return
    info = RetryInfo.FromString(trailers["google.rpc.retryinfo-bin"])
    packed = RetryInfo()
    assert status.details[0].Unpack(packed)
    assert packed == info
    assert info.retry_delay.seconds == delay_s


def test_a_request_beyond_the_limit_is_not_to_be_repeated(doors: Doors) -> None:
    """RESOURCE_EXHAUSTED without RetryInfo (C31, C34)."""
    call = refused(doors, bytes(1024 * 1024 + 1))
    assert call.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert "google.rpc.retryinfo-bin" not in dict(call.trailing_metadata() or ())


def test_a_bomb_stops_at_the_limit(doors: Doors) -> None:
    """The limit holds after decompression too (C34)."""
    with pytest.raises(grpc.RpcError) as failed:
        doors.call(TRACES.method, bytes(64 * 1024 * 1024), grpc.Compression.Gzip)
    assert isinstance(failed.value, grpc.Call)
    assert failed.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


def test_a_full_queue_is_told_with_a_delay() -> None:
    """One is being stored, one waits, the third comes again later (C51)."""
    with (
        open_doors(pending_requests_max=1) as doors,
        ThreadPoolExecutor(2) as clients,
    ):
        doors.exporter.gate.clear()
        first = clients.submit(doors.call, TRACES.method, BODY)
        assert doors.exporter.entered.wait(20)
        second = clients.submit(doors.call, TRACES.method, BODY)
        queued = doors.metrics.registry.get_sample_value
        while queued("otelcol_exporter_queue_size", {"exporter": "timescale"}) != 1:
            time.sleep(0.01)
        call = refused(doors)
        assert call.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert "google.rpc.retryinfo-bin" in dict(call.trailing_metadata() or ())
        doors.exporter.gate.set()
        assert (first.result(20), second.result(20)) == (b"", b"")


def test_the_counters_move(doors: Doors) -> None:
    """By transport, under the Go collector's names (C63)."""
    doors.call(TRACES.method, BODY)
    labels = {"receiver": "otlp", "transport": "grpc"}
    read = doors.metrics.registry.get_sample_value
    assert read("otelcol_receiver_accepted_spans_total", labels) == 3
