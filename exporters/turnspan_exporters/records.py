"""The batch: OTLP decoded once into columns that no later step parses again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from enum import IntFlag
from typing import Any

__all__ = [
    "PROMOTED_EVENT",
    "PROMOTED_SPAN",
    "Batch",
    "Columns",
    "Events",
    "Points",
    "Promoted",
    "Resource",
    "Scope",
    "Spans",
    "Texts",
    "TimeFlag",
]


class TimeFlag(IntFlag):
    """What was wrong with a record's times, and mended by the documented rule."""

    START_CLAMPED = 1
    END_CLAMPED = 2
    END_BEFORE_START = 4


@dataclass(frozen=True, slots=True)
class Promoted:
    """An attribute that has a typed column of its own.

    ``kind`` is one of text, float, int, bool. A value of another kind is not
    promoted: it stays among the attributes. ``fallbacks`` are read where the
    attribute is absent.
    """

    column: str
    attribute: str
    kind: str = "text"
    fallbacks: tuple[str, ...] = ()


_COMMON = (
    Promoted("conversation_id", "gen_ai.conversation.id"),
    Promoted("session_id", "session.id"),
    Promoted("turn_id", "chatbot.turn.id"),
    Promoted("channel", "chatbot.channel.name"),
    Promoted("variant", "feature_flag.result.variant"),
    Promoted("user_key", "enduser.pseudo.id"),
    Promoted("user_kind", "chatbot.user.kind"),
    Promoted("node_id", "chatbot.node.id"),
    Promoted("intent_name", "chatbot.intent.name"),
    Promoted("intent_confidence", "chatbot.intent.confidence", "float"),
    Promoted("seq", "chatbot.record.seq", "int"),
    Promoted("test", "chatbot.test", "bool"),
)

# bot, version and environment fall back to the resource, so the decoder sets them:
#   bot          chatbot.name of the record, of the resource, else service.name,
#                else "unknown"
#   version      chatbot.version of the record, of the resource, else service.version
#   environment  deployment.environment.name of the record, else of the resource

PROMOTED_SPAN: tuple[Promoted, ...] = (
    *_COMMON,
    Promoted("turn_index", "chatbot.turn.index", "int"),
    Promoted("initiator", "chatbot.turn.initiator"),
    Promoted("outcome", "chatbot.turn.outcome"),
    Promoted("locale", "chatbot.locale"),
    Promoted("intent_acted_on", "chatbot.intent.acted_on"),
    Promoted("intent_source", "chatbot.intent.source"),
    Promoted("runner_up_confidence", "chatbot.intent.runner_up.confidence", "float"),
    Promoted("first_response_s", "chatbot.first_response.duration", "float"),
    Promoted("operation", "gen_ai.operation.name"),
    Promoted("model", "gen_ai.request.model"),
    Promoted("input_tokens", "gen_ai.usage.input_tokens", "int"),
    Promoted("output_tokens", "gen_ai.usage.output_tokens", "int"),
    Promoted("error_type", "error.type"),
)

PROMOTED_EVENT: tuple[Promoted, ...] = (
    *_COMMON,
    Promoted("role", "chatbot.message.role"),
    Promoted("handoff_id", "chatbot.handoff.id"),
    Promoted("reason", "chatbot.handoff.reason"),
    Promoted("cta_id", "chatbot.cta.id"),
    Promoted("cta_type", "chatbot.cta.type"),
    Promoted("goal_id", "chatbot.goal.id"),
    Promoted("score", "gen_ai.evaluation.score.value", "float"),
)


@dataclass(slots=True)
class Columns:
    """Lists of equal length, one a column; the fields are the columns."""

    def __len__(self) -> int:
        return len(getattr(self, fields(self)[0].name))

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """The rows as tuples, in the order of the fields."""
        return zip(*(getattr(self, one.name) for one in fields(self)), strict=True)


