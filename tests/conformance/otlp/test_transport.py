"""C01–C11: transports, encodings and media types, over real ports into the database."""

from __future__ import annotations

import gzip
import socket
import zlib
from collections.abc import Iterator

import grpc
import httpx
import pytest
import zstandard
from tests.support.official import TRANSPORTS, send_logs, send_metrics, send_spans
from tests.support.wire import JSON, PROTOBUF, Said, Wire, said

from turnspan_collector.decode import SIGNALS, Encoding, Signal

PROFILES = "/opentelemetry.proto.collector.profiles.v1development.ProfilesService/"


def spans_of(wire: Wire) -> list[tuple[object, ...]]:
    return wire.ask(
        "SELECT trace_id, name, conversation_id, events -> 0 ->> 'name' "
        "FROM _turnspan.span WHERE bot = %(bot)s"
    )


@pytest.mark.parametrize("kind", ["grpc", "grpc-gzip", "http", "http-gzip"])
def test_c01_plain_and_gzip_on_both_transports(wire: Wire, kind: str) -> None:
    """The official exporter's span is a row, with its conversation and its event."""
    trace_id = send_spans(wire.running, kind, wire.bot)
    ((stored, *rest),) = spans_of(wire)
    assert (stored.bytes, *rest) == (trace_id, "turn", "c1", "seen")  # type: ignore[attr-defined]


def test_c02_deflate_of_the_official_exporter(wire: Wire) -> None:
    """zlib's format, which HTTP calls deflate."""
    send_spans(wire.running, "http-deflate", wire.bot)
    assert wire.count() == 1


@pytest.mark.parametrize("kind", ["deflate", "raw deflate", "zstd"])
def test_c02_deflate_and_zstd_are_opened(wire: Wire, kind: str) -> None:
    """The bare stream that some clients call deflate too."""
    body = wire.traces(wire.span())
    packed = {
        "deflate": zlib.compress(body),
        "raw deflate": zlib.compress(body)[2:-4],
        "zstd": zstandard.compress(body),
    }[kind]
    wire.stored(packed, content_encoding=kind.split()[-1])
    assert wire.count() == 1


@pytest.mark.parametrize("media_type", [PROTOBUF, JSON])
@pytest.mark.parametrize("name", ["br", "gzip, gzip", "compress"])
def test_c02_another_encoding_is_415(wire: Wire, name: str, media_type: str) -> None:
    """With a Status that says which are known."""
    assert wire.refused(b"{}", media_type, content_encoding=name) == Said(
        415,
        3,
        "content-encoding is not known: give gzip, deflate, zstd or none",
        None,
    )


def test_c03_the_three_signals_over_grpc(wire: Wire) -> None:
    """From the official exporters to their rows."""
    all_signals_are_stored(wire, "grpc")


def test_c05_the_three_signals_over_http(wire: Wire) -> None:
    """From the official exporters to their rows."""
    all_signals_are_stored(wire, "http")


def all_signals_are_stored(wire: Wire, kind: str) -> None:
    send_spans(wire.running, kind, wire.bot)
    send_logs(wire.running, kind, wire.bot)
    send_metrics(wire.running, kind, wire.bot)
    assert [row[1:] for row in spans_of(wire)] == [("turn", "c1", "seen")]
    assert wire.ask(
        "SELECT name, body, attributes FROM _turnspan.event WHERE bot = %(bot)s"
    ) == [("app.view", {"page": [1, "two", None]}, {"view": "home"})]
    assert wire.ask(
        "SELECT name, kind, int_value, count, sum FROM _turnspan.metric_point "
        "WHERE bot = %(bot)s ORDER BY name"
    ) == [("turns", "sum", 2, None, None), ("wait", "histogram", None, 1, 1.5)]


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda one: one.name)
def test_c03_every_method_answers_an_empty_request(wire: Wire, signal: Signal) -> None:
    """Under its full name, with an empty answer."""
    assert wire.call(signal.method, b"") == b""


def test_c04_profiles_are_unimplemented(wire: Wire) -> None:
    """Over gRPC by its code, over HTTP as a path that is not there."""
    code, _, _ = wire.failed(PROFILES + "Export", b"")
    assert code is grpc.StatusCode.UNIMPLEMENTED
    for path in ("/v1development/profiles", "/v1/profiles"):
        refusal = wire.refused(b"", path=path)
        assert (refusal.http, refusal.code) == (404, 5)


