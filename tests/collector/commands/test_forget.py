"""turnspan forget, as people run it."""

from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.support.chat import Chat, derived

from turnspan_collector.commands.forget import command
from turnspan_collector.errors import ExitCode, StartError
from turnspan_exporters.timescale._connection import connect

SECRET = "a secret of thirty-two characters"
RAW = "4711-0815-2342"


@pytest.fixture
def stored_dsn(migrated_dsn: str) -> str:
    """A database with one turn of the user, and one of somebody else."""
    text = f"web\0{RAW}".encode()
    chat = Chat()
    key = hmac.digest(SECRET.encode(), text, hashlib.sha256).hex()
    chat.talk("hers", user=key).turn(0, "her-turn", 1)
    chat.talk("his", user="somebody else").turn(0, "his-turn", 1)
    derived(migrated_dsn, chat)
    return migrated_dsn


def _users(dsn: str) -> list[str]:
    with connect(dsn) as connection:
        rows = connection.execute("SELECT user_key FROM _turnspan.turn").fetchall()
    return [user for (user,) in rows]


def test_it_prints_a_certificate(stored_dsn: str, tmp_path: Path) -> None:
    """For people and for programs, and the same to a file."""
    file = tmp_path / "certificate.json"
    result = CliRunner().invoke(
        command,
        ["--dsn", stored_dsn, "--user", RAW, "--raw", "--certificate", str(file)],
        env={"TURNSPAN_USER_KEY": SECRET},
    )
    assert result.exit_code == 0, result.output
    people, programs = result.stdout.split("\n\n")
    assert people.splitlines()[0] == "Certificate of erasure 1"
    assert "nothing is left" in people
    assert json.loads(programs) == json.loads(file.read_text("utf-8"))
    assert json.loads(programs)["rows"]["span"] == 1
    assert RAW not in result.stdout
    assert _users(stored_dsn) == ["somebody else"]


def test_the_secret_may_stand_in_a_file(stored_dsn: str, tmp_path: Path) -> None:
    """As the bots' own key file, which ends with a new line or does not."""
    file = tmp_path / "user.key"
    file.write_text(f"{SECRET}\n", "utf-8")
    arguments = ["--dsn", stored_dsn, "--user", RAW, "--key-file", str(file), "--json"]
    result = CliRunner().invoke(command, arguments)
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["conversations"]["erased"] == 1


def test_a_dry_run_changes_nothing(stored_dsn: str) -> None:
    """It says what would go."""
    result = CliRunner().invoke(
        command, ["--dsn", stored_dsn, "--user", "somebody else", "--dry-run"]
    )
    assert result.stdout.startswith("Would be erased\n")
    assert len(_users(stored_dsn)) == 2


def test_a_raw_id_needs_the_secret(stored_dsn: str) -> None:
    """And says where it is looked for."""
    arguments = ["--dsn", stored_dsn, "--user", RAW, "--raw"]
    result = CliRunner(env={"TURNSPAN_USER_KEY": None}).invoke(command, arguments)
    assert isinstance(result.exception, StartError)
    assert "set TURNSPAN_USER_KEY to it" in str(result.exception)
    assert result.exception.exit_code is ExitCode.USAGE
