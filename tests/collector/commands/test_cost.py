"""turnspan cost: declares, imports, lists, and asks what if."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result
from tests.support import derived_rows

from turnspan_collector.commands.cost import command
from turnspan_collector.errors import ExitCode, StartError


def run(dsn: str, *words: str) -> Result:
    name, *rest = words
    return CliRunner().invoke(command, [name, "--dsn", dsn, *rest])


def refused(result: Result) -> str:
    """The sentence of a command that failed as a mistake of use."""
    assert isinstance(result.exception, StartError)
    assert result.exception.exit_code is ExitCode.USAGE
    return str(result.exception)


def test_what_is_set_is_listed(migrated_dsn: str) -> None:
    """With its date and currency; what held before only with --history."""
    for words in (
        ("price", "Ours", "input=1", "output=2", "--from", "always"),
        ("price", "ours", "input=3", "output=4", "--from", "2026-03-01"),
        ("human_cost", "ticket=5", "--bot", "shop", "--from", "2026-03-01"),
    ):
        result = run(migrated_dsn, "set", *words)
        assert (result.exit_code, result.output) == (0, "declared\n")
    assert run(migrated_dsn, "list").output == (
        "shop human_cost from 2026-03-01: ticket=5 currency=USD\n"
        "* price ours from 2026-03-01: input=3 output=4 currency=USD\n"
    )
    everything = run(migrated_dsn, "list", "--history").output
    assert "* price ours from always: input=1 output=2 currency=USD\n" in everything


def test_what_is_unset_does_not_cost(migrated_dsn: str) -> None:
    """From its date on; the entry before stays."""
    run(migrated_dsn, "set", "human_cost", "ticket=5", "--from", "2026-03-01")
    result = run(migrated_dsn, "unset", "human_cost", "--from", "2026-04-01")
    assert (result.exit_code, result.output) == (0, "withdrawn\n")
    assert run(migrated_dsn, "list").output == (
        "* human_cost from 2026-04-01: withdrawn=True\n"
    )


def test_default_prices_are_shown_with_their_source(migrated_dsn: str) -> None:
    """As they are where nobody set one."""
    result = run(migrated_dsn, "list", "--model", "openai/gpt-4o")
    assert result.output.startswith(
        "* price gpt-4o from always: input=2.5 output=10 cached=1.25"
    )
    assert "source=genai-prices" in result.output


def test_a_file_is_declared_whole_or_not_at_all(
    migrated_dsn: str, tmp_path: Path
) -> None:
    """The sentence names the line that is wrong."""
    table = tmp_path / "costs.csv"
    table.write_text(
        "kind,name,bot,from,input,output,session\n"
        "price,ours,,2026-03-01,1,2,\n"
        "channel_cost,sms,shop,2026-03-01,,,lots\n"
    )
    said = refused(run(migrated_dsn, "import", str(table)))
    assert said == ("costs.csv, line 3: session=lots is no number from 0 to 1e+12.")
    assert run(migrated_dsn, "list").output == ""
    table.write_text(table.read_text().replace("lots", "0.1"))
    assert run(migrated_dsn, "import", str(table)).output == "2 declared\n"
    assert len(run(migrated_dsn, "list").output.splitlines()) == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("price", "m", "input"), "'input' is no FIELD=VALUE"),
        (("price", "m", "input=1", "--from", "soon"), "from=soon is neither a date"),
        (("price", "m", "input=1", "currency=EUR"), "currency=EUR is not USD"),
    ],
)
def test_a_mistake_is_one_sentence(
    migrated_dsn: str, words: tuple[str, ...], said: str
) -> None:
    """It says what to write."""
    assert said in refused(run(migrated_dsn, "set", *words))


def test_sensitivity_shows_what_matters(
    migrated_dsn: str, db: psycopg.Connection[Any]
) -> None:
    """Fixed costs alone are declared, so only they move anything."""
    words = ("fixed_cost", "bot", "monthly=31", "--from", "2026-03-01")
    run(migrated_dsn, "set", *words)
    derived_rows.session(db, datetime(2026, 3, 2, tzinfo=UTC))
    result = run(
        migrated_dsn,
        *("sensitivity", "cost_per_conversation"),
        *("--from", "2026-03-01", "--to", "2026-04-01"),
    )
    assert (result.exit_code, result.output) == (
        0,
        "parameter -10% declared +10%\nfixed_cost 27.9 31 34.1\n",
    )
