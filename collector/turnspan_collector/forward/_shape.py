"""The shape of OTLP's requests: groups of a resource, groups of a scope, and items."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from google.protobuf.message import Message

from turnspan_collector.decode import LOGS, METRICS, TRACES, Signal

__all__ = ["NAMES", "halves", "items_in", "items_of", "points_of"]

NAMES: Final = {
    TRACES.name: ("resource_spans", "scope_spans", "spans"),
    METRICS.name: ("resource_metrics", "scope_metrics", "metrics"),
    LOGS.name: ("resource_logs", "scope_logs", "log_records"),
}
"""What groups and items are called, by signal."""


def points_of(metric: Any) -> Any:
    """The points of a metric, of whatever kind; empty where it has none."""
    kind = metric.WhichOneof("data")
    return getattr(metric, kind).data_points if kind else ()


def _scopes(signal: Signal, request: Message) -> Iterator[tuple[Any, Any, Any]]:
    outer, inner, items = NAMES[signal.name]
    for of_resource in getattr(request, outer):
        for of_scope in getattr(of_resource, inner):
            yield of_resource, of_scope, getattr(of_scope, items)


def items_of(signal: Signal, request: Message) -> int:
    """Spans, log records or points in a request, as they are counted."""
    every = (items for _, _, items in _scopes(signal, request))
    if signal is METRICS:
        return sum(len(points_of(metric)) for items in every for metric in items)
    return sum(map(len, every))


def items_in(signal: Signal, body: bytes) -> int:
    """The same of a request in protobuf."""
    return items_of(signal, signal.request.FromString(body))


def halves(signal: Signal, body: bytes) -> list[bytes]:
    """The request in two, each with half of the spans, records or metrics.

    Empty where there are not two.
    """
    request = signal.request.FromString(body)
    count = sum(len(items) for _, _, items in _scopes(signal, request))
    if count < 2:
        return []
    parts = (signal.request(), signal.request())
    outer, inner, name = NAMES[signal.name]
    at = 0
    for of_resource, of_scope, items in _scopes(signal, request):
        here = max(0, min(len(items), count // 2 - at))
        at += len(items)
        for part, chosen in zip(parts, (items[:here], items[here:]), strict=True):
            if not chosen:
                continue
            group = getattr(part, outer).add(schema_url=of_resource.schema_url)
            group.resource.CopyFrom(of_resource.resource)
            scope = getattr(group, inner).add(schema_url=of_scope.schema_url)
            scope.scope.CopyFrom(of_scope.scope)
            getattr(scope, name).extend(chosen)
    return [part.SerializeToString() for part in parts]
