"""Signals that name a turn which arrives after them end where the turn is."""

from __future__ import annotations

from typing import Any

import psycopg
from tests.support.chat import Chat

from turnspan import conventions as names
from turnspan_exporters.timescale import TimescaleExporter, settle

DAY_S = 86_400.0


def test_a_rating_moves_to_its_turn(
    migrated_dsn: str, db: psycopg.Connection[Any]
) -> None:
    """Credited to the last session at first, it leaves it when its turn arrives."""
    chat = Chat()
    talk = chat.talk("c1", user="u1")
    exporter = TimescaleExporter(migrated_dsn)
    exporter.open()

    def stored() -> list[bool]:
        exporter.export([chat.batch()])
        settle(migrated_dsn, 30)
        return [
            engaged
            for (engaged,) in db.execute(
                "SELECT engaged FROM _turnspan.session ORDER BY start_time"
            )
        ]

    talk.turn(0, "t1")
    assert stored() == [False]
    rating = {names.GEN_AI_EVALUATION_NAME: "thumbs", names.FEEDBACK_SCOPE: "turn"}
    talk.event(
        names.EVENT_FEEDBACK, 6 * DAY_S + 10, turn="t2", score=1.0, attributes=rating
    )
    assert stored() == [True]
    talk.turn(6 * DAY_S, "t2")
    assert stored() == [False, True]
    exporter.close()


def test_a_rating_leaves_a_later_session(
    migrated_dsn: str, db: psycopg.Connection[Any]
) -> None:
    """The turn it names may be older than the session it was credited to."""
    chat = Chat()
    talk = chat.talk("c1", user="u1")
    exporter = TimescaleExporter(migrated_dsn)
    exporter.open()
    rating = {names.GEN_AI_EVALUATION_NAME: "thumbs", names.FEEDBACK_SCOPE: "turn"}
    talk.turn(6 * DAY_S, "t2")
    talk.event(names.EVENT_FEEDBACK, 7 * DAY_S, turn="t1", score=1.0, attributes=rating)
    exporter.export([chat.batch()])
    settle(migrated_dsn, 30)
    talk.turn(0, "t1")
    exporter.export([chat.batch()])
    settle(migrated_dsn, 30)
    exporter.close()
    found = db.execute("SELECT engaged FROM _turnspan.session ORDER BY start_time")
    assert found.fetchall() == [(True,), (False,)]
