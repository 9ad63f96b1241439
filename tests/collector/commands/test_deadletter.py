"""turnspan deadletter, as people and scripts run it."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result
from tests.support.chat import Chat

from turnspan_collector.commands.deadletter import command
from turnspan_collector.errors import ExitCode, StartError
from turnspan_exporters.timescale import TimescaleExporter

Connection = psycopg.Connection[Any]


@pytest.fixture
def letters_dsn(migrated_dsn: str, db: Connection) -> str:
    """A database that refused two turns; one of them it would take now."""
    chat = Chat()
    chat.talk("c1", user="u1").turn(0, "t1", 1)
    chat.talk("c1", user="u1").turn(5, "t2", 1)
    batch = chat.batch()
    batch.spans.intent_confidence[1] = "high"  # type: ignore[call-overload]
    db.execute("ALTER TABLE _turnspan.span ADD CONSTRAINT picky CHECK (false)")
    exporter = TimescaleExporter(migrated_dsn, migrates=False)
    exporter.export([batch])
    exporter.close()
    db.execute("ALTER TABLE _turnspan.span DROP CONSTRAINT picky")
    db.execute("DELETE FROM _turnspan.touched")
    return migrated_dsn


def run(dsn: str, *arguments: str) -> Result:
    name, *rest = arguments
    return CliRunner().invoke(command, [name, "--dsn", dsn, *rest])


def test_it_lists_reasons_and_no_payload(letters_dsn: str) -> None:
    """One a line, the oldest first, with how many there are."""
    result = run(letters_dsn, "list")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert len(lines) == 2
    assert all("spans" in one and "support" in one for one in lines)
    assert "u1" not in result.stdout
    assert result.stderr == "2 of 2 dead letters\n"
    assert run(letters_dsn, "list", "--signal", "events").stdout == ""


def test_it_lists_json_for_scripts(letters_dsn: str) -> None:
    """And pages by id."""
    lines = run(letters_dsn, "list", "--json").stdout.splitlines()
    first, second = map(json.loads, lines)
    assert set(first) == {"id", "received_at", "signal", "bot", "reason"}
    page = run(letters_dsn, "list", "--json", "--after", str(first["id"]))
    assert json.loads(page.stdout) == second


def test_it_shows_what_was_kept(letters_dsn: str, db: Connection) -> None:
    """The columns by name."""
    ((id,),) = db.execute("SELECT min(id) FROM _turnspan.dead_letter").fetchall()
    shown = json.loads(run(letters_dsn, "show", str(id)).stdout)
    assert shown["id"] == id
    assert shown["payload"]["turn_id"] in {"t1", "t2"}


def test_it_replays_what_is_taken_and_says_what_is_not(
    letters_dsn: str, db: Connection
) -> None:
    """Exit code 13 while something is left; the rest is stored and derived."""
    result = run(letters_dsn, "replay", "--all")
    assert isinstance(result.exception, StartError)
    assert result.exception.exit_code == ExitCode.LETTERS_LEFT
    assert "refused: Unreadable: column intent_confidence is no float" in result.stdout
    assert result.stderr == "1 refused, 1 stored\n"
    assert db.execute("SELECT turn_id FROM _turnspan.span").fetchall() == [("t1",)]
    assert db.execute("SELECT count(*) FROM _turnspan.touched").fetchone() == (1,)
    again = run(letters_dsn, "replay", "--signal", "spans", "--json")
    assert json.loads(again.stdout)["result"] == "refused"


def test_it_drops_what_is_named(letters_dsn: str) -> None:
    """And replaying nothing is no failure."""
    assert run(letters_dsn, "drop", "--all").stdout == "dropped 2 dead letters\n"
    result = run(letters_dsn, "replay", "--all")
    assert (result.exit_code, result.stderr) == (0, "there are no dead letters\n")


@pytest.mark.parametrize(
    "arguments",
    [("replay",), ("drop",), ("drop", "1", "--all"), ("show", "999"), ("drop", "999")],
)
def test_it_asks_which(letters_dsn: str, arguments: tuple[str, ...]) -> None:
    """Nothing is dropped or replayed by an oversight."""
    result = run(letters_dsn, *arguments)
    assert isinstance(result.exception, StartError)
    assert result.exception.exit_code == ExitCode.USAGE


def test_a_database_that_is_away_has_its_exit_code() -> None:
    """As every command says it."""
    result = run("postgresql:///x?host=/nowhere", "list")
    assert isinstance(result.exception, StartError)
    assert result.exception.exit_code == ExitCode.DATABASE_UNREACHABLE
