"""Names that would be SQL, sent by bots and asked for by readers, stay names."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import psycopg
import pytest
from tests.support import derived_rows

from turnspan_collector.api import create_app
from turnspan_exporters.timescale.reader import Reader

EVIL = "x'); DROP TABLE _turnspan.session; --\" {} %(a)s $1 \\"
URL = "/api/v1/metrics/sessions"
RANGE = {"from": "2026-03-02", "to": "2026-03-03"}


@pytest.fixture
async def client(migrated_dsn: str) -> AsyncIterator[httpx.AsyncClient]:
    reader = Reader(migrated_dsn)
    transport = httpx.ASGITransport(create_app(reader))
    with reader:
        async with httpx.AsyncClient(
            transport=transport, base_url="http://localhost"
        ) as made:
            yield made


async def test_values_are_compared_and_not_executed(
    client: httpx.AsyncClient, db: psycopg.Connection[Any]
) -> None:
    """As filters, groups, ids and parts of paths."""
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    for channel in (EVIL, "web"):
        derived_rows.session(db, at, channel=channel)
    answer = await client.get(URL, params={**RANGE, "channel": EVIL})
    assert [row["value"] for row in answer.json()["rows"]] == [1]
    answer = await client.get(URL, params={**RANGE, "by": "channel"})
    groups = {row["group"]["channel"] for row in answer.json()["rows"]}
    assert groups == {EVIL, "web"}
    answer = await client.get("/api/v1/turns", params={"bot": EVIL})
    assert answer.status_code == 200
    answer = await client.get(f"/api/v1/conversations/{EVIL}")
    assert answer.status_code == 404
    assert db.execute("SELECT count(*) FROM _turnspan.session").fetchone() == (2,)


@pytest.mark.parametrize("name", ["by", "bucket", "from", EVIL])
async def test_names_are_those_that_are_known(
    client: httpx.AsyncClient, name: str
) -> None:
    """A dimension, a bucket or a parameter of another name is refused."""
    answer = await client.get(URL, params={**RANGE, name: EVIL})
    assert answer.status_code == 422
    assert "error" in answer.json()
