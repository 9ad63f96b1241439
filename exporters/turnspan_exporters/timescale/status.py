"""The state of the store, for the collector's own metrics and for ``doctor``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import errors as pg

from turnspan_exporters.errors import Overloaded, Retryable
from turnspan_exporters.timescale._connection import (
    Connection,
    is_timescale,
    one_row,
    sorted_errors,
)
from turnspan_exporters.timescale._migrate import missing
from turnspan_exporters.timescale._queries import query

__all__ = [
    "AggregateState",
    "DeadLetters",
    "Installation",
    "Loss",
    "Received",
    "Work",
    "aggregates",
    "dead_letters",
    "forbidden_tables",
    "has_turns",
    "installation",
    "instrumentations",
    "losses",
    "missing_migrations",
    "received",
    "table_bytes",
    "work",
]

_DOING = "asking for the state of the store"


@dataclass(frozen=True, slots=True)
class Installation:
    """What the store is: ``mode`` is timescale or plain, ``now`` the server's clock."""

    mode: str
    now: datetime
    server_version: str
    timescale_version: str | None
    timescale_available: bool


@dataclass(frozen=True, slots=True)
class Work:
    """What waits: conversations and users to derive, ranges to refresh.

    ``oldest_s`` is how long the first of them has waited, ``workers`` how many
    connections derive.
    """

    conversations: int
    users: int
    oldest_s: float
    windows: int
    workers: int


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """Rows of a signal that were set aside, and when the first of them came."""

    signal: str
    count: int
    oldest: datetime


@dataclass(frozen=True, slots=True)
class AggregateState:
    """How far a continuous aggregate is behind the clock, in seconds.

    Its policy runs every ``every_s`` and succeeded ``refreshed_s`` ago (None: not yet);
    ``failed``: its last run did. Where nothing comes, it stays behind and is not stale.
    """

    name: str
    behind_s: float
    refreshed_s: float | None
    every_s: float
    failed: bool


@dataclass(frozen=True, slots=True)
class Received:
    """What came of a bot within a day.

    ``ahead_s`` is by how much the newest record was ahead of the collector's clock
    when it came; negative where none was. ``clamped`` counts times that could not be.
    """

    bot: str
    records: int
    newest: datetime
    ahead_s: float
    clamped: int


@dataclass(frozen=True, slots=True)
class Loss:
    """Records of one process of a bot within the last hour."""

    bot: str
    process: str
    sent: int
    lost: int

    @property
    def received(self) -> int:
        """What is in the store."""
        return self.sent - self.lost


def installation(connection: Connection) -> Installation:
    """What the store is and runs on."""
    with sorted_errors(_DOING):
        return Installation(*one_row(connection, query("status_installation")))


def missing_migrations(connection: Connection) -> list[str]:
    """The schema files that this program has and the store has not.

    Raises ``SchemaNewer`` or ``Incompatible`` where it is the other way round.
    """
    with sorted_errors(_DOING):
        return missing(connection)


def forbidden_tables(connection: Connection) -> list[str]:
    """The tables that the connection's role may not read or write."""
    return [name for (name,) in _rows(connection, "status_rights")]


def work(connection: Connection) -> Work:
    """What waits to be derived and refreshed."""
    with sorted_errors(_DOING):
        return Work(*one_row(connection, query("status_work")))


def dead_letters(connection: Connection) -> list[DeadLetters]:
    """What was set aside, by signal."""
    return [DeadLetters(*row) for row in _rows(connection, "status_dead_letters")]


def aggregates(connection: Connection) -> list[AggregateState]:
    """Every continuous aggregate; none where there is no TimescaleDB."""
    if not is_timescale(connection):
        return []
    return [AggregateState(*row) for row in _rows(connection, "status_aggregates")]


def table_bytes(connection: Connection) -> dict[str, int]:
    """Bytes on disk by table, indexes and chunks included."""
    found = dict(_rows(connection, "status_tables"))
    if is_timescale(connection):
        found |= dict(_rows(connection, "status_hypertables"))
    return {name: int(size) for name, size in found.items()}


def received(connection: Connection) -> list[Received]:
    """What came within a day, by bot. Reads the day's raw rows."""
    return [
        Received(bot, int(records), newest, ahead, int(clamped))
        for bot, records, newest, ahead, clamped in _rows(connection, "status_received")
    ]


def losses(connection: Connection) -> list[Loss]:
    """What the 200 busiest processes sent and lost within the last hour.

    Raises ``Overloaded`` where to count takes more than 10 s.
    """
    try:
        with connection.transaction():
            connection.execute(query("status_loss_patience"))
            return [Loss(*row) for row in _rows(connection, "status_loss")]
    except Retryable as error:
        if isinstance(error.__cause__, pg.QueryCanceled):
            raise Overloaded("Counting what was lost took more than 10 s.") from error
        raise


def instrumentations(connection: Connection, scope: str) -> list[str]:
    """The versions under which an instrumentation scope sent events within a day."""
    rows = _rows(connection, "status_instrumentations", {"scope": scope})
    return [version for (version,) in rows]


def has_turns(connection: Connection) -> bool:
    """Whether any turn began within a day."""
    with sorted_errors(_DOING):
        (found,) = one_row(connection, query("status_turns"))
    return bool(found)


def _rows(
    connection: Connection, name: str, values: dict[str, Any] | None = None
) -> list[tuple[Any, ...]]:
    with sorted_errors(_DOING):
        return connection.execute(query(name), values).fetchall()
