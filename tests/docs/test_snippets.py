"""Every snippet of the README and the guides runs, without any complaint."""

from __future__ import annotations

import logging
import shlex
import sys
import types
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest
from tests.docs.markdown import Block, blocks
from tests.support.telemetry import Captured

import turnspan
from turnspan_collector import config

_LANGUAGES: Final = {"python", "sh", "sql", "toml", "yaml", "json", "text"}


@pytest.mark.parametrize("block", blocks("python"), ids=str)
def test_python_snippets_run(
    block: Block,
    captured: Captured,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Each stands on its own; turnspan has nothing to report about it."""
    monkeypatch.setattr(turnspan, "setup", _setup)
    module = types.ModuleType("snippet")
    monkeypatch.setitem(sys.modules, "snippet", module)
    code = compile(block.text, str(block), "exec", dont_inherit=True)
    with caplog.at_level(logging.WARNING):
        exec(code, module.__dict__)
    assert caplog.messages == []


def _setup(*arguments: Any, **options: Any) -> None:
    """Check the call; the providers of the test stay in force."""
    import inspect

    from turnspan import _setup

    inspect.signature(_setup.setup).bind(*arguments, **options)


@pytest.mark.parametrize("block", blocks("sql"), ids=str)
def test_sql_snippets_run(block: Block, db: psycopg.Connection[Any]) -> None:
    """Each is a statement that an empty store can answer."""
    db.execute(block.text.encode())


@pytest.mark.parametrize("block", blocks("toml"), ids=str)
def test_settings_snippets_load(block: Block, tmp_path: Path) -> None:
    """Each is a file that the collector takes."""
    file = tmp_path / "turnspan.toml"
    file.write_text(block.text, "utf-8")
    assert isinstance(config.load(environment={}, file=file), config.Settings)


def test_shell_snippets_parse() -> None:
    """Each line, with those that go on, is one that a shell would take."""
    lines = [
        line
        for block in blocks("sh")
        for line in block.text.replace("\\\n", " ").splitlines()
    ]
    assert [line for line in lines if line and not shlex.split(line, True)] == []
    assert len(lines) > 10


def test_languages_are_known() -> None:
    """No block escapes the tests by a language that nobody looks at."""
    assert {block.language for block in blocks()} <= _LANGUAGES
