"""The reading side: timelines, the newest turns, bots; and what it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from tests.support import derived_rows
from tests.support.chat import BASE, Chat, derived

from turnspan import conventions as names
from turnspan_exporters.errors import Overloaded, Retryable
from turnspan_exporters.timescale import settings
from turnspan_exporters.timescale._timeline import TEXT_CHARS_MAX
from turnspan_exporters.timescale.reader import BadQuestion, Reader
from turnspan_exporters.timescale.reader_rows import (
    Annotation,
    Bot,
    MetricRow,
    TailEvent,
    Text,
)


@pytest.fixture
def reader(migrated_dsn: str) -> Iterator[Reader]:
    """A reader of the test's database."""
    with Reader(migrated_dsn) as reader:
        yield reader


def test_a_metric_as_rows(reader: Reader, db: psycopg.Connection[Any]) -> None:
    """Whole counts are whole numbers; buckets have the bots' offset."""
    db.execute("INSERT INTO _turnspan.bot (name) VALUES ('support')")
    settings.change(db, "support", {"timezone": "Asia/Kolkata"})
    derived_rows.session(db, BASE)
    day = BASE.astimezone(reader.zone(["support"])).replace(hour=0, minute=0)
    end = day + timedelta(days=1)
    rows = reader.metric(
        "handoff_rate", day, end, "day", ["channel"], {"bot": "support"}
    )
    assert [replace(row, high=None) for row in rows] == [
        MetricRow(day, {"channel": "web"}, 0.0, 0, 1, 0.0, None, False)
    ]
    assert rows[0].high == pytest.approx(0.7934506856227626)
    assert rows[0].bucket is not None
    assert rows[0].bucket.utcoffset() == timedelta(hours=5, minutes=30)


def test_a_conversation_in_order_of_time(reader: Reader, migrated_dsn: str) -> None:
    """Turns and events, also of a handoff that another process closed by id alone."""
    chat = Chat()
    talk = chat.talk("c1", user="u1")
    talk.turn(0, "t1", lasts=2, intent_name="refund", intent_confidence=0.4)
    talk.handoff("request", 3, turn="t1", reason="low_confidence")
    chat.talk(None).handoff("accept", 63)
    talk.rate(90, 1.0, turn="t1")
    talk.turn(7200, "t2")
    derived(migrated_dsn, chat)
    found = reader.conversation("c1")
    assert found is not None
    assert (found.bot, found.bots, found.channel) == ("support", ["support"], "web")
    assert [(item.time - BASE, item.kind, item.name) for item in found.items] == [
        (timedelta(seconds=0), "turn", "turn"),
        (timedelta(seconds=3), "event", names.EVENT_HANDOFF_REQUEST),
        (timedelta(seconds=63), "event", names.EVENT_HANDOFF_ACCEPT),
        (timedelta(seconds=90), "event", names.EVENT_FEEDBACK),
        (timedelta(seconds=7200), "turn", "turn"),
    ]
    assert found.items[0].detail["intent_name"] == "refund"
    assert found.items[1].detail == {
        names.HANDOFF_ID: "h1",
        names.HANDOFF_REASON: "low_confidence",
    }
    assert [one.accepted_at for one in found.handoffs] == [chat.time(63)]
    assert not found.truncated
    assert reader.conversation("c2") is None
    assert reader.conversation("c1", "sales") is None


def test_a_conversation_with_its_words(reader: Reader, migrated_dsn: str) -> None:
    """An event has its own; a turn its trace's, and its end's; a long one begins."""
    chat = Chat(base=datetime.now(UTC) - timedelta(days=1))
    talk = chat.talk("c1", user="u1")
    heard, asked, prompt = (
        names.MESSAGE_TEXT, names.GEN_AI_INPUT_MESSAGES, "gen_ai.prompt",
    )  # fmt: skip
    uids = [bytes([at]) * 16 for at in range(2)]
    unnamed = talk.turn(0, trace_id=b"t" * 16, span_id=-1)
    talk.said(0, asked, "one", trace_id=unnamed, span_id=-1)
    named = talk.turn(10, "t2")
    talk.said(10, prompt, "two", trace_id=named, span_id=2)
    talk.said(10, asked, "x" * (TEXT_CHARS_MAX + 1), "t2", uid=uids[0])
    talk.message(11, turn="t2", uid=uids[1])
    talk.said(11, heard, "three", "t2", uid=uids[1])
    chat.talk("c2").said(11, heard, "another's")
    chat.talk("c1", bot="sales").said(11, heard, "another's")
    long_ago = -timedelta(days=30).total_seconds()
    talk.event(names.EVENT_VIEW, long_ago, uid=b"o" * 16)
    talk.said(long_ago, heard, "gone", uid=b"o" * 16)
    derived(migrated_dsn, chat)
    found = reader.conversation("c1", "support")
    assert found is not None
    assert [(item.kind, item.text) for item in found.items] == [
        ("event", ()),
        ("turn", (Text(asked, "one"),)),
        ("turn", (Text(asked, "x" * TEXT_CHARS_MAX + "…"), Text(prompt, "two"))),
        ("event", (Text(heard, "three"),)),
    ]


def test_two_bots_may_know_one_id(reader: Reader, migrated_dsn: str) -> None:
    """Unless one is named it is that of the bot that was active last."""
    chat = Chat()
    chat.talk("c1", bot="support").turn(0, "t1")
    chat.talk("c1", bot="sales").turn(60, "t2")
    derived(migrated_dsn, chat)
    for asked, bot, turn in ((None, "sales", "t2"), ("support", "support", "t1")):
        found = reader.conversation("c1", asked)
        assert found is not None
        assert (found.bot, found.bots) == (bot, ["sales", "support"])
        assert [item.turn_id for item in found.items] == [turn]


