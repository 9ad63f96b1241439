"""A conversation's timeline: its turns and events, sessions and handoffs, by time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from typing import Any, Final, LiteralString
from uuid import UUID

import psycopg

from turnspan import conventions as names
from turnspan_exporters.records import PROMOTED_EVENT
from turnspan_exporters.timescale._queries import query
from turnspan_exporters.timescale.reader_rows import (
    Conversation,
    ConversationSession,
    Handoff,
    Item,
    Text,
)

__all__ = ["ITEMS_MAX", "TEXT_CHARS_MAX", "read"]

ITEMS_MAX: Final = 2000
"""The latest turns, and the latest events, that one timeline shows."""

TEXT_CHARS_MAX: Final = 4000
"""Of a longer text the timeline shows the beginning."""

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
    chars = {"chars": TEXT_CHARS_MAX}
    texts = _all(connection, "read_conversation_texts", {**key, **chars})
    said = _by_item(texts, {row["uid"] for row in events})
    items = [_of_turn(row, said[row["turn_id"]]) for row in turns]
    items += [_of_event(row, said[row["uid"]]) for row in events]
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


def _by_item(
    texts: Sequence[Row], events: Set[UUID]
) -> Mapping[UUID | str, tuple[Text, ...]]:
    """By event if it is shown, else by turn."""
    said: defaultdict[UUID | str, tuple[Text, ...]] = defaultdict(tuple)
    for row in texts:
        item = row["uid"] if row["uid"] in events else row["turn_id"]
        if item is not None:
            said[item] += (Text(row["attribute"], row["text"]),)
    return said


def _of_turn(row: Row, said: tuple[Text, ...]) -> Item:
    detail = {
        key: value
        for key, value in row.items()
        if value is not None and key not in _TURN_ITEM
    }
    return Item(
        row["start_time"], "turn", "turn", row["turn_id"], row["end_time"], detail, said
    )


def _of_event(row: Row, said: tuple[Text, ...]) -> Item:
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
        said,
    )
