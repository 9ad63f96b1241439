"""Databases that the program of each earlier commit made and filled: no row is lost.

Only with TURNSPAN_FAULTS=long, and where the commits are: tests/exporters/timescale/
test_upgrade.py starts from the schemas that today's files make one after another.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from tests.faults.conftest import LONG
from tests.support.chat import Chat
from tests.support.earlier import columns_of, rows_of
from tests.support.postgres import Databases

from turnspan_exporters.errors import Incompatible, SchemaNewer
from turnspan_exporters.timescale import TimescaleExporter, migrate, settle

ROOT = Path(__file__).parents[2]
SCHEMA = "exporters/turnspan_exporters/timescale/schema"
FOLDERS = ("exporters", "instrumentation", "collector", "tests")
MADE = """
import sys
from tests.support.chat import Chat
from turnspan_exporters.timescale import TimescaleExporter, migrate, settle
migrate(sys.argv[1])
chat = Chat()
for number in range(5):
    talk = chat.talk(f"c{number}", user=f"u{number % 2}")
    for turn in range(4):
        talk.turn(turn * 30, f"t{number}.{turn}", intent_name="refund")
        talk.message(turn * 30, turn=f"t{number}.{turn}")
    talk.handoff("request", 100, f"h{number}")
exporter = TimescaleExporter(sys.argv[1])
exporter.open()
exporter.export([chat.batch()])
exporter.close()
settle(sys.argv[1], timeout_s=60)
"""


def git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(ROOT), *arguments],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stdout if done.returncode == 0 else ""


def commits() -> Iterator[str]:
    """Those that have another set of files than the one before, the oldest first."""
    seen = ""
    for commit in git("log", "--reverse", "--format=%h", "--", SCHEMA).split():
        tree = git("ls-tree", "-r", commit, "--", f"{SCHEMA}/")
        once = "\n".join(line for line in tree.splitlines() if "/once/" in line)
        if once and once != seen:
            yield commit
        seen = once


EARLIER = [*commits()][:-1] if LONG else []


def test_there_are_earlier_commits() -> None:
    """Else the test below says nothing."""
    if not LONG:
        pytest.skip("only with TURNSPAN_FAULTS=long")
    if not EARLIER:
        pytest.skip("the commits are not here, as in a shallow clone")
    assert len(EARLIER) > 40


def refusal(dsn: str) -> str:
    """Why it cannot be migrated; empty once it is."""
    try:
        migrate(dsn)
    except (Incompatible, SchemaNewer) as error:
        return str(error)
    return ""


@pytest.mark.parametrize("commit", EARLIER)
def test_what_its_program_stored_is_there(
    commit: str, databases: Databases, dsn: str, tmp_path: Path
) -> None:
    """And today's stores beside it; or it is refused, clearly, and left alone."""
    archive = subprocess.run(
        ["git", "-C", str(ROOT), "archive", commit, *FOLDERS],
        capture_output=True, check=True,
    )  # fmt: skip
    subprocess.run(["tar", "-x", "-C", str(tmp_path)], input=archive.stdout, check=True)
    path = [tmp_path, *(tmp_path / one for one in FOLDERS)]
    done = subprocess.run(
        [sys.executable, "-c", MADE, dsn], capture_output=True, text=True, check=False,
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": ":".join(map(str, path))},
    )  # fmt: skip
    if done.returncode:
        pytest.skip(f"its program stored nothing: {done.stderr.splitlines()[-1]}")
    with psycopg.connect(dsn, autocommit=True) as db:
        columns = columns_of(db)
        before = {table: rows_of(db, table, names) for table, names in columns.items()}
        assert before["span"].total() == 20
        if refused := refusal(dsn):
            assert "was applied with other contents" in refused
            assert columns_of(db) == columns
            pytest.skip(f"it is refused: {refused}")
        after = {table: rows_of(db, table, names) for table, names in columns.items()}
        lost = {table: rows - after[table] for table, rows in before.items()}
        lost.pop("user_trailing_until", None)  # 0721 has all of it counted anew
        assert {table: rows for table, rows in lost.items() if rows} == {}
    exporter = TimescaleExporter(dsn, migrates=False)
    exporter.open()
    chat = Chat("new")
    chat.talk("c9").turn(0, "t9")
    assert exporter.export([chat.batch()]).spans.inserted == 1
    exporter.close()
    settle(dsn, timeout_s=120)
