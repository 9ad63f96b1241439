"""turnspan experiment: declares, lists and reports."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import psycopg
from click.testing import CliRunner, Result
from tests.support import derived_rows

from turnspan_collector.commands.experiment import command
from turnspan_collector.errors import ExitCode, StartError

PLAN = (
    *("--primary", "engagement_rate", "--control", "A", "--variants", "A=1,B=1"),
    *("--n", "4", "--contamination-max", "0.5"),
)


def run(dsn: str, *words: str) -> Result:
    name, *rest = words
    return CliRunner().invoke(command, [name, "--dsn", dsn, *rest])


def refused(result: Result) -> str:
    """The sentence of a command that failed as a mistake of use."""
    assert isinstance(result.exception, StartError)
    assert result.exception.exit_code is ExitCode.USAGE
    return str(result.exception)


def test_an_experiment_from_its_declaration_to_its_verdict(
    migrated_dsn: str, db: psycopg.Connection[Any]
) -> None:
    """Declared, then begun, then ended by its fourth user."""
    result = run(migrated_dsn, "declare", "greeting", *PLAN)
    assert (result.exit_code, result.output) == (0, "declared\n")
    assert run(migrated_dsn, "list").output == (
        "greeting: not begun, 0 users, declared\n"
    )
    assert "goes on: 0 of the planned 4 users" in (
        run(migrated_dsn, "report", "greeting").output
    )
    now = datetime.now(UTC)
    for user, variant in (("a", "A"), ("b", "A"), ("c", "B"), ("d", "B")):
        derived_rows.assignment(db, now, user, variant)
        derived_rows.session(db, now, user_key=user, engaged=variant == "B")
    lines = run(migrated_dsn, "report", "greeting").output.splitlines()
    assert lines[1] == (
        "engagement_rate is +100.00% (+7.00% to +100.00%) with B against A, p = 0.0455."
    )
    assert lines[2] == ("  ok declared_before_start: It was declared before it began.")
    at = lines.index("engagement_rate (primary)")
    assert lines[at + 1 : at + 3] == [
        "  A 0/2 0.00%",
        "  B 2/2 100.00%, difference 100.00% (7.00% to 100.00%), p 0.0455",
    ]


def test_a_late_declaration_says_so_at_once(
    migrated_dsn: str, db: psycopg.Connection[Any]
) -> None:
    """Nobody waits for a verdict that cannot come."""
    derived_rows.assignment(db, datetime(2026, 3, 2, tzinfo=UTC), "a", "A")
    assert run(migrated_dsn, "declare", "greeting", *PLAN).output == (
        "declared, after its first assignment: it gives no verdict\n"
    )
    report = run(migrated_dsn, "report", "greeting").output
    assert "No verdict: it was declared at " in report


def test_a_mistake_is_one_sentence(migrated_dsn: str) -> None:
    """An unknown experiment, and weights that are none."""
    assert refused(run(migrated_dsn, "report", "x")).startswith(
        "There is no experiment 'x'"
    )
    words = ["--primary", "ctr", "--control", "A", "--n", "4", "--variants", "A,B"]
    assert refused(run(migrated_dsn, "declare", "x", *words)) == (
        "variants=A,B are no weights: write A=0.5,B=0.5."
    )
