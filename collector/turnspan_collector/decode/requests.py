"""From a request's bytes to a batch: the one way in for every transport."""

from __future__ import annotations

import functools
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import DecodeError, Message

from turnspan_collector.decode.building import Builder
from turnspan_collector.decode.counting import (
    check_json_items,
    check_protobuf_items,
)
from turnspan_collector.decode.events import add_logs
from turnspan_collector.decode.json import read_json
from turnspan_collector.decode.points import add_points
from turnspan_collector.decode.signals import LOGS, METRICS, TRACES, Encoding, Signal
from turnspan_collector.decode.spans import add_spans
from turnspan_exporters.errors import Permanent
from turnspan_exporters.records import Batch

__all__ = ["Decoded", "decode", "decode_request", "read_request"]

_ADD: dict[str, Callable[[Any, Builder], int]] = {
    TRACES.name: add_spans,
    METRICS.name: add_points,
    LOGS.name: add_logs,
}


@dataclass(frozen=True, slots=True)
class Decoded:
    """A request as columns, and what was left out of it.

    ``rejected`` items are not in the batch; ``message`` says why, or what was stored
    otherwise than it came, in one sentence that quotes nothing of them.
    """

    batch: Batch
    items: int
    rejected: int = 0
    message: str = ""

    @property
    def accepted(self) -> int:
        """How many items are in the batch."""
        return self.items - self.rejected


def decode(
    signal: Signal,
    body: bytes,
    encoding: Encoding,
    received_ns: int,
    items_max: int = sys.maxsize,
) -> Decoded:
    """Decode one request, item by item; ``Permanent`` where the whole is unreadable.

    Raises ``TooLarge`` where it has more than ``items_max`` items.
    """
    request = read_request(signal, body, encoding, items_max)
    return decode_request(signal, request, received_ns)


def read_request(
    signal: Signal, body: bytes, encoding: Encoding, items_max: int = sys.maxsize
) -> Message:
    """The request as its message; ``Permanent`` where it is unreadable.

    Raises ``TooLarge`` where it has more than ``items_max`` items.
    """
    if encoding is Encoding.JSON:
        check = functools.partial(check_json_items, signal, items_max=items_max)
        return read_json(body, signal.request, check)
    check_protobuf_items(signal, body, items_max)
    return _read_protobuf(body, signal)


def decode_request(signal: Signal, request: Message, received_ns: int) -> Decoded:
    """The message as columns, item by item; it stays as it is."""
    builder = Builder(received_ns)
    items = _ADD[signal.name](request, builder)
    rejected = builder.rejected.total()
    message = ""
    if rejected:
        message = f"{rejected} of {items} {signal.items} were rejected: " + _listed(
            builder.rejected
        )
    elif builder.warnings:
        message = f"all {signal.items} were stored: {_listed(builder.warnings)}"
    return Decoded(builder.batch, items, rejected, message)


def _listed(reasons: Counter[str]) -> str:
    return "; ".join(f"{reason} ({count})" for reason, count in reasons.most_common())


def _read_protobuf(body: bytes, signal: Signal) -> Message:
    try:
        return signal.request.FromString(body)
    except DecodeError:
        raise Permanent(
            f"the body is no {signal.request.DESCRIPTOR.name} in protobuf: it is cut "
            "short, nests too deeply, or has text that is not UTF-8"
        ) from None
