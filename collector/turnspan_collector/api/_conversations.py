"""Conversations: the latest, one's timeline, the newest turns, annotations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict

from turnspan_collector.api._errors import NotFound
from turnspan_collector.api._questions import (
    Store,
    known_parameters,
    listed,
    span,
)

__all__ = ["ROUTER"]

ROUTER: Final = APIRouter(tags=["conversations"])

Several = Annotated[
    list[str] | None, Query(description="Only these; repeated or comma-separated.")
]
Limit = Annotated[int, Query(ge=1, le=500, description="At most so many.")]


class _Row(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class Event(_Row):
    """A step of a handoff, a call to action, a goal or a rating of a turn."""

    name: str
    detail: str | None


class Turn(_Row):
    """A turn as it goes by; times are event times, lengths seconds."""

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
    events: list[Event]


class Turns(BaseModel):
    """The newest turns, and how new they are."""

    turns: list[Turn]
    cursor: str
    now: datetime
    last_turn_at: datetime | None
    derivation_lag_s: float


class Summary(_Row):
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


class Summaries(BaseModel):
    """Sessions, the latest first; ``before`` asks for the next page."""

    conversations: list[Summary]
    before: datetime | None


class Session(_Row):
    """A session of a conversation."""

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


class Handoff(_Row):
    """A handoff with the steps it has taken."""

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


class Text(_Row):
    """What was said, and the attribute that held it."""

    attribute: str
    text: str


class Item(_Row):
    """A turn or an event of the timeline; without ``text`` where none is kept."""

    time: datetime
    kind: Literal["turn", "event"]
    name: str
    turn_id: str | None
    end_time: datetime | None
    detail: Mapping[str, Any]
    text: tuple[Text, ...] = ()


class Conversation(_Row):
    """The timeline of a conversation, the oldest first."""

    conversation_id: str
    bot: str
    bots: Sequence[str]
    channel: str | None
    sessions: list[Session]
    handoffs: list[Handoff]
    items: list[Item]
    truncated: bool


class Annotation(_Row):
    """A release or change mark."""

    time: datetime
    bot: str
    text: str | None
    kind: str | None


class Annotations(BaseModel):
    """The marks of a range."""

    annotations: list[Annotation]


@ROUTER.get("/turns", summary="The newest turns")
def newest_turns(
    request: Request,
    store: Store,
    after: Annotated[
        str | None, Query(description="The cursor of an earlier answer.")
    ] = None,
    limit: Limit = 50,
    bot: Several = None,
    channel: Several = None,
) -> Turns:
    """Turns that came after the cursor's, the newest first; without one the latest."""
    known_parameters(request.query_params, ("after", "limit", "bot", "channel"))
    tail = store.tail(after, limit, listed(bot), listed(channel))
    fresh = store.freshness()
    return Turns(
        turns=[Turn.model_validate(turn) for turn in tail.turns],
        cursor=tail.cursor,
        now=fresh.now,
        last_turn_at=fresh.last_turn,
        derivation_lag_s=fresh.lag_s,
    )


@ROUTER.get("/conversations", summary="The latest conversations")
def latest_conversations(
    request: Request,
    store: Store,
    before: Annotated[
        datetime | None, Query(description="Sessions that began earlier.")
    ] = None,
    limit: Limit = 50,
    bot: Several = None,
    channel: Several = None,
    outcome: Several = None,
) -> Summaries:
    """Sessions of conversations, the latest first."""
    known_parameters(
        request.query_params, ("before", "limit", "bot", "channel", "outcome")
    )
    found = store.conversations(
        before, limit, listed(bot), listed(channel), listed(outcome)
    )
    return Summaries(
        conversations=[Summary.model_validate(one) for one in found],
        before=found[-1].start_time if len(found) == limit else None,
    )


@ROUTER.get(
    "/conversations/{conversation_id:path}",
    summary="A timeline",
    response_model_exclude_defaults=True,
)
def conversation(
    conversation_id: str,
    request: Request,
    store: Store,
    bot: Annotated[str | None, Query(description="Whose, if several know it.")] = None,
) -> Conversation:
    """Turns, events, sessions and handoffs of one conversation, by time."""
    known_parameters(request.query_params, ("bot",))
    found = store.conversation(conversation_id, bot)
    if found is None:
        raise NotFound(
            f'There is no conversation "{conversation_id[:64]}"'
            + (f' of the bot "{bot[:64]}".' if bot else ".")
        )
    return Conversation.model_validate(found)


@ROUTER.get("/annotations", summary="Release and change marks")
def list_annotations(
    request: Request,
    store: Store,
    start: Annotated[
        str | None, Query(alias="from", description="As of metrics.")
    ] = None,
    end: Annotated[str | None, Query(alias="to", description="As of metrics.")] = None,
    bot: Several = None,
) -> Annotations:
    """What was marked in [from, to)."""
    known_parameters(request.query_params, ("from", "to", "bot"))
    bots = listed(bot)
    found = store.annotations(*span(start, end, store, bots), bots)
    return Annotations(annotations=[Annotation.model_validate(one) for one in found])
