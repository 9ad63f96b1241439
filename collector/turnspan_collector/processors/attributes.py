"""Every set of attributes in a batch, wherever it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from turnspan_exporters.records import Batch

__all__ = ["attribute_sets", "remove"]


def attribute_sets(batch: Batch) -> Iterator[dict[str, Any]]:
    """The attributes of spans, their events and links, log records and points."""
    for columns in (batch.spans, batch.events, batch.points):
        yield from filter(None, columns.attributes)
    for parts in (*batch.spans.events, *batch.spans.links, *batch.points.exemplars):
        for part in parts or ():
            yield part["attributes"]


def remove(batch: Batch, unwanted: Callable[[str], bool]) -> None:
    """Delete the attributes whose key is unwanted."""
    for attributes in attribute_sets(batch):
        for key in [key for key in attributes if unwanted(key)]:
            del attributes[key]
    for columns in (batch.spans, batch.events, batch.points):
        columns.attributes = [attributes or None for attributes in columns.attributes]
