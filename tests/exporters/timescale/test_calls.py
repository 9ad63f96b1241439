"""Calls of models belong to turns: by the turn's id, the conversation, the trace."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import psycopg
import pytest
from tests.support.chat import Chat, derived

Connection = psycopg.Connection[Any]
TRACE = bytes(range(16))
USED = (
    "SELECT turn_id, input_tokens, output_tokens FROM _turnspan.turn ORDER BY turn_id"
)


def _turn(chat: Chat, talk: str | None, at: float, turn: str, id: int) -> None:
    chat.talk(talk).turn(at, turn, 2, trace_id=TRACE, span_id=id, initiator="user")


def _call(
    chat: Chat, at: float, tokens: int, id: int, parent: int, **more: Any
) -> None:
    columns = {
        "talk": None,
        "operation": "chat",
        "name": "chat m",
        "input_tokens": tokens,
        "output_tokens": 1,
        "turn": None,
        **more,
    }
    chat.talk(columns.pop("talk"), channel=None).span(
        at,
        columns.pop("turn"),
        0.25,
        trace_id=TRACE,
        span_id=id,
        parent_span_id=parent,
        **columns,
    )


def _in_any_order(
    dsn: str, db: Connection, says: Sequence[Callable[[Chat], object]]
) -> list[tuple[Any, ...]]:
    """What turns used, whatever comes first; each time each record by itself."""
    found = []
    for order in itertools.permutations(says):
        db.execute(
            "TRUNCATE _turnspan.span, _turnspan.event, _turnspan.turn, "
            "_turnspan.session, _turnspan.user_day, _turnspan.user_first_seen"
        )
        chat = Chat()
        for say in order:
            say(chat)
            derived(dsn, chat)
        found.append(db.execute(USED).fetchall())
    assert all(one == found[0] for one in found), found
    return found[0]


@pytest.mark.parametrize("talk", ["c1", None])
def test_a_call_without_a_conversation_is_its_turns_by_the_trace(
    migrated_dsn: str, db: Connection, talk: str | None
) -> None:
    """Most libraries know neither conversation nor turn."""
    used = _in_any_order(
        migrated_dsn,
        db,
        [
            lambda chat: _turn(chat, talk, 0, "t1", 1),
            lambda chat: _call(chat, 0.5, 10, 2, 1),
            lambda chat: _call(chat, 1.0, 7, 3, 1),
        ],
    )
    assert used == [("t1", 17, 2)]


@pytest.mark.parametrize(("first", "second"), [("c1", "c2"), ("c1", None)])
def test_a_call_belongs_to_the_turn_that_began_last_before_it(
    migrated_dsn: str, db: Connection, first: str | None, second: str | None
) -> None:
    """Where one trace has turns of several conversations, none counts it twice."""
    used = _in_any_order(
        migrated_dsn,
        db,
        [
            lambda chat: _turn(chat, first, 0, "t1", 1),
            lambda chat: _turn(chat, second, 10, "t2", 2),
            lambda chat: _call(chat, 0.5, 10, 3, 1),
            lambda chat: _call(chat, 10.5, 7, 4, 2),
        ],
    )
    assert used == [("t1", 10, 1), ("t2", 7, 1)]


@pytest.mark.parametrize("talk", ["c1", None])
def test_a_call_without_a_conversation_may_name_its_turn(
    migrated_dsn: str, db: Connection, talk: str | None
) -> None:
    """Also from another trace."""
    used = _in_any_order(
        migrated_dsn,
        db,
        [
            lambda chat: _turn(chat, talk, 0, "t1", 1),
            lambda chat: chat.talk(None).span(
                0.5, "t1", operation="chat", name="chat m", input_tokens=5
            ),
        ],
    )
    assert used == [("t1", 5, None)]


@pytest.mark.parametrize("talk", ["c1", None])
def test_what_lies_between_two_calls_may_come_last(
    migrated_dsn: str, db: Connection, talk: str | None
) -> None:
    """A wrapper repeats what the call below it says, with an agent's span between."""
    used = _in_any_order(
        migrated_dsn,
        db,
        [
            lambda chat: _turn(chat, "c1", 0, "t1", 1),
            lambda chat: _call(chat, 0.5, 10, 2, 1, talk=talk),
            lambda chat: _call(
                chat, 0.5, 0, 3, 2, talk=talk, operation="execute_tool", name="tool"
            ),
            lambda chat: _call(chat, 0.6, 8, 4, 3, talk=talk),
        ],
    )
    assert used == [("t1", 8, 1)]


def test_a_call_of_another_bot_in_the_trace_is_not_the_turns(
    migrated_dsn: str, db: Connection
) -> None:
    """Bots may call each other."""
    chat = Chat()
    _turn(chat, "c1", 0, "t1", 1)
    other = Chat(bot="other")
    _call(other, 0.5, 10, 2, 1)
    derived(migrated_dsn, chat, other)
    assert db.execute(USED).fetchall() == [("t1", None, None)]
