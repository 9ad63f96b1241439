"""A collector as its users run it: a process, found by its ready line."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

import psycopg

from turnspan_collector.embedded import running_dsn

__all__ = ["Running", "eventually", "running_collector", "turnspan"]

T = TypeVar("T")

_READY = re.compile(r"\bready ((?:\w+=\d+ ?)+)")
_START_S = 60.0
_PORTS = ("grpc", "http", "health", "metrics", "api")


@dataclass(slots=True)
class Running:
    """A collector that accepts data, and the ways to it."""

    process: subprocess.Popen[bytes]
    ports: dict[str, int]
    log: Path
    store: tuple[str, str]
    """The flag, --data or --dsn, and its value."""

    @property
    def endpoint(self) -> str:
        """Where bots send, over gRPC."""
        return f"http://127.0.0.1:{self.ports['grpc']}"

    @property
    def http_endpoint(self) -> str:
        """Where bots send, over HTTP."""
        return f"http://127.0.0.1:{self.ports['http']}"

    @property
    def page(self) -> str:
        """The page and the API."""
        return f"http://127.0.0.1:{self.ports['api']}"

    def get(self, path: str, **query: object) -> Any:
        """The API's answer as JSON; ``path`` follows /api/v1/."""
        given = urlencode({k: v for k, v in query.items() if v is not None}, True)
        url = f"{self.page}/api/v1/{path}?{given}"
        with urllib.request.urlopen(url, timeout=60) as answer:
            return json.load(answer)

    def metric(self, name: str, **query: object) -> list[dict[str, Any]]:
        """A metric's rows."""
        rows: list[dict[str, Any]] = self.get(f"metrics/{name}", **query)["rows"]
        return rows

    def settle(self) -> None:
        """Wait until everything received is derived and refreshed."""
        turnspan("settle", *self.store, "--timeout=560")

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """End it in order; returns its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def connect(self) -> psycopg.Connection[Any]:
        """A connection to its database, in autocommit and UTC."""
        embedded = self.store[0] == "--data"
        dsn = running_dsn(Path(self.store[1])) if embedded else self.store[1]
        return psycopg.connect(dsn, autocommit=True, options="-c timezone=UTC")


def turnspan(*arguments: str, timeout: float = 600) -> str:
    """Run a turnspan command; fails with what it said unless it exits with 0."""
    done = subprocess.run(
        [sys.executable, "-m", "turnspan_collector", *arguments],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


@contextmanager
def running_collector(
    folder: Path, *, dsn: str | None = None, flags: tuple[str, ...] = ()
) -> Iterator[Running]:
    """Run ``turnspan collector`` on free ports.

    Without ``dsn`` it manages an embedded PostgreSQL in ``folder``/data, which is
    found again when the folder is.
    """
    folder.mkdir(parents=True, exist_ok=True)
    store = ("--dsn", dsn) if dsn is not None else ("--data", str(folder / "data"))
    log = folder / "collector.log"
    ports = [f"--{name}-port=0" for name in _PORTS]
    if dsn is not None:
        flags = (f"--spool-directory={folder / 'spool'}", *flags)
    command = [sys.executable, "-m", "turnspan_collector", "collector", *store]
    with log.open("ab") as output:
        start = output.tell()
        process = subprocess.Popen(
            [*command, *ports, *flags],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**os.environ, "TURNSPAN_LOG_LEVEL": "debug"},
            start_new_session=True,
        )
    running = Running(process, {}, log, store)
    try:
        running.ports = _ready(process, log, start)
        yield running
    finally:
        running.stop()


def _ready(process: subprocess.Popen[bytes], log: Path, start: int) -> dict[str, int]:
    ends = time.monotonic() + _START_S
    while True:
        said = log.read_bytes()[start:].decode(errors="replace")
        if found := _READY.search(said):
            pairs = (pair.split("=") for pair in found[1].split())
            return {name: int(port) for name, port in pairs}
        assert process.poll() is None, f"the collector ended: {said}"
        assert time.monotonic() < ends, f"the collector is not ready: {said}"
        time.sleep(0.02)


def eventually(look: Callable[[], T], seconds: float = 20) -> T:
    """What ``look`` finds once it is true; fails when it stays false."""
    ends = time.monotonic() + seconds
    while True:
        try:
            found, problem = look(), None
        except (urllib.error.URLError, psycopg.Error) as error:
            found, problem = None, error
        if found:
            return found
        assert time.monotonic() < ends, f"still {found!r} after {seconds} s: {problem}"
        time.sleep(0.05)