@pytest.mark.parametrize("kind", TRANSPORTS)
def test_c07_protobuf_and_json_share_a_port(wire: Wire, kind: str) -> None:
    """Every encoding of the official exporters gives the same rows."""
    all_signals_are_stored(wire, kind)


@pytest.mark.parametrize(
    "media_type",
    [
        "application/x-protobuf; charset=utf-8",
        "Application/X-Protobuf",
        "APPLICATION/JSON ; charset=UTF-8",
        "application/json;charset=utf-8",
    ],
)
def test_c08_parameters_and_capitals(wire: Wire, media_type: str) -> None:
    """The item is stored all the same."""
    is_json = "json" in media_type.lower()
    body = wire.json_traces(wire.json_span()) if is_json else wire.traces(wire.span())
    assert wire.post(body, media_type).status_code == 200
    assert wire.count() == 1


@pytest.mark.parametrize("media_type", ["", "text/plain", "application/x-protobufs"])
def test_c09_another_media_type_is_415(wire: Wire, media_type: str) -> None:
    """Whatever the body; the Status is in protobuf, as no encoding is known."""
    assert wire.refused(wire.traces(wire.span()), media_type) == Said(
        415,
        3,
        "content-type is not known: give application/x-protobuf or application/json",
        None,
    )
    assert wire.count() == 0


def test_c09_no_content_type_is_415(wire: Wire) -> None:
    """A header that is absent, not only one that is empty."""
    answer = raw(wire, b"POST /v1/traces HTTP/1.1\r\nHost: x\r\n", b"")
    assert answer.startswith(b"HTTP/1.1 415 ")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD"])
def test_c09_another_method_is_405(wire: Wire, method: str) -> None:
    """And the answer says which is allowed."""
    answer = httpx.request(method, f"{wire.running.http_endpoint}/v1/logs")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    if method != "HEAD":
        assert said(answer) == Said(405, 12, "this path takes POST only", None)


@pytest.mark.parametrize("encoding", Encoding, ids=lambda one: one.name)
def test_c10_answers_have_the_requests_media_type(
    wire: Wire, encoding: Encoding
) -> None:
    """With success and with every refusal that a client can cause."""
    other = {"content_encoding": "br"}
    large = bytes(65 * 1024 * 1024)
    answers = {
        200: wire.post(b"{}" if encoding is Encoding.JSON else b"", encoding.value),
        400: wire.post(b"\xff", encoding.value),
        404: wire.post(b"", encoding.value, "/v1/nothing"),
        413: wire.post(gzip.compress(large), encoding.value, content_encoding="gzip"),
        415: wire.post(b"", encoding.value, **other),
    }
    assert {code: one.status_code for code, one in answers.items()} == {
        code: code for code in answers
    }
    found = {one.headers["content-type"] for one in answers.values()}
    assert found == {encoding.value}


def test_c11_chunked_bodies_need_no_length(wire: Wire) -> None:
    """In pieces of any size."""
    body = wire.traces(wire.span(1), wire.span(2))

    def pieces() -> Iterator[bytes]:
        for at in range(0, len(body), 7):
            yield body[at : at + 7]

    answer = wire.post(pieces())
    assert (answer.status_code, answer.content) == (200, b"")
    assert wire.count() == 2


def test_c11_chunks_with_extensions_and_trailers(wire: Wire) -> None:
    """As raw bytes on a socket."""
    body = wire.traces(wire.span())
    head = (
        b"POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-protobuf"
        b"\r\nTransfer-Encoding: chunked\r\n"
    )
    chunks = b"%x;a=b\r\n%s\r\n0\r\nX-T: 1\r\n\r\n" % (len(body), body)
    assert raw(wire, head, chunks).startswith(b"HTTP/1.1 200 ")
    assert wire.count() == 1


def raw(wire: Wire, head: bytes, body: bytes) -> bytes:
    """The answer to bytes on a socket."""
    address = ("127.0.0.1", wire.running.ports["http"])
    with socket.create_connection(address, timeout=20) as connection:
        connection.sendall(head + b"Connection: close\r\n\r\n" + body)
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)
