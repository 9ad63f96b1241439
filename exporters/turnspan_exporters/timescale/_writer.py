"""The exporter that stores batches by COPY, each row once, all in one transaction."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import psycopg
from psycopg import errors as pg

from turnspan_exporters.errors import Incompatible, Retryable
from turnspan_exporters.exporter import Count, Stored
from turnspan_exporters.records import Batch
from turnspan_exporters.timescale import _clamped, _dead
from turnspan_exporters.timescale._connection import (
    Connection,
    connect,
    is_timescale,
    sorted_errors,
)
from turnspan_exporters.timescale._intern import Interned
from turnspan_exporters.timescale._migrate import migrate
from turnspan_exporters.timescale._put import make_staging, put
from turnspan_exporters.timescale._queries import query
from turnspan_exporters.timescale._tombstones import Tombstones
from turnspan_exporters.timescale._touched import evaluated, touched
from turnspan_exporters.timescale._wire import (
    CONTENT,
    EVENT,
    POINT,
    SPAN,
    Row,
    Table,
    microseconds,
)

__all__ = ["TimescaleExporter"]

_RECORDS: Final = (SPAN, EVENT, POINT)
_LATE: Final = timedelta(minutes=10)
_RECONNECT_MAX_S: Final = 8.0
_log = logging.getLogger("turnspan.store")


class TimescaleExporter:
    """Stores in PostgreSQL, with TimescaleDB or plain; an ``Exporter``.

    ``open`` migrates the schema unless ``migrates`` is false. A row that is there
    already counts as a duplicate; one that the database refuses is put aside in
    ``_turnspan.dead_letter`` with the reason, and the others are stored. One of an
    erased user is left out.
    """

    def __init__(self, dsn: str, *, migrates: bool = True) -> None:
        self._dsn = dsn
        self._migrates = migrates
        self._connection: Connection | None = None
        self._interned = Interned()
        self._tombstones = Tombstones()
        self._timescale = False
        self._failures = 0
        self._not_before = 0.0

    def open(self) -> None:
        """Migrate and connect; raise ``ExportError`` with a sentence if it fails."""
        if self._migrates:
            migrate(self._dsn)
        self._connected()

    def export(self, batches: Sequence[Batch]) -> Stored:
        """Store all batches; durable when it returns, nothing of them otherwise."""
        connection = self._connected()
        try:
            with sorted_errors("storing a batch"):
                stored = self._store(connection, batches)
        except BaseException:
            self.close()
            raise
        return stored

    def bury(self, batch: Batch, error: Exception) -> Stored:
        """Put every row of a batch aside, with the reason why none can be stored."""
        connection = self._connected()
        with sorted_errors("putting a request aside"):
            [ids] = self._interned.resolve(connection, [batch])
            with connection.transaction():
                self._tombstones.look(connection)
                [batch], erased = self._tombstones.without([batch])
                counts = []
                for table in _RECORDS:
                    refused = [(row, error) for row in table.rows(batch, *ids)]
                    _dead.bury(connection, table, refused)
                    counts.append(Count(dead_lettered=len(refused)))
        spans, events, points = counts
        return Stored(spans + erased.spans, events + erased.events, points)

    def close(self) -> None:
        """Let go of the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(psycopg.Error):
                connection.close()

    def _connected(self) -> Connection:
        if self._connection is not None:
            return self._connection
        wait = self._not_before - time.monotonic()
        if wait > 0:
            raise Retryable("The database is away: waiting to connect again.", wait)
        try:
            connection = connect(self._dsn, name="turnspan writer")
        except Retryable as error:
            self._failures += 1
            error.retry_after_s = min(0.25 * 2**self._failures, _RECONNECT_MAX_S)
            self._not_before = time.monotonic() + error.retry_after_s
            raise
        self._failures = 0
        with sorted_errors("preparing to store"):
            self._prepare(connection)
        self._connection = connection
        return connection

    def _prepare(self, connection: Connection) -> None:
        try:
            self._timescale = is_timescale(connection)
        except pg.UndefinedTable:
            connection.close()
            raise Incompatible(
                "The database has no turnspan schema: run `turnspan migrate`."
            ) from None
        if self._timescale:
            # A late batch may fall into chunks that were compressed long ago.
            connection.execute(
                "SET timescaledb.max_tuples_decompressed_per_dml_transaction = 0"
            )
        # An answer means durable, also where the server's default is not to wait.
        connection.execute(
            "SELECT set_config('synchronous_commit', 'on', false) "
            "WHERE current_setting('synchronous_commit') = 'off'"
        )
        self._interned.forget()
        with connection.transaction():
            make_staging(connection, (*_RECORDS, CONTENT))

    def _store(self, connection: Connection, batches: Sequence[Batch]) -> Stored:
        ids = self._interned.resolve(connection, batches)
        self._interned.register_bots(connection, batches)
        with connection.transaction():
            self._tombstones.look(connection)
            batches, erased = self._tombstones.without(batches)
            rows: dict[Table, list[Row]] = {
                table: [
                    row
                    for batch, (resources, scopes) in zip(batches, ids, strict=True)
                    if len(table.source(batch))
                    for row in table.rows(batch, resources, scopes)
                ]
                for table in (*_RECORDS, CONTENT)
            }
            counts = [
                put(connection, table, new) + Count(duplicates=known)
                for table, (new, known) in _clamped.sift(connection, rows).items()
            ]
            _touch(connection, batches)
            if self._timescale:
                _touch_late(connection, batches)
        spans, events, points, _ = counts  # a text is part of its record
        return Stored(spans + erased.spans, events + erased.events, points)


def _touch(connection: Connection, batches: Sequence[Batch]) -> None:
    if users := evaluated(batches):
        values = [
            {"bot": bot, "user": user, "from": _moment(first), "to": _moment(last)}
            for (bot, user), (first, last) in users.items()
        ]
        connection.cursor().executemany(query("touch_user"), values)
    entries = touched(batches)
    if not entries:
        return
    with connection.cursor().copy(
        "COPY _turnspan.touched (bot, conversation_id, turn_id, handoff_id, "
        "from_time, to_time) FROM STDIN (FORMAT BINARY)"
    ) as copy:
        copy.set_types(["text", "text", "text", "text", "int8", "int8"])
        for key, first, last in entries:
            copy.write_row((*key, microseconds(first), microseconds(last)))


def _touch_late(connection: Connection, batches: Sequence[Batch]) -> None:
    """Enter the days whose aggregates these records may have come too late for."""
    limit = datetime.now(UTC) - _LATE
    limit_ns = int(limit.timestamp()) * 1_000_000_000
    for table, times in (
        (SPAN, (at for batch in batches for at in batch.spans.start_ns)),
        (EVENT, (at for batch in batches for at in batch.events.time_ns)),
    ):
        days: dict[int, tuple[int, int]] = {}
        for at in times:
            if at < limit_ns:
                day = at // 86_400_000_000_000
                low, high = days.get(day, (at, at))
                days[day] = (min(low, at), max(high, at))
        if days:
            values: dict[str, Any] = {
                "of_table": table.name,
                "from": [_moment(low) for low, _ in days.values()],
                "to": [_moment(high) for _, high in days.values()],
            }
            connection.execute(query("touch_window"), values)


def _moment(nanoseconds: int) -> datetime:
    return datetime.fromtimestamp(nanoseconds // 1_000_000_000, UTC)
