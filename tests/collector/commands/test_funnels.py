"""``turnspan funnels``: check, apply and list."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from turnspan_collector.commands.funnels import command
from turnspan_collector.errors import ExitCode, StartError

FILE = """\
goals:
  - {name: paid, bot: shop, cta: pay}
funnels:
  - {name: checkout, steps: [{intent: order}, {goal: paid}]}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file that declares a funnel and a goal."""
    path = tmp_path / "shop.yaml"
    path.write_text(FILE, "utf-8")
    return path


def run(*words: str) -> Result:
    """What the command does and says."""
    return CliRunner().invoke(command, [*words])


def test_check_needs_no_database(file: Path) -> None:
    """And counts what is there."""
    result = run("check", str(file))
    assert (result.exit_code, result.output) == (0, "1 funnel, 1 goal in shop.yaml\n")


def test_apply_declares_changes_and_withdraws(migrated_dsn: str, file: Path) -> None:
    """What the file says is what holds; applying it again does nothing."""
    words = ("apply", "--dsn", migrated_dsn, str(file))
    assert run(*words).output == (
        "goal paid of shop declared\nfunnel checkout declared\n"
    )
    assert run(*words).output == "nothing to do\n"
    listed = run("list", "--dsn", migrated_dsn).output
    assert listed == "funnel checkout (shop.yaml)\ngoal paid of shop (shop.yaml)\n"
    file.write_text(FILE.replace("pay", "buy").partition("funnels")[0], "utf-8")
    assert (
        run(*words).output == "goal paid of shop changed\nfunnel checkout withdrawn\n"
    )
    assert (
        run("list", "--dsn", migrated_dsn).output == "goal paid of shop (shop.yaml)\n"
    )


@pytest.mark.parametrize("action", ["check", "apply"])
def test_a_mistake_ends_with_its_line(file: Path, action: str) -> None:
    """Before any database is looked for."""
    file.write_text("funnels: 3\n", "utf-8")
    result = run(action, str(file))
    assert isinstance(result.exception, StartError)
    assert result.exception.exit_code is ExitCode.USAGE
    assert str(result.exception) == 'shop.yaml, line 1: funnels is "3": give a list.'


def test_a_database_that_is_away_has_its_exit_code(file: Path) -> None:
    """For what asks one."""
    for words in (("apply", str(file)), ("list",)):
        result = run(words[0], "--dsn", "host=/nowhere dbname=x", *words[1:])
        assert isinstance(result.exception, StartError)
        assert result.exception.exit_code is ExitCode.DATABASE_UNREACHABLE
