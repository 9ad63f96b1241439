"""Whoever changes sessions does so alone: a hypertable loses the second of two changes.

On TimescaleDB an UPDATE or DELETE that waits for another transaction's change of the
same row does nothing afterwards, where PostgreSQL looks at the row again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import psycopg
import pytest
from tests.support.chat import BASE, Chat, derived
from tests.support.running import eventually

from turnspan_exporters.timescale import TimescaleExporter, settle
from turnspan_exporters.timescale._derive import Deriver

Connection = psycopg.Connection[Any]
SESSIONS = (
    "SELECT conversation_id, ratings, next_start IS NOT NULL, finalised "
    "FROM _turnspan.session ORDER BY conversation_id"
)
WAITING = (
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
DAY = 86400.0


def _store(dsn: str, chat: Chat) -> None:
    exporter = TimescaleExporter(dsn, migrates=False)
    exporter.open()
    try:
        exporter.export([chat.batch()])
    finally:
        exporter.close()


@contextmanager
def _beginning(dsn: str, work: Callable[[Deriver], object]) -> Iterator[None]:
    """That work, by a deriver of its own, beside what is done meanwhile."""
    deriver = Deriver(dsn)
    thread = threading.Thread(target=work, args=(deriver,))
    thread.start()
    try:
        yield
    finally:
        thread.join(60)
        deriver.close()


def _waiting(db: Connection, count: int) -> None:
    def enough() -> bool:
        row = db.execute(WAITING).fetchone()
        return row is not None and row[0] >= count

    eventually(enough, 20)


@pytest.mark.parametrize(
    "first",
    [
        Deriver.users,
        lambda deriver: deriver.sweep(BASE.replace(year=2000)),
    ],
    ids=["users", "sweep"],
)
def test_a_rating_that_comes_while_a_session_is_changed(
    migrated_dsn: str, db: Connection, first: Callable[[Deriver], object]
) -> None:
    """It is counted, and what the other changed stays."""
    chat = Chat()
    chat.talk("c1", user="u1").turn(0, "t1")
    derived(migrated_dsn, chat)
    chat.talk("c2", user="u1").turn(7200, "t2")
    _store(migrated_dsn, chat)
    deriver = Deriver(migrated_dsn)
    deriver.conversations()
    deriver.close()
    db.execute("UPDATE _turnspan.session SET finalised = false")
    chat.talk("c1", user="u1").rate(60, 1.0)
    _store(migrated_dsn, chat)
    with ExitStack() as both, db.transaction():
        # The other one has changed the session, and is held up before it commits.
        db.execute("LOCK TABLE _turnspan.outcome_history IN EXCLUSIVE MODE")
        with psycopg.connect(migrated_dsn, autocommit=True) as look:
            both.enter_context(_beginning(migrated_dsn, first))
            _waiting(look, 1)
            both.enter_context(_beginning(migrated_dsn, Deriver.conversations))
            _waiting(look, 2)
    settle(migrated_dsn, timeout_s=60)
    deriver = Deriver(migrated_dsn)
    deriver.sweep(BASE.replace(year=2000))
    deriver.close()
    assert db.execute(SESSIONS).fetchall() == [
        ("c1", 1, True, True),
        ("c2", 0, False, True),
    ]


@pytest.mark.usefixtures("timescale")
def test_who_came_back_is_known_of_sessions_in_the_columnstore(
    migrated_dsn: str, db: Connection
) -> None:
    """Rows cannot be locked there; a late return is known all the same."""
    chat = Chat()
    chat.talk("c1", user="u1").turn(-10 * DAY, "t1")
    derived(migrated_dsn, chat)
    shown = db.execute("SELECT show_chunks('_turnspan.session')::text")
    for chunk in shown.fetchall():
        db.execute("CALL convert_to_columnstore(%s)", chunk)
    chat.talk("c2", user="u1").turn(-10 * DAY + 7200, "t2")
    derived(migrated_dsn, chat)
    letters = "SELECT count(*) FROM _turnspan.dead_letter"
    assert db.execute(letters).fetchone() == (0,)
    assert [row[2] for row in db.execute(SESSIONS)] == [True, False]
