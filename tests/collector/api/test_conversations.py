"""Conversations, the newest turns, bots and settings over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
from tests.support import derived_rows
from tests.support.chat import BASE, Chat, derived

from turnspan import conventions as names
from turnspan_collector.api import create_app
from turnspan_exporters.timescale.reader import Reader


async def test_a_timeline(client: httpx.AsyncClient, migrated_dsn: str) -> None:
    """Sessions, handoffs and items by time; an id with slashes is found too."""
    chat = Chat()
    chat.talk("team/a b", user="u1").turn(0, "t1", lasts=2, intent_name="refund")
    derived(migrated_dsn, chat)
    answer = await client.get("/api/v1/conversations/team/a%20b")
    body = answer.json()
    at, end = (BASE + timedelta(seconds=s) for s in (0, 2))
    assert {**body, "sessions": [one["outcome"] for one in body["sessions"]]} == {
        "conversation_id": "team/a b",
        "bot": "support",
        "bots": ["support"],
        "channel": "web",
        "sessions": ["resolved_implied"],
        "handoffs": [],
        "items": [
            {
                "time": _text(at),
                "kind": "turn",
                "name": "turn",
                "turn_id": "t1",
                "end_time": _text(end),
                "detail": body["items"][0]["detail"],
            }
        ],
        "truncated": False,
    }
    assert body["items"][0]["detail"]["intent_name"] == "refund"
    answer = await client.get("/api/v1/conversations/none?bot=support")
    assert answer.status_code == 404
    assert answer.json() == {
        "error": 'There is no conversation "none" of the bot "support".'
    }


async def test_a_timeline_has_the_words_that_are_kept(
    client: httpx.AsyncClient, migrated_dsn: str
) -> None:
    """An item without any has no such field."""
    chat = Chat(base=datetime.now(UTC) - timedelta(days=1))
    talk = chat.talk("c1", user="u1")
    talk.turn(0, "t1", lasts=2)
    talk.said(1, names.MESSAGE_TEXT, "Hello", uid=talk.message(1, turn="t1"))
    derived(migrated_dsn, chat)
    items = (await client.get("/api/v1/conversations/c1")).json()["items"]
    assert [item.get("text") for item in items] == [
        None,
        [{"attribute": names.MESSAGE_TEXT, "text": "Hello"}],
    ]


async def test_the_list_has_pages(
    client: httpx.AsyncClient, db: psycopg.Connection[Any]
) -> None:
    """before of one answer asks for the next; the last has none."""
    for hour in range(3):
        derived_rows.session(
            db, BASE + timedelta(hours=hour), conversation_id=f"c{hour}"
        )
    answer = (await client.get("/api/v1/conversations?limit=2")).json()
    assert [one["conversation_id"] for one in answer["conversations"]] == ["c2", "c1"]
    answer = (
        await client.get(
            "/api/v1/conversations", params={"limit": 2, "before": answer["before"]}
        )
    ).json()
    assert [one["conversation_id"] for one in answer["conversations"]] == ["c0"]
    assert answer["before"] is None


async def test_the_newest_turns(
    client: httpx.AsyncClient, db: psycopg.Connection[Any]
) -> None:
    """The newest first, then what came after the cursor."""
    answer = (await client.get("/api/v1/turns")).json()
    assert (answer["turns"], answer["last_turn_at"]) == ([], None)
    derived_rows.turn(db, BASE, turn_id="t1", intent_name="refund")
    answer = (await client.get(f"/api/v1/turns?after={answer['cursor']}")).json()
    assert answer["turns"] == [
        {
            "turn_id": "t1",
            "time": _text(BASE),
            "end_time": _text(BASE + timedelta(seconds=1)),
            "bot": "support",
            "channel": "web",
            "conversation_id": "c1",
            "intent": "refund",
            "confidence": None,
            "outcome": "answered",
            "initiator": "user",
            "duration_s": 1.0,
            "first_response_s": None,
            "events": [],
        }
    ]
    assert answer["last_turn_at"] == _text(BASE)
    answer = (await client.get(f"/api/v1/turns?after={answer['cursor']}")).json()
    assert answer["turns"] == []
    answer = await client.get("/api/v1/turns?limit=5000")
    assert answer.json() == {
        "error": "limit: Input should be less than or equal to 500."
    }


async def test_bots_and_their_settings(
    client: httpx.AsyncClient, db: psycopg.Connection[Any]
) -> None:
    """Settings change all or none, and every number follows the time zone."""
    db.execute("INSERT INTO _turnspan.bot (name) VALUES ('support')")
    assert (await client.get("/api/v1/bots")).json() == {
        "bots": [
            {
                "name": "support",
                "channels": [],
                "environments": [],
                "timezone": "UTC",
                "last_turn": None,
            }
        ]
    }
    url = "/api/v1/bots/support/settings"
    values = {"timezone": "Europe/Berlin", "session_timeout": "45m"}
    changed = (await client.put(url, json=values)).json()
    assert changed == (await client.get(url)).json()
    assert changed["bot"] == "support"
    assert changed["settings"]["timezone"] == "Europe/Berlin"
    assert changed["settings"]["session_timeout"] == 2700
    for wrong, sentence in (
        (
            {"timezone": "UTC", "theta_alert": 2},
            "theta_alert=2 is outside 0 to 1.",
        ),
        ([1], "body: Input should be a valid dictionary."),
    ):
        answer = await client.put(url, json=wrong)
        assert (answer.status_code, answer.json()) == (422, {"error": sentence})
    assert (await client.get(url)).json() == changed


async def test_a_database_that_is_away_is_503() -> None:
    """With a sentence and a time to try again."""
    reader = Reader("host=127.0.0.1 port=1 dbname=none connect_timeout=1")
    reader._pool.timeout = 0.5
    transport = httpx.ASGITransport(create_app(reader))
    with reader:
        async with httpx.AsyncClient(
            transport=transport, base_url="http://localhost"
        ) as client:
            answer = await client.get("/api/v1/bots")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "1"
    assert answer.json()["error"].startswith("The database is away")


def _text(time: Any) -> str:
    return str(time.isoformat().replace("+00:00", "Z"))


async def test_a_value_that_no_database_holds_is_refused(
    client: httpx.AsyncClient,
) -> None:
    """U+0000 is the asker's fault, not the server's."""
    answer = await client.get("/api/v1/turns", params={"channel": "a\0b"})
    assert answer.status_code == 422
    assert "NUL" in answer.json()["error"]
