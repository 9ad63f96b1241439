"""What must hold of any bytes: decoded into rows that can be stored, or refused."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import orjson
from tests.support.otlp import NOW_NS

from turnspan_collector.decode import SIGNALS, Decoded, Encoding, Signal, decode
from turnspan_collector.decode.json import read_json
from turnspan_collector.decode.values import DEPTH_MAX
from turnspan_collector.receivers.compression import ENCODINGS, decompress
from turnspan_exporters.errors import Permanent
from turnspan_exporters.timescale._wire import EVENT, POINT, SPAN

__all__ = ["TARGETS"]

OPENED_BYTES_MAX = 1024 * 1024
MESSAGE_CHARS_MAX = 2000
INT8, INT4, INT2 = 2**63, 2**31, 2**15
RANGES = {"int": INT8, "integer": INT4, "small": INT2, "time": INT8}


def protobuf(data: bytes) -> None:
    """The first byte picks the signal, the rest is a body in protobuf."""
    if data:
        _decoded(SIGNALS[data[0] % len(SIGNALS)], data[1:], Encoding.PROTOBUF)


def json(data: bytes) -> None:
    """The same in JSON; what is taken gives the same rows in protobuf."""
    if not data:
        return
    signal = SIGNALS[data[0] % len(SIGNALS)]
    found = _decoded(signal, data[1:], Encoding.JSON)
    if found is not None:
        body = read_json(data[1:], signal.request).SerializeToString()
        try:
            same = decode(signal, body, Encoding.PROTOBUF, NOW_NS)
        except Permanent:  # protobuf's own limit of depth comes earlier
            return
        assert repr(same) == repr(found)


def compressed(data: bytes) -> None:
    """The first byte picks the encoding; what comes out stays below the limit."""
    if not data:
        return
    encoding = [*ENCODINGS][data[0] % len(ENCODINGS)]
    try:
        opened = decompress(data[1:], encoding, OPENED_BYTES_MAX)
    except Permanent as error:
        _check_refusal(error)
    else:
        assert len(opened) <= OPENED_BYTES_MAX


TARGETS: dict[str, Callable[[bytes], None]] = {
    one.__name__: one for one in (protobuf, json, compressed)
}


def _decoded(signal: Signal, body: bytes, encoding: Encoding) -> Decoded | None:
    """The request as rows that the store can hold; ``None`` where it is refused."""
    try:
        found = decode(signal, body, encoding, NOW_NS)
    except Permanent as error:
        _check_refusal(error)
        return None
    batch = found.batch
    assert 0 <= found.rejected <= found.items
    assert _is_short(found.message) or not found.message
    assert bool(found.message) or not found.rejected
    primary = {"traces": batch.spans, "metrics": batch.points, "logs": batch.events}
    assert len(primary[signal.name]) == found.accepted
    resources, scopes = [0] * len(batch.resources), [0] * len(batch.scopes)
    for table in (SPAN, EVENT, POINT):
        kinds = [kind for _, kind, _ in table.columns]
        for row in table.rows(batch, resources, scopes):
            for kind, value in zip(kinds, row, strict=True):
                assert value is None or _fits(kind, value), (kind, value)
    for given in [
        *(one.attributes for one in batch.resources),
        *(one.attributes for one in batch.scopes),
    ]:
        assert _is_json(orjson.dumps(dict(given)))
    return found


def _check_refusal(error: Permanent) -> None:
    """A sentence, and not the payload."""
    assert _is_short(str(error))


def _is_short(text: str) -> bool:
    return 0 < len(text) <= MESSAGE_CHARS_MAX


def _fits(kind: str, value: Any) -> bool:
    """Whether a column of that kind takes the value."""
    if kind == "text":
        return isinstance(value, str) and b"\0" not in value.encode("utf-8")
    if kind == "uuid":
        return isinstance(value, bytes) and len(value) == 16
    if kind == "json":
        return isinstance(value, bytes) and _is_json(value[1:])
    if kind == "float":
        return isinstance(value, float)
    if kind == "bool":
        return isinstance(value, bool)
    if kind == "numeric":
        return isinstance(value, int)
    return isinstance(value, int) and -RANGES.get(kind, INT8) <= value < RANGES.get(
        kind, INT8
    )


def _is_json(text: bytes) -> bool:
    """What PostgreSQL's jsonb takes: no U+0000, only numbers, not too deep."""
    return b"\\u0000" not in text.replace(b"\\\\", b"") and all(
        math.isfinite(one) for one in _numbers(orjson.loads(text), 4 * DEPTH_MAX)
    )


def _numbers(value: Any, depth: int) -> Iterator[float]:
    assert depth > 0
    if isinstance(value, float):
        yield value
    elif isinstance(value, list | dict):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _numbers(one, depth - 1)
