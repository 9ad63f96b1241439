"""The guide to labels comes true: its commands run in order, its file is taken."""

from __future__ import annotations

import csv
import json
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from click.testing import CliRunner
from tests.docs.markdown import ROOT, blocks
from tests.support import derived_rows

from turnspan_collector.api import create_app
from turnspan_collector.commands.label import command
from turnspan_exporters.timescale.reader import Reader

GUIDE = ROOT / "docs" / "labels.md"


def _commands() -> Iterator[list[str]]:
    for block in blocks("sh"):
        if block.file == GUIDE:
            for line in block.text.splitlines():
                program, group, *rest = shlex.split(line)
                assert (program, group) == ("turnspan", "label")
                yield rest


def _texts() -> list[str]:
    return [block.text for block in blocks("text") if block.file == GUIDE]


@pytest.fixture
def turns(db: psycopg.Connection[Any]) -> None:
    """Turns of an hour ago, and of the days that the guide names."""
    now = datetime.now(UTC) - timedelta(hours=1)
    for number in range(5):
        at = now - timedelta(minutes=number)
        derived_rows.turn(db, at, turn_id=f"t{number}", intent_name="refund")
    at = datetime(2026, 3, 2, 8, tzinfo=UTC)
    derived_rows.turn(db, at, turn_id="telegram:812:77", intent_name="refund")


@pytest.mark.usefixtures("turns")
def test_the_commands_run_in_order(
    migrated_dsn: str,
    db: psycopg.Connection[Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Between drawing and importing, somebody fills in the file."""
    monkeypatch.chdir(tmp_path)
    outputs = []
    for arguments in _commands():
        if arguments[0] == "import":
            _fill_in(Path("turns.csv"))
        result = CliRunner().invoke(command, [*arguments, "--dsn", migrated_dsn])
        assert result.exit_code == 0, result.output
        outputs.append(result.output)
    assert outputs[0].startswith("5 of 5 turns, --seed ")
    assert outputs[1:] == [
        "5 labels stored, 0 known before\n",
        "no two labellers have labelled the same turn\n",
    ]
    given = db.execute("SELECT labelled, labeller, agreed FROM turnspan.labels")
    assert given.fetchall() == [("refund", "reviewer-2", "refund")] * 5


@pytest.mark.usefixtures("turns")
def test_the_short_file_is_taken(
    migrated_dsn: str, db: psycopg.Connection[Any], tmp_path: Path
) -> None:
    """The three columns are enough, and the two others are known."""
    (text,) = (text for text in _texts() if text.startswith("bot,"))
    file = tmp_path / "labels.csv"
    file.write_text(text, "utf-8")
    result = CliRunner().invoke(command, ["import", str(file), "--dsn", migrated_dsn])
    assert result.output == "1 labels stored, 0 known before\n"
    row = db.execute("SELECT turn_id, labelled_at, agreed FROM turnspan.labels")
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert row.fetchall() == [("telegram:812:77", at, "refund")]


@pytest.mark.usefixtures("turns")
async def test_the_request_is_answered(migrated_dsn: str) -> None:
    """As it stands in the guide."""
    (text,) = (text for text in _texts() if text.startswith("POST "))
    head, _, body = text.partition("\n")
    reader = Reader(migrated_dsn)
    transport = httpx.ASGITransport(create_app(reader))
    with reader:
        async with httpx.AsyncClient(
            transport=transport, base_url="http://localhost"
        ) as client:
            answer = await client.post(head.split()[1], json=json.loads(body))
    assert answer.json() == {"stored": 1, "known": 0, "waiting": 0}


def _fill_in(path: Path) -> None:
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.DictWriter(file, rows[0])
        out.writeheader()
        out.writerows({**row, "labelled": "refund"} for row in rows)
