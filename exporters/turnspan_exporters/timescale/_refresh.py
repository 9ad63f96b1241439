"""Late rows reach the aggregates, and rows past their retention go.

A continuous aggregate shows rows below its watermark only once a refresh covered
them; above it, it reads the table itself. Whoever writes late rows enters their range
in ``touched_window``; here those ranges are refreshed, below the watermark alone, since
raising it would hide what lies between. What lies above waits until the aggregate's own
policy has passed it. Aggregates on top of others come after them.

A refresh over rows that were dropped would delete what the aggregate still knows of
them, so that it begins where the rows do: by their retention, by the earliest chunk
there is, and by what was seen to go.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

import psycopg
from psycopg import sql

from turnspan_exporters.timescale._connection import Connection, one_row
from turnspan_exporters.timescale._queries import query

__all__ = [
    "Aggregate",
    "Range",
    "aggregates",
    "drop_old",
    "forget_late",
    "heal",
    "materialise",
    "merged",
    "refresh_late",
]

Range = tuple[datetime, datetime]

_BUCKET: Final = timedelta(minutes=15)
_BATCH: Final = timedelta(days=7)
_NEAR: Final = timedelta(hours=12)
_BEHIND: Final = timedelta(hours=4)
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
    ("published_metric", "day", "derived_retention"),
)
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_log = logging.getLogger("turnspan.refresh")


class Aggregate(NamedTuple):
    """``base`` is the table its rows come from in the end, ``source`` what it reads."""

    view: str
    base: str
    source: str
    qualified: str
    width: timedelta


def refresh_late(connection: Connection) -> int | None:
    """Refresh what late rows made stale; returns how many ranges were.

    ``None``: another session is at it, and may have taken ranges that are not done.
    """
    if connection.execute(query("lock_refresh")).fetchone() != (True,):
        return None
    try:
        if not _waiting(connection):
            return 0
        _look_for_dropped(connection)
        return sum(_refresh_view(connection, one) for one in _fan_out(connection))
    finally:
        connection.execute(query("unlock_refresh"))


def heal(connection: Connection) -> None:
    """Enter everything below the watermarks, for what went stale while we were away.

    A policy that was not run for longer than it reaches back jumps over a stretch,
    and raises the watermark above it. What never was materialised, because it is new
    here and its rows are not, is so before a policy comes.
    """
    _look_for_dropped(connection)
    for one in aggregates(connection):
        watermark = _watermark(connection, one)
        if watermark is None:
            materialise(connection, one)
        else:
            oldest = _oldest_kept(connection, one)
            window = {"view": one.view, "from": oldest, "to": watermark}
            connection.execute(query("heal"), window)


def materialise(connection: Connection, one: Aggregate) -> None:
    """Make an aggregate that never was, of all the rows that are kept."""
    oldest = _oldest_kept(connection, one)
    until = _floor(datetime.now(UTC) - _BEHIND, one.width)
    if oldest < until:
        _refresh_range(connection, one, oldest, until)
        _look_for_dropped(connection)
    connection.execute(query("is_whole"), {"view": one.view})


def _refresh_range(
    connection: Connection, one: Aggregate, low: datetime, high: datetime
) -> None:
    """Refresh a range, where the server can in batches of a week.

    Its own batches are of ten buckets: two and a half hours each, so that a year took
    longer to commit than to add up.
    """
    window = {"view": one.qualified, "from": low, "to": high}
    (batched,) = one_row(connection, query("refreshes_in_batches"))
    if batched:
        options = {"buckets_per_batch": max(1, _BATCH // one.width)}
        window["options"] = json.dumps(options)
    connection.execute(query("refresh_batched" if batched else "refresh"), window)


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


def aggregates(connection: Connection) -> list[Aggregate]:
    """All of them, the ones on top of others last."""
    rows = connection.execute(query("aggregates")).fetchall()
    return [Aggregate(*row) for row in rows]


def _look_for_dropped(connection: Connection) -> None:
    with connection.transaction():
        connection.execute(query("lock_dropped"))
        connection.execute(query("look_for_dropped"))


def _watermark(connection: Connection, one: Aggregate) -> datetime | None:
    found: datetime | None
    (found,) = one_row(connection, query("watermark"), {"view": one.view})
    return found


def _waiting(connection: Connection) -> set[str]:
    return {name for (name,) in connection.execute(query("waiting_windows")).fetchall()}


def _fan_out(connection: Connection) -> list[Aggregate]:
    """The aggregates that something waits for."""
    found, entered = aggregates(connection), _waiting(connection)
    for table in sorted(entered & {one.base for one in found}):
        views = [one.view for one in found if one.base == table]
        connection.execute(query("fan_out"), {"table": table, "views": views})
    waiting = _waiting(connection)
    return [one for one in found if one.view in waiting]


def _refresh_view(connection: Connection, one: Aggregate) -> int:
    rows = connection.execute(query("late_windows"), {"view": one.view}).fetchall()
    watermark = _watermark(connection, one) if rows else None
    try:
        if watermark is not None:
            return _refresh_below(connection, one, rows, watermark)
        if any(is_whole for *_, is_whole in rows):
            materialise(connection, one)
    except psycopg.Error as error:
        reason = error.diag.message_primary
        _log.warning("refreshing %s waits: %s", one.view, reason)
    return 0


def _refresh_below(
    connection: Connection,
    one: Aggregate,
    rows: list[tuple[int, datetime, datetime, bool]],
    watermark: datetime,
) -> int:
    oldest = _oldest_kept(connection, one)
    near = watermark > datetime.now(UTC) - _NEAR - one.width
    below = [
        (max(low, oldest), min(high, watermark))
        for _, low, high, _ in rows
        if low < watermark and high > oldest
    ]
    for low, high in merged(below, one.width):
        until = _floor(high, one.width) + one.width
        _refresh_range(connection, one, _floor(low, one.width), until)
    done = [
        id for id, _, high, is_whole in rows if near or is_whole or high < watermark
    ]
    connection.execute(query("windows_done"), {"ids": done})
    return len(below)


def _oldest_kept(connection: Connection, one: Aggregate) -> datetime:
    """The first whole bucket of which nothing has been dropped."""
    setting = "raw_retention" if one.source in _RAW else "derived_retention"
    asked = {"setting": setting, "source": one.source}
    (oldest,) = one_row(connection, query("oldest_kept"), asked)
    return -_floor_of(-(oldest - _EPOCH), one.width) + _EPOCH


def _floor(at: datetime, width: timedelta) -> datetime:
    return _EPOCH + _floor_of(at - _EPOCH, width)


def _floor_of(since: timedelta, width: timedelta) -> timedelta:
    return since // width * width
