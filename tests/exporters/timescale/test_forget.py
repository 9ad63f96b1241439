"""Erasing: nothing of a user is left, nothing comes back, nobody else is changed."""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from tests.support.busy import busy, facts, numbers
from tests.support.chat import BASE, Chat, Talk, derived
from tests.support.postgres import Databases

from turnspan import conventions as names
from turnspan_exporters.exporter import Count
from turnspan_exporters.timescale import TimescaleExporter, Worker, settle
from turnspan_exporters.timescale._connection import connect
from turnspan_exporters.timescale._erase_subject import SubjectError
from turnspan_exporters.timescale._forget import Asked, forget

Connection = psycopg.Connection[Any]
SECRET = b"a secret of thirty-two characters"
START = BASE - timedelta(days=2)
END = BASE + timedelta(days=12)


def key(*parts: str) -> str:
    """As the bots key an id."""
    return hmac.digest(SECRET, "\0".join(parts).encode(), hashlib.sha256).hex()


ZOE = key("web", "zoe-4711-0815")
BOB = key("web", "bob-1234-5678")


@pytest.fixture
def other_dsn(databases: Databases, template_dsn: str) -> Iterator[str]:
    """A second migrated database."""
    made = databases.create(template_dsn)
    yield made
    databases.drop(made)


def _a_day(talk: Talk, id: str, at: float) -> None:
    """A turn with all that comes with one, in records that name the user or do not."""
    trace = talk.turn(at, f"{id}-turn-1", 2, intent_name="refund", node_id="offer")
    talk.message(at, turn=f"{id}-turn-1")
    talk.event(names.EVENT_CTA_IMPRESSION, at + 1, f"{id}-turn-1", cta_id="buy")
    talk.event(names.EVENT_CTA_CLICK, at + 2, f"{id}-turn-1", cta_id="buy")
    arm = {names.FEATURE_FLAG_KEY: "greeting"}
    talk.event(names.EVENT_FEATURE_FLAG_EVALUATION, at + 3, variant="a", attributes=arm)
    talk.event(names.EVENT_GOAL, at + 3, f"{id}-turn-1", goal_id="order")
    talk.rate(at + 4, 5, f"{id}-turn-1", kind="csat")
    talk.handoff("request", at + 5, f"{id}-handoff-1", turn=f"{id}-turn-1")
    nobody = Talk(talk.chat, {**talk.common, "user_key": None})
    nobody.message(at + 1, "bot", f"{id}-turn-1")
    alone = Talk(talk.chat, {"bot": talk.common["bot"], "conversation_id": None})
    alone.span(at + 0.1, None, 1, name="chat gpt", operation="chat", trace_id=trace,
               span_id=7, input_tokens=12, user_key=None)  # fmt: skip
    alone.handoff("accept", at + 60, f"{id}-handoff-1", user_key=None)
    alone.event("", at + 0.2, trace_id=trace, span_id=7, body="a plain log")


def _said(chat: Chat, user: str, id: str, bot: str = "support") -> None:
    talk = chat.talk(f"{id}-conversation", user=user, bot=bot)
    _a_day(talk, id, 100 * len(id))
    _a_day(chat.talk(f"{id}-later-conversation", user=user, bot=bot), f"{id}-b", 90000)


def world(*, zoe: bool = True) -> Chat:
    """Zoe, Bob, people of busy(), and a channel that Zoe and Bob share."""
    chat = busy(1)
    if zoe:
        _said(chat, ZOE, "zoe")
        _said(chat, ZOE, "zoe-sales", "sales")
    _said(chat, BOB, "bob")
    shared = "channel-of-both"
    for number in range(3):
        if zoe:
            talk = chat.talk(shared, user=ZOE)
            talk.turn(5000 + 100 * number, f"zoe-shared-{number}", 1)
            talk.message(5000 + 100 * number, "user", f"zoe-shared-{number}")
        talk = chat.talk(shared, user=BOB)
        talk.turn(5050 + 100 * number, f"bob-shared-{number}", 1)
    return chat


