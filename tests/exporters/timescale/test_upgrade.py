"""From every earlier schema to today's: no row is lost, and numbers come out the same.

TURNSPAN_FAULTS=long starts from every schema; else from the first, the last, and some
between. Schemas that other wordings made are in tests/faults/test_upgrade.py.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.support.chat import Chat
from tests.support.earlier import MODE, columns_of, copy_rows, make, prefixes, rows_of
from tests.support.postgres import Databases

from turnspan import conventions as names
from turnspan_exporters.timescale import TimescaleExporter, migrate, settle
from turnspan_exporters.timescale._scripts import Script

GIVEN = Path(__file__).parents[2] / "data" / "given.sql"
LONG = os.environ.get("TURNSPAN_FAULTS") == "long"
EVERY = prefixes()
SOME = EVERY if LONG else [EVERY[0], *EVERY[2:-1:2], EVERY[-1]]
DERIVED = (
    "turn", "session", "handoff", "session_cta", "goal", "feedback", "session_node",
    "session_variant", "assignment", "user_day", "user_first_seen",
)  # fmt: skip
FORGOTTEN = {"touched", "touched_user", "touched_user_day", "touched_visit"}
ASKED = (
    "turns", "sessions", "containment", "fallback_rate", "handoff_rate",
    "response_latency", "csat", "ctr", "dau", "tokens",
)  # fmt: skip


def conversations() -> Chat:
    """What every derivation has something of."""
    chat = Chat()
    for number in range(1, 4):
        talk = chat.talk(f"c{number}", user=f"u{number}", node_id="menu")
        at = number * 5000
        said: dict[str, Any] = {"intent_name": "refund", "intent_confidence": 0.4}
        talk.turn(at, f"t{number}", locale="de", model="m", input_tokens=10, **said)
        talk.message(at, turn=f"t{number}")
        talk.message(at + 1, role="bot", turn=f"t{number}")
        talk.turn(at + 20, f"s{number}", outcome="fallback")
        talk.event(names.EVENT_CTA_IMPRESSION, at + 21, cta_id="buy")
        talk.event(names.EVENT_CTA_CLICK, at + 22, cta_id="buy")
        talk.event(names.EVENT_GOAL, at + 23, goal_id="sale")
        talk.event(names.EVENT_FEATURE_FLAG_EVALUATION, at + 24, variant="b",
                   attributes={names.FEATURE_FLAG_KEY: "greeting"})  # fmt: skip
        talk.rate(at + 25, 1.0)
    talk.handoff("request", at + 30, reason="asked")
    talk.handoff("accept", at + 90)
    return chat


@pytest.fixture(scope="module")
def today(databases: Databases, template_dsn: str) -> Iterator[str]:
    """A database of today's schema, ingested and derived by today's program."""
    dsn = databases.create(template_dsn)
    store(dsn, conversations())
    settle(dsn, timeout_s=60)
    with connected(dsn) as db:
        db.execute(GIVEN.read_bytes())
    settle(dsn, timeout_s=60)
    yield dsn
    databases.drop(dsn)


def connected(dsn: str) -> psycopg.Connection[Any]:
    return psycopg.connect(dsn, autocommit=True, options="-c timezone=UTC")


def store(dsn: str, chat: Chat) -> int:
    exporter = TimescaleExporter(dsn, migrates=False)
    exporter.open()
    stored = exporter.export([chat.batch()])
    exporter.close()
    return stored.spans.inserted + stored.events.inserted


@pytest.fixture
def earlier(dsn: str, today: str, once: Sequence[Script]) -> str:
    """A database at a schema of then, with the rows that it had columns for."""
    make(dsn, once)
    with connected(today) as source, connected(dsn) as target:
        before = columns_of(target)
        for table in before:
            if table not in FORGOTTEN:
                copy_rows(source, target, table)
        if "turn" not in before:
            target.execute(
                "INSERT INTO _turnspan.touched (bot, conversation_id, from_time, "
                "to_time) SELECT bot, conversation_id, min(time), max(time) FROM "
                "_turnspan.event WHERE conversation_id IS NOT NULL GROUP BY 1, 2"
            )
    return dsn


def everything(dsn: str, columns: dict[str, list[str]]) -> dict[str, Counter[str]]:
    with connected(dsn) as db:
        return {table: rows_of(db, table, names) for table, names in columns.items()}


def shape(dsn: str) -> dict[str, list[tuple[Any, ...]]]:
    """All that a schema is made of, in no order that its making gave it."""
    ours = "IN ('_turnspan', 'turnspan')"
    asked = {
        "columns": "SELECT table_schema, table_name, column_name, data_type, "
        "is_nullable, column_default FROM information_schema.columns "
        f"WHERE table_schema {ours}",
        "indexes": "SELECT tablename, indexdef FROM pg_indexes "
        f"WHERE schemaname {ours}",
        "constraints": "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) "
        f"FROM pg_constraint WHERE connamespace::regnamespace::text {ours}",
        "routines": "SELECT oid::regprocedure::text, md5(prosrc) FROM pg_proc "
        f"WHERE pronamespace::regnamespace::text {ours}",
        "triggers": "SELECT tgrelid::regclass::text, pg_get_triggerdef(oid) "
        "FROM pg_trigger WHERE NOT tgisinternal AND tgrelid::regclass::text "
        "LIKE '_turnspan.%'",
    }
    with connected(dsn) as db:
        return {
            name: sorted(db.execute(statement).fetchall(), key=repr)
            for name, statement in asked.items()
        }


def numbers(dsn: str) -> dict[str, list[tuple[Any, ...]]]:
    with connected(dsn) as db:
        return {
            metric: db.execute(
                "SELECT * FROM turnspan.metric(%s, now() - interval '30 days', now(), "
                "'day', '{}', '{}', '{}') ORDER BY 1",
                (metric,),
            ).fetchall()
            for metric in ASKED
        }


def named(once: Sequence[Script]) -> str:
    return once[-1].base[:4]


@pytest.mark.parametrize("once", SOME, ids=named)
def test_no_row_is_lost(earlier: str, today: str) -> None:
    """Each is there with its values, the schema is today's, and it stores."""
    with connected(earlier) as db:
        columns = columns_of(db)
    before = everything(earlier, columns)
    assert before["span"].total() > 3
    migrate(earlier)
    after = everything(earlier, columns)
    lost = {table: rows - after[table] for table, rows in before.items()}
    lost.pop("user_trailing_until", None)  # 0721 has all of it counted anew
    assert {table: rows for table, rows in lost.items() if rows} == {}
    assert shape(earlier) == shape(today)
    assert migrate(earlier) == []
    chat = Chat("new")
    chat.talk("c9").turn(0, "t9")
    assert store(earlier, chat) == 1


@pytest.mark.parametrize(
    "once", EVERY if LONG else [EVERY[0], EVERY[len(EVERY) // 2], EVERY[-1]], ids=named
)
def test_numbers_come_out_as_from_a_fresh_ingest(earlier: str, today: str) -> None:
    """What was derived then is as it is derived now, and so are the metrics."""
    migrate(earlier)
    settle(earlier, timeout_s=120)
    with connected(today) as db:
        columns = {
            table: names for table, names in columns_of(db).items() if table in DERIVED
        }
    derived = everything(today, columns)
    assert [*DERIVED] == [table for table in DERIVED if derived[table]]
    assert everything(earlier, columns) == derived
    assert numbers(earlier) == numbers(today)


def test_the_schemas_are_many() -> None:
    """The tests above start somewhere, and not from today."""
    assert len(EVERY) > (20 if MODE == "plain" else 40)
    assert all(once[0].base == "0001_raw.sql" for once in EVERY)
