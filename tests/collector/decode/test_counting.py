"""Items are counted before they are made, in both encodings alike."""

from __future__ import annotations

import tracemalloc

import pytest
from google.protobuf.json_format import MessageToJson
from google.protobuf.message import Message
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from tests.support.otlp import NOW_NS, log, logs, metrics, numbered, traces

from turnspan_collector.decode import LOGS, METRICS, TRACES, Encoding, Signal, decode
from turnspan_collector.errors import TooLarge

GAUGE, SUM = Metric(name="a"), Metric(name="b")
for _ in range(3):
    GAUGE.gauge.data_points.add(time_unix_nano=NOW_NS, as_int=1)
    SUM.sum.data_points.add(time_unix_nano=NOW_NS, as_int=1)
REQUESTS: list[tuple[Signal, Message, int]] = [
    (TRACES, traces(*numbered(7)), 7),
    (LOGS, logs(*[log() for _ in range(5)]), 5),
    (METRICS, metrics(GAUGE, SUM), 8),  # and their points
]
EMPTY_SPAN = b"\x12\x00"


def body_of(request: Message, encoding: Encoding) -> bytes:
    if encoding is Encoding.JSON:
        return MessageToJson(request).encode()
    return request.SerializeToString()


@pytest.mark.parametrize("encoding", Encoding)
@pytest.mark.parametrize(("signal", "request_", "items"), REQUESTS)
def test_a_request_is_taken_up_to_the_limit(
    signal: Signal, request_: Message, items: int, encoding: Encoding
) -> None:
    """One more is refused, with the limit and its setting."""
    body = body_of(request_, encoding)
    assert decode(signal, body, encoding, NOW_NS, items).items > 0
    with pytest.raises(TooLarge) as refused:
        decode(signal, body, encoding, NOW_NS, items - 1)
    assert str(refused.value) == (
        f"the request has more than {items - 1} {signal.items} (request_items_max): "
        "send smaller requests"
    )


@pytest.mark.parametrize("body", [b"\x0a\xff", b"\x0b", b"\x80" * 40, b"\x0d\x00" * 9])
def test_what_is_no_protobuf_is_left_to_the_decoder(body: bytes) -> None:
    """The count ends where it cannot go on."""
    with pytest.raises(Exception, match="ExportTraceServiceRequest"):
        decode(TRACES, body, Encoding.PROTOBUF, NOW_NS, 1)


def nested(inner: bytes, *fields: int) -> bytes:
    """``inner`` as the one field of messages around it, the outermost first."""
    for field in reversed(fields):
        size, length = len(inner), bytearray()
        while size > 127:
            length.append(size & 127 | 128)
            size >>= 7
        inner = bytes([field << 3 | 2, *length, size]) + inner
    return inner


def test_millions_of_empty_spans_cost_nothing() -> None:
    """Two bytes on the wire each, and some hundred in memory if they were made."""
    body = nested(EMPTY_SPAN * 2_000_000, 1, 2)
    tracemalloc.start()
    with pytest.raises(TooLarge):
        decode(TRACES, body, Encoding.PROTOBUF, NOW_NS, 50_000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1024 * 1024
