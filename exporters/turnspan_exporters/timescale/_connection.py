"""Connections to the store, and sentences for what can be wrong with one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from psycopg import conninfo, sql
from psycopg import errors as pg

from turnspan_exporters.errors import (
    ExportError,
    Forbidden,
    Incompatible,
    Overloaded,
    Permanent,
    Retryable,
    Unusable,
)

__all__ = [
    "SERVER_VERSION_MIN",
    "connect",
    "is_timescale",
    "one_row",
    "sorted_errors",
    "to_error",
    "without_values",
]

Connection = psycopg.Connection[Any]

SERVER_VERSION_MIN = 16
"""The oldest PostgreSQL major version that has every function the metrics use."""

_CONNECT_TIMEOUT_S = 10

_OPTIONS = "-c timezone=UTC -c jit=off -c timescaledb.enable_skipscan=off"
"""TimescaleDB 2.29 fails some DISTINCT queries ("ScanKey for skip qual not found")."""

_NOTICING: Final = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""A server behind a dead line is noticed after seconds, not hours (s, s, 1, ms)."""

_QUOTING = re.compile("[:\"']")

_AWAY = (
    pg.OperationalError,
    pg.InterfaceError,
    pg.AdminShutdown,
    pg.CrashShutdown,
    pg.CannotConnectNow,
    pg.SerializationFailure,
    pg.DeadlockDetected,
    pg.LockNotAvailable,
    pg.QueryCanceled,
)


def connect(dsn: str, *, autocommit: bool = True, name: str = "turnspan") -> Connection:
    """Connect in UTC; raise ``Permanent`` or ``Retryable`` with a sentence."""
    try:
        connection = psycopg.connect(
            _noticing(dsn),
            autocommit=autocommit,
            connect_timeout=_CONNECT_TIMEOUT_S,
            application_name=name,
            options=_OPTIONS,
        )
    except psycopg.Error as error:
        raise to_error(error, "connecting to the database") from error
    major = connection.info.server_version // 10000
    if major < SERVER_VERSION_MIN:
        connection.close()
        raise Incompatible(
            f"The server is PostgreSQL {major}, and turnspan needs "
            f"{SERVER_VERSION_MIN} or newer: upgrade it, or leave out the DSN to use "
            "the embedded one."
        )
    return connection


def _noticing(dsn: str) -> str:
    given = conninfo.conninfo_to_dict(dsn)
    wanted = {name: at for name, at in _NOTICING.items() if name not in given}
    return conninfo.make_conninfo(dsn, **wanted)


def is_timescale(connection: Connection) -> bool:
    """Whether this installation was made with TimescaleDB's hypertables."""
    row = connection.execute("SELECT mode FROM _turnspan.installation").fetchone()
    return row is not None and row[0] == "timescale"


def one_row(
    connection: Connection,
    statement: sql.SQL | sql.Composed,
    values: Mapping[str, Any] | None = None,
) -> tuple[Any, ...]:
    """The row of a statement that always has exactly one."""
    for row in connection.execute(statement, values):
        return tuple(row)
    raise LookupError("a statement that always has one row had none")


def to_error(error: psycopg.Error, doing: str) -> ExportError:
    """Say what happened while ``doing`` something, sorted by what helps."""
    text = without_values(error)
    match error:
        case pg.InsufficientPrivilege():
            return Forbidden(
                f"The database role may not do this ({text}) while {doing}: grant it, "
                "or connect as the role that ran `turnspan migrate`."
            )
        case pg.DiskFull() | pg.OutOfMemory() | pg.TooManyConnections():
            return Overloaded(f"The database is full ({text}) while {doing}.", 3.0)
        case pg.InvalidPassword() | pg.InvalidAuthorizationSpecification():
            return Forbidden(f"The database refused the DSN's role ({text}).")
        case pg.InvalidCatalogName():
            return Unusable(f"The DSN's database is not there ({text}): create it.")
        case psycopg.OperationalError() if _is_wrong_dsn(text):
            return Unusable(f"The DSN cannot be used ({text}).")
        case _ if isinstance(error, _AWAY):
            return Retryable(f"The database is away ({text}) while {doing}.")
        case psycopg.ProgrammingError() if error.sqlstate is None:
            return Unusable(f"The DSN cannot be used ({text}).")
        case _:
            return Permanent(f"The database refused ({text}) while {doing}.")


@contextmanager
def sorted_errors(doing: str) -> Iterator[None]:
    """Raise psycopg's errors as ours."""
    try:
        yield
    except psycopg.Error as error:
        raise to_error(error, doing) from error


def without_values(error: psycopg.Error) -> str:
    """The server's own sentence, up to where it may quote what was stored.

    A DETAIL may quote a row; of errors about values (class 22), the sentence itself.
    """
    text = error.diag.message_primary or str(error)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    line = (lines[0] if lines else type(error).__name__).rstrip(".")
    if (error.sqlstate or "").startswith("22"):
        return f"{_QUOTING.split(line)[0].strip()}, SQLSTATE {error.sqlstate}"
    return line


def _is_wrong_dsn(text: str) -> bool:
    """Without an SQLSTATE, libpq's failures to authenticate are known by text."""
    return any(
        sign in text
        for sign in (
            "password authentication failed",
            "no password supplied",
            "does not exist",
            "no pg_hba.conf entry",
            "could not translate host name",
        )
    )
