"""The embedded server's life: found or started, watched, restarted, stopped."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from turnspan_collector.embedded import binaries as _binaries
from turnspan_collector.embedded import cluster as _cluster
from turnspan_collector.errors import ExitCode, StartError

__all__ = ["EmbeddedPostgres", "running_dsn"]

logger = logging.getLogger(__name__)

DATABASE = "turnspan"
START_SECONDS_MAX = 300  # replaying the log after a crash takes its time
STOP_SECONDS_MAX = 30
WATCH_SECONDS = 0.2
BACKOFF_SECONDS_MAX = 5.0

# What must hold whatever postgresql.conf says, and what differs from the defaults
# for a server that shares a small machine with its one client.
OPTIONS = (
    "listen_addresses=",
    "port=5432",
    "unix_socket_permissions=0700",
    "fsync=on",
    "full_page_writes=on",
    "synchronous_commit=on",
    "shared_buffers=64MB",
    "max_connections=40",
    "max_wal_size=512MB",
    "wal_compression=on",
    "checkpoint_timeout=10min",
    "jit=off",
    "timezone=UTC",
    "log_timezone=UTC",
    "logging_collector=off",
    "log_min_messages=warning",
)


class EmbeddedPostgres:
    """PostgreSQL in a directory, for this process; reached by Unix socket only.

    ``start`` makes the cluster where there is none, finds a server that an earlier
    collector left behind (``kill -9``), or starts one, and returns its DSN. A thread
    restarts a server that dies. ``stop`` ends the server; committed rows are durable
    in any case.
    """

    def __init__(
        self,
        data: Path,
        *,
        postgres_bin: str = "",
        postgres_user: str = "",
        progress: Callable[[str], None] = logger.info,
    ) -> None:
        self._data = data.expanduser().absolute()
        self._wanted_bin = postgres_bin
        self._wanted_user = postgres_user
        self._progress = progress
        self._cluster = _cluster.data_path(self._data)
        self._lock: IO[str] | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._pid = 0
        self._sockets: Path | None = None
        self._stopping = threading.Event()
        self._watcher: threading.Thread | None = None

    @property
    def pid(self) -> int:
        """The server's process id; 0 before it runs."""
        return self._pid

    def start(self) -> str:
        """Run the server and return its DSN; ``StartError`` where it cannot."""
        _cluster.prepare(self._data)
        self._lock = _cluster.claim(self._data)
        try:
            return self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self) -> str:
        self._account = _binaries.account_for(self._cluster, self._wanted_user)
        self._bin = _binaries.find_binaries(self._wanted_bin, self._account)
        if not self._cluster.exists():
            self._progress(f"making a database in {self._data}")
            _cluster.initialise(self._cluster, self._bin, self._account)
        self._check_version()
        self._run()
        _create_database(self._dsn("postgres"))
        self._watcher = threading.Thread(
            target=self._watch, name="embedded-postgres", daemon=True
        )
        self._watcher.start()
        return self._dsn(DATABASE)

    def _dsn(self, database: str) -> str:
        return make_conninfo(
            host=str(self._sockets), port=5432, user=_cluster.ROLE, dbname=database
        )

    def _check_version(self) -> None:
        try:
            made_by = (self._cluster / "PG_VERSION").read_text().strip()
        except PermissionError:
            raise StartError(
                f"--data {self._data} belongs to another user: run the collector as "
                "that user, or give another directory.",
                ExitCode.DATA_DIRECTORY,
            ) from None
        except FileNotFoundError:
            made_by = "no known version of PostgreSQL"
        ours = _binaries.major_of(self._bin)
        if made_by != ours:
            raise StartError(
                f"--data {self._data} was made by PostgreSQL {made_by} and this is "
                f"{ours}: give postgres_bin the programs of {made_by}, or another "
                "directory.",
                ExitCode.DATA_DIRECTORY,
            )

    def _run(self) -> None:
        """Adopt the server that runs already, or start one; ready when it returns."""
        found = _cluster.read_postmaster(self._cluster)
        if found is not None and found.is_alive:
            self._child, self._pid = None, found.pid
            if found.socket_directory is not None and found.socket_directory.is_dir():
                self._sockets = found.socket_directory
            logger.info("found the embedded PostgreSQL running, pid=%d", found.pid)
        else:
            self._sockets = _cluster.socket_directory(self._data, self._account)
            _cluster.clear_stale(self._cluster, self._sockets)
            self._launch()
        self._wait_ready()

    def _launch(self) -> None:
        spelled, start = _cluster.run_as(self._account, self._cluster)
        options = (*OPTIONS, f"unix_socket_directories={self._sockets}")
        with (self._data / "postgres.log").open("ab") as log:
            self._child = subprocess.Popen(  # noqa: S603
                [
                    self._bin / "postgres",
                    "-D",
                    spelled,
                    *(part for option in options for part in ("-c", option)),
                ],
                stdout=log,
                stderr=log,
                env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"},
                **start,
            )
        self._pid = self._child.pid

    def _wait_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS_MAX
        told = time.monotonic() + 3
        while not self._stopping.wait(0.01):
            if not self.is_running():
                raise StartError(
                    f"the embedded PostgreSQL ended at once: {self._last_words()} "
                    f"(the whole log is {self._data / 'postgres.log'}).",
                    ExitCode.DATA_DIRECTORY,
                )
            found = _cluster.read_postmaster(self._cluster)
            if found is not None and found.pid == self._pid and found.ready:
                return
            if time.monotonic() > told:
                self._progress("the database is still recovering")
                told += 10
            if time.monotonic() > deadline:
                break
        raise StartError(
            f"the embedded PostgreSQL was not ready after {START_SECONDS_MAX} s: see "
            f"{self._data / 'postgres.log'}.",
            ExitCode.DATABASE_UNREACHABLE,
        )

    def _last_words(self) -> str:
        log = (self._data / "postgres.log").read_bytes()[-8192:]
        lines = log.decode(errors="replace").splitlines()
        fatal = [line.strip() for line in lines if "FATAL" in line or "PANIC" in line]
        return fatal[-1] if fatal else "it said nothing"

    def is_running(self) -> bool:
        """Whether the server's process lives."""
        if self._child is not None:
            return self._child.poll() is None
        found = _cluster.read_postmaster(self._cluster)
        return found is not None and found.pid == self._pid and found.is_alive

    def _watch(self) -> None:
        """Restart the server whenever it dies; wait longer each time it dies young."""
        backoff = WATCH_SECONDS
        while not self._stopping.wait(WATCH_SECONDS):
            if self.is_running():
                backoff = max(WATCH_SECONDS, backoff * 0.99)
                continue
            logger.warning("the embedded PostgreSQL is gone; starting it again")
            try:
                self._run()
                logger.info("the embedded PostgreSQL runs again, pid=%d", self._pid)
            except (StartError, OSError) as error:
                logger.error("%s Next attempt in %.1f s.", error, backoff)
            self._stopping.wait(backoff)
            backoff = min(backoff * 2, BACKOFF_SECONDS_MAX)

    def interrupt(self) -> None:
        """Tell the server to end, and do not wait for it."""
        self._stopping.set()
        if self._pid and self.is_running():
            self._signal(signal.SIGINT)

    def stop(self) -> None:
        """End the server (fast shutdown) and give the directory back."""
        self._stopping.set()
        if self._watcher is not None:
            self._watcher.join(STOP_SECONDS_MAX)
        if self._pid and self.is_running():
            self._signal(signal.SIGINT)
            if not self._ended(STOP_SECONDS_MAX):
                self._signal(signal.SIGQUIT)
                self._ended(STOP_SECONDS_MAX)
        if self._sockets is not None:
            with contextlib.suppress(OSError):
                self._sockets.rmdir()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, number)

    def _ended(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while self.is_running():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)
        return True


def _create_database(dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True, connect_timeout=10) as connection:
        exists = connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)
        ).fetchone()
        if not exists:
            connection.execute(
                sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE))
            )


def running_dsn(data: Path) -> str:
    """The DSN of the server that a running collector keeps in ``data``."""
    data = data.expanduser().absolute()
    found = _cluster.read_postmaster(_cluster.data_path(data))
    if found is None or not found.is_alive or found.socket_directory is None:
        raise StartError(
            f"no collector keeps a database in --data {data}: start `turnspan "
            "collector` first, or give --dsn.",
            ExitCode.DATABASE_UNREACHABLE,
        )
    return make_conninfo(
        host=str(found.socket_directory),
        port=5432,
        user=_cluster.ROLE,
        dbname=DATABASE,
    )
