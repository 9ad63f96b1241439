"""What the reader answers with: plain frozen rows, times with a zone, lengths in s."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

__all__ = [
    "Annotation",
    "Bot",
    "Conversation",
    "ConversationSession",
    "Freshness",
    "Handoff",
    "Item",
    "MetricRow",
    "SessionSummary",
    "Tail",
    "TailEvent",
    "TailTurn",
]


@dataclass(frozen=True, slots=True)
class MetricRow:
    """One row of an answer of ``turnspan.metric``; see its documentation."""

    bucket: datetime | None
    group: Mapping[str, str | float]
    value: float | None
    k: float | None
    n: float | None
    low: float | None
    high: float | None
    provisional: bool


@dataclass(frozen=True, slots=True)
class MetricChangeRow(MetricRow):
    """One row of an answer of ``turnspan.metric_change``."""

    previous: float | None
    change: float | None


@dataclass(frozen=True, slots=True)
class Bot:
    """A bot, and the channels and environments of its last 31 days."""

    name: str
    channels: Sequence[str]
    environments: Sequence[str]
    timezone: str
    last_turn: datetime | None


@dataclass(frozen=True, slots=True)
class TailEvent:
    """A step of a handoff, a call to action, a goal or a rating.

    ``detail`` is the reason, the call to action, the goal or the score.
    """

    name: str
    detail: str | None


@dataclass(frozen=True, slots=True)
class TailTurn:
    """A turn as it goes by; ``events`` are those that were said in it, by time."""

    turn_id: str
    time: datetime
    end_time: datetime
    bot: str
    channel: str | None
    conversation_id: str | None
    intent: str | None
    confidence: float | None
    outcome: str | None
    initiator: str
    duration_s: float | None
    first_response_s: float | None
    events: Sequence[TailEvent] = ()


@dataclass(frozen=True, slots=True)
class Tail:
    """Turns, the newest first; ``cursor`` goes into the next call's ``after``."""

    turns: Sequence[TailTurn]
    cursor: str


@dataclass(frozen=True, slots=True)
class Freshness:
    """How new the derived rows are; the oldest not yet derived waits ``lag_s``."""

    now: datetime
    last_turn: datetime | None
    lag_s: float


@dataclass(frozen=True, slots=True)
class Annotation:
    """A release or change, drawn on boards."""

    time: datetime
    bot: str
    text: str | None
    kind: str | None


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """A session in the list of the latest."""

    conversation_id: str
    bot: str
    channel: str | None
    start_time: datetime
    end_time: datetime
    finalised: bool
    user_turns: int
    handoffs: int
    outcome: str
    intent: str | None
    duration_s: float


@dataclass(frozen=True, slots=True)
class ConversationSession:
    """A session of one conversation."""

    start_time: datetime
    end_time: datetime
    channel: str | None
    session_id: str | None
    finalised: bool
    ended_by: str
    duration_s: float
    user_turns: int
    handoffs: int
    outcome: str
    engaged: bool
    intent: str | None
    user_key: str | None
    test: bool


@dataclass(frozen=True, slots=True)
class Handoff:
    """A handoff with every step it has taken so far."""

    handoff_id: str
    requested_at: datetime
    queued_at: datetime | None
    accepted_at: datetime | None
    declined_at: datetime | None
    expired_at: datetime | None
    withdrawn_at: datetime | None
    closed_at: datetime | None
    returned_at: datetime | None
    wait_outcome: str
    reason: str
    original_reason: str | None
    target_type: str | None
    queue: str | None
    outcome: str | None
    intents_before: Sequence[str]


@dataclass(frozen=True, slots=True)
class Text:
    """What was said, and the attribute that held it."""

    attribute: str
    text: str


@dataclass(frozen=True, slots=True)
class Item:
    """A turn or an event; ``detail`` holds what is known of it, by attribute name.

    ``text`` is empty unless the collector keeps content; a turn's is its trace's.
    """

    time: datetime
    kind: Literal["turn", "event"]
    name: str
    turn_id: str | None
    end_time: datetime | None
    detail: Mapping[str, Any]
    text: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation's timeline, the oldest first.

    ``bots`` are all that know a conversation of this id; the rest is of ``bot``.
    ``truncated`` says that only the latest items are here.
    """

    conversation_id: str
    bot: str
    bots: Sequence[str]
    channel: str | None
    sessions: Sequence[ConversationSession]
    handoffs: Sequence[Handoff]
    items: Sequence[Item]
    truncated: bool
