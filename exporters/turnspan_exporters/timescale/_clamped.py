"""Duplicates among rows whose time was clamped to when they were received.

Such a row gets another time when it is sent again, so its key, which holds the time,
does not tell that it is there. Its ids alone do. A time that lay ahead may have come by
then: then the row is not clamped any more, and is looked up among those that were.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import itemgetter
from typing import Any

import orjson

from turnspan_exporters.records import TimeFlag
from turnspan_exporters.timescale._connection import Connection, one_row
from turnspan_exporters.timescale._queries import query
from turnspan_exporters.timescale._wire import Row, Table, microseconds

__all__ = ["sift"]

Rows = Mapping[Table, list[Row]]


def sift(connection: Connection, rows: Rows) -> dict[Table, tuple[list[Row], int]]:
    """The rows of each table that are not stored by another time, and how many are.

    Writers of rows from ahead wait for every other here, until the commit; writers of
    other clamped rows for one another.
    """
    looks = {table: _Look(table, of_table) for table, of_table in rows.items()}
    ahead = any(look.ahead for look in looks.values())
    connection.execute(query("lock_ahead" if ahead else "lock_not_ahead"))
    if any(look.clamped for look in looks.values()):
        connection.execute(query("lock_clamped"))
    came = _may_have_come(connection, looks.values())
    found = {table: look.sift(connection, came) for table, look in looks.items()}
    if ahead:
        for look in looks.values():
            look.note(connection)
        connection.execute(query("forget_ahead"))
    return found


def _may_have_come(connection: Connection, looks: Iterable[_Look]) -> bool:
    """Whether a row that was clamped has a time between those of these rows."""
    spans = [look.times for look in looks if look.times]
    if not spans:
        return False
    asked = {"low": min(low for low, _ in spans), "high": max(up for _, up in spans)}
    return bool(one_row(connection, query("ahead_between"), asked)[0])


class _Look:
    """What is to be known of one table's rows."""

    def __init__(self, table: Table, rows: list[Row]) -> None:
        self._table = table
        self._rows = rows
        self._width = len(table.key) - 1
        self._flags = table.names.index("time_flags")
        self._keeps_original = "original_times" in table.names
        clamped = [row for row in rows if self._is_clamped(row)]
        self.clamped = {self._id(row) for row in clamped}
        originals = [(row, self._original(row)) for row in clamped]
        self.ahead = {
            self._id(row): original
            for row, original in originals
            if original is None or original > row[self._width]
        }
        """When rows from ahead would have been, in us since 2000; of a text ``None``,
        because it does not keep that."""

    @property
    def times(self) -> tuple[int, int] | None:
        """The first and the last time, in us since 2000."""
        if not self._rows or not self._keeps_original:
            return None
        at = itemgetter(self._width)
        return min(map(at, self._rows)), max(map(at, self._rows))

    def sift(self, connection: Connection, came: bool) -> tuple[list[Row], int]:
        """The rows that are not stored yet, and how many were."""
        came = came or not self._keeps_original
        if not self._rows or not (came or self.clamped):
            return self._rows, 0
        own = {self._id(row) for row in self._rows if not self._is_clamped(row)}
        known = self._known(connection, f"known_{self._table.name}", self.clamped)
        known |= self.clamped & own
        come = self._known(connection, "known_ahead", own if came else set())
        kept: list[Row] = []
        for row in self._rows:
            id = self._id(row)
            if id in (known if self._is_clamped(row) else come):
                continue
            if self._is_clamped(row):
                known.add(id)
            kept.append(row)
        return kept, len(self._rows) - len(kept)

    def note(self, connection: Connection) -> None:
        """Keep which rows were from ahead."""
        if not self.ahead:
            return
        values = self._asked(list(self.ahead))
        values["originals"] = list(self.ahead.values())
        connection.execute(query("note_ahead"), values)

    def _known(self, connection: Connection, name: str, ids: set[Row]) -> set[Row]:
        if not ids:
            return set()
        found = connection.execute(query(name), self._asked(sorted(ids)))
        return {(row[0].bytes, *row[1 : self._width]) for row in found}

    def _asked(self, ids: list[Row]) -> dict[str, Any]:
        return {
            "table": self._table.name,
            "ids": [id[0].hex() for id in ids],
            "spans": [id[1] if self._width > 1 else 0 for id in ids],
        }

    def _id(self, row: Row) -> Row:
        return row[: self._width]

    def _is_clamped(self, row: Row) -> bool:
        flags = row[self._flags]
        return isinstance(flags, int) and bool(flags & TimeFlag.START_CLAMPED)

    def _original(self, row: Row) -> int | None:
        if not self._keeps_original:
            return None
        text = row[self._table.names.index("original_times")]
        found = orjson.loads(text[1:]) if isinstance(text, bytes) else {}
        return microseconds(int(found.get("time", found.get("start", "0"))))
