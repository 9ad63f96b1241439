"""turnspan recompute, as people run it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from click.testing import CliRunner
from tests.support.busy import BOTS, busy, facts
from tests.support.chat import BASE, derived

from turnspan_collector.commands.recompute import command
from turnspan_collector.errors import ExitCode, StartError
from turnspan_exporters.timescale._connection import connect

FROM = f"{BASE - timedelta(days=2):%Y-%m-%d}"


def test_it_says_what_it_did(migrated_dsn: str) -> None:
    """Progress goes to standard error, the result to standard output."""
    derived(migrated_dsn, busy(1, talks=4))
    arguments = ["--dsn", migrated_dsn, "--from", FROM, "--bot", "support"]
    result = CliRunner().invoke(command, [*arguments, "--session-timeout", "45m"])
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("derived ")
    lines = result.stderr.splitlines()
    assert lines[0].startswith("keeping the numbers of support: 0 of ")
    assert [one for one in lines if one.startswith("deriving: ")][-1].endswith(
        "100.0%)"
    )
    assert lines[-1].startswith("no daily values: ") or lines[-1].startswith("refresh")


def test_a_date_is_the_bots_midnight(migrated_dsn: str) -> None:
    """In the zone that is being set, where one is."""
    derived(migrated_dsn, busy(1, talks=4))
    arguments = ["--dsn", migrated_dsn, "--from", FROM, "--bot", "support"]
    result = CliRunner().invoke(command, [*arguments, "--timezone", "Asia/Tokyo"])
    assert result.exit_code == 0, result.output
    with connect(migrated_dsn) as connection:
        rows = connection.execute(
            "SELECT from_time AT TIME ZONE 'Asia/Tokyo' FROM turnspan.recomputations"
        ).fetchall()
    assert [f"{at:%Y-%m-%d %H:%M}" for (at,) in rows] == [f"{FROM} 00:00"]


def test_it_survives_being_killed(migrated_dsn: str) -> None:
    """The same command goes on with what was left, and keeps no number twice."""
    derived(migrated_dsn, *(busy(seed) for seed in range(4)))
    before = facts(migrated_dsn)
    ours = ["--dsn", migrated_dsn, "--from", FROM, "--session-timeout", "2h"]
    arguments = [*ours, *(f"--bot={bot}" for bot in BOTS)]
    slow = (
        "from turnspan_exporters.timescale import _recompute as r; r._CHUNK = 1\n"
        "from turnspan_collector.__main__ import main; main()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", slow, "recompute", *arguments],
        stderr=subprocess.PIPE,
        env=os.environ,
    )
    try:
        with connect(migrated_dsn) as connection:
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline:
                done = connection.execute(
                    "SELECT records_done FROM _turnspan.recompute"
                ).fetchone()
                if done and done[0] > 0:
                    break
                time.sleep(0.01)
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    result = CliRunner().invoke(command, arguments)
    assert result.exit_code == 0, result.output
    with connect(migrated_dsn) as connection:
        rows = connection.execute(
            "SELECT state, records_done = records_total, records_total > 0, "
            "(SELECT count(*) FROM _turnspan.publication) "
            "FROM _turnspan.recompute"
        ).fetchall()
        cut = connection.execute(
            "SELECT DISTINCT parameters -> 'session_timeout' FROM _turnspan.session"
        ).fetchall()
    assert rows == [("done", True, True, 2)]
    assert cut == [(7200.0,)]
    assert facts(migrated_dsn) != before


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--from", "soon"], 'from: "soon" is neither a date'),
        (["--from", "2020-01-01"], "lies behind the raw rows"),
        (["--from", "2199-01-01"], "lies in the future"),
        (["--from", FROM, "--to", FROM], "is not before to"),
        (["--from", FROM, "--bot", "nobody"], '"nobody" never sent anything'),
        (["--from", FROM, "--session-timeout", "1s"], "session_timeout=1s is outside"),
    ],
)
def test_a_range_that_cannot_be_is_refused(
    migrated_dsn: str, arguments: list[str], sentence: str
) -> None:
    """With the field, the value and the limit, and exit code 2."""
    result = CliRunner().invoke(command, ["--dsn", migrated_dsn, *arguments])
    assert isinstance(result.exception, StartError)
    assert sentence in str(result.exception)
    assert result.exception.exit_code is ExitCode.USAGE
