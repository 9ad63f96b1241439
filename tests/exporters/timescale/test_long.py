"""A conversation of 100,000 turns: derived whole, and in small parts ever after."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from tests.support.chat import Chat, derived

from turnspan_exporters.timescale import _derive, settle

Connection = psycopg.Connection[Any]

TURNS = 100_000
OF_A_SESSION = 100
TURN_S = 60
DAY_S = 86_400
_SPREAD_DAYS = 300
_GAP_S = DAY_S * _SPREAD_DAYS * OF_A_SESSION / TURNS

_COPY = """
INSERT INTO _turnspan.event
SELECT (jsonb_populate_record(e, jsonb_build_object(
    'time', %(base)s::timestamptz + s.after,
    'uid', md5(s.number::text), 'turn_id', 't' || s.number))).*
FROM _turnspan.event e, (
    SELECT number, make_interval(secs => (number / %(of)s) * %(gap)s
        + number %% %(of)s * %(turn)s) AS after
    FROM generate_series(0, %(turns)s - 1) AS number) AS s
"""


def _stored(dsn: str, db: Connection) -> Chat:
    """One message a turn, in sessions of a hundred, over three hundred days."""
    chat = Chat()
    talk = chat.talk("c1", user="u1")
    talk.message(-20 * DAY_S, turn="first")
    derived(dsn, chat)
    values = {
        "base": chat.time(-_SPREAD_DAYS * DAY_S),
        "of": OF_A_SESSION,
        "gap": _GAP_S,
        "turn": TURN_S,
        "turns": TURNS,
    }
    db.execute(_COPY, values)
    db.execute("DELETE FROM _turnspan.event WHERE turn_id = 'first'")
    db.execute("TRUNCATE _turnspan.turn, _turnspan.session")
    db.execute(
        "INSERT INTO _turnspan.touched (bot, conversation_id, from_time, to_time) "
        "SELECT bot, conversation_id, min(time), max(time) FROM _turnspan.event "
        "GROUP BY bot, conversation_id"
    )
    return chat


def test_a_conversation_of_100_000_turns(
    migrated_dsn: str, db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What comes then is derived from the records around it, not from all."""
    chat = _stored(migrated_dsn, db)
    settle(migrated_dsn, timeout_s=600)
    counts = "SELECT count(*), sum(user_turns), max(user_turns) FROM _turnspan.session"
    assert db.execute(counts).fetchone() == (TURNS / OF_A_SESSION, TURNS, OF_A_SESSION)

    read: list[int] = []
    original = _derive._read

    def counted(*args: Any, **options: Any) -> int:
        read.append(original(*args, **options))
        return read[-1]

    monkeypatch.setattr(_derive, "_read", counted)
    talk = chat.talk("c1", user="u1")
    talk.turn(-150 * DAY_S, "new", 1)
    talk.rate(0, 1.0, "t5")
    derived(migrated_dsn, chat)
    assert db.execute(counts).fetchone() == (1000, TURNS + 1, OF_A_SESSION + 1)
    assert db.execute("SELECT sum(ratings) FROM _turnspan.session").fetchone() == (1,)
    assert sum(read) < 10 * OF_A_SESSION
