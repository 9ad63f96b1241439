"""Disks that are full: clients wait, the counters say so, and nothing is lost."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import conninfo
from tests.support.postgres import Databases, EmbeddedServer, embedded_server
from tests.support.proxy import Proxy
from tests.support.running import eventually, running_collector
from tests.support.sender import check_identity, sending
from tests.support.watching import counters, health, keeps_identity

from turnspan_exporters.timescale import migrate

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="mounting a small disk needs root"
)


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A disk of that size at ``folder``."""
    folder.mkdir(exist_ok=True, parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("this container may not mount")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(ballast: Path) -> None:
    """Write until nothing more goes onto the disk."""
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(bytes(4096)):
            pass


def test_the_spools(migrated_dsn: str, proxy: Proxy, tmp_path: Path) -> None:
    """503 and its like while it is full; what was spooled before is whole (C30)."""
    with (
        small_disk(tmp_path / "spool", "256k") as disk,
        running_collector(tmp_path, dsn=proxy.dsn) as running,
    ):
        with sending(running) as senders:
            for one in senders:
                one.wait_for(40)
            proxy.cut()
            eventually(lambda: all(one.retries for one in senders), 60)
            assert counters(running)["turnspan_spool_requests"] > 0
            eventually(lambda: health(running, "/accepting") == 503)
            proxy.restore()
            for one in senders:
                one.wait_for(100)
        check_identity(migrated_dsn, senders)
        keeps_identity(running)
        eventually(lambda: list(disk.glob("*.spool")) == [])


@pytest.fixture
def server() -> Iterator[EmbeddedServer]:
    """A server of the test's own."""
    with embedded_server() as made:
        yield made


def test_the_databases(server: EmbeddedServer, tmp_path: Path) -> None:
    """Its tables cannot grow: requests are spooled, and stored when there is room."""
    small = server.home / "small"
    with small_disk(small, "24m") as disk:
        subprocess.run(["chown", str(server.user), str(disk)], check=True)
        dsn = Databases(server.dsn).create()
        with psycopg.connect(server.dsn, autocommit=True) as connection:
            connection.execute(f"CREATE TABLESPACE small LOCATION '{disk}'")
            name = conninfo.conninfo_to_dict(dsn)["dbname"]
            connection.execute(f"ALTER DATABASE {name} SET TABLESPACE small")
        migrate(dsn)
        with running_collector(tmp_path, dsn=dsn) as running:
            with sending(running) as senders:
                for one in senders:
                    one.wait_for(40)
                fill(disk / "ballast")
                eventually(lambda: counters(running)["turnspan_spool_requests"], 60)
                for one in senders:
                    one.wait_for(40)
                (disk / "ballast").unlink()
                for one in senders:
                    one.wait_for(40)
            check_identity(dsn, senders)
            keeps_identity(running)
