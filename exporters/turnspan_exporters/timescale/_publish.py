"""Keep the daily values of every metric before the rows they are made of change."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any, Final

import psycopg
from psycopg import errors as pg

from turnspan_exporters.timescale._connection import Connection, one_row
from turnspan_exporters.timescale._queries import query

__all__ = ["publish"]

_DAYS_MAX: Final = 100
"""So many days are asked at a time, for the limit that one answer has."""

_AWAY: Final = (pg.AdminShutdown, pg.CrashShutdown, pg.DiskFull, pg.OutOfMemory)
_log = logging.getLogger("turnspan.recompute")


def publish(
    connection: Connection, id: int, progress: Callable[[str, int, int], Any]
) -> None:
    """Keep the values of recomputation ``id``, a bot in one transaction.

    All values of a bot are those of one moment. A metric that cannot be asked without
    options has none, and is named with the reason in ``unpublished``. ``progress`` is
    called with the bot, and how many of its metrics are kept, of how many.
    """
    metrics = connection.execute(query("publish_metrics")).fetchall()
    for bot, zone, first, last in connection.execute(
        query("publish_bots"), {"id": id}
    ).fetchall():
        values = {"id": id, "bot": bot, "zone": zone}
        with connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            days = {"first_day": first, "last_day": last}
            (publication,) = one_row(connection, query("publication"), values | days)
            for at, (name, daily) in enumerate(metrics):
                progress(bot, at, len(metrics))
                of = {**values, "publication": publication, "name": name}
                for low, high in _slices(first, last):
                    of |= {"first_day": low, "last_day": high}
                    _keep(connection, of, daily=daily)
        progress(bot, len(metrics), len(metrics))


def _keep(connection: Connection, of: dict[str, Any], *, daily: bool) -> None:
    """One metric over some days; what has no answer is noted, and keeps no other."""
    try:
        with connection.transaction():
            connection.execute(query("publish_days" if daily else "publish_day"), of)
    except _AWAY:
        raise
    except psycopg.DatabaseError as error:
        reason = error.diag.message_primary
        if reason is None:
            raise
        if error.sqlstate != pg.InvalidParameterValue.sqlstate:
            _log.warning("the values of %s are not kept: %s", of["name"], reason)
        connection.execute(query("publish_refused"), {**of, "reason": reason})


def _slices(first: date, last: date) -> Iterator[tuple[date, date]]:
    step = timedelta(days=_DAYS_MAX)
    while first <= last:
        yield first, min(first + step - timedelta(days=1), last)
        first += step
