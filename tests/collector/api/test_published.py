"""The API's way to numbers that were shown before history was derived again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from tests.support.chat import BASE, Chat, derived

from turnspan_exporters.timescale import _recompute
from turnspan_exporters.timescale._connection import connect

DAY = f"{BASE:%Y-%m-%d}"
TO = f"{BASE + timedelta(days=1):%Y-%m-%d}"


async def test_it_answers_what_was_shown(
    client: httpx.AsyncClient, migrated_dsn: str
) -> None:
    """Each publication of a day, or the one of a time."""
    chat = Chat()
    talk = chat.talk("c1", user="u1")
    talk.turn(0, "t1", 1)
    talk.turn(2400, "t2", 1)
    derived(migrated_dsn, chat)
    before = datetime.now(UTC)
    with connect(migrated_dsn) as connection:
        id = _recompute.ask(
            connection, BASE - timedelta(days=2), values={"session_timeout": "1h"}
        )
    _recompute.run(migrated_dsn, id)
    url = f"/api/v1/metrics/sessions/published?from={DAY}&to={TO}&bot=support"
    answer = (await client.get(url)).json()
    [row] = answer["rows"]
    assert (answer["name"], answer["unit"]) == ("sessions", "sessions")
    assert before < datetime.fromisoformat(row.pop("published_at"))
    assert row.pop("parameters")["session_timeout"] == 1800
    assert row == {
        "bot": "support", "day": DAY, "timezone": "UTC", "group": {}, "value": 2,
        "k": None, "n": None, "low": None, "high": None, "definition_version": 1,
        "reason": "recompute session_timeout=3600.0",
    }  # fmt: skip
    for as_of, rows in ((before, 1), (datetime.now(UTC), 0)):
        answer = await client.get(f"{url}&as_of={as_of.isoformat()}")
        assert len(answer.json()["rows"]) == rows


@pytest.mark.parametrize(
    ("path", "status", "sentence"),
    [
        ("nothing/published", 404, "There is no metric"),
        ("sessions/published?colour=red", 422, '"colour" is no parameter here'),
        ("sessions/published?as_of=then", 422, 'as_of: "then" is no time of RFC 3339'),
        ("sessions/published?from=then", 422, 'from: "then" is neither a date'),
    ],
)
async def test_what_it_cannot_answer(
    client: httpx.AsyncClient, path: str, status: int, sentence: str
) -> None:
    """One sentence with the field and the value."""
    answer = await client.get(f"/api/v1/metrics/{path}")
    assert answer.status_code == status
    assert sentence in answer.json()["error"]
