"""The configured file of funnels: applied at the start, and when it changes."""

from __future__ import annotations

import logging
from pathlib import Path

import psycopg
import pytest
from tests.support.running import eventually

from turnspan_collector.errors import ExitCode, StartError
from turnspan_collector.funnel_watch import FunnelWatch
from turnspan_exporters.timescale import declarations

ONE = "goals: [{name: paid, cta: pay}]\n"
OTHER = "goals: [{name: asked, intent: help}]\n"


def _names(dsn: str) -> list[str]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        return [one.name for one in declarations.declared(connection)]


def test_a_change_is_applied_and_a_mistake_only_reported(
    migrated_dsn: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What held before goes on holding until the file is right again."""
    file = tmp_path / "funnels.yaml"
    file.write_text(ONE, "utf-8")
    watch = FunnelWatch(str(file), migrated_dsn, look_every_s=0.02)
    watch.start()
    try:
        assert _names(migrated_dsn) == ["paid"]
        with caplog.at_level(logging.WARNING):
            file.write_text("goals: [{name: paid}]\n", "utf-8")
            eventually(lambda: bool(caplog.messages), 30)
        assert caplog.messages[0] == (
            "funnels.yaml, line 1: goals[0] has 0 of cta, intent, node, event: give "
            "exactly one. The funnels stay as they were."
        )
        assert _names(migrated_dsn) == ["paid"]
        file.write_text(OTHER, "utf-8")
        eventually(lambda: _names(migrated_dsn) == ["asked"], 30)
    finally:
        watch.stop()


def test_a_wrong_file_ends_the_start(migrated_dsn: str, tmp_path: Path) -> None:
    """With the exit code of a wrong setting."""
    watch = FunnelWatch(str(tmp_path / "none.yaml"), migrated_dsn)
    with pytest.raises(StartError) as raised:
        watch.start()
    assert raised.value.exit_code is ExitCode.USAGE
    assert str(raised.value).startswith("none.yaml, line 1: it cannot be read")
    watch.stop()


def test_without_a_file_there_is_nothing_to_do() -> None:
    """Not even a database is asked."""
    watch = FunnelWatch("", "host=/nowhere")
    watch.start()
    watch.stop()


def test_a_database_that_is_away_ends_the_start(tmp_path: Path) -> None:
    """As it does for every command."""
    file = tmp_path / "funnels.yaml"
    file.write_text(ONE, "utf-8")
    with pytest.raises(StartError) as raised:
        FunnelWatch(str(file), "host=/nowhere dbname=x").start()
    assert raised.value.exit_code is ExitCode.DATABASE_UNREACHABLE