def everything(dsn: str) -> str:
    """All rows of all our tables as one text."""
    with psycopg.connect(dsn, options="-c timezone=UTC") as connection:
        found = connection.execute(
            "SELECT c.oid::regclass::text FROM pg_class c WHERE c.relkind = 'r' "
            "AND c.relnamespace::regnamespace::text IN ('_turnspan', 'turnspan')"
        ).fetchall()
        texts = []
        for (name,) in found:
            rows = connection.execute(f"SELECT t::text FROM {name} AS t")
            texts += [row for (row,) in rows]
    return "\n".join(texts)


def test_nothing_is_left(migrated_dsn: str, other_dsn: str) -> None:
    """No table says the user; all others' rows and numbers are as without the user."""
    derived(migrated_dsn, world())
    derived(other_dsn, world(zoe=False))
    assert ZOE in everything(migrated_dsn)
    done = forget(migrated_dsn, Asked(ZOE))
    left = everything(migrated_dsn)
    assert ZOE not in left
    assert "zoe-" not in left
    assert done["search"]["rows_left"] == {}
    assert done["conversations"] == {"erased": 4, "shared_with_others": 1}
    settle(migrated_dsn)
    assert facts(migrated_dsn) == facts(other_dsn)
    assert numbers(migrated_dsn, START, END) == numbers(other_dsn, START, END)


def _visits(dsn: str) -> tuple[list[Any], list[Any]]:
    """The stored counts of visits, and what they answer by day, week and month."""
    with psycopg.connect(dsn, options="-c timezone=UTC") as connection:
        stored = connection.execute(
            "SELECT * FROM _turnspan.visit ORDER BY dimension, day, bot, value"
        ).fetchall()
        answers = [
            connection.execute(
                'SELECT bucket, "group"::text, value, k, n FROM turnspan.metric('
                "%s, %s, %s, %s, '{bot}') ORDER BY 1, 2",
                (name, BASE - timedelta(days=40), BASE + timedelta(days=12), bucket),
            ).fetchall()
            for name in ("conversations", "sessions_per_user", "return_visit_rate")
            for bucket in ("day", "week", "month")
        ]
        weeks = BASE - timedelta(days=28 + BASE.weekday())
        monday = weeks.replace(hour=0)
        answers.append(
            connection.execute(
                'SELECT "group"::text, value, k, n '
                "FROM turnspan.metric('retention', %s, %s, 'week') ORDER BY 1",
                (monday, monday + timedelta(days=35)),
            ).fetchall()
        )
    return stored, answers


def test_stored_visits_are_counted_again(
    migrated_dsn: str, other_dsn: str, db: Connection
) -> None:
    """Nobody shares a day with the user: its counts are those without the user."""
    chat, without = Chat(), Chat()
    _said(chat, ZOE, "zoe")
    for each in (chat, without):
        _said(each, BOB, "bob", "sales")
    derived(migrated_dsn, chat)
    derived(other_dsn, without)
    before = _visits(migrated_dsn)
    expected = _visits(other_dsn)
    assert all(expected[1])
    assert before[0] != expected[0]
    assert before[1] != expected[1]
    forget(migrated_dsn, Asked(ZOE))
    assert _visits(migrated_dsn)[1] == expected[1]
    settle(migrated_dsn)
    assert db.execute("SELECT * FROM _turnspan.stale_visits()").fetchall() == []
    assert _visits(migrated_dsn) == expected


def test_it_counts_what_went(migrated_dsn: str) -> None:
    """The certificate says it by table; a dry run says the same and changes nothing."""
    derived(migrated_dsn, world())
    before = everything(migrated_dsn)
    dry = forget(migrated_dsn, Asked(ZOE), dry_run=True)
    assert everything(migrated_dsn) == before
    assert (dry["erasure"], dry["search"], dry["tombstones"]) == (None, None, 0)
    done = forget(migrated_dsn, Asked(ZOE))
    assert done["rows"] == dry["rows"]
    assert {
        k: done["rows"][k] for k in ("span", "event", "goal", "user_first_seen")
    } == {
        "span": 11,
        "event": 43,
        "goal": 4,
        "user_first_seen": 2,
    }
    assert done["erasure"] == 1
    assert done["tombstones"] > 8
    assert ZOE not in str(done)
    assert "zoe" not in str(done)


