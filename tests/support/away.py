"""Taking a database away from whoever uses it, and giving it back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import conninfo, sql

__all__ = ["away", "let_in", "lock_out"]


def lock_out(dsn: str) -> None:
    """End every connection to the database and let nobody in."""
    _alter(dsn, allowed=False)


def let_in(dsn: str) -> None:
    """Let everybody in again."""
    _alter(dsn, allowed=True)


@contextmanager
def away(dsn: str) -> Iterator[None]:
    """Without the database, until the block ends."""
    lock_out(dsn)
    try:
        yield
    finally:
        let_in(dsn)


def _alter(dsn: str, *, allowed: bool) -> None:
    name = str(conninfo.conninfo_to_dict(dsn)["dbname"])
    other = conninfo.make_conninfo(dsn, dbname="postgres")
    with psycopg.connect(other, autocommit=True) as connection:
        connection.execute(
            sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}").format(
                sql.Identifier(name), sql.Literal(allowed)
            )
        )
        if not allowed:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = %s AND usename = current_user",
                (name,),
            )
