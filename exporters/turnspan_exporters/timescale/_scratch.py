"""The working tables of a connection that derives: made, emptied, and swept."""

from __future__ import annotations

from functools import cache

from psycopg import sql

from turnspan_exporters.timescale._connection import Connection
from turnspan_exporters.timescale._queries import steps

__all__ = ["FEW_KEYS", "FEW_RECORDS", "create", "empty", "sweep"]

FEW_RECORDS = 500
"""Up to so many, any plan will do, and one kept from before saves the planning."""

FEW_KEYS = 50
"""The same of conversations, users or orphans, while their records are not counted."""


def create(connection: Connection) -> None:
    """Make the tables, in a transaction of their own."""
    with connection.transaction():
        for _, statement in steps("tables"):
            connection.execute(statement)


def empty(connection: Connection) -> None:
    """Delete all rows, as the last step of a batch."""
    connection.execute(_deletion(), prepare=True)


def sweep(connection: Connection) -> None:
    """Give the space of deleted rows back; outside of a transaction."""
    tables = sql.SQL(", ").join(map(sql.Identifier, _tables()))
    connection.execute(sql.SQL("VACUUM {}").format(tables))


@cache
def _tables() -> tuple[str, ...]:
    return tuple(text.as_string().split()[3] for _, text in steps("tables"))


@cache
def _deletion() -> sql.Composed:
    parts = (
        sql.SQL("{} AS (DELETE FROM {})").format(
            sql.Identifier(f"of_{name}"), sql.Identifier("pg_temp", name)
        )
        for name in _tables()
    )
    return sql.SQL("WITH {} SELECT").format(sql.SQL(", ").join(parts))
