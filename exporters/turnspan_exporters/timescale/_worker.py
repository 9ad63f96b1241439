"""The worker that keeps derived rows and aggregates up to date, and settling."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import psycopg

from turnspan_exporters.errors import ExportError, Retryable
from turnspan_exporters.timescale._connection import (
    Connection,
    connect,
    is_timescale,
    sorted_errors,
)
from turnspan_exporters.timescale._derive import SHARDS, Deriver
from turnspan_exporters.timescale._queries import query
from turnspan_exporters.timescale._recompute import run_waiting
from turnspan_exporters.timescale._refresh import (
    drop_old,
    forget_late,
    heal,
    refresh_late,
)
from turnspan_exporters.timescale._trailing import count_trailing_users

__all__ = ["Worker", "pending", "settle"]

_SWEEP_S: Final = 1.0
_REFRESH_S: Final = 1.0
_TIDY_S: Final = 3600.0
_SWEEP_REACH: Final = timedelta(days=32)
_BACKOFF_MAX_S: Final = 10.0
_log = logging.getLogger("turnspan.worker")


class Worker:
    """Derives what is touched, finalises what comes due, refreshes what is late.

    ``run`` blocks until the event is set; any number of workers, in one process or
    many, share the work. ``concurrency`` is how many connections derive at a time;
    three more sweep, refresh, and recompute what changed settings ask for. ``poll_s``
    bounds the wait for new work.
    """

    def __init__(self, dsn: str, *, concurrency: int = 1, poll_s: float = 0.2) -> None:
        if not 1 <= concurrency <= SHARDS:
            raise ValueError(f"concurrency={concurrency} is outside 1 to {SHARDS}")
        self._dsn = dsn
        self._concurrency = concurrency
        self._poll_s = poll_s

    def run(self, stop: threading.Event) -> None:
        """Work until ``stop`` is set; a lost database is waited for."""
        loops: list[Callable[[threading.Event], None]]
        loops = [self._sweep, self._refresh, self._recompute]
        loops += [self._deriving(at) for at in range(self._concurrency)]
        threads = [
            threading.Thread(target=_persistent, args=(loop, stop), daemon=True)
            for loop in loops
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _deriving(self, at: int) -> Callable[[threading.Event], None]:
        shards = range(at, SHARDS, self._concurrency)

        def derive(stop: threading.Event) -> None:
            deriver = Deriver(self._dsn)
            try:
                while not stop.is_set():
                    if not deriver.work(shards):
                        stop.wait(self._poll_s)
            finally:
                deriver.close()

        return derive

    def _sweep(self, stop: threading.Event) -> None:
        deriver = Deriver(self._dsn)
        try:
            deriver.sweep(datetime.min.replace(tzinfo=UTC))
            while not stop.wait(_SWEEP_S):
                deriver.sweep(datetime.now(UTC) - _SWEEP_REACH)
        finally:
            deriver.close()

    def _recompute(self, stop: threading.Event) -> None:
        with connect(self._dsn, name="turnspan recompute") as connection:
            while not stop.wait(self._poll_s):
                run_waiting(self._dsn, connection, stop.is_set)

    def _refresh(self, stop: threading.Event) -> None:
        with connect(self._dsn, name="turnspan refresh") as connection:
            timescale = is_timescale(connection)
            tidied_at = time.monotonic() - _TIDY_S
            while not stop.wait(_REFRESH_S):
                if time.monotonic() - tidied_at >= _TIDY_S:
                    tidied_at = time.monotonic()
                    if timescale:
                        heal(connection)
                    while drop_old(connection, timescale=timescale):
                        if stop.is_set():
                            return
                refresh = refresh_late if timescale else forget_late
                refresh(connection)
                count_trailing_users(connection, time.monotonic() + _REFRESH_S)


def _persistent(loop: Callable[[threading.Event], None], stop: threading.Event) -> None:
    """Run a loop again after a failure, more and more patiently."""
    failures = 0
    while not stop.is_set():
        began = time.monotonic()
        try:
            loop(stop)
        except (psycopg.Error, ExportError) as error:
            if time.monotonic() - began > _BACKOFF_MAX_S:
                failures = 0
            wait = min(0.2 * 2**failures, _BACKOFF_MAX_S)
            failures += 1
            _log.warning("the worker goes on in %.1f s: %s", wait, error)
            stop.wait(wait)


def pending(connection: Connection) -> int:
    """How many conversations and users wait to be derived."""
    row = connection.execute(query("pending")).fetchone()
    return int(row[0]) if row else 0


def settle(
    dsn: str,
    timeout_s: float = 300.0,
    progress: Callable[[int], Any] | None = None,
) -> None:
    """Wait until everything received is derived, finalised and refreshed.

    Lends a hand, so that it needs no worker. ``progress`` is called with the number
    of conversations and users left. Raises ``Retryable`` when time is up.
    """
    deadline = time.monotonic() + timeout_s
    deriver = Deriver(dsn)
    try:
        with sorted_errors("settling"):
            _settle(dsn, deriver, deadline, timeout_s, progress)
    finally:
        deriver.close()


def _settle(
    dsn: str,
    deriver: Deriver,
    deadline: float,
    timeout_s: float,
    progress: Callable[[int], Any] | None,
) -> None:
    connection = deriver.connection
    if not run_waiting(dsn, connection, lambda: time.monotonic() > deadline):
        raise Retryable(
            f"History is still being derived under a changed setting after "
            f"{timeout_s:g} s: settle again with a longer timeout."
        )
    while left := pending(connection):
        if progress is not None:
            progress(left)
        if time.monotonic() > deadline:
            raise Retryable(
                f"{left} conversations and users are still to be derived after "
                f"{timeout_s:g} s: settle again with a longer timeout."
            )
        if not deriver.work():
            time.sleep(0.02)
    deriver.sweep(datetime.min.replace(tzinfo=UTC))
    if not is_timescale(connection):
        forget_late(connection)
    else:
        while refresh_late(connection) is None:
            if time.monotonic() > deadline:
                raise Retryable(
                    f"Aggregates are still being refreshed after {timeout_s:g} s: "
                    "settle again with a longer timeout."
                )
            time.sleep(0.02)
    count_trailing_users(connection, deadline)
    if progress is not None:
        progress(0)
