"""turnspan token: makes one and shows it once, lists without secrets, revokes."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result

from turnspan_collector.commands.token import command
from turnspan_collector.errors import ExitCode, StartError
from turnspan_exporters.timescale import tokens


def run(dsn: str, *words: str) -> Result:
    name, *rest = words
    return CliRunner().invoke(command, [name, "--dsn", dsn, *rest])


def refused(result: Result) -> str:
    """The sentence of a command that failed as a mistake of use."""
    assert isinstance(result.exception, StartError)
    assert result.exception.exit_code is ExitCode.USAGE
    return str(result.exception)


def test_the_secret_is_shown_once(
    migrated_dsn: str, db: psycopg.Connection[Any]
) -> None:
    """Alone on standard output, for scripts; the rest is for people."""
    words = ("--bot", "shop", "--bot", "bank", "--rate", "50", "--expires", "90d")
    result = run(migrated_dsn, "create", *words, "--note", "web chat")
    (made,) = tokens.in_force(db)
    secret = result.stdout.strip()
    assert tokens.digest(secret) == made.sha256
    listed = run(migrated_dsn, "list").stdout
    assert made.expires_at is not None
    assert listed == (
        f"{made.id}: sends as shop, bank; 50 items/s; made "
        f"{made.created_at.date()}; expires {made.expires_at.date()} (web chat)\n"
    )
    assert result.stderr == f"token {listed}Its secret is shown this once:\n"


def test_what_is_revoked_leaves_the_list(
    migrated_dsn: str, db: psycopg.Connection[Any]
) -> None:
    """Unless --all asks for it."""
    run(migrated_dsn, "create", "--all-bots", "--read")
    (made,) = tokens.in_force(db)
    result = run(migrated_dsn, "revoke", str(made.id))
    assert (result.exit_code, result.stdout) == (0, f"token {made.id} is revoked\n")
    assert run(migrated_dsn, "list").stdout == ""
    listed = run(migrated_dsn, "list", "--all").stdout
    assert listed.startswith(f"{made.id}: sends as every bot; reads; made ")
    assert "; revoked " in listed


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("create",), "the token would allow nothing"),
        (("create", "--bot", "a", "--all-bots"), "not both"),
        (("create", "--read", "--expires", "soon"), "--expires=soon is no duration"),
        (("create", "--read", "--expires", "1s"), "--expires=1s is outside 1m to"),
        (("revoke", "7"), "there is no token 7: turnspan token list shows them."),
    ],
)
def test_a_mistake_is_one_sentence(
    migrated_dsn: str, words: tuple[str, ...], said: str
) -> None:
    """With what to do, and exit code 2."""
    assert said in refused(run(migrated_dsn, *words))
