"""The embedded PostgreSQL: found again, brought back, never shared by accident."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.support.running import eventually

from turnspan_collector.embedded import EmbeddedPostgres, running_dsn
from turnspan_collector.errors import ExitCode, StartError


def ask(dsn: str, question: str) -> Any:
    with psycopg.connect(dsn, autocommit=True) as connection:
        row = connection.execute(question).fetchone()
    return row and row[0]


def note(dsn: str, number: int) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS noted (number int)")
        connection.execute("INSERT INTO noted VALUES (%s)", (number,))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def server(data: Path) -> Iterator[EmbeddedPostgres]:
    made = EmbeddedPostgres(data)
    yield made
    made.stop()


def test_it_starts_from_nothing_and_is_found_again(
    server: EmbeddedPostgres, data: Path
) -> None:
    """What was committed is there after stop and start."""
    dsn = server.start()
    note(dsn, 7)
    assert ask(running_dsn(data), "SELECT number FROM noted") == 7
    server.stop()
    with pytest.raises(StartError, match="no collector keeps a database"):
        running_dsn(data)
    again = EmbeddedPostgres(data)
    assert ask(again.start(), "SELECT number FROM noted") == 7
    again.stop()


def test_it_can_be_reached_by_its_socket_only(server: EmbeddedPostgres) -> None:
    """No TCP, and a socket that other accounts may not use."""
    dsn = server.start()
    assert ask(dsn, "SHOW listen_addresses") == ""
    assert ask(dsn, "SHOW unix_socket_permissions") == "0700"
    host = str(psycopg.conninfo.conninfo_to_dict(dsn)["host"])
    assert Path(host).stat().st_mode & 0o077 == 0


def test_it_is_durable(server: EmbeddedPostgres) -> None:
    """Whatever postgresql.conf says: an answer means that the data is on disk."""
    dsn = server.start()
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        assert ask(dsn, f"SHOW {setting}") == "on"


def test_a_killed_server_comes_back_with_what_was_committed(
    server: EmbeddedPostgres,
) -> None:
    """By itself, after kill -9."""
    dsn = server.start()
    note(dsn, 7)
    os.kill(server.pid, signal.SIGKILL)
    assert eventually(lambda: _try(dsn, "SELECT number FROM noted")) == 7


def _try(dsn: str, question: str) -> Any:
    try:
        return ask(dsn, question)
    except psycopg.OperationalError:
        return None


def test_a_killed_collector_leaves_a_server_that_the_next_one_takes_over(
    data: Path,
) -> None:
    """kill -9 of the collector: the server runs on, and is watched and stopped."""
    code = (
        "import os, sys, pathlib\n"
        "from turnspan_collector.embedded import EmbeddedPostgres\n"
        "EmbeddedPostgres(pathlib.Path(sys.argv[1])).start()\n"
        "os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(data)], check=False, timeout=60)
    note(running_dsn(data), 7)
    taken_over = EmbeddedPostgres(data)
    dsn = taken_over.start()
    assert ask(dsn, "SELECT number FROM noted") == 7
    os.kill(taken_over.pid, signal.SIGKILL)
    assert eventually(lambda: _try(dsn, "SELECT number FROM noted")) == 7
    taken_over.stop()
    assert not taken_over.is_running()


def test_a_stale_pid_file_is_no_obstacle(server: EmbeddedPostgres, data: Path) -> None:
    """Not even when another program has the number now."""
    server.start()
    server.stop()
    stale = data / "postgres" / "postmaster.pid"
    stale.write_text(f"{os.getpid()}\n{data}\n0\n5432\n{data}\n\n0 0\nready\n")
    again = EmbeddedPostgres(data)
    assert ask(again.start(), "SELECT 1") == 1
    again.stop()


def test_a_second_collector_is_told_who_has_the_directory(
    server: EmbeddedPostgres, data: Path
) -> None:
    """And the first one is not disturbed."""
    dsn = server.start()
    second = EmbeddedPostgres(data)
    with pytest.raises(StartError) as refused:
        second.start()
    assert str(refused.value) == (
        f"--data {data} is in use by the collector with process id {os.getpid()}: stop "
        "that one, or give this one another directory."
    )
    assert refused.value.exit_code is ExitCode.DATA_DIRECTORY
    assert ask(dsn, "SELECT 1") == 1


def test_data_of_another_version_is_refused(
    server: EmbeddedPostgres, data: Path
) -> None:
    """Before PostgreSQL would touch it."""
    server.start()
    server.stop()
    (data / "postgres" / "PG_VERSION").write_text("16\n")
    with pytest.raises(StartError, match=r"was made by PostgreSQL 16 and this is \d+"):
        EmbeddedPostgres(data).start()


def test_an_interrupted_first_start_is_begun_again(
    server: EmbeddedPostgres, data: Path
) -> None:
    """A half-made cluster is not mistaken for one."""
    (data / "postgres.new" / "base").mkdir(parents=True)
    (data / "postgres.new" / "PG_VERSION").write_text("18\n")
    assert ask(server.start(), "SELECT 1") == 1


def test_a_long_path_gets_a_short_socket(tmp_path: Path) -> None:
    """A socket's path has about a hundred bytes."""
    server = EmbeddedPostgres(tmp_path / ("long-" * 30) / "data")
    assert ask(server.start(), "SELECT 1") == 1
    server.stop()


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """With the reason, and what to do."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StartError) as refused:
        EmbeddedPostgres(tmp_path / "file" / "data").start()
    assert "cannot be written (Not a directory): give a directory" in str(refused.value)
    assert refused.value.exit_code is ExitCode.DATA_DIRECTORY


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
def test_a_full_disk_is_said_before_anything_is_written(tmp_path: Path) -> None:
    """With what there is and what is needed."""
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(small)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("this container may not mount")
    try:
        with pytest.raises(StartError, match=r"has 1\d MiB of free space and at least"):
            EmbeddedPostgres(small / "data").start()
    finally:
        subprocess.run(["umount", str(small)], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands over to an account")
def test_root_hands_over_to_an_ordinary_account(
    server: EmbeddedPostgres, data: Path
) -> None:
    """Below a directory that only root may search, and opens nothing to others."""
    data.parent.chmod(0o700)
    server.start()
    assert Path(f"/proc/{server.pid}").stat().st_uid != 0
    assert data.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands over to an account")
def test_an_account_that_is_root_or_unknown_is_refused(data: Path) -> None:
    """PostgreSQL would refuse it later, in its own words."""
    for name in ("root", "nobody-of-that-name"):
        with pytest.raises(StartError, match="give an ordinary account"):
            EmbeddedPostgres(data, postgres_user=name).start()


def test_programs_from_elsewhere_must_be_there(data: Path, tmp_path: Path) -> None:
    """postgres_bin without PostgreSQL is a mistake in the settings."""
    with pytest.raises(StartError, match="has no initdb: give postgres_bin") as refused:
        EmbeddedPostgres(data, postgres_bin=str(tmp_path)).start()
    assert refused.value.exit_code is ExitCode.USAGE
