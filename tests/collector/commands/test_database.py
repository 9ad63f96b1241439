"""migrate, settle and set, on a database and as their users run them."""

from __future__ import annotations

import psycopg
import pytest
from click.testing import CliRunner, Result

from turnspan_collector.commands.migrate import command as migrate
from turnspan_collector.commands.set import command as set_
from turnspan_collector.commands.settle import command as settle
from turnspan_collector.errors import ExitCode, StartError


def refused(result: Result) -> StartError:
    """What a command that failed says."""
    assert isinstance(result.exception, StartError)
    return result.exception


def test_migrate_applies_once(dsn: str) -> None:
    """And then has nothing to do."""
    first = CliRunner().invoke(migrate, ["--dsn", dsn])
    assert first.exit_code == 0, first.output
    assert first.output.endswith("files applied\n")
    assert CliRunner().invoke(migrate, ["--dsn", dsn]).output == "nothing to do\n"


def test_settle_says_that_it_is_done(migrated_dsn: str) -> None:
    """At once where nothing was received."""
    result = CliRunner().invoke(settle, ["--dsn", migrated_dsn])
    assert (result.exit_code, result.output) == (0, "settled\n")


def test_settle_gives_up_in_time(migrated_dsn: str) -> None:
    """With an exit code of its own."""
    with psycopg.connect(migrated_dsn, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO _turnspan.touched (bot, from_time, to_time) "
            "SELECT 'b' || n, now(), now() FROM generate_series(1, 10) AS n"
        )
        result = CliRunner().invoke(settle, ["--dsn", migrated_dsn, "--timeout", "0"])
    assert refused(result).exit_code is ExitCode.NOT_SETTLED


def test_set_changes_and_shows_a_bots_settings(migrated_dsn: str) -> None:
    """Those of one bot, and nobody else's."""
    arguments = ["--dsn", migrated_dsn, "--bot", "shop", "timezone=Europe/Berlin"]
    changed = CliRunner().invoke(set_, arguments)
    assert changed.exit_code == 0, changed.output
    assert "timezone=Europe/Berlin\n" in changed.output
    other = CliRunner().invoke(set_, ["--dsn", migrated_dsn, "--bot", "other"])
    assert "timezone=UTC\n" in other.output


@pytest.mark.parametrize(
    ("assignment", "said"),
    [
        ("timezone", "'timezone' is no KEY=VALUE: write for example timezone=Europe"),
        ("timezone=Mars/Base", "timezone"),
        ("colour=red", "colour is no setting: take one of"),
    ],
)
def test_set_refuses_what_it_does_not_know(
    migrated_dsn: str, assignment: str, said: str
) -> None:
    """With the value and what to write instead."""
    result = CliRunner().invoke(set_, ["--dsn", migrated_dsn, "--bot", "b", assignment])
    assert said in str(refused(result))
    assert refused(result).exit_code is ExitCode.USAGE


def test_a_database_that_is_away_has_its_exit_code() -> None:
    """Whatever the command."""
    for command in (migrate, settle, set_):
        result = CliRunner().invoke(command, ["--dsn", "host=/nowhere dbname=x"])
        assert refused(result).exit_code is ExitCode.DATABASE_UNREACHABLE
