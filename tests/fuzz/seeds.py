"""Writes the first seeds of the corpus: python -m tests.fuzz.seeds.

Small requests of each signal with every kind of part, in both encodings, and bodies in
each compression. What a search found beside them stays.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import zstandard
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from opentelemetry.proto.metrics.v1 import metrics_pb2 as otlp
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from tests.support.otlp import NOW_NS, attribute, log, logs, metrics, span, traces

from turnspan_collector.receivers.compression import ENCODINGS

__all__ = ["seeds"]

CORPUS = Path(__file__).with_name("corpus")
EXAMPLES = Path(__file__).parents[1] / "data" / "opentelemetry-proto"
VALUES = {"a": [1, "t", 0.5, None, {"b": b"\1"}], "chatbot.turn.id": "t1"}


def requests() -> list[Message]:
    """One request of each signal, in the order of ``SIGNALS``."""
    pairs = [attribute(key, one) for key, one in VALUES.items()]
    event = Span.Event(name="chatbot.view", time_unix_nano=NOW_NS, attributes=pairs)
    link = Span.Link(trace_id=b"\1" * 16, span_id=b"\2" * 8, attributes=pairs)
    at: Any = {"time_unix_nano": NOW_NS}
    number = otlp.NumberDataPoint(**at, as_int=1, attributes=pairs)
    plain = otlp.HistogramDataPoint(**at, count=1, bucket_counts=[1])
    wide = otlp.ExponentialHistogramDataPoint(**at, count=1)
    summed = otlp.SummaryDataPoint(**at, count=1)
    given = [
        otlp.Metric(name="1", gauge=otlp.Gauge(data_points=[number])),
        otlp.Metric(name="2", sum=otlp.Sum(data_points=[number])),
        otlp.Metric(name="3", histogram=otlp.Histogram(data_points=[plain])),
        otlp.Metric(
            name="4",
            exponential_histogram=otlp.ExponentialHistogram(data_points=[wide]),
        ),
        otlp.Metric(name="5", summary=otlp.Summary(data_points=[summed])),
    ]
    return [
        traces(span(attributes=pairs, events=[event], links=[link])),
        metrics(*given),
        logs(log(attributes=pairs, event_name="chatbot.view", trace_id=b"\1" * 16)),
    ]


def seeds() -> Iterator[tuple[str, str, bytes]]:
    """Target, name of the file, content."""
    for number, request in enumerate(requests()):
        body = request.SerializeToString()
        yield "protobuf", f"request-{number}", bytes([number]) + body
        text = orjson.dumps(
            hexadecimal(MessageToDict(request, use_integers_for_enums=True))
        )
        yield "json", f"request-{number}", bytes([number]) + text
    for number, name in enumerate(("trace", "metrics", "logs", "events")):
        text = orjson.dumps(orjson.loads((EXAMPLES / f"{name}.json").read_bytes()))
        yield "json", f"example-{name}", bytes([min(number, 2)]) + text
    packed: dict[str, Callable[[bytes], bytes]] = {
        "gzip": gzip.compress,
        "x-gzip": gzip.compress,
        "deflate": zlib.compress,
        "zstd": zstandard.compress,
    }
    for number, encoding in enumerate(ENCODINGS):
        body = packed.get(encoding, bytes)(b"abc" * 50)
        yield "compressed", f"body-{number}", bytes([number]) + body


def hexadecimal(content: object) -> object:
    """Ids as OTLP writes them; their values need not be the same."""
    if isinstance(content, dict):
        names = {"traceId": "01" * 16, "spanId": "02" * 8}
        return {key: names.get(key, hexadecimal(one)) for key, one in content.items()}
    return [hexadecimal(one) for one in content] if isinstance(content, list) else (
        content)  # fmt: skip


if __name__ == "__main__":
    for target, name, content in seeds():
        (CORPUS / target).mkdir(parents=True, exist_ok=True)
        (CORPUS / target / name).write_bytes(content)
