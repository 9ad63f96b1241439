"""kill -9 of every process of PostgreSQL under load, and a restart."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.faults.conftest import Measure
from tests.support.postgres import Databases, EmbeddedServer, embedded_server
from tests.support.running import eventually, running_collector
from tests.support.sender import check_identity, sending
from tests.support.watching import health, keeps_identity

from turnspan_exporters.timescale import migrate


@pytest.fixture
def server() -> Iterator[EmbeddedServer]:
    """A server of the test's own, to be killed."""
    with embedded_server() as made:
        yield made


def kill_all(server: EmbeddedServer) -> None:
    """The postmaster first, so that it starts nobody again, then its children."""
    postmaster = int((server.home / "data" / "postmaster.pid").read_text().split()[0])
    children = [
        int(one.name)
        for one in Path("/proc").iterdir()
        if one.name.isdecimal() and _parent(one) == postmaster
    ]
    for pid in (postmaster, *children):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _parent(process: Path) -> int:
    try:
        return int((process / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def started(server: EmbeddedServer) -> bool:
    try:
        server.start()
    except RuntimeError:
        return False
    return True


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="finds processes in /proc")
def test_kill_9_and_restart(
    server: EmbeddedServer, tmp_path: Path, measure: Measure
) -> None:
    """What was answered is there, though the server's own default is not to sync."""
    dsn = Databases(server.dsn).create()
    migrate(dsn)
    with running_collector(tmp_path, dsn=dsn) as running:
        with sending(running) as senders:
            for _ in range(measure.restarts):
                for one in senders:
                    one.wait_for(100)
                kill_all(server)
                for one in senders:
                    one.wait_for(60)
                assert health(running, "/accepting") == 200
                eventually(lambda: started(server))
                eventually(lambda: health(running) == 200)
            for one in senders:
                one.wait_for(40)
        check_identity(dsn, senders)
        keeps_identity(running)
