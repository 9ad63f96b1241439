"""A store that takes long to open keeps no client waiting, once it is known."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psycopg
from tests.support.running import eventually, running_collector
from tests.support.sender import check_identity, sending
from tests.support.watching import counters, health

from turnspan_collector.errors import ExitCode
from turnspan_exporters.timescale import _migrate


def test_the_doors_open_before_the_schema_is_upgraded(
    migrated_dsn: str, tmp_path: Path
) -> None:
    """What comes meanwhile is answered from the spool, and stored after (C53)."""
    with running_collector(tmp_path, dsn=migrated_dsn) as known:
        assert health(known) == 200
    with psycopg.connect(migrated_dsn, autocommit=True) as migrating:
        migrating.execute("SELECT pg_advisory_lock(%s)", (_migrate._LOCK,))
        with running_collector(tmp_path, dsn=migrated_dsn) as running:
            assert health(running) == 503
            assert health(running, "/accepting") == 200
            with sending(running) as senders:
                for one in senders:
                    one.wait_for(40)
            assert counters(running)["turnspan_spool_requests"] > 0
            migrating.execute("SELECT pg_advisory_unlock(%s)", (_migrate._LOCK,))
            eventually(lambda: health(running) == 200)
            check_identity(migrated_dsn, senders)
            assert sum(one.retries for one in senders) == 0


def test_a_schema_that_does_not_fit_is_not_waited_for(
    migrated_dsn: str, tmp_path: Path
) -> None:
    """Also where the store is known: spooling for it would never end."""
    with running_collector(tmp_path, dsn=migrated_dsn) as known:
        assert health(known) == 200
    with psycopg.connect(migrated_dsn, autocommit=True) as connection:
        connection.execute(
            "UPDATE _turnspan.migration SET sha256 = 'x' WHERE name = %s",
            ("once/0002_derived.sql",),
        )
    done = subprocess.run(
        [sys.executable, "-m", "turnspan_collector", "collector",
         "--dsn", migrated_dsn, f"--spool-directory={tmp_path / 'spool'}",
         *(f"--{name}-port=0" for name in ("grpc", "http", "health", "metrics",
                                           "api"))],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == ExitCode.DATABASE_UNREACHABLE
    assert "once/0002_derived.sql was applied with other contents" in done.stderr
    assert "Go on with the program that made the database" in done.stderr
