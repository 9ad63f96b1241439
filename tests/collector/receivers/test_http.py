"""OTLP over HTTP: media types, encodings, limits, and a Status with every refusal."""

from __future__ import annotations

import gzip
import socket
import zlib
from collections.abc import Iterator

import httpx
import orjson
import pytest
import zstandard
from google.protobuf.json_format import MessageToDict
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceResponse,
)
from tests.support.doors import Doors, open_doors
from tests.support.otlp import log, logs, metrics, numbered, span, traces

from turnspan_collector.decode import SIGNALS, Signal
from turnspan_exporters.errors import Overloaded, Permanent, Retryable

PROTOBUF = "application/x-protobuf"
JSON = "application/json"
BODY = traces(*numbered(3)).SerializeToString()


def post(
    doors: Doors,
    body: bytes | Iterator[bytes] = BODY,
    media_type: str = PROTOBUF,
    path: str = "/v1/traces",
    **headers: str,
) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.post(
        doors.http + path,
        content=body,
        headers={"content-type": media_type, **named},
        timeout=30,
    )


def said(response: httpx.Response) -> tuple[int, int, str]:
    """HTTP status, code and message; the body is a Status in the request's encoding."""
    if response.headers["content-type"] == JSON:
        content = orjson.loads(response.content)
        return response.status_code, content["code"], content["message"]
    status = Status.FromString(response.content)
    return response.status_code, status.code, status.message


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)
@pytest.mark.parametrize("media_type", [PROTOBUF, JSON])
def test_every_signal_is_taken_in_both_encodings(
    doors: Doors, signal: Signal, media_type: str
) -> None:
    """On one port, by the media type; the answer has the same (C05, C07, C10, C24)."""
    body = b"" if media_type == PROTOBUF else b"{}"
    response = post(doors, body, media_type, signal.path)
    assert response.status_code == 200
    assert response.headers["content-type"] == media_type
    assert response.content == body


def test_the_answer_comes_after_the_commit(doors: Doors) -> None:
    """And leaves partial_success unset (C23, C49)."""
    response = post(doors)
    assert (response.status_code, response.content) == (200, b"")
    assert doors.exporter.spans == 3


@pytest.mark.parametrize(
    "media_type",
    [
        "application/x-protobuf; charset=utf-8",
        "Application/X-Protobuf",
        "APPLICATION/JSON ; charset=UTF-8",
    ],
)
def test_media_types_come_with_parameters_and_in_capitals(
    doors: Doors, media_type: str
) -> None:
    """As some clients write them (C08)."""
    body = b"{}" if "JSON" in media_type else BODY
    assert post(doors, body, media_type).status_code == 200


@pytest.mark.parametrize("media_type", ["", "text/plain", "application/x-protobufs"])
def test_another_media_type_is_415(doors: Doors, media_type: str) -> None:
    """With a Status, in protobuf where the encoding is not known (C09, C27)."""
    assert said(post(doors, BODY, media_type)) == (
        415,
        3,
        "content-type is not known: give application/x-protobuf or application/json",
    )


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS"])
def test_another_method_is_405(doors: Doors, method: str) -> None:
    """And says which is allowed (C09, C27)."""
    response = httpx.request(method, doors.http + "/v1/logs")
    assert said(response) == (405, 12, "this path takes POST only")
    assert response.headers["allow"] == "POST"


@pytest.mark.parametrize("path", ["/", "/v1/profiles", "/v1/traces/", "/v1development"])
def test_another_path_is_404(doors: Doors, path: str) -> None:
    """Profiles among them (C04, C27)."""
    expected = (404, 5, "no such path: post to /v1/traces, /v1/metrics, /v1/logs")
    assert said(post(doors, BODY, path=path)) == expected
    assert said(post(doors, b"{}", JSON, path=path)) == expected


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(BODY)),
        ("GZIP", gzip.compress(BODY)),
        ("x-gzip", gzip.compress(BODY)),
        ("gzip", gzip.compress(BODY[:20]) + gzip.compress(BODY[20:])),
        ("deflate", zlib.compress(BODY)),
        ("deflate", zlib.compress(BODY)[2:-4]),
        ("zstd", zstandard.compress(BODY)),
        ("identity", BODY),
    ],
)
def test_compressed_bodies_are_opened(doors: Doors, encoding: str, body: bytes) -> None:
    """Of several members and of either deflate too (C01, C02)."""
    response = post(doors, body, content_encoding=encoding)
    assert (response.status_code, doors.exporter.spans) == (200, 3)


@pytest.mark.parametrize("encoding", ["br", "gzip, gzip", "compress"])
def test_another_content_encoding_is_415(doors: Doors, encoding: str) -> None:
    """Never 500 (C02)."""
    assert said(post(doors, content_encoding=encoding)) == (
        415,
        3,
        "content-encoding is not known: give gzip, deflate, zstd or none",
    )


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", BODY),
        ("gzip", gzip.compress(BODY)[:-9]),
        ("gzip", gzip.compress(BODY)[:-1]),
        ("gzip", gzip.compress(BODY) + b"x"),
        ("gzip", b""),
        ("deflate", zlib.compress(BODY)[:-5]),
        ("deflate", zlib.compress(BODY) + b"x"),
        ("zstd", zstandard.compress(BODY)[:-3]),
        ("zstd", BODY),
        ("zstd", b""),
    ],
)
def test_damaged_compression_is_400(doors: Doors, encoding: str, body: bytes) -> None:
    """Cut short, not compressed at all, or with something after it (C29)."""
    expected = (400, 3, f"the body is not {encoding}, or is cut short")
    assert said(post(doors, body, content_encoding=encoding)) == expected
    assert doors.exporter.spans == 0


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(bytes(64 * 1024 * 1024))),
        ("deflate", zlib.compress(bytes(64 * 1024 * 1024))),
        ("zstd", zstandard.compress(bytes(64 * 1024 * 1024))),
    ],
)
def test_a_bomb_stops_at_the_limit(doors: Doors, encoding: str, body: bytes) -> None:
    """413 after a mebibyte, whatever it would become (C34)."""
    assert said(post(doors, body, content_encoding=encoding)) == (
        413,
        8,
        "the body has more than 1048576 bytes when decompressed: send smaller requests",
    )