def test_a_raw_id_is_keyed_as_the_bots_key_it(
    migrated_dsn: str, db: Connection
) -> None:
    """By channel; private chats go by their own key, and plain logs that say the id."""
    chat = Chat()
    _said(chat, ZOE, "zoe")
    private = key("conversation", "telegram", "zoe-4711-0815")
    chat.talk(private, channel="telegram").turn(0, "private-turn", 1)
    by = key("telegram", "zoe-4711-0815")
    chat.talk("group-chat-of-many", user=by, channel="telegram").turn(
        0, "group-turn", 1
    )
    talk = chat.talk(None, channel=None)
    talk.event("", 0, body="login of zoe-4711-0815 failed")
    talk.span(0, None, name="GET", attributes={"user.id": "zoe-4711-0815"})
    talk.event("", 1, body="login of somebody failed")
    derived(migrated_dsn, chat)
    done = forget(migrated_dsn, Asked("zoe-4711-0815", is_raw=True, secret=SECRET))
    assert done["search"]["rows_left"] == {}
    rows = db.execute("SELECT body #>> '{}' FROM _turnspan.event").fetchall()
    assert rows == [("login of somebody failed",)]
    assert db.execute("SELECT count(*) FROM _turnspan.span").fetchall() == [(0,)]
    assert db.execute("SELECT count(*) FROM _turnspan.session").fetchall() == [(0,)]


def test_a_name_within_somebody_elses_row_is_blotted_out(
    migrated_dsn: str, db: Connection
) -> None:
    """The row is somebody else's and stays."""
    chat = Chat()
    _said(chat, ZOE, "zoe")
    chat.talk("bobs", user=BOB).turn(0, "bobs-turn", 1, attributes={"to": [ZOE]})
    derived(migrated_dsn, chat)
    done = forget(migrated_dsn, Asked(ZOE))
    assert done["search"]["rows_left"] == {}
    rows = db.execute("SELECT attributes FROM _turnspan.span").fetchall()
    assert rows == [({"to": ["erased"]},)]


def test_a_replay_brings_nothing_back(migrated_dsn: str) -> None:
    """Rows of the user, and those without a key that belong to them, are left out."""
    derived(migrated_dsn, world())
    forget(migrated_dsn, Asked(ZOE))
    settle(migrated_dsn)
    before = facts(migrated_dsn)
    exporter = TimescaleExporter(migrated_dsn, migrates=False)
    exporter.open()
    stored = exporter.export([world().batch()])
    exporter.close()
    settle(migrated_dsn)
    assert stored.spans.erased == 11
    assert stored.events.erased == 43
    assert stored.spans.inserted == stored.events.inserted == 0
    assert facts(migrated_dsn) == before
    assert "zoe-" not in everything(migrated_dsn)


def test_what_comes_later_is_new(migrated_dsn: str) -> None:
    """A tombstone keeps out what was there, not what the user does from now on."""
    derived(migrated_dsn, world())
    exporter = TimescaleExporter(migrated_dsn, migrates=False)
    exporter.open()
    forget(migrated_dsn, Asked(ZOE))
    chat = Chat(base=datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=1))
    chat.talk("zoe-conversation", user=ZOE).turn(0, "zoe-new", 1)
    assert exporter.export([chat.batch()]).spans == Count(inserted=1)
    exporter.close()


def test_it_can_be_asked_again(migrated_dsn: str, db: Connection) -> None:
    """Nothing more goes; both times are on record, and neither says whom."""
    derived(migrated_dsn, world())
    first = forget(migrated_dsn, Asked(ZOE))
    again = forget(migrated_dsn, Asked(ZOE))
    assert (first["erasure"], again["erasure"]) == (1, 2)
    assert again["rows"] == {}
    assert again["search"]["rows_left"] == {}
    rows = db.execute("SELECT id, state, bots FROM turnspan.erasures").fetchall()
    assert sorted(rows) == [(1, "proven", []), (2, "proven", [])]


