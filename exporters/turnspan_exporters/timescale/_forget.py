"""Erase a user from every table, so that nothing is left and nothing comes back.

First the user's tombstone is set, and every writer that had not seen it has ended. Then
one transaction finds what is the user's, deletes it and sets the tombstones of its
conversations, turns and traces; a second one takes what came in meanwhile. What other
users share with the user is derived again, and a search of all tables is the proof.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from typing import Any, Final, Protocol

import psycopg
from psycopg import errors as pg
from psycopg import sql

from turnspan_exporters.timescale import _erase_delete as erasing
from turnspan_exporters.timescale._connection import (
    Connection,
    connect,
    is_timescale,
    one_row,
    sorted_errors,
)
from turnspan_exporters.timescale._derive import Deriver
from turnspan_exporters.timescale._erase_search import Found, search
from turnspan_exporters.timescale._erase_subject import Asked, subject
from turnspan_exporters.timescale._erase_tables import RAW, Subject, Table, tables
from turnspan_exporters.timescale._queries import query
from turnspan_exporters.timescale._recompute import finish

__all__ = ["Asked", "Elsewhere", "forget"]

_TRIES: Final = 5
_NOT_COVERED: Final = (
    "backups, replicas' snapshots and write-ahead logs of the database",
    "what collectors hold in spools, until it is stored without the user's rows, and "
    "what they set aside there",
    "what other destinations and the bot's own process received",
)
_log = logging.getLogger("turnspan.forget")


class Elsewhere(Protocol):
    """Another place that holds records and can be searched from here.

    The collector's spool is none: it lies on the collector's machine, is its alone,
    and what it holds meets the tombstones when it is stored.
    """

    name: str

    def forget(self, keys: Sequence[str], raw: Sequence[str]) -> int:
        """Remove what names one of these; returns how many records went."""


@dataclass(slots=True)
class _Work:
    """One erasure under way."""

    connection: Connection
    timescale: bool
    tables: Sequence[Table]
    subject: Subject
    progress: Callable[[str], Any]
    rows: Counter[str]


def forget(
    dsn: str,
    asked: Asked,
    *,
    dry_run: bool = False,
    elsewhere: Sequence[Elsewhere] = (),
    progress: Callable[[str], Any] = lambda _: None,
) -> dict[str, Any]:
    """Erase the user that is asked for; returns the certificate, as JSON knows it.

    Asked again it does what is left, and proves it again. With ``dry_run`` nothing is
    changed, and the certificate says what would go. Raises ``SubjectError``.
    """
    with (
        connect(dsn, name="turnspan forget") as connection,
        sorted_errors("erasing a user"),
    ):
        timescale = is_timescale(connection)
        if timescale:
            connection.execute(
                "SET timescaledb.max_tuples_decompressed_per_dml_transaction = 0"
            )
        for statement in query("erase_sets").as_string().split(";\n"):
            connection.execute(sql.SQL(statement))
        ours = tables(connection, timescale=timescale)
        of = subject(connection, ours, asked)
        work = _Work(connection, timescale, ours, of, progress, Counter())
        if dry_run:
            with connection.transaction(force_rollback=True):
                _erase(work, 0)
            return _certificate(work, None, datetime.now(UTC), None)
        return _forgotten(dsn, work, elsewhere)


def _forgotten(dsn: str, work: _Work, elsewhere: Sequence[Elsewhere]) -> dict[str, Any]:
    connection, of = work.connection, work.subject
    values = {"subject": of.keys[0], "bots": [] if of.every_bot else [*of.bots]}
    with connection.transaction():
        id, asked_at = one_row(connection, query("erase_begin"), values)
        scope = [""] if of.every_bot else [*of.bots]
        tombs = {"id": id, "scope": scope, "keys": [*of.keys]}
        connection.execute(query("erase_user_tombstones"), tombs)
    for _ in range(2):
        _barrier(connection)
        _insisting(lambda: _in_one(work, id))
    for place in elsewhere:
        work.rows[place.name] += place.forget(of.keys, of.raw)
    work.progress("deriving what others share")
    _derive(dsn, connection)
    work.progress("searching every table")
    found = search(connection, work.tables, of)
    if found.left:
        _insisting(lambda: _tidy(work, found))
        found = search(connection, work.tables, of)
    certificate = _certificate(work, id, asked_at, found)
    state = "erased" if found.left else "proven"
    _enter(work, id, state, certificate)
    _vacuum(work)
    return certificate


def _barrier(connection: Connection) -> None:
    with connection.transaction():
        connection.execute(query("erase_barrier"))


def _insisting(act: Callable[[], None]) -> None:
    """Again, where the work of others stood in the way."""
    for left in reversed(range(_TRIES)):
        try:
            act()
            return
        except (pg.DeadlockDetected, pg.SerializationFailure):
            if not left:
                raise


def _in_one(work: _Work, id: int) -> None:
    before = work.rows.copy()
    try:
        with work.connection.transaction():
            _erase(work, id)
            work.connection.execute(query("erase_tombstones"), {"id": id})
            _enter(work, id, "erased", None)
    except BaseException:
        work.rows = before
        raise


def _erase(work: _Work, id: int) -> None:
    work.progress("finding what is the user's")
    erasing.identify(work.connection, work.tables, work.subject)
    held = False
    for table in work.tables:
        if table.name not in RAW and not held:
            work.connection.execute(query("erase_hold_derivation"))
            held = True
        gone = erasing.delete(work.connection, table, work.subject)
        if gone:
            work.rows[table.name] += gone
            work.progress(f"erased {gone:,} rows of {table.name}")
    work.connection.execute(query("erase_touch"))
    work.connection.execute("DELETE FROM pg_temp.erase_touched")


def _tidy(work: _Work, found: Found) -> None:
    """Rows that name the person in a text: those of nobody go, others lose the name."""
    with work.connection.transaction():
        for table in work.tables:
            if found.rows_of(table.name):
                gone = erasing.scrub(work.connection, table, work.subject)
                work.rows[table.name] += gone


def _derive(dsn: str, connection: Connection) -> None:
    deriver = Deriver(dsn)
    try:
        finish(connection, deriver)
    finally:
        deriver.close()


def _enter(
    work: _Work, id: int, state: str, certificate: dict[str, Any] | None
) -> None:
    values = {
        "id": id,
        "state": state,
        "rows": json.dumps(dict(sorted(work.rows.items()))),
        "certificate": json.dumps(certificate) if certificate else None,
    }
    work.connection.execute(query("erase_state"), values)


def _certificate(
    work: _Work, id: int | None, asked_at: datetime, found: Found | None
) -> dict[str, Any]:
    own, shared, turns, traces, tombstones = one_row(
        work.connection, query("erase_counts"), {"id": id}
    )
    of = work.subject
    return {
        "erasure": id,
        "program": f"turnspan {metadata.version('turnspan')}",
        "database": "TimescaleDB" if work.timescale else "PostgreSQL",
        "asked_at": asked_at.isoformat(),
        "finished_at": datetime.now(UTC).isoformat(),
        "bots": "every bot" if of.every_bot else [*of.bots],
        "keys": len(of.keys),
        "conversations": {"erased": own, "shared_with_others": shared},
        "turns": turns,
        "traces": traces,
        "rows": dict(sorted(work.rows.items())),
        "tombstones": tombstones,
        "search": None if found is None else {
            "tables": found.tables,
            "columns": found.columns,
            "ids": found.ids,
            "rows_left": dict(found.left),
        },
        "not_covered": [*_NOT_COVERED],
    }  # fmt: skip


def _vacuum(work: _Work) -> None:
    """Take the deleted rows' bytes, and the planner's samples of them, off the disk."""
    for table in work.tables:
        if not work.rows[table.name]:
            continue
        work.progress(f"vacuuming {table.name}")
        statement = sql.SQL("VACUUM (ANALYZE) {}").format(table.qualified)
        try:
            work.connection.execute(statement)
        except psycopg.Error as error:
            reason = error.diag.message_primary
            _log.warning("%s is not vacuumed: %s", table.name, reason)