@dataclass(slots=True)
class _Common(Columns):
    """Columns that spans and events share."""

    bot: list[str] = field(default_factory=list)
    version: list[str | None] = field(default_factory=list)
    environment: list[str | None] = field(default_factory=list)
    conversation_id: list[str | None] = field(default_factory=list)
    session_id: list[str | None] = field(default_factory=list)
    turn_id: list[str | None] = field(default_factory=list)
    channel: list[str | None] = field(default_factory=list)
    variant: list[str | None] = field(default_factory=list)
    user_key: list[str | None] = field(default_factory=list)
    user_kind: list[str | None] = field(default_factory=list)
    node_id: list[str | None] = field(default_factory=list)
    intent_name: list[str | None] = field(default_factory=list)
    intent_confidence: list[float | None] = field(default_factory=list)
    seq: list[int | None] = field(default_factory=list)
    test: list[bool] = field(default_factory=list)
    attributes: list[dict[str, Any] | None] = field(default_factory=list)
    dropped: list[int] = field(default_factory=list)
    resource: list[int] = field(default_factory=list)
    scope: list[int] = field(default_factory=list)
    time_flags: list[int] = field(default_factory=list)
    original_times: list[dict[str, str] | None] = field(default_factory=list)


@dataclass(slots=True)
class Spans(_Common):
    """Spans.

    ``trace_id`` has 16 bytes; span ids are signed 64-bit big-endian integers; times
    are whole nanoseconds since 1970 within [2000, now + 1 day], already mended.
    ``attributes``, ``events`` and ``links`` are JSON values (``None`` when empty)
    without NaN, infinities or U+0000; ``resource`` and ``scope`` are positions in
    the batch.
    """

    trace_id: list[bytes] = field(default_factory=list)
    span_id: list[int] = field(default_factory=list)
    parent_span_id: list[int | None] = field(default_factory=list)
    start_ns: list[int] = field(default_factory=list)
    end_ns: list[int] = field(default_factory=list)
    name: list[str] = field(default_factory=list)
    kind: list[int] = field(default_factory=list)
    status_code: list[int] = field(default_factory=list)
    status_message: list[str | None] = field(default_factory=list)
    trace_state: list[str | None] = field(default_factory=list)
    flags: list[int] = field(default_factory=list)
    turn_index: list[int | None] = field(default_factory=list)
    initiator: list[str | None] = field(default_factory=list)
    outcome: list[str | None] = field(default_factory=list)
    locale: list[str | None] = field(default_factory=list)
    intent_acted_on: list[str | None] = field(default_factory=list)
    intent_source: list[str | None] = field(default_factory=list)
    runner_up_confidence: list[float | None] = field(default_factory=list)
    first_response_s: list[float | None] = field(default_factory=list)
    operation: list[str | None] = field(default_factory=list)
    model: list[str | None] = field(default_factory=list)
    input_tokens: list[int | None] = field(default_factory=list)
    output_tokens: list[int | None] = field(default_factory=list)
    error_type: list[str | None] = field(default_factory=list)
    events: list[list[dict[str, Any]] | None] = field(default_factory=list)
    links: list[list[dict[str, Any]] | None] = field(default_factory=list)
    dropped_events: list[int] = field(default_factory=list)
    dropped_links: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Events(_Common):
    """Log records and bridged span events.

    ``uid`` has 16 bytes and identifies the record: from ``log.record.uid``, else a
    hash of the content, resource, scope and the ordinal among twins of the request.
    ``name`` is the event name, empty for a plain log record. ``trace_id`` and
    ``span_id`` are ``None`` where absent or malformed.
    """

    uid: list[bytes] = field(default_factory=list)
    time_ns: list[int] = field(default_factory=list)
    observed_ns: list[int | None] = field(default_factory=list)
    name: list[str] = field(default_factory=list)
    severity: list[int] = field(default_factory=list)
    severity_text: list[str | None] = field(default_factory=list)
    body: list[Any] = field(default_factory=list)
    trace_id: list[bytes | None] = field(default_factory=list)
    span_id: list[int | None] = field(default_factory=list)
    flags: list[int] = field(default_factory=list)
    role: list[str | None] = field(default_factory=list)
    handoff_id: list[str | None] = field(default_factory=list)
    reason: list[str | None] = field(default_factory=list)
    cta_id: list[str | None] = field(default_factory=list)
    cta_type: list[str | None] = field(default_factory=list)
    goal_id: list[str | None] = field(default_factory=list)
    score: list[float | None] = field(default_factory=list)


