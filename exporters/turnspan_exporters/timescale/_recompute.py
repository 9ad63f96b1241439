"""Derive a range of history again, in chunks, beside the ingest, and resumably.

A recomputation is a row of ``_turnspan.recompute``; one runs at a time. Whoever holds
the lock first keeps the numbers as they are, then lists what the raw rows of the range
belong to, a stretch of time after the other, and hands it over in chunks to the queue
that ingest fills too. Each step is one transaction, so that it can end anywhere and go
on later.
"""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from turnspan_exporters.errors import Permanent
from turnspan_exporters.timescale import settings
from turnspan_exporters.timescale._connection import (
    Connection,
    connect,
    is_timescale,
    one_row,
    sorted_errors,
)
from turnspan_exporters.timescale._derive import Deriver
from turnspan_exporters.timescale._publish import publish
from turnspan_exporters.timescale._queries import query
from turnspan_exporters.timescale._refresh import forget_late, refresh_late
from turnspan_exporters.timescale._trailing import count_trailing_users

__all__ = ["PARAMETERS", "Job", "Progress", "RecomputeError", "ask", "finish", "job",
           "run", "run_waiting"]  # fmt: skip

PARAMETERS: Final = (
    "session_timeout", "handoff_pending_max", "handoff_human_max", "came_back_within",
    "click_window", "timezone",
)  # fmt: skip
"""The settings that derived rows are made with."""

_CHUNK: Final = 1000
"""Conversations that are queued at a time: what ingest may have to wait behind."""

_STRETCH: Final = timedelta(days=31)
_AHEAD_MAX: Final = timedelta(days=1)
_ATTEMPTS_MAX: Final = 5
_POLL_S: Final = 0.2
_log = logging.getLogger("turnspan.recompute")


class RecomputeError(Permanent):
    """The range or a bot cannot be recomputed; the text names field, value, limit."""


