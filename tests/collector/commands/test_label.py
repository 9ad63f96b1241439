"""turnspan label, as people run it: draw, fill in, import, compare."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result
from tests.support import derived_rows

from turnspan_collector.commands.label import command
from turnspan_collector.errors import ExitCode, StartError

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
RANGE = ("--from", "2026-03-02", "--to", "2026-03-03")


def run(dsn: str, *arguments: str) -> Result:
    """The command's result."""
    return CliRunner().invoke(command, [*arguments, "--dsn", dsn])


def refused(result: Result) -> StartError:
    """What a command that failed says."""
    assert isinstance(result.exception, StartError)
    return result.exception


def filled(path: Path, labelled: str) -> None:
    """The file as somebody gives it back."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["labelled"] = labelled
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.DictWriter(file, rows[0])
        out.writeheader()
        out.writerows(rows)


def test_a_sample_is_filled_in_and_taken(
    migrated_dsn: str, db: psycopg.Connection[Any], tmp_path: Path
) -> None:
    """Twice changes nothing; the weights come along."""
    for number in range(10):
        at = START + timedelta(minutes=number)
        derived_rows.turn(db, at, turn_id=f"-t{number}", intent_name="order")
    path = tmp_path / "turns.csv"
    drawn = run(migrated_dsn, "sample", "--n", "4", *RANGE, "--out", str(path))
    assert drawn.exit_code == 0, drawn.output
    assert drawn.stderr.startswith("4 of 10 turns, --seed ")
    assert drawn.stdout == ""
    unfilled = run(migrated_dsn, "import", str(path))
    assert unfilled.stdout == "0 labels stored, 0 known before\n"
    filled(path, "order")
    for said in ("4 labels stored, 0 known", "0 labels stored, 4 known"):
        taken = run(migrated_dsn, "import", str(path), "--labeller", "eva")
        assert (taken.exit_code, taken.output) == (0, f"{said} before\n")
    rows = db.execute(
        "SELECT labelled, weight, labeller, source FROM turnspan.labels"
    ).fetchall()
    assert rows == [("order", 2.5, "eva", "cli")] * 4


def test_the_seed_draws_the_same_to_standard_output(
    migrated_dsn: str, db: psycopg.Connection[Any]
) -> None:
    """The data apart from what is said about it."""
    for number in range(10):
        derived_rows.turn(db, START + timedelta(minutes=number))
    arguments = ("sample", "--n", "3", "--seed", "7", *RANGE)
    first, second = (run(migrated_dsn, *arguments) for _ in range(2))
    assert first.stdout == second.stdout
    assert first.stdout.startswith("bot,turn_id,conversation_id,time,predicted,")
    assert len(first.stdout.splitlines()) == 4
    assert first.stderr == "3 of 10 turns, --seed 7\n"


def test_a_turn_that_is_not_known_is_said(migrated_dsn: str, tmp_path: Path) -> None:
    """It may come yet, or be misspelt."""
    path = tmp_path / "labels.csv"
    path.write_text("turn_id,labelled\nt1,order\n", "utf-8")
    taken = run(migrated_dsn, "import", str(path), "--bot", "shop")
    assert taken.stderr == "1 of the turns are not known, or not yet\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"turn_id,labelled\nt1,a\n", 'line 2, bot: "" has 0 characters'),
        (b"turn_id,labelled\n\xff,a\n", "cannot be read (it is not UTF-8)"),
        (
            b"bot,turn_id,labelled\nb,t1,a\nb,t1,b\n",
            'turn_id: "t1" has two labels of the labeller ""',
        ),
    ],
)
def test_a_wrong_file_stores_nothing(
    migrated_dsn: str,
    db: psycopg.Connection[Any],
    tmp_path: Path,
    text: bytes,
    said: str,
) -> None:
    """And says what is wrong in it."""
    path = tmp_path / "labels.csv"
    path.write_bytes(text)
    error = refused(run(migrated_dsn, "import", str(path)))
    assert said in str(error)
    assert error.exit_code is ExitCode.USAGE
    assert db.execute("SELECT count(*) FROM _turnspan.label").fetchone() == (0,)


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--from", "soon", '--from: "soon" is neither a date (2026-03-31) nor a time'),
        ("--from", "2999-01-01", "--from: 2999-01-01 00:00:00+00:00 is not before"),
    ],
)
def test_a_wrong_range_is_refused(
    migrated_dsn: str, option: str, value: str, said: str
) -> None:
    """By the option that is wrong."""
    error = refused(run(migrated_dsn, "sample", option, value))
    assert str(error).startswith(said)
    assert error.exit_code is ExitCode.USAGE


def test_agreement_shows_each_pair(
    migrated_dsn: str, db: psycopg.Connection[Any]
) -> None:
    """And their mean; nothing where nobody labelled the same turn."""
    nobody = run(migrated_dsn, "agreement")
    assert nobody.output == "no two labellers have labelled the same turn\n"
    for intents in ("aa", "aa", "ab", "bb"):
        turn = derived_rows.turn(db, START)
        for labeller, intent in zip(("ann", "ben"), intents, strict=True):
            derived_rows.label(db, turn, intent, labeller=labeller)
    derived_rows.settle_labels(db)
    assert run(migrated_dsn, "agreement", *RANGE).output == (
        "ann ben: kappa 0.5000, 3 of 4 turns alike\n"
        "all: kappa 0.5000, 3 of 4 turns alike\n"
    )
