"""Dead letters: rows that were set aside, looked at, replayed or dropped.

A replay goes the way of every row: erased users' rows are left out, what is there
already is a duplicate, what is stored is entered as touched, and the letter goes in the
same transaction. A row that is refused again stays, with the reason of this time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from psycopg import Rollback

from turnspan_exporters.exporter import Count
from turnspan_exporters.records import Batch, Columns, Resource, Scope
from turnspan_exporters.timescale import _dead
from turnspan_exporters.timescale._connection import (
    Connection,
    one_row,
    sorted_errors,
)
from turnspan_exporters.timescale._queries import query
from turnspan_exporters.timescale._wire import CONTENT, EVENT, POINT, SPAN, Table
from turnspan_exporters.timescale._writer import TimescaleExporter

__all__ = [
    "DERIVATION",
    "SIGNALS",
    "Letter",
    "Outcome",
    "drop",
    "ids",
    "letter",
    "letters",
    "replay",
    "total",
]

DERIVATION: Final = "derivation"
"""The signal of what could not be derived; its replay queues it again."""

_TABLES: Final = {table.of_batch: table for table in (SPAN, EVENT, POINT, CONTENT)}
SIGNALS: Final = (*_TABLES, DERIVATION)
_EPOCH_2000_US: Final = 946_684_800_000_000


@dataclass(frozen=True, slots=True)
class Letter:
    """A row that was set aside; ``payload`` is empty in listings."""

    id: int
    received_at: datetime
    signal: str
    reason: str
    bot: str
    payload: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one letter.

    ``result`` is stored, duplicate, erased, queued, refused, gone or busy; a refused
    one is still there, with ``reason``; a gone one was not there; a busy one is being
    replayed by somebody else.
    """

    id: int
    result: str
    reason: str = ""


def letters(
    connection: Connection,
    *,
    signal: str | None = None,
    after: int = 0,
    rows: int = 100,
) -> list[Letter]:
    """Letters in the order they came, without their payloads."""
    asked = {"signal": signal, "after": after, "rows": rows}
    return [Letter(*row) for row in connection.execute(query("letters"), asked)]


def letter(connection: Connection, id: int) -> Letter | None:
    """One letter with its payload."""
    row = connection.execute(query("letter"), {"id": id}).fetchone()
    return None if row is None else Letter(*row)


def total(connection: Connection, signal: str | None = None) -> int:
    """How many letters there are."""
    return int(one_row(connection, query("letters_total"), {"signal": signal})[0])


def ids(connection: Connection, signal: str | None = None) -> list[int]:
    """Every letter of now."""
    found = connection.execute(query("letter_ids"), {"signal": signal})
    return [id for (id,) in found]


def drop(connection: Connection, ids: Iterable[int]) -> int:
    """Throw letters away; returns how many were there."""
    return connection.execute(query("drop_letters"), {"ids": [*ids]}).rowcount


def replay(dsn: str, ids: Iterable[int]) -> Iterator[Outcome]:
    """Replay letters one by one, each in a transaction of its own.

    Raises ``ExportError`` where the database cannot be reached; what was replayed
    before that stays replayed.
    """
    store = _Replayer(dsn, migrates=False)
    store.open()
    try:
        for id in ids:
            yield store.replay(id)
    finally:
        store.close()


class _Replayer(TimescaleExporter):
    """A writer that takes its rows from letters."""

    def replay(self, id: int) -> Outcome:
        """Replay one letter."""
        connection = self._connected()
        with sorted_errors("replaying a dead letter"), connection.transaction():
            row = connection.execute(query("take_letter"), {"id": id}).fetchone()
            if row is None:
                known = connection.execute(query("letter"), {"id": id}).fetchone()
                return Outcome(id, "busy" if known else "gone")
            outcome = self._outcome(connection, id, *row)
            if outcome.result == "refused":
                values = {"id": id, "reason": outcome.reason}
                connection.execute(query("letter_refused_again"), values)
            else:
                drop(connection, [id])
            return outcome

    def _outcome(
        self, connection: Connection, id: int, signal: str, payload: Mapping[str, Any]
    ) -> Outcome:
        if signal == DERIVATION:
            for name in ("queue_letter", "queue_user_letter"):
                connection.execute(query(name), {"id": id})
            return Outcome(id, "queued")
        try:
            table = _TABLES[signal]
            batch = _batch(connection, table, _dead.read_row(table, payload))
        except _dead.Unreadable as error:
            return Outcome(id, "refused", f"Unreadable: {error}")
        except LookupError:
            return Outcome(id, "refused", "Unreadable: its resource or scope is gone")
        count, reason = self._try(connection, batch, signal)
        results = {
            "refused": count.dead_lettered,
            "erased": count.erased,
            "duplicate": count.duplicates,
        }
        result = next((one for one, was in results.items() if was), "stored")
        return Outcome(id, result, reason)

    def _try(
        self, connection: Connection, batch: Batch, signal: str
    ) -> tuple[Count, str]:
        """Store one row; what is refused leaves nothing but the reason."""
        reason = ""
        with connection.transaction() as savepoint:
            stored = self._store(connection, [batch])
            count: Count = getattr(stored, signal)
            if count.dead_lettered:
                (reason,) = one_row(connection, query("last_reason"))
                raise Rollback(savepoint)
        return count, reason


def _batch(connection: Connection, table: Table, row: Mapping[str, Any]) -> Batch:
    """The row as a batch of one, as it was when it came."""
    batch = Batch((row["received_at"] + _EPOCH_2000_US) * 1000)
    columns: Columns = table.source(batch)
    for name, kind, field in table.columns:
        values: list[Any] = getattr(columns, field, [])
        if kind in ("resource", "scope"):
            values.append(0)
        elif kind not in ("time", "received"):  # the nanoseconds have a column too
            values.append(row[name])
    asked = {"id": row["resource_id"]}
    digest, *rest = one_row(connection, query("interned_resource_row"), asked)
    batch.resources.append(Resource(digest.bytes, *rest))
    asked = {"id": row["scope_id"]}
    digest, *rest = one_row(connection, query("interned_scope_row"), asked)
    batch.scopes.append(Scope(digest.bytes, *rest))
    return batch