@dataclass(frozen=True, slots=True)
class Job:
    """A recomputation as it stands; ``bots`` is empty where it is of all."""

    id: int
    origin: str
    bots: Sequence[str]
    start: datetime
    end: datetime
    reason: str
    state: Literal["queued", "publishing", "deriving", "done", "failed"]
    listed_to: datetime
    records_total: int | None
    records_done: int
    unpublished: Mapping[str, str]
    error: str | None

    @property
    def is_over(self) -> bool:
        """Whether nothing will be done any more."""
        return self.state in ("done", "failed")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is: ``done`` of ``total``, metrics of a bot or raw rows."""

    step: Literal["waiting", "keeping", "counting", "deriving", "refreshing"]
    done: int = 0
    total: int = 0
    bot: str = ""


def ask(
    connection: Connection,
    start: datetime,
    end: datetime | None = None,
    *,
    bots: Sequence[str] = (),
    values: Mapping[str, Any] | None = None,
) -> int:
    """Enter a recomputation of [start, end), by default up to now; returns its id.

    ``values`` are settings of ``PARAMETERS`` to be set for ``bots``, or for the
    installation where none is named. Asked again in the same words while it is not
    finished, it is the same one. Raises ``RecomputeError`` or ``SettingError``.
    """
    given = dict(values or {})
    strange = given.keys() - set(PARAMETERS)
    if strange:
        raise RecomputeError(
            f"{min(strange)} does not shape rows: take {', '.join(PARAMETERS)}."
        )
    of = sorted(set(bots))
    read = {
        name: settings.parse(name, value, bot=of[0] if of else "")
        for name, value in given.items()
    }
    with sorted_errors("asking for a recomputation"), connection.transaction():
        (now,) = one_row(connection, query("recompute_now"))
        asked = {
            "bots": of, "from": start, "to": end or now, "open_end": end is None,
            "parameters": json.dumps(read),
        }  # fmt: skip
        found = connection.execute(query("recompute_same"), asked).fetchone()
        if found is not None:
            return int(found[0])
        _check(connection, start, end, now, of)
        before = now
        for bot in of or [""]:
            before = min(before, settings.assign(connection, bot, read))
        (id,) = one_row(connection, query("recompute_ask"), {**asked, "before": before})
    return int(id)


def _check(
    connection: Connection,
    start: datetime,
    end: datetime | None,
    now: datetime,
    bots: Sequence[str],
) -> None:
    known = {name for (name,) in connection.execute(query("recompute_bots"))}
    for bot in bots:
        if bot not in known:
            raise RecomputeError(f'bot: "{bot[:64]}" never sent anything.')
    if start >= now:
        raise RecomputeError(f"from: {start} lies in the future; it is {now} now.")
    if end is not None and end > now + _AHEAD_MAX:
        raise RecomputeError(
            f"to: {end} lies in the future; leave it out to go up to now, {now}."
        )
    if end is not None and end <= start:
        raise RecomputeError(f"from: {start} is not before to, {end}.")
    (horizon,) = one_row(connection, query("recompute_horizon"))
    if start < horizon:
        raise RecomputeError(
            f"from: {start} lies behind the raw rows, which are complete from "
            f"{horizon} on (setting raw_retention): begin there or later."
        )


def job(connection: Connection, id: int) -> Job:
    """The recomputation as it stands."""
    return Job(*one_row(connection, query("recompute_job"), {"id": id}))


def run(
    dsn: str,
    id: int,
    progress: Callable[[Progress], Any] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> Job:
    """Do it, or wait for whoever does; returns it when it is over or ``stop()``.

    A failure is entered with it and raised.
    """
    with connect(dsn, name="turnspan recompute") as connection:
        while True:
            standing = job(connection, id)
            if standing.is_over or stop():
                return standing
            if one_row(connection, query("recompute_lock")) == (True,):
                _Run(dsn, connection, id, progress, stop).go_on()
                connection.execute(query("recompute_unlock"))
                continue
            progress(_seen(standing))
            time.sleep(_POLL_S)


def run_waiting(
    dsn: str,
    connection: Connection,
    stop: Callable[[], bool] = lambda: False,
) -> bool:
    """Do those that changed settings ask for; whether all of them are over."""
    waiting = connection.execute(query("recompute_waiting")).fetchall()
    return all(run(dsn, id, stop=stop).is_over for (id,) in waiting)


def drain(connection: Connection, deriver: Deriver, stop: Callable[[], bool]) -> bool:
    """Derive until what is queued now is done, here or by a worker; or ``stop()``."""
    conversations, users = one_row(connection, query("recompute_mark"))
    mark = {"conversations": conversations, "users": users}
    while one_row(connection, query("recompute_left"), mark) == (True,):
        if stop():
            return False
        if not deriver.work():
            time.sleep(_POLL_S / 10)
    return True


def finish(
    connection: Connection,
    deriver: Deriver,
    stop: Callable[[], bool] = lambda: False,
) -> bool:
    """What conversations queue in turn: neighbours, users; aggregates and counts."""
    if not all(drain(connection, deriver, stop) for _ in range(3)):
        return False
    refresh = refresh_late if is_timescale(connection) else forget_late
    refresh(connection)
    count_trailing_users(connection, math.inf)
    return True


class _Stopped(Exception):
    """Somebody wants to leave in the middle of a bot, whose transaction is undone."""


def _seen(standing: Job) -> Progress:
    if standing.state != "deriving":
        return Progress("waiting" if standing.state == "queued" else "keeping")
    return Progress("deriving", standing.records_done, standing.records_total or 0)


class _Run:
    """The steps of one recomputation, by whoever holds its lock."""

    def __init__(
        self,
        dsn: str,
        connection: Connection,
        id: int,
        progress: Callable[[Progress], Any],
        stop: Callable[[], bool],
    ) -> None:
        self._connection = connection
        self._id = id
        self._progress = progress
        self._stop = stop
        self._deriver = Deriver(dsn)

    def go_on(self) -> None:
        """All that is left, up to the end or to ``stop``."""
        try:
            with sorted_errors("recomputing"):
                self._publish()
                if self._derive() and self._finish():
                    self._enter("done")
        except _Stopped:
            return
        except Permanent as error:
            values = {"id": self._id, "error": str(error),
                      "attempts_max": _ATTEMPTS_MAX}  # fmt: skip
            self._connection.execute(query("recompute_failed"), values)
            raise
        finally:
            self._deriver.close()

    def _enter(self, state: str) -> None:
        values = {"id": self._id, "state": state}
        self._connection.execute(query("recompute_state"), values)

    def _publish(self) -> None:
        """Keep the numbers; with the end of it what was set is in force."""
        if job(self._connection, self._id).state == "deriving":
            return
        self._enter("publishing")
        publish(self._connection, self._id, self._kept)
        with self._connection.transaction():
            self._enter("deriving")
            of = {"id": self._id}
            self._connection.execute(query("recompute_list_users"), of)

    def _kept(self, bot: str, done: int, of: int) -> None:
        if self._stop():
            raise _Stopped
        self._progress(Progress("keeping", done, of, bot))

    def _derive(self) -> bool:
        standing = job(self._connection, self._id)
        values = {"id": self._id, "bots": list(standing.bots), "from": standing.start,
                  "to": standing.end}  # fmt: skip
        if standing.records_total is None:
            self._progress(Progress("counting"))
            self._connection.execute(query("recompute_count"), values)
        while not self._stop():
            if self._queue():
                if not self._drain():
                    return False
                self._progress(_seen(job(self._connection, self._id)))
            else:
                low = job(self._connection, self._id).listed_to
                if low >= standing.end:
                    return True
                stretch = {"from": low, "to": min(low + _STRETCH, standing.end)}
                self._connection.execute(query("recompute_list"), values | stretch)
        return False

    def _queue(self) -> int:
        values = {"id": self._id, "rows": _CHUNK}
        (parts,) = one_row(self._connection, query("recompute_queue"), values)
        return int(parts)

    def _drain(self) -> bool:
        return drain(self._connection, self._deriver, self._stop)

    def _finish(self) -> bool:
        self._progress(Progress("refreshing"))
        return finish(self._connection, self._deriver, self._stop)
