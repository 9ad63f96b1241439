"""Databases at earlier schemas: the first files of ``once``, with rows of that time.

The rows are taken from a database of today's, as many columns of as many tables as
there were.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import psycopg
from psycopg import sql

from turnspan_exporters.timescale import _always, _migrate
from turnspan_exporters.timescale._connection import connect
from turnspan_exporters.timescale._scripts import SCHEMA, Script, scripts
from turnspan_exporters.timescale.settings import defaults

__all__ = ["MODE", "OWN", "columns_of", "copy_rows", "make", "prefixes", "rows_of"]

Connection = psycopg.Connection[Any]

MODE = "timescale" if os.environ.get("TURNSPAN_TEST_DSN") else "plain"
OWN = (
    "migration", "installation", "always_object", "setting_default", "price_default",
    "erasure_secret", "touched_window", "dropped",
)  # fmt: skip
"""What each installation makes for itself."""

_TRIGGERED = ("user_day", "user_first_seen")
"""Tables whose triggers call functions that were other ones then."""
_FULL_LATER = "101_hypertables.sql"
_TABLES = """
    SELECT c.relname FROM pg_class AS c
    WHERE c.relnamespace = '_turnspan'::regnamespace AND c.relkind = 'r'
    AND NOT c.relname = ANY (%s) ORDER BY c.relname NOT IN
        ('recompute', 'publication', 'erasure'), c.oid
"""


def prefixes() -> list[Sequence[Script]]:
    """The schemas that there were, the oldest first, without today's."""
    once = scripts(SCHEMA, "once", MODE)
    least = next(
        (at for at, one in enumerate(once, 1) if one.base.endswith(_FULL_LATER)), 1
    )
    return [once[:length] for length in range(least, len(once))]


def make(dsn: str, once: Sequence[Script]) -> None:
    """Make a database as it was after these files.

    The functions are today's, as far as they fit: those of then are no more.
    """
    with connect(dsn) as connection:
        mode = _migrate._prepare(connection, SCHEMA)
        _migrate._set_search_path(connection, mode)
        for script in once:
            _migrate._apply_once(connection, script)
        left = [one for one in scripts(SCHEMA, "always", mode) if one.base < "111"]
        connection.cursor().executemany(
            "INSERT INTO _turnspan.setting_default (name, value) VALUES (%s, %s)",
            [(name, json.dumps(value)) for name, value in defaults().items()]
            if any(one.base.startswith("0003") for one in once)
            else [],
        )
        connection.execute("SET check_function_bodies = off")
        there = _always._objects(connection).keys()
        while (made := _made(connection, left)) != left:
            left = made
        connection.cursor().executemany(
            "INSERT INTO _turnspan.always_object (kind, identity) VALUES (%s, %s)",
            sorted(_always._objects(connection).keys() - there),
        )


def _made(connection: Connection, always: Iterable[Script]) -> list[Script]:
    """Make what goes; what does not."""
    left = []
    for script in always:
        try:
            with connection.transaction():
                connection.execute(sql.SQL(script.text))
        except psycopg.Error:
            left.append(script)
    return left


def columns_of(connection: Connection) -> dict[str, list[str]]:
    """The columns of each table, in the order that their keys allow."""
    tables = [name for (name,) in connection.execute(_TABLES, ([*OWN],))]
    return {table: _columns(connection, table) for table in tables}


def _columns(connection: Connection, table: str) -> list[str]:
    rows = connection.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass "
        "AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum",
        (f"_turnspan.{table}",),
    )
    return [name for (name,) in rows]


def copy_rows(source: Connection, target: Connection, table: str) -> None:
    """Copy what the target has columns for; its counters go on behind it."""
    names = sql.SQL(", ").join(map(sql.Identifier, _columns(target, table)))
    place = sql.Identifier("_turnspan", table)
    out = sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT").format(names, place)
    into = sql.SQL("COPY {} ({}) FROM STDIN").format(place, names)
    if table in _TRIGGERED:
        target.execute(f"ALTER TABLE _turnspan.{table} DISABLE TRIGGER USER")
    with source.cursor().copy(out) as rows, target.cursor().copy(into) as copy:
        for block in rows:
            copy.write(block)
    if table in _TRIGGERED:
        target.execute(f"ALTER TABLE _turnspan.{table} ENABLE TRIGGER USER")
    target.execute(
        "SELECT setval(pg_get_serial_sequence(%(table)s, 'id'), 1000) "
        "WHERE EXISTS (SELECT FROM pg_attribute WHERE attrelid = %(table)s::regclass "
        "AND attname = 'id' AND attidentity <> '')",
        {"table": f"_turnspan.{table}"},
    )


def rows_of(connection: Connection, table: str, columns: Iterable[str]) -> Counter[str]:
    """The rows of a table, each as the text of these columns."""
    statement = sql.SQL("SELECT ROW({})::text FROM {}").format(
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.Identifier("_turnspan", table),
    )
    return Counter(text for (text,) in connection.execute(statement))
