"""The guides to recomputing and erasing come true: their commands and queries run."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from click.testing import CliRunner, Result
from tests.docs.markdown import ROOT, blocks
from tests.support.chat import Chat, derived

from turnspan_collector.api import create_app
from turnspan_collector.commands.forget import command as forget
from turnspan_collector.commands.recompute import command as recompute
from turnspan_collector.commands.set import command as set_
from turnspan_exporters.timescale import settle
from turnspan_exporters.timescale.reader import Reader

RECOMPUTE = ROOT / "docs" / "recompute.md"
ERASURE = ROOT / "docs" / "erasure.md"
COMMANDS = {"recompute": recompute, "set": set_, "forget": forget}
_DATE = re.compile(r"2026-(10|11)-\d\d")


def _blocks(guide: Path, language: str) -> list[str]:
    return [one.text for one in blocks(language) if one.file == guide]


def _lately(text: str) -> str:
    """The guide's October as the days that just went by; its month has 31 of them."""
    today = datetime.now(UTC).date()
    first = datetime(2026, 11, 1, tzinfo=UTC).date()

    def moved(found: re.Match[str]) -> str:
        day = datetime.fromisoformat(found[0]).date()
        return str(min(today + (day - first), today))

    return _DATE.sub(moved, text)


def _run(guide: Path, dsn: str) -> Iterator[tuple[str, Result]]:
    for text in _blocks(guide, "sh"):
        for line in text.splitlines():
            program, name, *rest = shlex.split(_lately(line))
            assert program == "turnspan"
            yield name, CliRunner().invoke(COMMANDS[name], [*rest, "--dsn", dsn])


def test_history_is_derived_again(
    migrated_dsn: str, db: psycopg.Connection[Any]
) -> None:
    """Both ways, and every query of the guide has the rows that it says."""
    yesterday = datetime.now(UTC).replace(microsecond=0) - timedelta(days=2)
    chat = Chat(base=yesterday)
    talk = chat.talk("c1", user="u1")
    talk.turn(0, "t1", 1)
    talk.turn(2400, "t2", 1)
    derived(migrated_dsn, chat)
    for name, result in _run(RECOMPUTE, migrated_dsn):
        assert result.exit_code == 0, (name, result.output)
    settle(migrated_dsn)
    assert db.execute("SELECT user_turns FROM _turnspan.session").fetchall() == [
        (1,),
        (1,),
    ]
    published, as_of, versions = (
        [part for part in _lately(text).split(";\n") if part.strip()]
        for text in _blocks(RECOMPUTE, "sql")
    )
    rows = db.execute(published[0]).fetchall()
    assert {(row[0], row[4]) for row in rows} == {
        ("support", "recompute session_timeout=2700.0"),
        ("support", "set session_timeout=1800.0"),
    }
    assert {row[2] for row in rows} >= {1.0, 2.0}
    assert db.execute(as_of[0]).description is not None
    assert [len(db.execute(one).fetchall()) for one in versions] == [2, 2]


async def test_the_api_is_asked_as_the_guide_says(migrated_dsn: str) -> None:
    """The path and its parameters are taken."""
    [line] = _blocks(RECOMPUTE, "text")
    method, path = _lately(line).split()
    reader = Reader(migrated_dsn)
    transport = httpx.ASGITransport(create_app(reader))
    with reader:
        async with httpx.AsyncClient(
            transport=transport, base_url="http://localhost"
        ) as client:
            answer = await client.request(method, path)
    assert answer.json() == {"name": "handoff_rate", "unit": "1", "rows": []}


def test_a_user_is_erased(
    migrated_dsn: str,
    db: psycopg.Connection[Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each command ends well, and the audit tells of each but the dry run."""
    monkeypatch.chdir(tmp_path)
    Path("user.key").write_text("a secret of thirty-two characters", "utf-8")
    [named] = set(re.findall(r"--user ([0-9a-f]{64})", ERASURE.read_text("utf-8")))
    chat = Chat()
    chat.talk("c1", user=named).turn(0, "t1", 1)
    derived(migrated_dsn, chat)
    for name, result in _run(ERASURE, migrated_dsn):
        assert result.exit_code == 0, (name, result.output)
    [audit] = _blocks(ERASURE, "sql")
    rows = db.execute(audit).fetchall()
    assert sorted(
        (id, state, gone.get("turn")) for id, _, _, state, gone, _ in rows
    ) == [
        (1, "proven", 1),
        (2, "proven", None),
    ]
