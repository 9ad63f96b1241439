"""Texts have a table of their own: each once, in no other table, and not for long."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from tests.support.chat import Chat

from turnspan import conventions as names
from turnspan_exporters.exporter import Count, Stored
from turnspan_exporters.records import Batch
from turnspan_exporters.timescale import TimescaleExporter, is_timescale, settings
from turnspan_exporters.timescale._refresh import drop_old

Connection = psycopg.Connection[Any]
UID = b"u" * 16
NOW = datetime.now(UTC)


@pytest.fixture
def exporter(migrated_dsn: str) -> Iterator[TimescaleExporter]:
    opened = TimescaleExporter(migrated_dsn, migrates=False)
    opened.open()
    yield opened
    opened.close()


def _message(*texts: str, base: datetime | None = None, **of: Any) -> Batch:
    chat = Chat() if base is None else Chat(base=base)
    talk = chat.talk("c1", user="u1")
    talk.message(1, turn="t1", uid=UID)
    for text in texts:
        talk.said(1, names.MESSAGE_TEXT, text, "t1", uid=UID, **of)
    return chat.batch()


def _texts(db: Connection) -> list[tuple[Any, ...]]:
    return db.execute("SELECT text FROM _turnspan.content ORDER BY text").fetchall()


def test_a_text_is_stored_with_what_it_belongs_to(
    exporter: TimescaleExporter, db: Connection
) -> None:
    """Conversation, turn and record; a text is no item of its own in the counts."""
    chat = Chat()
    talk = chat.talk("c1", user="u1")
    trace = talk.turn(0, "t1", span_id=-2)
    talk.message(1, turn="t1", uid=UID)
    asked, heard = names.GEN_AI_INPUT_MESSAGES, names.MESSAGE_TEXT
    talk.said(0, asked, "[]", "t1", trace_id=trace, span_id=-2)
    talk.said(1, heard, "Where is it?", "t1", uid=UID)
    assert exporter.export([chat.batch()]) == Stored(Count(1), Count(1), Count())
    rows = db.execute(
        "SELECT time, bot, conversation_id, turn_id, trace_id, span_id, uid, "
        "attribute, text FROM _turnspan.content ORDER BY time"
    ).fetchall()
    of = ("support", "c1", "t1")
    (_, *span), (_, *event) = rows
    assert [row[0] for row in rows] == [chat.time(0), chat.time(1)]
    assert span[3].bytes == trace
    assert event[5].bytes == UID
    assert (*span[:3], *span[4:]) == (*of, -2, None, asked, "[]")
    assert (*event[:5], *event[6:]) == (*of, None, None, heard, "Where is it?")


def test_a_replay_adds_no_text(exporter: TimescaleExporter, db: Connection) -> None:
    """The record, the attribute and the ordinal tell that it is there."""
    exporter.export([_message("once")])
    exporter.export([_message("once"), _message("once")])
    assert _texts(db) == [("once",)]


def test_a_clamped_text_is_known_by_its_id(
    exporter: TimescaleExporter, db: Connection
) -> None:
    """Also where the record has the time of its receipt, which a replay changes."""
    for minute in (0, 1):
        base = NOW + timedelta(minutes=minute)
        exporter.export([_message("once", base=base, time_flags=1)])
    assert _texts(db) == [("once",)]


def test_a_refused_text_is_not_kept_elsewhere(
    exporter: TimescaleExporter, db: Connection
) -> None:
    """The dead letter says which it was, and not what it said."""
    batch = _message("secret\0words")
    assert exporter.export([batch]).events == Count(1)
    assert _texts(db) == []
    ((signal, payload),) = db.execute(
        "SELECT signal, payload FROM _turnspan.dead_letter"
    ).fetchall()
    assert (signal, payload["attribute"]) == ("texts", names.MESSAGE_TEXT)
    assert "secret" not in repr(payload)


def test_texts_go_after_their_retention(
    exporter: TimescaleExporter, db: Connection
) -> None:
    """After 30 days, or what content_retention says, and their records stay."""
    chunks = is_timescale(db)
    exporter.export([_message("new", base=NOW, id=b"n" * 16)])
    exporter.export([_message("old", base=NOW - timedelta(days=32), id=b"o" * 16)])
    _drop(db, timescale=chunks)
    assert _texts(db) == [("new",)]
    exporter.export([_message("older", base=NOW - timedelta(days=12), id=b"p" * 16)])
    _drop(db, timescale=chunks)
    assert _texts(db) == [("new",), ("older",)]
    settings.change(db, "", {"content_retention": "10d"})
    _drop(db, timescale=chunks)
    assert _texts(db) == [("new",)]
    assert db.execute("SELECT count(*) FROM _turnspan.event").fetchone() == (3,)


def _drop(db: Connection, *, timescale: bool) -> None:
    """What the policy does by the hour, or the worker."""
    drop_old(db, timescale=timescale)
    if timescale:
        ((job, every),) = db.execute(
            "SELECT job_id, schedule_interval FROM timescaledb_information.jobs "
            "WHERE hypertable_name = 'content'"
        ).fetchall()
        assert every == timedelta(hours=1)
        db.execute("CALL public.run_job(%s)", (job,))
