"""Late rows reach the aggregates, and rows past their retention go.

A continuous aggregate shows rows below its watermark only once a refresh covered
them; above it, it reads the table itself. Whoever writes late rows enters their range
in ``touched_window``; here those ranges are refreshed, below the watermark alone, since
raising it would hide what lies between. What lies above waits until the aggregate's own
policy has passed it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

import psycopg
from psycopg import sql

from turnspan_exporters.timescale._connection import Connection, one_row
from turnspan_exporters.timescale._queries import query

__all__ = ["Range", "drop_old", "forget_late", "heal", "merged", "refresh_late"]

Range = tuple[datetime, datetime]

_BUCKET: Final = timedelta(minutes=15)
_NEAR: Final = timedelta(hours=12)
_RAW: Final = ("span", "event", "metric_point")
_PLAIN_TABLES: Final = (
    ("span", "start_time", "raw_retention"),
    ("event", "time", "raw_retention"),
    ("metric_point", "time", "raw_retention"),
    ("content", "time", "content_retention"),
    ("turn", "start_time", "derived_retention"),
    ("session", "start_time", "derived_retention"),
    ("handoff", "requested_at", "derived_retention"),
    ("session_cta", "session_start", "derived_retention"),
    ("goal", "session_start", "derived_retention"),
    ("feedback", "session_start", "derived_retention"),
    ("session_node", "session_start", "derived_retention"),
    ("session_variant", "session_start", "derived_retention"),
)
_ALWAYS_PLAIN: Final = (
    ("outcome_history", "session_start", "derived_retention"),
    ("assignment", "first_at", "derived_retention"),
    ("user_day", "day", "derived_retention"),
)
_log = logging.getLogger("turnspan.refresh")


def refresh_late(connection: Connection) -> int:
    """Refresh what late rows made stale; returns how many ranges were."""
    if connection.execute(query("lock_refresh")).fetchone() != (True,):
        return 0
    try:
        return sum(_refresh_view(connection, *one) for one in _fan_out(connection))
    finally:
        connection.execute(query("unlock_refresh"))


def heal(connection: Connection) -> None:
    """Enter everything below the watermarks, for what went stale while we were away.

    A policy that was not run for longer than it reaches back jumps over a stretch,
    and raises the watermark above it.
    """
    for view, source, _ in connection.execute(query("aggregates")).fetchall():
        found = connection.execute(query("watermark"), {"view": view}).fetchone()
        if found and found[0] is not None:
            window = {
                "view": view,
                "from": _oldest_kept(connection, source),
                "to": found[0],
            }
            connection.execute(query("heal"), window)


def forget_late(connection: Connection) -> None:
    """Without aggregates nothing needs refreshing."""
    connection.execute(query("forget_windows"))


def merged(ranges: Iterable[Range], apart: timedelta = _BUCKET) -> Iterator[Range]:
    """The union of ranges, joined where less than ``apart`` lies between two."""
    low: datetime | None = None
    high: datetime | None = None
    for start, end in sorted(ranges):
        if low is None or high is None:
            low, high = start, end
        elif start <= high + apart:
            high = max(high, end)
        else:
            yield low, high
            low, high = start, end
    if low is not None and high is not None:
        yield low, high


def drop_old(connection: Connection, *, timescale: bool) -> int:
    """Delete rows past their retention where no policy drops chunks."""
    dropped = 0
    for table, time, setting in (*_ALWAYS_PLAIN, *(() if timescale else _PLAIN_TABLES)):
        statement = query("drop_old").format(
            table=sql.Identifier("_turnspan", table), time=sql.Identifier(time)
        )
        dropped += connection.execute(statement, {"setting": setting}).rowcount
    return dropped


def _fan_out(connection: Connection) -> list[tuple[str, str, str]]:
    views = connection.execute(query("aggregates")).fetchall()
    for table in ("event", "turn", "session"):
        of_table = [view for view, source, _ in views if source == table]
        connection.execute(query("fan_out"), {"table": table, "views": of_table})
    return views


def _refresh_view(
    connection: Connection, view: str, source: str, qualified: str
) -> int:
    rows = connection.execute(query("late_windows"), {"view": view}).fetchall()
    if not rows:
        return 0
    found = connection.execute(query("watermark"), {"view": view}).fetchone()
    watermark = found[0] if found else None
    if watermark is None:
        return 0
    oldest = _oldest_kept(connection, source)
    near = watermark > datetime.now(UTC) - _NEAR
    below = [
        (max(low, oldest), min(high, watermark))
        for _, low, high in rows
        if low < watermark and high > oldest
    ]
    for low, high in merged(below):
        window = {"view": qualified, "from": _floor(low), "to": _floor(high) + _BUCKET}
        try:
            connection.execute(query("refresh"), window)
        except psycopg.Error as error:
            _log.warning("refreshing %s waits: %s", view, error.diag.message_primary)
            return 0
    done = [id for id, _, high in rows if near or high < watermark]
    connection.execute(query("windows_done"), {"ids": done})
    return len(below)


def _oldest_kept(connection: Connection, source: str) -> datetime:
    """The first whole bucket that no retention has reached into."""
    setting = "raw_retention" if source in _RAW else "derived_retention"
    (oldest,) = one_row(connection, query("oldest_kept"), {"setting": setting})
    return _floor(oldest) + _BUCKET


def _floor(at: datetime) -> datetime:
    return at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)
