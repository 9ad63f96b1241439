"""Rows into a table: each once, and those that the database refuses aside.

All rows go at once where nothing is wrong with them. Where something is, a row that
cannot be written is found here, one that the COPY refuses by the line that it names,
and one that cannot be inserted by a loop in the server: a refused row costs its
neighbours no more than a millisecond or two.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Sequence
from contextlib import suppress
from operator import itemgetter
from typing import Final

import psycopg
from psycopg import errors as pg
from psycopg import sql
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import Format

from turnspan_exporters.exporter import Count
from turnspan_exporters.timescale import _dead
from turnspan_exporters.timescale._connection import Connection, one_row
from turnspan_exporters.timescale._queries import query
from turnspan_exporters.timescale._wire import Row, Table

__all__ = ["make_staging", "put"]

_DATA_ERRORS: Final = (
    pg.DataError,
    pg.IntegrityError,
    pg.ProgramLimitExceeded,
    struct.error,
    ArithmeticError,
    TypeError,
    UnicodeError,
    ValueError,
)
"""What is wrong with a row itself; everything else concerns the whole batch."""

_BLOCK_ROWS: Final = 32
"""Rows that are sent again because of one among them that cannot be."""

_LINE: Final = re.compile(r"^COPY \S+, line (\d+)\b", re.MULTILINE)

Placed = Sequence[tuple[int, Row]]
Refused = list[tuple[int, Exception]]


def make_staging(connection: Connection, tables: Sequence[Table]) -> None:
    """Temporary tables of this session, for ``put``."""
    for table in tables:
        connection.execute(
            sql.SQL(
                "CREATE TEMPORARY TABLE {} AS SELECT {}, 0 AS place FROM {} "
                "WITH NO DATA"
            ).format(_staging(table), _names(table), _target(table))
        )
    connection.execute(query("make_refused"))


def put(connection: Connection, table: Table, rows: list[Row]) -> Count:
    """Store rows in the order of their keys, so that writers cannot deadlock."""
    if not rows:
        return Count()
    # Rows of one key may differ in what cannot be compared: the key alone decides.
    with suppress(TypeError):
        rows.sort(key=itemgetter(*range(len(table.key))))
    try:
        with connection.transaction():
            _copy(connection, _target(table), table.names, table.wire_types, rows)
        return Count(inserted=len(rows))
    except pg.UniqueViolation:
        pass
    except _DATA_ERRORS:
        return _put_apart(connection, table, rows)
    try:
        with connection.transaction():
            connection.execute(query("empty_staging").format(_staging(table)))
            _stage(connection, table, [*enumerate(rows)])
            inserted = connection.execute(
                query("insert_staged").format(**_parts(table))
            ).rowcount
        return Count(inserted=inserted, duplicates=len(rows) - inserted)
    except _DATA_ERRORS:
        return _put_apart(connection, table, rows)


def _put_apart(connection: Connection, table: Table, rows: list[Row]) -> Count:
    """Store what is good and new among rows of which some are refused."""
    connection.execute(query("empty_staging").format(_staging(table)))
    refused = _unsendable(connection, table, rows)
    bad = {place for place, _ in refused}
    placed = [(at, row) for at, row in enumerate(rows) if at not in bad]
    if _try_to_stage(connection, table, placed) is not None:
        for start in range(0, len(placed), _BLOCK_ROWS):
            block = placed[start : start + _BLOCK_ROWS]
            refused += _stage_good(connection, table, block)
    connection.execute(query("insert_each").format(**_parts(table)))
    for place, state, sentence in connection.execute(query("refused")):
        refused.append((place, _error(state, sentence)))
    _dead.bury(connection, table, ((rows[place], error) for place, error in refused))
    inserted = int(one_row(connection, query("inserted"))[0])
    return Count(inserted, len(rows) - inserted - len(refused), len(refused))


def _unsendable(connection: Connection, table: Table, rows: Sequence[Row]) -> Refused:
    """Rows with a value that cannot be written in its column's format."""
    known = connection.adapters.types
    transformer = Transformer(connection)
    transformer.set_dumper_types(
        [known[name].oid for name in table.wire_types], Format.BINARY
    )
    formats = [PyFormat.BINARY] * len(table.wire_types)
    refused: Refused = []
    for place, row in enumerate(rows):
        try:
            transformer.dump_sequence(row, formats)
            if any(isinstance(value, str) and "\0" in value for value in row):
                raise pg.CharacterNotInRepertoire("a text holds U+0000")
        except _DATA_ERRORS as error:
            refused.append((place, error))
    return refused


def _stage_good(connection: Connection, table: Table, placed: Placed) -> Refused:
    """Stage every row that the server takes; those that it refuses, alone."""
    error = _try_to_stage(connection, table, placed)
    if error is None:
        return []
    if len(placed) == 1:
        return [(placed[0][0], error)]
    at = _place_of(error, len(placed))
    parts = [placed[:at], placed[at : at + 1], placed[at + 1 :]]
    return [one for part in parts for one in _stage_good(connection, table, part)]


def _try_to_stage(
    connection: Connection, table: Table, placed: Placed
) -> Exception | None:
    """Stage all rows, or none and say why."""
    if not placed:
        return None
    try:
        with connection.transaction():
            _stage(connection, table, placed)
    except _DATA_ERRORS as error:
        return error
    return None


def _place_of(error: Exception, rows: int) -> int:
    """Which of several rows the server says it is about; else one in the middle."""
    context = error.diag.context if isinstance(error, psycopg.Error) else None
    line = _LINE.search(context or "")
    at = int(line[1]) - 1 if line else -1
    return at if 0 <= at < rows else rows // 2


def _stage(connection: Connection, table: Table, placed: Placed) -> None:
    _copy(
        connection,
        _staging(table),
        [*table.names, "place"],
        [*table.wire_types, "int4"],
        ((*row, place) for place, row in placed),
    )


def _copy(
    connection: Connection,
    target: sql.Composable,
    names: Sequence[str],
    wire_types: Sequence[str],
    rows: Iterable[Row],
) -> None:
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        target, _listed(names)
    )
    with connection.cursor().copy(statement) as copy:
        copy.set_types(wire_types)
        write = copy.write_row
        for row in rows:
            write(row)


def _error(state: str, sentence: str) -> Exception:
    """What psycopg would have raised for one row."""
    try:
        return pg.lookup(state)(sentence)
    except KeyError:
        return pg.DataError(f"SQLSTATE {state}")


def _parts(table: Table) -> dict[str, sql.Composable]:
    return {
        "target": _target(table),
        "staging": _staging(table),
        "names": _names(table),
        "key": _listed(table.key),
    }


def _target(table: Table) -> sql.Composable:
    return sql.Identifier("_turnspan", table.name)


def _staging(table: Table) -> sql.Composable:
    return sql.Identifier("pg_temp", f"stage_{table.name}")


def _names(table: Table) -> sql.Composable:
    return _listed(table.names)


def _listed(names: Sequence[str]) -> sql.Composable:
    return sql.SQL(", ").join(map(sql.Identifier, names))
