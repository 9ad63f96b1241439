"""Grafana's role reads the public schema and can do nothing else."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import conninfo
from psycopg import errors as pg
from tests.support.grafana_macros import ALL, Asked, expanded
from tests.support.postgres import Databases, EmbeddedServer

from turnspan_dashboards.generate import FOLDER
from turnspan_exporters.timescale import migrate

ROLES = FOLDER.parent / "provisioning/database/roles.sql"
BOARDS = sorted(FOLDER.glob("*.json"))
DIMENSIONS = ("bot", "channel", "environment")


@pytest.fixture(scope="module")
def reader(
    embedded: EmbeddedServer | None, databases: Databases
) -> Iterator[psycopg.Connection[Any]]:
    """A connection of the role, to a database set up as docker-compose.yml does."""
    if embedded is None:
        pytest.skip("makes roles: needs a superuser, which TURNSPAN_TEST_DSN has not")
    dsn = databases.create()
    psql = str(embedded.programs / "psql")
    subprocess.run(
        [psql, "-qX", "-v", "ON_ERROR_STOP=1", "-d", dsn, "-f", str(ROLES)],
        env={
            **os.environ,
            "TURNSPAN_WRITER_PASSWORD": "it's a secret",
            "TURNSPAN_READER_PASSWORD": "another",
        },
        check=True,
    )
    migrate(conninfo.make_conninfo(dsn, user="turnspan"))
    as_reader = conninfo.make_conninfo(dsn, user="turnspan_reader")
    with psycopg.connect(as_reader, autocommit=True) as made:
        yield made
    databases.drop(dsn)


@pytest.mark.parametrize(
    "path", sorted(FOLDER.glob("*.json")), ids=lambda one: one.stem
)
def test_the_role_may_ask_every_panel(
    reader: psycopg.Connection[Any], path: Path
) -> None:
    """No panel needs more than the public schema; nor do variables and marks."""
    board = json.loads(path.read_text("utf-8"))
    queries = [
        target["rawSql"]
        for panel in board["panels"]
        for target in panel.get("targets", ())
    ]
    queries += [one["query"] for one in board["templating"]["list"][:3]]
    queries += [one["target"]["rawSql"] for one in board["annotations"]["list"]]
    asked = Asked(
        datetime(2026, 3, 1, tzinfo=UTC),
        datetime(2026, 3, 8, tzinfo=UTC),
        {**{name: [ALL] for name in DIMENSIONS}, "bucket": ["day"]},
        dict.fromkeys(DIMENSIONS, "NULL"),
    )
    for sql in queries:
        reader.execute(expanded(sql, asked).encode())


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM _turnspan.turn",
        "SELECT * FROM _turnspan.event",
        "DELETE FROM turnspan.turns",
        "CREATE TABLE turnspan.mine (a int)",
        "CREATE SCHEMA mine",
    ],
)
def test_the_role_may_do_nothing_else(
    reader: psycopg.Connection[Any], sql: str
) -> None:
    """Private tables stay private, and nothing can be written or made."""
    reader.execute("SET default_transaction_read_only = off")
    with pytest.raises(pg.InsufficientPrivilege):
        reader.execute(sql.encode())


def test_its_statements_end(reader: psycopg.Connection[Any]) -> None:
    """A careless query cannot hold the database for longer than half a minute."""
    row = reader.execute("SHOW statement_timeout").fetchone()
    assert row == ("30s",)