@dataclass(slots=True)
class Points(Columns):
    """Metric points; ``uid`` is a hash of content, stream and ordinal (16 bytes).

    ``kind`` is gauge, sum, histogram, exponential_histogram or summary;
    ``temporality`` 0 (none), 1 (delta) or 2 (cumulative). ``value`` and
    ``int_value`` hold a number point; ``detail`` the buckets or quantiles of the
    others.
    """

    uid: list[bytes] = field(default_factory=list)
    time_ns: list[int] = field(default_factory=list)
    start_ns: list[int | None] = field(default_factory=list)
    name: list[str] = field(default_factory=list)
    unit: list[str | None] = field(default_factory=list)
    description: list[str | None] = field(default_factory=list)
    kind: list[str] = field(default_factory=list)
    temporality: list[int] = field(default_factory=list)
    monotonic: list[bool | None] = field(default_factory=list)
    value: list[float | None] = field(default_factory=list)
    int_value: list[int | None] = field(default_factory=list)
    count: list[int | None] = field(default_factory=list)
    sum: list[float | None] = field(default_factory=list)
    min: list[float | None] = field(default_factory=list)
    max: list[float | None] = field(default_factory=list)
    detail: list[dict[str, Any] | None] = field(default_factory=list)
    exemplars: list[list[dict[str, Any]] | None] = field(default_factory=list)
    flags: list[int] = field(default_factory=list)
    bot: list[str] = field(default_factory=list)
    attributes: list[dict[str, Any] | None] = field(default_factory=list)
    resource: list[int] = field(default_factory=list)
    scope: list[int] = field(default_factory=list)
    time_flags: list[int] = field(default_factory=list)
    original_times: list[dict[str, str] | None] = field(default_factory=list)


@dataclass(slots=True)
class Texts(Columns):
    """What people and models said, taken out of spans and events.

    Filled only where the collector keeps content. ``id`` has 16 bytes and follows from
    the record, ``attribute`` and the ordinal among the record's texts of that name.
    ``uid`` is the event's, and ``None`` for the text of a span; ``time_ns`` and
    ``time_flags`` are the record's (a span's start). ``attribute`` is where the text
    stood, ``body`` for the body of a log record; ``text`` is without U+0000.
    """

    id: list[bytes] = field(default_factory=list)
    time_ns: list[int] = field(default_factory=list)
    time_flags: list[int] = field(default_factory=list)
    bot: list[str] = field(default_factory=list)
    conversation_id: list[str | None] = field(default_factory=list)
    turn_id: list[str | None] = field(default_factory=list)
    trace_id: list[bytes | None] = field(default_factory=list)
    span_id: list[int | None] = field(default_factory=list)
    uid: list[bytes | None] = field(default_factory=list)
    attribute: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Resource:
    """Where records come from; stored once, by ``digest`` (16 bytes)."""

    digest: bytes
    attributes: Mapping[str, Any]
    schema_url: str
    dropped: int


@dataclass(frozen=True, slots=True)
class Scope:
    """The instrumentation that made the records; stored once, by ``digest``."""

    digest: bytes
    name: str
    version: str
    attributes: Mapping[str, Any]
    schema_url: str
    dropped: int


@dataclass(slots=True)
class Batch:
    """One request, decoded, or several put together.

    ``received_ns`` is when it arrived, in nanoseconds since 1970. The length counts
    the records; ``texts`` are parts of them.
    """

    received_ns: int
    spans: Spans = field(default_factory=Spans)
    events: Events = field(default_factory=Events)
    points: Points = field(default_factory=Points)
    texts: Texts = field(default_factory=Texts)
    resources: list[Resource] = field(default_factory=list)
    scopes: list[Scope] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.spans) + len(self.events) + len(self.points)
