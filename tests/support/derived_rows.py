"""Derived rows by hand, for tests of what is made from them alone."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from psycopg import sql

__all__ = [
    "assignment",
    "cta",
    "feedback",
    "first_seen",
    "goal",
    "handoff",
    "label",
    "node",
    "session",
    "settle_labels",
    "turn",
    "user_day",
]

Connection = psycopg.Connection[Any]

_NUMBERS = itertools.count(1)
_ENTRY = {one: one for one in ("source", "device", "country", "medium", "campaign")}
_NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def session(db: Connection, start: datetime, **columns: Any) -> uuid.UUID:
    """A finalised session of one user turn; returns its key."""
    number = next(_NUMBERS)
    key = uuid.UUID(int=number)
    duration = columns.get("duration_s", 0.0)
    values = {
        "start_time": start,
        "session_key": key,
        "bot": "support",
        "channel": "web",
        "conversation_id": f"c{number}",
        "end_time": start + timedelta(seconds=duration),
        "closes_at": start + timedelta(seconds=duration + 1800),
        "finalised": True,
        "ended_by": "timeout",
        "duration_s": duration,
        "user_turns": 1,
        "escalated": False,
        "engaged": False,
        "implied": False,
        "outcome": "abandoned",
        "test": False,
        "definition_version": 1,
        "parameters": "{}",
        **dict.fromkeys(
            (
                "user_messages",
                "bot_messages",
                "agent_messages",
                "fallbacks",
                "errors",
                "cta_clicks",
                "goals",
                "handoffs",
            ),
            0,
        ),
        **columns,
    }
    _insert(db, "session", values)
    return key


def turn(db: Connection, start: datetime, **columns: Any) -> str:
    """An answered user turn of one second; returns its id."""
    id = columns.pop("turn_id", f"t{next(_NUMBERS)}")
    duration = columns.get("duration_s", 1.0)
    _insert(
        db,
        "turn",
        {
            "start_time": start,
            "bot": "support",
            "turn_id": id,
            "channel": "web",
            "conversation_id": "c1",
            "end_time": start + timedelta(seconds=duration),
            "duration_s": duration,
            "timed": True,
            "initiator": "user",
            "outcome": "answered",
            "is_fallback": False,
            "test": False,
            "definition_version": 1,
            **_of_session(db, columns, _ENTRY),
            **columns,
        },
    )
    return str(id)


def label(
    db: Connection,
    turn: str,
    labelled: str,
    *,
    after: timedelta = timedelta(0),
    **columns: Any,
) -> None:
    """A label of a turn, given at noon of a day, or so much later."""
    _insert(
        db,
        "label",
        {
            "id": uuid.UUID(int=next(_NUMBERS)),
            "bot": "support",
            "turn_id": turn,
            "labelled": labelled,
            "labeller": "",
            "labelled_at": _NOON + after,
            "weight": 1,
            "source": "cli",
            "test": False,
            **columns,
        },
    )


def settle_labels(db: Connection) -> None:
    """Make the labelled turns from all labels, as derivation and imports do."""
    db.execute(
        "SELECT _turnspan.settle_labels(array_agg(bot), array_agg(turn_id), "
        "array_agg(NULL::timestamptz)) FROM _turnspan.label"
    )


def handoff(
    db: Connection,
    at: datetime,
    wait: timedelta | None,
    outcome: str = "accepted",
    resolution: str | None = None,
    **columns: Any,
) -> None:
    """A handoff whose wait ended so after ``wait``; ``None``: it is waiting."""
    ended = None if wait is None else at + wait
    _insert(
        db,
        "handoff",
        {
            "requested_at": at,
            "bot": "support",
            "handoff_id": f"h{next(_NUMBERS)}",
            "channel": "web",
            "ended_wait_at": ended,
            "wait_outcome": outcome if wait is not None else "waiting",
            f"{outcome}_at": ended,
            "outcome": resolution,
            "reason": "other",
            "intents_before": [],
            "test": False,
            "definition_version": 1,
            **_of_session(
                db,
                columns,
                {**_ENTRY, "session_intent": "intent", "user_kind": "user_kind"},
            ),
            **columns,
        },
    )


def cta(
    db: Connection,
    start: datetime,
    key: uuid.UUID,
    id: str,
    impressions: int,
    clicks: int,
    **columns: Any,
) -> None:
    """What a session saw and clicked of one CTA."""
    _insert(
        db,
        "session_cta",
        {
            "session_start": start,
            "session_key": key,
            "bot": "support",
            "channel": "web",
            "conversation_id": "c1",
            "cta_id": id,
            "impressions": impressions,
            "clicks": clicks,
            "unattributed_clicks": 0,
            "base": True,
            "test": False,
            **columns,
        },
    )


def node(
    db: Connection, start: datetime, key: uuid.UUID, id: str, **columns: Any
) -> None:
    """A node shown once in a session, and not its last."""
    _insert(
        db,
        "session_node",
        {
            "session_start": start,
            "session_key": key,
            "bot": "support",
            "channel": "web",
            "conversation_id": "c1",
            "node_id": id,
            "times_shown": 1,
            "first_at": start,
            "is_last": False,
            "base": True,
            "test": False,
            **columns,
        },
    )


def feedback(db: Connection, start: datetime, key: uuid.UUID, **columns: Any) -> None:
    """A rating of five that was asked for, without the request's own row."""
    _insert(
        db,
        "feedback",
        {
            "session_start": start,
            "session_key": key,
            "bot": "support",
            "channel": "web",
            "conversation_id": "c1",
            "uid": uuid.UUID(int=next(_NUMBERS)),
            "at": start,
            "is_request": False,
            "name": "csat",
            "paired": True,
            "score": 5.0,
            "verdict": 1,
            "base": True,
            "test": False,
            **columns,
        },
    )


