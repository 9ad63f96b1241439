"""Duplicates among rows whose time was clamped to when they were received.

Such a row gets another time when it is sent again, so its key, which holds the time,
does not tell that it is there. Its ids alone do.
"""

from __future__ import annotations

from turnspan_exporters.records import TimeFlag
from turnspan_exporters.timescale._connection import Connection
from turnspan_exporters.timescale._queries import query
from turnspan_exporters.timescale._wire import Row, Table

__all__ = ["without_known"]


def without_known(
    connection: Connection, table: Table, rows: list[Row]
) -> tuple[list[Row], int]:
    """The rows that are not stored yet, and how many were; the others pass as they are.

    Writers of clamped rows wait for one another here, until the commit.
    """
    flags = table.names.index("time_flags")
    if not any(_is_clamped(row[flags]) for row in rows):
        return rows, 0
    width = len(table.key) - 1
    clamped = {row[:width] for row in rows if _is_clamped(row[flags])}
    connection.execute(query("lock_clamped"))
    known = _known(connection, table, sorted(clamped))
    kept: list[Row] = []
    for row in rows:
        id = row[:width]
        if _is_clamped(row[flags]):
            if id in known:
                continue
            known.add(id)
        kept.append(row)
    return kept, len(rows) - len(kept)


def _known(
    connection: Connection, table: Table, ids: list[Row]
) -> set[tuple[object, ...]]:
    values = {"ids": [id[0].hex() for id in ids], "spans": [id[-1] for id in ids]}
    if len(table.key) == 2:
        values.pop("spans")
    found = connection.execute(query(f"known_{table.name}"), values)
    return {(row[0].bytes, *row[1:]) for row in found}


def _is_clamped(flags: object) -> bool:
    return isinstance(flags, int) and bool(flags & TimeFlag.START_CLAMPED)
