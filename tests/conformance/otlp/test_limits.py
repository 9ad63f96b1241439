"""C34 and C35: limits that hold on the wire, after decompression and in depth."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import grpc
import pytest
import zstandard
from tests.support.wire import JSON, PROTOBUF, Wire

from turnspan_collector.decode import TRACES

MIB = 2**20
LIMIT = 64 * MIB
GROWTH_MAX = 4 * LIMIT
"""Body, what is decompressed of it, and what joins the two, at a time."""


def peak_bytes(wire: Wire) -> int:
    """The most memory that the collector ever had."""
    status = Path(f"/proc/{wire.running.process.pid}/status").read_text("ascii")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found
    return int(found[1]) * 1024


@pytest.fixture
def bounded(wire: Wire) -> Iterator[Wire]:
    """The collector may not grow by more than a few requests of the limit."""
    Path(f"/proc/{wire.running.process.pid}/clear_refs").write_text("5", "ascii")
    before = peak_bytes(wire)
    yield wire
    assert peak_bytes(wire) - before < GROWTH_MAX


@pytest.mark.parametrize("media_type", [PROTOBUF, JSON])
@pytest.mark.parametrize("chunked", [False, True])
def test_c34_a_body_beyond_the_limit_is_413(
    bounded: Wire, media_type: str, chunked: bool
) -> None:
    """Of a stated length and without one."""
    body = iter([bytes(MIB)] * 65) if chunked else bytes(LIMIT + 1)
    refusal = bounded.refused(body, media_type)
    assert (refusal.http, refusal.code, refusal.retry_after) == (413, 8, None)


def test_c34_a_message_beyond_the_limit_is_exhausted(bounded: Wire) -> None:
    """Over gRPC, and without RetryInfo."""
    for compression in (None, grpc.Compression.Gzip):
        code, _, trailers = bounded.failed(TRACES.method, bytes(LIMIT + 1), compression)
        assert code is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert "google.rpc.retryinfo-bin" not in trailers


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", lambda body: gzip.compress(body)),
        ("deflate", lambda body: zlib.compress(body)),
        ("zstd", lambda body: zstandard.compress(body)),
    ],
)
def test_c34_a_bomb_ends_at_the_limit(
    bounded: Wire, encoding: str, packed: Callable[[bytes], bytes]
) -> None:
    """A thousand times its size, four times the limit; memory stays bounded."""
    bomb = packed(bytes(4 * LIMIT))
    assert len(bomb) < 4 * LIMIT / 900
    refusal = bounded.refused(bomb, content_encoding=encoding)
    assert (refusal.http, refusal.code) == (413, 8)
    assert str(LIMIT) in refusal.message


def test_c34_a_bomb_of_bombs_ends_too(bounded: Wire) -> None:
    """gzip members end to end, each small and all together beyond the limit."""
    member = gzip.compress(bytes(MIB))
    refusal = bounded.refused(member * 80, content_encoding="gzip")
    assert refusal.http == 413
    refusal = bounded.refused(gzip.compress(b"") * 100_000, content_encoding="gzip")
    assert refusal.http == 400


@pytest.mark.parametrize("opened", [b"[", b'{"a":', b'{"resourceSpans":['])
def test_c34_deep_json_is_400(bounded: Wire, opened: bytes) -> None:
    """A hundred thousand levels, in known and in unknown fields."""
    assert bounded.refused(opened * 100_000, JSON).http == 400


def test_c34_json_values_nest_64_levels(wire: Wire) -> None:
    """Sixty-four are stored, one more is refused."""
    for depth, status in ((64, 200), (65, 400)):
        value: dict[str, object] = {"intValue": "1"}
        for _ in range(depth - 1):
            value = {"arrayValue": {"values": [value]}}
        span = wire.json_span(attributes=[{"key": "deep", "value": value}])
        assert wire.post(wire.json_traces(span), JSON).status_code == status
    assert wire.count() == 1


def test_c34_deep_protobuf_is_invalid(wire: Wire) -> None:
    """Beyond the library's depth, over both transports."""
    value = b""
    for _ in range(2000):
        value = _field(0x2A, _field(0x0A, value))  # an AnyValue of an ArrayValue of it
    body = _field(0x0A, _field(0x0A, _field(0x0A, _field(0x12, value))))
    assert wire.refused(body).http == 400
    assert wire.failed(TRACES.method, body)[0] is grpc.StatusCode.INVALID_ARGUMENT


def _field(tag: int, content: bytes) -> bytes:
    """A field of bytes: its tag, their number and the bytes."""
    size, out = len(content), bytearray([tag])
    while size > 127:
        out.append(size & 127 | 128)
        size >>= 7
    return bytes([*out, size]) + content


def test_c35_answers_are_small(wire: Wire) -> None:
    """Twenty thousand rejected spans are told in one sentence."""
    spans = [
        wire.span(span_id=b"1" * (number % 7), name=f"n{number}")
        for number in range(20_000)
    ]
    assert len(wire.post(wire.traces(*spans)).content) < 1000
    assert len(wire.call(TRACES.method, wire.traces(*spans))) < 1000


def test_c35_refusals_are_small(wire: Wire) -> None:
    """However long the name that is wrong."""
    span = wire.json_span(kind="x" * MIB, **{"y" * MIB: 1})
    answer = wire.post(wire.json_traces(span), JSON)
    assert answer.status_code == 400
    assert len(answer.content) < 1000
