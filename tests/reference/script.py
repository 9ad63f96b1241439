"""Conversations as plain facts, and the OTLP a bot would send for them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from turnspan import conventions as names

__all__ = ["Fact", "Where", "logs_request", "traces_request"]

Value = str | int | float | bool
SPANS = ("turn", "call")
"""Kinds of facts that are spans; all others are events."""


@dataclass(frozen=True, slots=True)
class Where:
    """The key a fact belongs to, and who speaks."""

    bot: str = "support"
    channel: str | None = "web"
    conversation: str | None = "c1"
    session: str | None = None
    user: str | None = "u1"
    test: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that happened, ``at`` seconds after the script's beginning.

    ``kind`` is ``turn`` or ``call`` (of a model, below a turn) for a span, else the
    event's name. ``lasts`` is a span's duration in seconds. ``more`` holds further
    attributes by name. ``path`` names a span after those above it, the trace first; a
    turn without one is a trace of its own with nothing below.
    """

    kind: str
    at: float
    where: Where = field(default_factory=Where)
    turn: str | None = None
    lasts: float = 0.0
    more: tuple[tuple[str, Value], ...] = ()
    path: tuple[str, ...] = ()

    def get(self, name: str) -> Value | None:
        """An attribute, or nothing."""
        return dict(self.more).get(name)

    @property
    def uid(self) -> str:
        """The same fact has the same id, however often it is sent."""
        digest = hashlib.sha256(repr(self).encode()).hexdigest()[:32]
        return (
            f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:]}"
        )


def _value(value: Value) -> AnyValue:
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value)
    if isinstance(value, float):
        return AnyValue(double_value=value)
    return AnyValue(string_value=value)


def _attributes(fact: Fact) -> list[KeyValue]:
    where = fact.where
    pairs: dict[str, Value | None] = {
        names.BOT_NAME: where.bot,
        names.GEN_AI_CONVERSATION_ID: where.conversation,
        names.SESSION_ID: where.session,
        names.CHANNEL_NAME: where.channel,
        names.ENDUSER_PSEUDO_ID: where.user,
        names.TURN_ID: fact.turn,
        names.BOT_TEST: where.test or None,
        **dict(fact.more),
    }
    return [
        KeyValue(key=key, value=_value(value))
        for key, value in pairs.items()
        if value is not None
    ]


def _digest(path: tuple[str, ...]) -> bytes:
    return hashlib.sha256("/".join(path).encode()).digest()


def _nanos(origin_s: float, at: float) -> int:
    return int(origin_s) * 10**9 + round(at * 10**6) * 1000


def traces_request(facts: Iterable[Fact], origin_s: float) -> bytes:
    """The turns and calls among the facts as one OTLP request."""
    request = ExportTraceServiceRequest()
    spans = request.resource_spans.add().scope_spans.add().spans
    for fact in facts:
        if fact.kind in SPANS:
            path = fact.path or (fact.uid,)
            named = f"chatbot.turn {fact.where.bot}" if fact.kind == "turn" else "call"
            spans.append(
                Span(
                    trace_id=_digest(path[:1])[:16],
                    span_id=_digest(path)[16:24],
                    parent_span_id=_digest(path[:-1])[16:24] if path[1:] else b"",
                    name=named,
                    kind=Span.SPAN_KIND_INTERNAL,
                    start_time_unix_nano=_nanos(origin_s, fact.at),
                    end_time_unix_nano=_nanos(origin_s, fact.at + fact.lasts),
                    attributes=_attributes(fact),
                )
            )
    return request.SerializeToString()


def logs_request(facts: Iterable[Fact], origin_s: float) -> bytes:
    """The events among the facts as one OTLP request."""
    request = ExportLogsServiceRequest()
    records = request.resource_logs.add().scope_logs.add().log_records
    for fact in facts:
        if fact.kind not in SPANS:
            uid = KeyValue(key=names.LOG_RECORD_UID, value=_value(fact.uid))
            records.append(
                LogRecord(
                    time_unix_nano=_nanos(origin_s, fact.at),
                    event_name=fact.kind,
                    attributes=[*_attributes(fact), uid],
                )
            )
    return request.SerializeToString()