def test_the_newest_turns_come_once_each(
    reader: Reader, db: psycopg.Connection[Any]
) -> None:
    """A turn that arrives late by a minute is shown too; none is shown twice."""
    for second in (0, 10, 20):
        derived_rows.turn(db, BASE + timedelta(seconds=second), turn_id=f"t{second}")
    first = reader.tail(limit=2)
    assert [turn.turn_id for turn in first.turns] == ["t20", "t10"]
    assert reader.tail(first.cursor).turns == []
    derived_rows.turn(db, BASE - timedelta(seconds=40), turn_id="late")
    derived_rows.turn(db, BASE + timedelta(seconds=30), turn_id="new")
    derived_rows.turn(db, BASE + timedelta(seconds=31), turn_id="test", test=True)
    later = reader.tail(first.cursor)
    assert [turn.turn_id for turn in later.turns] == ["new", "late"]
    assert reader.tail(later.cursor).turns == []
    assert reader.tail(None, bots=["sales"]).turns == []


def test_a_turn_that_goes_by_tells_its_events(
    reader: Reader, migrated_dsn: str
) -> None:
    """Handoffs, clicks, goals and ratings of the turn, by time, with what matters."""
    chat = Chat()
    talk = chat.talk("c1", user="u1")
    talk.turn(0, "t1", lasts=5)
    talk.turn(60, "t2")
    talk.message(1, "bot", turn="t1")
    talk.event(names.EVENT_CTA_CLICK, 2, "t1", cta_id="buy")
    talk.handoff("request", 3, turn="t1", reason="policy")
    derived(migrated_dsn, chat)
    found = {turn.turn_id: turn.events for turn in reader.tail().turns}
    assert found == {
        "t1": [
            TailEvent(names.EVENT_CTA_CLICK, "buy"),
            TailEvent(names.EVENT_HANDOFF_REQUEST, "policy"),
        ],
        "t2": [],
    }


def test_bots_and_annotations(reader: Reader, migrated_dsn: str) -> None:
    """A bot has the channels and environments it was seen with."""
    chat = Chat()
    chat.talk("c1", environment="prod").turn(0, "t1")
    chat.talk("c2", channel="slack").turn(5, "t2")
    chat.talk(None, channel=None).event(
        names.EVENT_ANNOTATION,
        7,
        attributes={names.ANNOTATION_TEXT: "v2", names.ANNOTATION_KIND: "release"},
    )
    derived(migrated_dsn, chat)
    assert reader.bots() == [
        Bot("support", ["slack", "web"], ["prod"], "UTC", chat.time(5))
    ]
    assert reader.annotations(chat.time(0), chat.time(60)) == [
        Annotation(chat.time(7), "support", "v2", "release")
    ]
    assert reader.annotations(chat.time(0), chat.time(7)) == []
    fresh = reader.freshness()
    assert (fresh.last_turn, fresh.lag_s) == (chat.time(5), 0)


def test_conversations_page_by_page(
    reader: Reader, db: psycopg.Connection[Any]
) -> None:
    """The latest first, each page before the last one's end."""
    for hour in range(3):
        derived_rows.session(
            db, BASE + timedelta(hours=hour), conversation_id=f"c{hour}"
        )
    page = reader.conversations(limit=2)
    assert [one.conversation_id for one in page] == ["c2", "c1"]
    page = reader.conversations(before=page[-1].start_time, limit=2)
    assert [one.conversation_id for one in page] == ["c0"]
    assert reader.conversations(outcomes=["escalated"]) == []


def test_what_it_refuses(reader: Reader) -> None:
    """A bad question is not the database's fault, and the sentence says whose."""
    with pytest.raises(BadQuestion, match='there is no metric "nope"'):
        reader.metric("nope", BASE, BASE + timedelta(days=1))
    with pytest.raises(BadQuestion, match="limit: 0 is not a number from 1 to 1000"):
        reader.tail(limit=0)
    for cursor in ("!", "AAAA", "AAAAAAAAAAAAAA"):
        with pytest.raises(BadQuestion, match="after: it must be a cursor"):
            reader.tail(cursor)


def test_a_question_that_takes_too_long_is_cut_off(
    migrated_dsn: str, db: psycopg.Connection[Any]
) -> None:
    """The statement timeout ends it with a sentence; the reader works on."""
    with Reader(migrated_dsn, statement_timeout_s=0.2) as reader:
        with db.transaction():
            db.execute("LOCK TABLE _turnspan.session IN ACCESS EXCLUSIVE MODE")
            with pytest.raises(Overloaded, match=r"longer than 0\.2 s while asking"):
                reader.metric("sessions", BASE, BASE + timedelta(days=1))
        assert len(reader.metric("sessions", BASE, BASE + timedelta(days=1))) == 1


def test_the_reader_cannot_write(reader: Reader, db: psycopg.Connection[Any]) -> None:
    """Its transactions are read-only; settings go over another connection."""
    assert reader.settings("support")["timezone"] == "UTC"
    assert reader.change_settings("support", {"timezone": "UTC"})["timezone"] == "UTC"
    with reader._ask("trying") as connection:
        shown = connection.execute("SHOW default_transaction_read_only").fetchone()
        assert shown == ("on",)


def test_a_database_that_is_away_is_retryable() -> None:
    """No server at this address: a sentence, within the pool's patience."""
    reader = Reader("host=127.0.0.1 port=1 dbname=none connect_timeout=1")
    reader._pool.timeout = 0.5
    with reader, pytest.raises(Retryable, match="The database is away"):
        reader.bots()
