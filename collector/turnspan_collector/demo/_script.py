"""What happens in a conversation, before it is put into OpenTelemetry's words.

The totals are counted from these and the requests are encoded from these, so that
the numbers of the database can be compared with numbers that never were in OTLP.
Times are nanoseconds since 1970, UTC.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from turnspan.conventions import (
    AnswerSource,
    CtaType,
    FeedbackScope,
    GoalKind,
    HandoffOutcome,
    HandoffReason,
    IntentSource,
    MessageRole,
    ResolutionStatus,
    SentimentLabel,
    TurnInitiator,
    TurnOutcome,
)

__all__ = [
    "MILLISECOND",
    "SECOND",
    "Annotation",
    "Cta",
    "Goal",
    "Handoff",
    "Intent",
    "LlmCall",
    "Message",
    "Rating",
    "Session",
    "Turn",
    "User",
]

MILLISECOND = 1_000_000
SECOND = 1_000 * MILLISECOND


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who writes to one bot; ``key`` is None without consent."""

    number: int
    channel: str
    key: str | None
    identified: bool
    locale: str


@dataclass(frozen=True, slots=True)
class Intent:
    """What the classifier said, and what the bot made of it."""

    name: str
    confidence: float
    runner_up: float
    source: IntentSource
    threshold: float
    model_version: str

    @property
    def is_unsure(self) -> bool:
        """Whether the classifier is below its threshold."""
        return self.confidence < self.threshold


@dataclass(frozen=True, slots=True)
class LlmCall:
    """One request to a language model."""

    start_ns: int
    duration_ns: int
    model: str
    input_tokens: int
    output_tokens: int
    failed: bool = False


@dataclass(slots=True)
class Turn:
    """One turn that went through the bot."""

    id: str
    start_ns: int
    duration_ns: int
    outcome: TurnOutcome
    version: str
    initiator: TurnInitiator = TurnInitiator.USER
    first_ns: int | None = None
    intent: Intent | None = None
    source: IntentSource | None = None
    node: str | None = None
    answer: AnswerSource | None = None
    sentiment: tuple[SentimentLabel, float] | None = None
    error: str | None = None
    llm: list[LlmCall] = field(default_factory=list)
    label: tuple[str, int] | None = None
    """The intent that a person gave it, and when."""

    @property
    def end_ns(self) -> int:
        """When the last answer was out."""
        return self.start_ns + self.duration_ns

    @property
    def is_fallback(self) -> bool:
        """Whether the bot did not understand; asking back is no fallback."""
        if self.outcome == TurnOutcome.CLARIFICATION:
            return False
        missed = self.intent is not None and self.intent.is_unsure
        return missed or self.outcome == TurnOutcome.FALLBACK


@dataclass(frozen=True, slots=True)
class Message:
    """A message that did not pass through the bot: to or from a person."""

    id: str
    at_ns: int
    role: MessageRole


@dataclass(slots=True)
class Handoff:
    """One handoff; the steps that never came are None."""

    id: str
    turn: Turn
    requested_ns: int
    reason: HandoffReason
    original_reason: str | None
    queue: str
    accepted_ns: int | None = None
    declined_ns: int | None = None
    expired_ns: int | None = None
    withdrawn_ns: int | None = None
    closed_ns: int | None = None
    returned_ns: int | None = None
    outcome: HandoffOutcome | None = None


@dataclass(frozen=True, slots=True)
class Cta:
    """A call to action, shown in one turn and perhaps clicked later."""

    id: str
    type: CtaType
    position: int
    turn: Turn
    shown_ns: int | None
    clicked_ns: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Goal:
    """A goal that was reached."""

    id: str
    kind: GoalKind
    at_ns: int
    value: float | None = None
    currency: str | None = None
    quality: float | None = None


@dataclass(frozen=True, slots=True)
class Rating:
    """A rating that was asked for, and perhaps given."""

    name: str
    scale: str
    scope: FeedbackScope
    turn: Turn | None
    asked_ns: int
    given_ns: int | None = None
    score: float | None = None


@dataclass(slots=True)
class Session:
    """One visit of one user: everything that happens without a long gap."""

    bot: str
    user: User | None
    channel: str | None
    conversation: str | None
    environment: str
    version: str
    variant: tuple[str, str] | None = None
    test: bool = False
    entry: Mapping[str, str] = field(default_factory=dict)
    start_ns: int | None = None
    """When the chat window opened; None where the platform does not tell."""
    closed_ns: int | None = None
    turns: list[Turn] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    handoffs: list[Handoff] = field(default_factory=list)
    ctas: list[Cta] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)
    ratings: list[Rating] = field(default_factory=list)
    resolution: tuple[ResolutionStatus, int] | None = None
    views: list[tuple[str, int]] = field(default_factory=list)

    @property
    def first_ns(self) -> int:
        """The first event: what the session is attributed to."""
        return min(self._times())

    @property
    def last_ns(self) -> int:
        """The last event that belongs to the session itself."""
        return max(self._times())

    def user_turn_times(self) -> list[int]:
        """When the user said something, to the bot or to a person."""
        said = [t.start_ns for t in self.turns if t.initiator == TurnInitiator.USER]
        return said + [m.at_ns for m in self.messages if m.role == MessageRole.USER]

    def _times(self) -> Iterator[int]:
        if self.start_ns is not None:
            yield self.start_ns
        if self.closed_ns is not None:
            yield self.closed_ns
        for turn in self.turns:
            yield turn.start_ns
            yield turn.end_ns
        for message in self.messages:
            yield message.at_ns
        for _, at_ns in self.views:
            yield at_ns


@dataclass(frozen=True, slots=True)
class Annotation:
    """A mark for the boards."""

    bot: str
    at_ns: int
    kind: str
    text: str