def test_thousands_of_gzip_members_are_refused(doors: Doors) -> None:
    """Each costs work, however short (C34)."""
    response = post(doors, gzip.compress(b"") * 5000, content_encoding="gzip")
    assert said(response) == (
        400,
        3,
        "the body has more than 4096 gzip members: send one",
    )


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_beyond_the_limit_is_413(doors: Doors, chunked: bool) -> None:
    """Of a stated length and chunked; JSON is answered in JSON (C34)."""
    large = b" " * (1024 * 1024 + 1)
    body = iter([large[:1000], large[1000:]]) if chunked else large
    response = post(doors, body, JSON)
    assert said(response) == (
        413,
        8,
        "the body has more than 1048576 bytes: send smaller requests",
    )
    assert response.headers["content-type"] == JSON


def test_chunked_bodies_need_no_length(doors: Doors) -> None:
    """The JavaScript exporters always send them (C11)."""
    response = post(doors, iter([BODY[:7], BODY[7:]]))
    assert (response.status_code, doors.exporter.spans) == (200, 3)


@pytest.mark.parametrize("media_type", [PROTOBUF, JSON])
def test_garbage_is_400(doors: Doors, media_type: str) -> None:
    """With a Status in the request's encoding, and no echo (C28, C61)."""
    status, code, message = said(post(doors, b"\xff\xfe garbage", media_type))
    assert (status, code) == (400, 3)
    assert "garbage" not in message


def test_text_that_is_not_utf8_is_400(doors: Doors) -> None:
    """Protobuf's strings are UTF-8, and so is JSON (C46)."""
    broken = (
        traces(span(name="name")).SerializeToString().replace(b"name", b"\xff\xfe!!")
    )
    assert post(doors, broken).status_code == 400


@pytest.mark.parametrize("media_type", [PROTOBUF, JSON])
def test_partial_success_counts_exactly(doors: Doors, media_type: str) -> None:
    """200, the number rejected, a message; the rest is stored (C25)."""
    request = traces(span(), span(span_id=b"1"), *numbered(2))
    body = request.SerializeToString()
    if media_type == JSON:
        body = body_with_hex_ids()
    response = post(doors, body, media_type)
    assert response.status_code == 200
    if media_type == JSON:
        partial = orjson.loads(response.content)["partialSuccess"]
    else:
        answer = ExportTraceServiceResponse.FromString(response.content)
        partial = MessageToDict(answer)["partialSuccess"]
    assert partial["rejectedSpans"] == "1"
    assert "span_id needs 8 bytes" in partial["errorMessage"]
    assert doors.exporter.spans > 0


def body_with_hex_ids() -> bytes:
    good = {"traceId": "01" * 16, "spanId": "02" * 8}
    spans = [good, {**good, "spanId": "02"}]
    return orjson.dumps({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]})


@pytest.mark.parametrize(
    ("error", "status", "code", "retry_after"),
    [
        (Permanent("no"), 400, 3, None),
        (Retryable("away"), 503, 14, "1"),
        (Overloaded("full", 2.0), 429, 8, "2"),
        (Retryable("away", 60), 503, 14, "3"),
        (RuntimeError("bug"), 503, 14, "1"),
    ],
)
@pytest.mark.parametrize("media_type", [PROTOBUF, JSON])
def test_the_stores_errors_have_one_status_each(
    doors: Doors,
    error: Exception,
    status: int,
    code: int,
    retry_after: str | None,
    media_type: str,
) -> None:
    """Never 500, and delays that exporters honour (C30, C33)."""
    doors.exporter.errors = [error]
    body = BODY if media_type == PROTOBUF else body_with_hex_ids()
    response = post(doors, body, media_type)
    assert said(response)[:2] == (status, code)
    assert response.headers.get("retry-after") == retry_after


def test_a_store_that_takes_too_long_is_503() -> None:
    """The client sends again; nothing is stored twice (C30)."""
    with open_doors(answer_seconds_max=0.1) as doors:
        doors.exporter.gate.clear()
        assert said(post(doors)) == (
            503,
            14,
            "the store took too long: send this again",
        )


def test_a_client_that_leaves_harms_nobody(doors: Doors) -> None:
    """A connection cut in mid-request is forgotten."""
    with socket.create_connection(("127.0.0.1", doors.http_port)) as raw:
        raw.sendall(
            b"POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n"
            b"Content-Type: application/x-protobuf\r\n\r\nabc"
        )
    assert post(doors).status_code == 200
    assert doors.exporter.spans == 3


def test_logs_and_metrics_are_stored(doors: Doors) -> None:
    """Each as its own rows."""
    post(doors, logs(log()).SerializeToString(), path="/v1/logs")
    post(doors, metrics().SerializeToString(), path="/v1/metrics")
    assert sum(len(one.events) for call in doors.exporter.calls for one in call) == 1


def test_the_counters_move(doors: Doors) -> None:
    """Accepted and refused, by transport, under the Go collector's names (C63)."""
    post(doors, traces(span(), span(span_id=b"1")).SerializeToString())
    labels = {"receiver": "otlp", "transport": "http"}
    read = doors.metrics.registry.get_sample_value
    assert read("otelcol_receiver_accepted_spans_total", labels) == 1
    assert read("otelcol_receiver_refused_spans_total", labels) == 1
