"""C23–C29: what clients are told of what they sent."""

from __future__ import annotations

import gzip
import socket
from typing import Any

import grpc
import orjson
import pytest
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceResponse,
)
from tests.support.wire import JSON, PROTOBUF, Wire, said

from turnspan_collector.decode import LOGS, SIGNALS, TRACES, Signal

BAD_ID: dict[str, Any] = {"span_id": b"1"}


def test_c23_success_leaves_partial_success_unset(wire: Wire) -> None:
    """In each encoding and over gRPC."""
    wire.stored(wire.traces(wire.span(1)))
    wire.stored(wire.json_traces(wire.json_span(2)), JSON)
    assert wire.call(TRACES.method, wire.traces(wire.span(3))) == b""
    assert wire.count() == 3


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda one: one.name)
def test_c24_an_empty_request_succeeds(wire: Wire, signal: Signal) -> None:
    """No bytes in protobuf, an empty object in JSON, a group without items."""
    wire.stored(b"", path=signal.path)
    wire.stored(b"{}", JSON, signal.path)
    wire.stored(b"\x0a\x00", path=signal.path)
    assert wire.call(signal.method, b"") == b""


def test_c24_no_bytes_are_no_json(wire: Wire) -> None:
    """400, because JSON has no empty text."""
    assert wire.refused(b"", JSON).http == 400


def test_c25_partial_success_is_exact(wire: Wire) -> None:
    """The number rejected and a message, on every way in; the rest is stored."""

    def post(body: bytes) -> bytes:
        return wire.post(body).content

    def call(body: bytes) -> bytes:
        return wire.call(TRACES.method, body)

    for at, send in enumerate((post, call)):
        good = [wire.span(at * 10 + number) for number in (1, 2, 3)]
        answer = ExportTraceServiceResponse.FromString(
            send(wire.traces(wire.span(**BAD_ID), *good, wire.span(trace_id=b"")))
        ).partial_success
        assert answer.rejected_spans == 2
        assert answer.error_message.startswith("2 of 5 spans were rejected: ")
    assert wire.count() == 6


def test_c25_partial_success_in_json(wire: Wire) -> None:
    """64-bit numbers are text there."""
    body = wire.json_traces(wire.json_span(1), wire.json_span(2, spanId="02"))
    answer = wire.post(body, JSON)
    partial = orjson.loads(answer.content)["partialSuccess"]
    assert (answer.status_code, set(partial)) == (
        200,
        {"rejectedSpans", "errorMessage"},
    )
    assert partial["rejectedSpans"] == "1"
    assert wire.count() == 1


def test_c26_a_warning_rejects_nothing(wire: Wire) -> None:
    """Mended times and lost ids are said, with the number 0."""
    late = wire.span(start_time_unix_nano=0)
    answer = ExportTraceServiceResponse.FromString(wire.post(wire.traces(late)).content)
    assert answer.partial_success.rejected_spans == 0
    assert "was mended (1)" in answer.partial_success.error_message
    record = wire.log(trace_id=b"short")
    said_of_logs = ExportLogsServiceResponse.FromString(
        wire.call(LOGS.method, wire.logs(record))
    ).partial_success
    assert said_of_logs.rejected_log_records == 0
    assert "was left out (1)" in said_of_logs.error_message
    json = wire.post(wire.json_traces(wire.json_span(2, endTimeUnixNano="1")), JSON)
    partial = orjson.loads(json.content)["partialSuccess"]
    assert partial["rejectedSpans"] == "0"
    assert partial["errorMessage"]
    assert (wire.count(), wire.count("event")) == (2, 1)


@pytest.mark.parametrize("media_type", [PROTOBUF, JSON])
def test_c27_every_refusal_is_a_status(wire: Wire, media_type: str) -> None:
    """In the request's encoding, with a message, whichever part of it refuses."""
    zipped = {"content_encoding": "gzip"}
    answers = [
        wire.post(b"", media_type, "/"),
        wire.post(b"", media_type, "/v1/traces/"),
        wire.post(b"\xff", media_type),
        wire.post(b"\xff", media_type, **zipped),
        wire.post(gzip.compress(bytes(65 * 2**20)), media_type, **zipped),
        wire.post(b"", media_type, content_encoding="br"),
    ]
    refusals = [said(one) for one in answers]
    assert [one.http for one in refusals] == [404, 404, 400, 400, 413, 415]
    assert {one.headers["content-type"] for one in answers} == {media_type}


@pytest.mark.parametrize(
    "head",
    [
        b"NONSENSE\r\n\r\n",
        b"POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
        b"POST /v1/traces HTTP/9.9\r\nHost: x\r\n\r\n",
        b"POST /v1/\xff HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
        b"POST /v1/traces HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
        b"Content-Type: application/x-protobuf\r\n\r\nzz\r\n",
    ],
)
def test_c27_what_is_no_http_gets_a_status_too(wire: Wire, head: bytes) -> None:
    """The HTTP library's own refusals, which no application sees."""
    address = ("127.0.0.1", wire.running.ports["http"])
    with socket.create_connection(address, timeout=20) as raw:
        raw.sendall(head)
        raw.shutdown(socket.SHUT_WR)
        answer = b""
        while part := raw.recv(65536):
            answer += part
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 404 "))
    assert b"content-type: application/x-protobuf" in head.lower()
    assert Status.FromString(body).message


@pytest.mark.parametrize("body", [b"\xff\xff", b"\x0a\xff", b"\x0a" * 2000])
def test_c28_what_cannot_be_decoded_is_invalid(wire: Wire, body: bytes) -> None:
    """Senseless and cut short, on every way in."""
    assert wire.refused(body).http == 400
    assert wire.refused(body, JSON).http == 400
    assert wire.failed(TRACES.method, body)[0] is grpc.StatusCode.INVALID_ARGUMENT


def test_c28_a_request_that_is_cut_is_stored_nowhere(wire: Wire) -> None:
    """Not even its whole spans."""
    body = wire.traces(wire.span(1), wire.span(2))
    assert wire.refused(body[:-1]).http == 400
    text = wire.json_traces(wire.json_span(1), wire.json_span(2))
    assert wire.refused(text[:-1], JSON).http == 400
    assert wire.count() == 0


def test_c29_damaged_gzip_is_400(wire: Wire) -> None:
    """Cut short, none at all, or with something after it."""
    body = wire.traces(wire.span())
    packed = gzip.compress(body)
    for damaged in (body, packed[:-1], packed[:-9], packed[:12], packed + b"x", b""):
        refusal = wire.refused(damaged, content_encoding="gzip")
        assert (refusal.http, refusal.code) == (400, 3)
    assert wire.count() == 0
