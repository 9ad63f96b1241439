"""The history as OTLP requests, in order of time, between two instants.

What is sent up to an instant and what is sent from there on are together what
would have been sent at once: a demo can be topped up.
"""

from __future__ import annotations

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
    """One request: which bot sends it and how many records it holds."""

    bot: str
    request: Request
    records: int


def history(world: World, from_ns: int, until_ns: int) -> Iterator[Sent]:
    """Everything sent in (from_ns, until_ns], in requests of 2,000 at most."""
    items = [item for one in sessions(world, until_ns) for item in encode(one)]
    items += [encode_annotation(mark) for mark in marks(world)]
    due = sorted(
        (item for item in items if from_ns < item.at_ns <= until_ns),
        key=lambda item: item.at_ns,
    )
    waiting: dict[tuple[str, bool], list[Item]] = {}
    for item in due:
        key = (item.bot, isinstance(item.record, Span))
        batch = waiting.setdefault(key, [])
        batch.append(item)
        if len(batch) == _RECORDS_MAX:
            yield _request(item.bot, waiting.pop(key))
    for (bot, _), batch in waiting.items():
        yield _request(bot, batch)


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
        return Sent(bot, request, len(spans))
    records = [item.record for item in batch if isinstance(item.record, LogRecord)]
    logs = ScopeLogs(scope=_SCOPE, log_records=records)
    resource_logs = ResourceLogs(resource=resource, scope_logs=[logs])
    request = ExportLogsServiceRequest(resource_logs=[resource_logs])
    return Sent(bot, request, len(records))
