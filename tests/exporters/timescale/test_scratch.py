"""Working tables: empty between batches, and the same rows by kept or fresh plans."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from tests.support.chat import Chat

from turnspan_exporters.timescale import TimescaleExporter, _derive, _scratch
from turnspan_exporters.timescale._derive import Deriver
from turnspan_exporters.timescale._queries import steps

Connection = psycopg.Connection[Any]


@pytest.fixture
def deriver(migrated_dsn: str) -> Iterator[Deriver]:
    opened = Deriver(migrated_dsn)
    yield opened
    opened.close()


def _say(dsn: str, deriver: Deriver, rounds: int) -> None:
    exporter = TimescaleExporter(dsn, migrates=False)
    exporter.open()
    chat = Chat()
    for number in range(rounds):
        for conversation in ("c1", "c2"):
            talk = chat.talk(conversation, user=f"u{conversation}")
            talk.turn(60.0 * number, f"{conversation}-{number}", 1)
            talk.handoff("request", 60.0 * number + 1, f"{conversation}-h{number}")
        chat.talk(None).turn(60.0 * number, f"lone-{number}", 1)
        exporter.export([chat.batch()])
        while deriver.work():
            pass
    exporter.close()


def _left(connection: Connection) -> dict[str, int]:
    tables = [text.as_string().split()[3] for _, text in steps("tables")]
    found = {}
    for table in tables:
        row = connection.execute(f"SELECT count(*) FROM pg_temp.{table}").fetchone()
        found[table] = row[0] if row else -1
    return found


def test_a_batch_leaves_nothing_behind(migrated_dsn: str, deriver: Deriver) -> None:
    """Conversations, users, lone turns and a sweep: every working table is empty."""
    _say(migrated_dsn, deriver, 1)
    deriver.sweep(Chat().time(-60))
    left = _left(deriver.connection)
    assert left == dict.fromkeys(left, 0)
    assert {"claim", "rec", "orphan", "lone", "person", "label"} <= left.keys()


def test_plans_and_sweeps_decide_no_row(
    migrated_dsn: str,
    db: Connection,
    deriver: Deriver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With plans kept, or made anew and swept after each batch: the same rows."""
    tables = ("turn", "session", "handoff", "user_day", "user_first_seen")
    found = []
    for few in (_scratch.FEW_RECORDS, -1):
        if few < 0:
            monkeypatch.setattr(_scratch, "FEW_RECORDS", few)
            monkeypatch.setattr(_scratch, "FEW_KEYS", few)
            monkeypatch.setattr(_derive, "_SWEEP_AFTER", 1)
        raw = ("span", "event", "outcome_history")
        db.execute(
            "TRUNCATE " + ", ".join(f"_turnspan.{one}" for one in (*raw, *tables))
        )
        _say(migrated_dsn, deriver, 8)
        rows = {}
        for table in tables:
            query = f"SELECT to_jsonb(x)::text FROM _turnspan.{table} x"
            rows[table] = sorted(row[0] for row in db.execute(query).fetchall())
        found.append(rows)
    assert found[0] == found[1]
    assert [len(rows) for rows in found[0].values()] == [24, 2, 16, 2, 2]