def test_one_bot_is_one_bot(migrated_dsn: str, db: Connection) -> None:
    """Other bots keep the user, and take what comes."""
    derived(migrated_dsn, world())
    done = forget(migrated_dsn, Asked(ZOE, bots=["sales"]))
    assert done["search"]["rows_left"] == {}
    rows = db.execute(
        "SELECT DISTINCT bot FROM _turnspan.span WHERE user_key = %s", (ZOE,)
    ).fetchall()
    assert rows == [("support",)]


def test_it_runs_beside_ingest_and_derivation(migrated_dsn: str) -> None:
    """What arrives meanwhile, with the user's key or without, does not stay."""
    derived(migrated_dsn, world())
    stop = threading.Event()
    worker = threading.Thread(target=Worker(migrated_dsn).run, args=(stop,))
    writer = threading.Thread(target=_again_and_again, args=(migrated_dsn, stop))
    worker.start()
    writer.start()
    try:
        done = forget(migrated_dsn, Asked(ZOE))
    finally:
        stop.set()
        worker.join()
        writer.join()
    settle(migrated_dsn)
    assert done["search"]["rows_left"] == {}
    assert "zoe-" not in everything(migrated_dsn)


def _again_and_again(dsn: str, stop: threading.Event) -> None:
    exporter = TimescaleExporter(dsn, migrates=False)
    exporter.open()
    number = 0
    while not stop.is_set():
        number += 1
        chat = Chat()
        _a_day(chat.talk("zoe-conversation", user=ZOE), f"zoe-{number}", 100.0 * number)
        exporter.export([chat.batch()])
    exporter.close()


def test_dead_letters_and_texts_go(migrated_dsn: str, db: Connection) -> None:
    """What was refused, and what was said."""
    chat = Chat()
    talk = chat.talk("zoe-conversation", user=ZOE)
    uid = talk.message(0, turn="zoe-turn-1")
    talk.said(0, "body", "my name is Zoe", "zoe-turn-1", uid=uid)
    talk.turn(1, "zoe-turn-2", 1, status_message="a\0b", attributes={"about": ZOE})
    bob = chat.talk("bob-conversation", user=BOB)
    uid = bob.message(0, turn="bob-turn-1")
    bob.said(0, "body", "my name is Bob", "bob-turn-1", uid=uid)
    derived(migrated_dsn, chat)
    assert db.execute("SELECT count(*) FROM _turnspan.dead_letter").fetchall() == [(1,)]
    done = forget(migrated_dsn, Asked(ZOE))
    assert (done["rows"]["dead_letter"], done["rows"]["content"]) == (1, 1)
    rows = db.execute("SELECT text FROM _turnspan.content").fetchall()
    assert rows == [("my name is Bob",)]


@pytest.mark.usefixtures("timescale")
def test_compressed_rows_go_too(migrated_dsn: str, db: Connection) -> None:
    """From the columnstore, opening only the batches that hold some."""
    derived(migrated_dsn, world())
    for table in ("span", "event", "turn", "session"):
        for (chunk,) in db.execute(
            f"SELECT show_chunks('_turnspan.{table}')::text"
        ).fetchall():
            db.execute(f"CALL convert_to_columnstore('{chunk}')")
    done = forget(migrated_dsn, Asked(ZOE))
    assert done["search"]["rows_left"] == {}
    assert "zoe-" not in everything(migrated_dsn)


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (Asked(""), "user: it has 0 characters; give 1 to 1000"),
        (Asked("4711", is_raw=True), "set TURNSPAN_USER_KEY to it"),
        (Asked(ZOE, bots=["nobody"]), 'bot: "nobody" never sent anything'),
    ],
)
def test_nobody_can_be_told_by_that(
    migrated_dsn: str, asked: Asked, sentence: str
) -> None:
    """A sentence says what to give instead."""
    with pytest.raises(SubjectError, match=sentence):
        forget(migrated_dsn, asked)
    with connect(migrated_dsn) as connection:
        rows = connection.execute("SELECT count(*) FROM _turnspan.erasure").fetchall()
    assert rows == [(0,)]
