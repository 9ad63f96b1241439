"""The history as OTLP requests, in order of time, between two instants.

What is sent up to an instant and what is sent from there on are together what
would have been sent at once: a demo can be topped up.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)
from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span

from ._calendar import marks
from ._encode import Item, encode, encode_annotation, key_values
from ._sessions import sessions
from ._world import World

__all__ = ["Request", "Sent", "history"]

Request = ExportTraceServiceRequest | ExportLogsServiceRequest

_RECORDS_MAX = 2_000
_SCOPE = InstrumentationScope(name="turnspan", version="demo")


@dataclass(frozen=True, slots=True)
class Sent:
    """One request: whose it is, how many records it holds, and up to when."""

    bot: str
    request: Request
    records: int
    until_ns: int


def history(world: World, from_ns: int, until_ns: int) -> Iterator[Sent]:
    """Everything sent in (from_ns, until_ns], in requests of 2,000 at most."""
    waiting: dict[tuple[str, bool], list[Item]] = {}
    for item in _in_order(world, until_ns):
        if not from_ns < item.at_ns <= until_ns:
            continue
        key = (item.bot, isinstance(item.record, Span))
        batch = waiting.setdefault(key, [])
        batch.append(item)
        if len(batch) == _RECORDS_MAX:
            yield _request(item.bot, waiting.pop(key))
    for (bot, _), batch in waiting.items():
        yield _request(bot, batch)


def _in_order(world: World, until_ns: int) -> Iterator[Item]:
    """Spans and events as time goes by; a session's come after its beginning."""
    heap: list[tuple[int, int, Item]] = []
    numbers = itertools.count()
    for mark in marks(world):
        _push(heap, numbers, encode_annotation(mark))
    for session in sessions(world, until_ns):
        while heap and heap[0][0] < session.first_ns:
            yield heapq.heappop(heap)[2]
        for item in encode(session):
            _push(heap, numbers, item)
    while heap:
        yield heapq.heappop(heap)[2]


def _push(
    heap: list[tuple[int, int, Item]], numbers: Iterator[int], item: Item
) -> None:
    heapq.heappush(heap, (item.at_ns, next(numbers), item))


def _request(bot: str, batch: list[Item]) -> Sent:
    resource = Resource(
        attributes=key_values(
            {
                "service.name": bot,
                "service.namespace": "demo",
                "deployment.environment.name": "production",
                "telemetry.sdk.language": "python",
            }
        )
    )
    spans = [item.record for item in batch if isinstance(item.record, Span)]
    if spans:
        traces = ScopeSpans(scope=_SCOPE, spans=spans)
        resource_spans = ResourceSpans(resource=resource, scope_spans=[traces])
        request: Request = ExportTraceServiceRequest(resource_spans=[resource_spans])
        return Sent(bot, request, len(spans), batch[-1].at_ns)
    records = [item.record for item in batch if isinstance(item.record, LogRecord)]
    logs = ScopeLogs(scope=_SCOPE, log_records=records)
    resource_logs = ResourceLogs(resource=resource, scope_logs=[logs])
    request = ExportLogsServiceRequest(resource_logs=[resource_logs])
    return Sent(bot, request, len(records), batch[-1].at_ns)
