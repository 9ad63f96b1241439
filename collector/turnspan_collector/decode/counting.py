"""How many items a request has, before anything of them is made.

An item of two bytes becomes some hundred in memory, so that the bytes of a request do
not bound what it costs. Of protobuf the outer messages are walked, and of an item
only the length is read.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final

from turnspan_collector.decode.signals import LOGS, METRICS, TRACES, Signal
from turnspan_collector.errors import TooLarge

__all__ = ["check_json_items", "check_protobuf_items"]

_LENGTH_DELIMITED: Final = 2
_SKIPPED: Final = {1: 8, 5: 4}
_ALONG: Final = (1, 2, 2)
"""Fields that lead to an item: of the request, the resource's and the scope's part."""
_DATA: Final = frozenset({5, 7, 9, 10, 11})
"""Fields of a metric that hold points, each kind in its field 1."""


_NAMES: Final = {
    TRACES.name: ("resourceSpans", "scopeSpans", "spans"),
    METRICS.name: ("resourceMetrics", "scopeMetrics", "metrics"),
    LOGS.name: ("resourceLogs", "scopeLogs", "logRecords"),
}


class _Enough(Exception):
    """The limit is passed, or this is no protobuf."""


def check_protobuf_items(signal: Signal, body: bytes, items_max: int) -> None:
    """Raise ``TooLarge`` where a body has more items; metrics and points both count.

    Of what is no protobuf the count ends where it cannot go on: the decoder will say
    what is wrong.
    """
    if len(body) // 2 <= items_max:  # none is shorter
        return
    counter = _Counter(body, signal is METRICS, items_max)
    with suppress(_Enough, IndexError):
        counter.walk(0, len(body), 0)
    _check(signal, counter.found, items_max)


def check_json_items(signal: Signal, content: Any, items_max: int) -> None:
    """The same of JSON that is read."""
    level = [content]
    for name in _NAMES[signal.name]:
        level = [
            inner
            for one in level
            if isinstance(one, dict)
            for inner in _listed(one.get(name))
        ]
    found = len(level)
    if signal is METRICS:
        found += sum(
            len(_listed(data.get("dataPoints")))
            for one in level
            if isinstance(one, dict)
            for data in one.values()
            if isinstance(data, dict)
        )
    _check(signal, found, items_max)


def _check(signal: Signal, found: int, items_max: int) -> None:
    if found > items_max:
        raise TooLarge(
            f"the request has more than {items_max} {signal.items} "
            "(request_items_max): send smaller requests"
        )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


class _Counter:
    """Walks one body."""

    def __init__(self, body: bytes, has_points: bool, items_max: int) -> None:
        self._body = body
        self._has_points = has_points
        self._items_max = items_max
        self.found = 0

    def walk(self, at: int, end: int, level: int) -> None:
        """Count in one message; levels are request, resource, scope, metric, data."""
        is_item = level >= len(_ALONG) - 1
        while at < end:
            tag, at = self._varint(at)
            if tag & 7 != _LENGTH_DELIMITED:
                at = self._skip(at, tag & 7)
                continue
            length, at = self._varint(at)
            if self._leads(tag >> 3, level):
                if is_item and level != 3:
                    self._add()
                if not is_item or (self._has_points and level < 4):
                    self.walk(at, min(at + length, end), level + 1)
            at += length

    def _leads(self, field: int, level: int) -> bool:
        if level < len(_ALONG):
            return field == _ALONG[level]
        return field in _DATA if level == 3 else field == 1

    def _add(self) -> None:
        self.found += 1
        if self.found > self._items_max:
            raise _Enough

    def _varint(self, at: int) -> tuple[int, int]:
        value = shift = 0
        while shift < 70:
            byte = self._body[at]
            at += 1
            value |= (byte & 127) << shift
            if byte < 128:
                return value, at
            shift += 7
        raise _Enough

    def _skip(self, at: int, kind: int) -> int:
        if kind == 0:
            return self._varint(at)[1]
        if kind not in _SKIPPED:
            raise _Enough
        return at + _SKIPPED[kind]
