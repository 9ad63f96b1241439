"""Two collectors on one database, and a migration under load: rows come once."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import psycopg
from tests.faults.conftest import Measure
from tests.support.running import running_collector
from tests.support.sender import check_identity, sending
from tests.support.watching import keeps_identity

from turnspan_exporters.timescale import migrate
from turnspan_exporters.timescale._scripts import SCHEMA

TURNS = "SELECT count(*), count(DISTINCT turn_id) FROM _turnspan.turn"


def one(connection: psycopg.Connection[Any], statement: str) -> tuple[Any, ...]:
    row = connection.execute(statement).fetchone()
    assert row is not None
    return tuple(row)


def test_the_same_traffic_through_both(migrated_dsn: str, tmp_path: Path) -> None:
    """Stored once, and derived once although both derive (C48)."""
    with (
        running_collector(tmp_path / "a", dsn=migrated_dsn) as first,
        running_collector(tmp_path / "b", dsn=migrated_dsn) as second,
    ):
        with sending(first) as ours, sending(second) as theirs:
            for sender in (*ours, *theirs):
                sender.wait_for(200)
        first.settle()
        sent = [*ours, *theirs]
        # every number was sent through both, by senders of the same numbers
        spans = set().union(*(s.accepted.spans | s.unsure.spans for s in sent))
        sure = set().union(*(s.accepted.spans for s in sent))
        with psycopg.connect(migrated_dsn, autocommit=True) as connection:
            rows, distinct = one(connection, TURNS)
            assert rows == distinct
            assert len(sure) <= rows <= len(spans)
            stored, ids = one(
                connection,
                "SELECT count(*), count(DISTINCT span_id) FROM _turnspan.span",
            )
            assert stored == ids == rows


def test_a_migration_while_another_collector_ingests(
    migrated_dsn: str, tmp_path: Path, measure: Measure
) -> None:
    """Ingest waits for it, in the spool if need be, and loses nothing."""
    schema = Path(shutil.copytree(str(SCHEMA), tmp_path / "schema"))
    flags = ("--spool-after-seconds=1",)
    with running_collector(tmp_path / "a", dsn=migrated_dsn, flags=flags) as running:
        with sending(running) as senders:
            for sender in senders:
                sender.wait_for(40)
            for at in range(measure.restarts):
                later = schema / "once" / f"999{at}_later.sql"
                later.write_text(
                    "LOCK TABLE _turnspan.span, _turnspan.event "
                    "IN ACCESS EXCLUSIVE MODE;\n"
                    f"ALTER TABLE _turnspan.dead_letter ADD COLUMN noted_{at} text;\n"
                    "SELECT pg_sleep(2);\n"
                )
                assert migrate(migrated_dsn, schema=schema) == [f"once/{later.name}"]
                for sender in senders:
                    sender.wait_for(40)
        check_identity(migrated_dsn, senders)
        keeps_identity(running)