def goal(
    db: Connection, start: datetime, key: uuid.UUID, id: str, **columns: Any
) -> None:
    """A goal reached in a session, at its start."""
    _insert(
        db,
        "goal",
        {
            "session_start": start,
            "session_key": key,
            "bot": "support",
            "channel": "web",
            "conversation_id": "c1",
            "uid": uuid.UUID(int=next(_NUMBERS)),
            "at": start,
            "goal_id": id,
            "kind": "other",
            "base": True,
            "test": False,
            **columns,
        },
    )


def assignment(
    db: Connection, at: datetime, user: str, variant: str, **columns: Any
) -> None:
    """A user's first assignment to a variant of an experiment."""
    _insert(
        db,
        "assignment",
        {
            "bot": "support",
            "experiment": "greeting",
            "user_key": user,
            "variant": variant,
            "first_at": at,
            "channel": "web",
            "test": False,
            **columns,
        },
    )


def user_day(db: Connection, day: Any, user: str, **columns: Any) -> None:
    """A user's local day."""
    _insert(
        db,
        "user_day",
        {
            "bot": "support",
            "day": day,
            "user_key": user,
            "channel": "web",
            "environment": "",
            "version": "",
            "variant": "",
            "locale": "",
            "test": False,
            "identified": True,
            "user_turns": 1,
            **columns,
        },
    )


def first_seen(db: Connection, user: str, at: datetime, **columns: Any) -> None:
    """When a user wrote first."""
    _insert(
        db,
        "user_first_seen",
        {
            "bot": "support",
            "user_key": user,
            "test": False,
            "first_time": at,
            **columns,
        },
    )


def _of_session(
    db: Connection, columns: Mapping[str, Any], named: Mapping[str, str]
) -> dict[str, str]:
    """What a row knows of the session whose key is among its columns, by column."""
    found = db.execute(
        sql.SQL("SELECT {} FROM _turnspan.session WHERE session_key = %s").format(
            sql.SQL(", ").join(map(sql.Identifier, named.values()))
        ),
        (columns.get("session_key"),),
    ).fetchone()
    values = found or (None,) * len(named)
    return {name: value or "" for name, value in zip(named, values, strict=True)}


def _insert(db: Connection, table: str, values: Mapping[str, Any]) -> None:
    db.execute(
        sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            sql.Identifier("_turnspan", table),
            sql.SQL(", ").join(map(sql.Identifier, values)),
            sql.SQL(", ").join(map(sql.Placeholder, values)),
        ),
        values,
    )
