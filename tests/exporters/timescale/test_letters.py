"""Dead letters: a replay brings back the very row, once, or says why not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb
from tests.support.chat import Chat

from turnspan_exporters.exporter import Count
from turnspan_exporters.records import Batch
from turnspan_exporters.timescale import TimescaleExporter, letters
from turnspan_exporters.timescale._erase_subject import Asked
from turnspan_exporters.timescale._forget import forget

Connection = psycopg.Connection[Any]
TABLES = ("span", "event", "metric_point")


@pytest.fixture
def exporter(migrated_dsn: str) -> Iterator[TimescaleExporter]:
    opened = TimescaleExporter(migrated_dsn, migrates=False)
    opened.open()
    yield opened
    opened.close()


def one_of_each(at: float = 0) -> Batch:
    """A span and an event of one user with awkward values, and a point."""
    chat = Chat()
    talk = chat.talk("c1", user="u1", variant="b")
    awkward = {"a": [1, {"b": None}], "x": 0.1, "big": 2**63 - 1, "é": "\n", "no": ""}
    talk.turn(at, f"t{at}", 2.5, attributes=dict(awkward), input_tokens=7,
              events=[{"name": "e"}], intent_confidence=0.1 + 0.2)  # fmt: skip
    talk.message(at + 1, turn=f"t{at}", body={"text": ["…", None]})
    batch = chat.batch()
    point = {
        "uid": b"\x01" * 16, "time_ns": batch.received_ns, "start_ns": None,
        "name": "m", "unit": "s", "description": None, "kind": "histogram",
        "temporality": 2, "monotonic": None, "value": float("nan"), "int_value": None,
        "count": 2**64 - 1, "sum": 1.5, "min": float("inf"), "max": None,
        "detail": {"counts": [2**64 - 1]}, "exemplars": None, "flags": 0,
        "bot": "support", "attributes": {"a": 1}, "resource": 0, "scope": 0,
        "time_flags": 0, "original_times": {"start": "5"},
    }  # fmt: skip
    for name, value in point.items():
        getattr(batch.points, name).append(value)
    return batch


def refuse(db: Connection, on: bool) -> None:
    """Let the database refuse every row of a raw table, or none."""
    for table in TABLES:
        statement = (
            "ALTER TABLE {} ADD CONSTRAINT picky CHECK (false) NOT VALID"
            if on
            else "ALTER TABLE {} DROP CONSTRAINT picky"
        )
        db.execute(sql.SQL(statement).format(sql.Identifier("_turnspan", table)))


def rows(db: Connection) -> list[Any]:
    """Every raw row as text, without the ids of resources and scopes."""
    return [
        db.execute(
            sql.SQL("SELECT to_jsonb(t)::text FROM {} t ORDER BY 1").format(
                sql.Identifier("_turnspan", table)
            )
        ).fetchall()
        for table in TABLES
    ]


def touched(db: Connection) -> list[Any]:
    return db.execute(
        "SELECT bot, conversation_id, from_time, to_time FROM _turnspan.touched"
    ).fetchall()


def replayed(dsn: str, db: Connection) -> list[str]:
    return [one.result for one in letters.replay(dsn, letters.ids(db))]


def test_a_replayed_row_is_the_row_that_was_refused(
    exporter: TimescaleExporter, migrated_dsn: str, db: Connection
) -> None:
    """Column by column as if it had been stored at once, and derived as then."""
    exporter.export([one_of_each()])
    wanted, marks = rows(db), touched(db)
    for table in (*TABLES, "touched"):
        db.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier("_turnspan", table)))
    refuse(db, True)
    stored = exporter.export([one_of_each()])
    assert (stored.spans, stored.events, stored.points) == (Count(dead_lettered=1),) * 3
    db.execute("DELETE FROM _turnspan.touched")
    refuse(db, False)
    assert replayed(migrated_dsn, db) == ["stored"] * 3
    assert rows(db) == wanted
    ((first, last),) = {(min(a, c), max(b, d)) for (_, _, a, b), (_, _, c, d) in
                        [touched(db)]}  # fmt: skip
    assert [("support", "c1", first, last)] == marks
    assert letters.total(db) == 0


def test_what_is_refused_again_stays_with_the_new_reason(
    exporter: TimescaleExporter, migrated_dsn: str, db: Connection
) -> None:
    """In its place, and nothing of it is stored."""
    batch = one_of_each()
    batch.events.intent_confidence[0] = "high"  # type: ignore[call-overload]
    exporter.export([batch])
    db.execute("UPDATE _turnspan.dead_letter SET reason = 'of old'")
    (before,) = letters.letters(db)
    (outcome,) = letters.replay(migrated_dsn, [before.id])
    assert outcome == letters.Outcome(
        before.id, "refused", "Unreadable: column intent_confidence is no float"
    )
    (after,) = letters.letters(db)
    assert (after.id, after.received_at) == (before.id, before.received_at)
    assert after.reason == outcome.reason
    refuse(db, True)
    db.execute(
        "UPDATE _turnspan.dead_letter SET payload = payload || "
        """'{"intent_confidence": "0.5"}'"""
    )
    (outcome,) = letters.replay(migrated_dsn, [before.id])
    assert outcome.result == "refused"
    assert outcome.reason.startswith("CheckViolation: ")
    assert [one.reason for one in letters.letters(db)] == [outcome.reason]
    refuse(db, False)
    assert replayed(migrated_dsn, db) == ["stored"]


def test_what_came_meanwhile_is_a_duplicate(
    exporter: TimescaleExporter, migrated_dsn: str, db: Connection
) -> None:
    """The sender sent it again: the letter goes, and the row is there once."""
    refuse(db, True)
    exporter.export([one_of_each()])
    refuse(db, False)
    exporter.export([one_of_each()])
    before = rows(db)
    assert replayed(migrated_dsn, db) == ["duplicate"] * 3
    assert (rows(db), letters.total(db)) == (before, 0)


def test_rows_of_erased_users_do_not_come_back(
    exporter: TimescaleExporter, migrated_dsn: str, db: Connection
) -> None:
    """Not even from a letter that was written after the erasure looked."""
    exporter.export([one_of_each()])
    refuse(db, True)
    exporter.export([one_of_each(10)])
    kept = db.execute(
        "SELECT signal, payload FROM _turnspan.dead_letter WHERE signal <> 'points'"
    ).fetchall()
    forget(migrated_dsn, Asked("u1", False, None, (), ()))
    refuse(db, False)
    for signal, payload in kept:
        db.execute(
            "INSERT INTO _turnspan.dead_letter (received_at, signal, reason, payload) "
            "VALUES (now(), %s, 'x', %s)",
            (signal, Jsonb(payload)),
        )
    results = replayed(migrated_dsn, db)
    assert sorted(results) == ["duplicate", "erased", "erased"]  # points: nobody's
    assert db.execute("SELECT count(*) FROM _turnspan.span").fetchone() == (0,)


@pytest.mark.parametrize("user", [None, "u1"])
def test_what_could_not_be_derived_is_queued_again(
    migrated_dsn: str, db: Connection, user: str | None
) -> None:
    """As it was parked, with its attempts forgotten."""
    of = {"user_key": user} if user else {"conversation_id": "c1"}
    payload = {
        "id": 1, "shard": 3, "bot": "b", "from_time": "2026-01-01T00:00:00+00:00",
        "to_time": "2026-01-02T00:00:00+00:00", "attempts": 9, **of,
    }  # fmt: skip
    db.execute(
        "INSERT INTO _turnspan.dead_letter (received_at, signal, reason, payload) "
        "VALUES (now(), 'derivation', 'x', %s)",
        (Jsonb(payload),),
    )
    assert replayed(migrated_dsn, db) == ["queued"]
    table = "touched_user" if user else "touched"
    assert db.execute(
        sql.SQL("SELECT bot, attempts, to_time - from_time FROM {}").format(
            sql.Identifier("_turnspan", table)
        )
    ).fetchall() == [("b", 0, timedelta(days=1))]


def test_values_that_were_cut_are_not_made_up(
    exporter: TimescaleExporter, migrated_dsn: str, db: Connection
) -> None:
    """A letter is capped; what it lacks is named, and it stays."""
    refuse(db, True)
    batch = one_of_each()
    batch.spans.attributes[0] = {"long": "x" * 1_000_001}
    exporter.export([batch])
    refuse(db, False)
    found = {one.result: one.reason for one in letters.replay(migrated_dsn,
             letters.ids(db, "spans"))}  # fmt: skip
    assert found == {
        "refused": "Unreadable: columns were too long to be kept whole: attributes"
    }


def test_letters_that_are_not_there_are_gone(migrated_dsn: str, db: Connection) -> None:
    """Dropped or replayed by somebody else before."""
    assert [*letters.replay(migrated_dsn, [7])] == [letters.Outcome(7, "gone")]
    assert letters.drop(db, [7]) == 0


def test_a_letter_is_replayed_by_one_at_a_time(
    exporter: TimescaleExporter, migrated_dsn: str, db: Connection
) -> None:
    """What another holds is left to it."""
    refuse(db, True)
    exporter.export([one_of_each()])
    refuse(db, False)
    (id, *_) = letters.ids(db)
    with psycopg.connect(migrated_dsn) as other:
        other.execute(
            "SELECT FROM _turnspan.dead_letter WHERE id = %s FOR UPDATE", (id,)
        )
        assert [*letters.replay(migrated_dsn, [id])] == [letters.Outcome(id, "busy")]
    assert [*letters.replay(migrated_dsn, [id])] == [letters.Outcome(id, "stored")]
