"""The guides to costs and experiments come true: their commands run in order."""

from __future__ import annotations

import importlib
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner
from tests.docs.markdown import ROOT, Block, blocks
from tests.support import derived_rows

from turnspan_collector import commands
from turnspan_exporters.timescale import costs
from turnspan_exporters.timescale._verdict import judge
from turnspan_exporters.timescale.experiments import Plan

COSTS = ROOT / "docs" / "costs.md"
EXPERIMENTS = ROOT / "docs" / "experiments.md"


def _of(guide: Path, *languages: str) -> list[Block]:
    return [block for block in blocks(*languages) if block.file == guide]


def _lines(block: Block) -> Iterator[list[str]]:
    for line in block.text.replace("\\\n", " ").splitlines():
        yield shlex.split(line)


def _run(dsn: str, words: list[str]) -> str:
    program, name, *arguments = words
    assert program == "turnspan"
    module = importlib.import_module(f"{commands.__name__}.{name}")
    result = CliRunner().invoke(module.command, [*arguments, "--dsn", dsn])
    assert result.exit_code == 0, result.output or result.exception
    return result.output


def test_the_commands_of_costs_run_in_order(
    migrated_dsn: str,
    db: psycopg.Connection[Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A text below commands is a file to import, or what they show."""
    monkeypatch.chdir(tmp_path)
    at = datetime(2026, 3, 2, tzinfo=UTC)
    for channel in ("web", "sms"):
        derived_rows.session(db, at, channel=channel, user_messages=1, bot_messages=1)
    derived_rows.turn(db, at, model="in-house", input_tokens=40_000)
    said = ""
    for block in _of(COSTS, "sh", "text"):
        if block.language == "sh":
            said = "".join(_run(migrated_dsn, words) for words in _lines(block))
        elif block.text.startswith("kind,"):
            (tmp_path / "costs.csv").write_text(block.text)
        else:
            assert said == block.text


def test_every_cost_is_explained_with_its_fields() -> None:
    """One row a kind, no field left out."""
    table = COSTS.read_text("utf-8").partition("| Cost | Fields |")[2]
    rows = table.partition("\n\n")[0].splitlines()[2:]
    for row, cost in zip(rows, costs.COSTS.values(), strict=True):
        cells = row.split("|")
        assert cells[1].strip(" `").split(" ")[0] == cost.kind
        assert {*cells[2].replace("`", "").replace(",", "").split()} >= {*cost.fields}


def test_the_commands_of_experiments_run_in_order(
    migrated_dsn: str, db: psycopg.Connection[Any]
) -> None:
    """Declared, listed and reported, before anybody was assigned."""
    said = ""
    for block in _of(EXPERIMENTS, "sh"):
        said = "".join(_run(migrated_dsn, words) for words in _lines(block))
    (text,) = _of(EXPERIMENTS, "text")
    assert text.text in said
    (sql,) = _of(EXPERIMENTS, "sql")
    assert db.execute(sql.text.encode()).fetchall() == []


def test_every_check_is_explained() -> None:
    """In the order in which they are made."""
    plan = Plan(primary="ctr", control="A", variants={"A": 1, "B": 1}, n=2)
    checks, _ = judge(
        plan=plan,
        late=[],
        begun=None,
        ended=None,
        users={},
        excluded=0,
        waiting=0,
        sample_ratio_p=None,
        result=None,
    )
    table = EXPERIMENTS.read_text("utf-8").partition("| Check |")[2]
    rows = table.partition("\n\n")[0].splitlines()[2:]
    assert [row.split("`")[1] for row in rows] == [one.name for one in checks]
