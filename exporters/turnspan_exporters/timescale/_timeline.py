"""A conversation's timeline: its turns and events, sessions and handoffs, by time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, LiteralString

import psycopg

from turnspan import conventions as names
from turnspan_exporters.records import PROMOTED_EVENT
from turnspan_exporters.timescale._queries import query
from turnspan_exporters.timescale.reader_rows import (
    Conversation,
    ConversationSession,
    Handoff,
    Item,
)

__all__ = ["ITEMS_MAX", "read"]

ITEMS_MAX: Final = 2000
"""The latest turns, and the latest events, that one timeline shows."""

Row = Mapping[str, Any]

_ATTRIBUTE_OF: Final = {one.column: one.attribute for one in PROMOTED_EVENT}
_TURN_ITEM: Final = ("turn_id", "start_time", "end_time")


def read(
    connection: psycopg.Connection[Any], conversation: str, bot: str | None
) -> Conversation | None:
    """Read it on a connection whose rows are dictionaries."""
    found = connection.execute(
        query("read_conversation_bots"), {"conversation": conversation}
    ).fetchall()
    bots = [row["name"] for row in found]
    of = bot or (bots[0] if bots else None)
    if of is None or of not in bots:
        return None
    key = {"bot": of, "conversation": conversation, "limit": ITEMS_MAX}
    sessions = _all(connection, "read_conversation_sessions", key)
    handoffs = _all(connection, "read_conversation_handoffs", key)
    turns = _all(connection, "read_conversation_turns", key)
    events = _all(
        connection,
        "read_conversation_events",
        {
            **key,
            "handoffs": [row["handoff_id"] for row in handoffs],
            "turn_end": names.EVENT_TURN_END,
        },
    )
    items = [*map(_of_turn, turns), *map(_of_event, events)]
    return Conversation(
        conversation_id=conversation,
        bot=of,
        bots=bots,
        channel=next((row["channel"] for row in reversed(sessions)), None),
        sessions=[ConversationSession(**row) for row in sessions],
        handoffs=[Handoff(**row) for row in handoffs],
        items=sorted(items, key=lambda item: (item.time, item.kind != "turn")),
        truncated=ITEMS_MAX in (len(turns), len(events)),
    )


def _all(
    connection: psycopg.Connection[Any], name: LiteralString, key: Row
) -> list[dict[str, Any]]:
    """The latest rows, the oldest of them first."""
    return connection.execute(query(name), key).fetchall()[::-1]


def _of_turn(row: Row) -> Item:
    detail = {
        key: value
        for key, value in row.items()
        if value is not None and key not in _TURN_ITEM
    }
    return Item(
        row["start_time"], "turn", "turn", row["turn_id"], row["end_time"], detail
    )


def _of_event(row: Row) -> Item:
    promoted = {
        _ATTRIBUTE_OF[key]: value
        for key, value in row.items()
        if value is not None and key in _ATTRIBUTE_OF and key != "turn_id"
    }
    return Item(
        row["time"],
        "event",
        row["name"],
        row["turn_id"],
        None,
        {**promoted, **(row["attributes"] or {})},
    )
