"""Derive turns, sessions and handoffs anew around what was touched, a batch at a time.

The rules stand in ``sql/``; this module only says in which order its statements run.
A batch is one transaction: it takes the locks of some shards, claims what is touched
in them, reads the raw rows from the last quiet gap before to the first one after, and
puts the rows that follow from them in place of those derived before.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any, Final, LiteralString, NamedTuple

import psycopg
from psycopg import sql

from turnspan_exporters.timescale import _orphans, _scratch
from turnspan_exporters.timescale._between import between
from turnspan_exporters.timescale._connection import (
    Connection,
    connect,
    is_timescale,
    one_row,
)
from turnspan_exporters.timescale._queries import query

__all__ = ["SHARDS", "Deriver"]

SHARDS: Final = 16
"""Conversations and users are spread over this many locks."""

_ROWS: Final = 4000
_SWEEP_AFTER: Final = 1000
_ATTEMPTS_MAX: Final = 5
_WIDENINGS_MAX: Final = 12
_CONVERSATION_LOCKS: Final = 0x74736331
_USER_LOCKS: Final = 0x74736332
_log = logging.getLogger("turnspan.derive")


class _Derived(NamedTuple):
    """A derived table, where its new rows wait, and what makes two rows the same."""

    table: str
    time: str
    key: tuple[str, ...]
    user: LiteralString = "user_key"


_CORE: Final = (
    _Derived("turn", "start_time", ("bot", "turn_id", "start_time")),
    _Derived("session", "start_time", ("session_key", "start_time")),
    _Derived("handoff", "requested_at", ("bot", "handoff_id", "requested_at")),
    _Derived(
        "session_cta", "session_start", ("session_key", "cta_id", "session_start")
    ),
)
_PARTS: Final = (
    _Derived("goal", "session_start", ("session_key", "uid", "session_start")),
    _Derived("feedback", "session_start", ("session_key", "uid", "session_start")),
    _Derived(
        "session_node",
        "session_start",
        ("session_key", "node_id", "session_start"),
        user="NULL::text",
    ),
    _Derived(
        "session_variant",
        "session_start",
        ("session_key", "user_key", "experiment", "variant", "session_start"),
    ),
)
_READ_MORE: Final = (
    "next_opener", "trim", "read_attached", "next_derived", "read_strays",
    "read_stray_turns", "read_stray_handoffs", "include_strays", "read_stray_calls",
)  # fmt: skip
_SHAPE: Final = ("turns", "tokens", "openers", "sessions", "number_turns", "members")
_RESULT: Final = (
    "ctas", "signals", "handoffs", "nodes", "session_rows", "handoffs_of_sessions",
    "session_cta_rows", "turn_rows",
)  # fmt: skip
_LABEL: Final = ("label_sessions", "touch_lone")
_AFTER: Final = (
    "remember", "touch_users", "touch_windows", "touch_visits", "touch_neighbours",
    "touch_callers", "derive_labels",
)  # fmt: skip
_LABEL_USERS: Final = ("lock_sessions", "label_of_users")
_USERS: Final = (
    "zones", "forget_days", "days", "forget_first_seen", "first_seen",
    "forget_assignments", "assignments",
)  # fmt: skip


class Deriver:
    """One connection that derives; used by one thread at a time."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._connection: Connection | None = None
        self._rows = {"conversation": _ROWS, "user": _ROWS}
        self._since_sweep = 0

    def conversations(self, shards: Iterable[int] = range(SHARDS)) -> int:
        """Derive a batch of conversations; returns how many, 0 when none is left."""
        return self._batch("conversation", _CONVERSATION_LOCKS, list(shards))

    def users(self, shards: Iterable[int] = range(SHARDS)) -> int:
        """Bring a batch of users up to date; returns how many."""
        return self._batch("user", _USER_LOCKS, list(shards))

    def waiting(self) -> tuple[bool, bool, bool]:
        """Whether conversations, users and orphans wait to be derived."""
        conversations, users, orphans = one_row(self.connection, query("waiting"))
        return bool(conversations), bool(users), bool(orphans)

    def work(self, shards: Iterable[int] = range(SHARDS)) -> int:
        """One batch of whatever waits; returns how much was done."""
        conversations, users, orphans = self.waiting()
        done = self.orphans() if orphans else 0
        if conversations:
            done += self.conversations(shards)
        if conversations or users:
            done += self.users(shards)
        return done

    def orphans(self) -> int:
        """Find the conversations of records that name none; returns how many."""
        connection = self.connection
        with connection.transaction():
            if not _locked(connection, _CONVERSATION_LOCKS, [-1]):
                return 0
            connection.execute(query("lock_sessions"))
            return _orphans.resolve(connection)

    def sweep(self, since: datetime) -> int:
        """Finalise the sessions begun after ``since`` that have come due."""
        connection = self.connection
        with connection.transaction():
            due = 0
            asked = {"since": since}
            hours = connection.execute(query("due_hours"), asked).fetchall()
            if hours:
                connection.execute(query("lock_sessions"))
            for bot, hour in hours:
                mine = {**asked, "bot": bot, "hour": hour}
                due += connection.execute(query("sweep"), mine).rowcount
            if due:
                connection.execute(query("remember"), prepare=False)
                connection.execute(query("touch_swept"), prepare=False)
                _scratch.empty(connection)
        return due

    @property
    def connection(self) -> Connection:
        """The connection, opened and prepared at first use and after a loss."""
        if self._connection is None or self._connection.closed:
            self._connection = _prepared(connect(self._dsn, name="turnspan worker"))
        return self._connection

    def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            self._connection.close()

    def _batch(self, kind: str, locks: int, shards: list[int]) -> int:
        connection = self.connection
        work = _derive_conversations if kind == "conversation" else _derive_users
        mine: list[int] = []
        try:
            with connection.transaction():
                mine = _locked(connection, locks, shards)
                done = work(connection, mine, self._rows[kind]) if mine else 0
        except psycopg.OperationalError:
            raise
        except psycopg.Error as error:
            self._isolate(kind, mine, error)
            return 1
        if done:
            self._rows[kind] = min(2 * self._rows[kind], _ROWS)
            self._tidy(done)
        return done

    def _tidy(self, done: int) -> None:
        """Now and then, give back what deleted rows take in the working tables."""
        self._since_sweep += done
        if self._since_sweep >= _SWEEP_AFTER:
            _scratch.sweep(self.connection)
            self._since_sweep = 0

    def _isolate(self, kind: str, shards: list[int], error: psycopg.Error) -> None:
        """Go on with fewer at a time; what fails alone waits, and in the end parks."""
        if self._rows[kind] > 1:
            self._rows[kind] = max(1, self._rows[kind] // 16)
            return
        connection = self.connection
        row = connection.execute(query(f"oldest_{kind}"), {"shards": shards}).fetchone()
        if row is None:
            return
        id, _, _, attempts = row
        reason = (error.diag.message_primary or type(error).__name__)[:500]
        _log.error("deriving a %s failed (attempt %d): %s", kind, attempts + 1, reason)
        action = "park" if attempts + 1 >= _ATTEMPTS_MAX else "postpone"
        values: dict[str, Any] = {"id": id, "reason": reason}
        connection.execute(query(f"{action}_{kind}"), values)


def _prepared(connection: Connection) -> Connection:
    _scratch.create(connection)
    connection.execute("SET plan_cache_mode = force_custom_plan")
    # A batch that a crash takes back is queued again by the same crash.
    connection.execute("SET synchronous_commit = off")
    if is_timescale(connection):
        connection.execute(
            "SET timescaledb.max_tuples_decompressed_per_dml_transaction = 0"
        )
    return connection


def _locked(connection: Connection, space: int, shards: list[int]) -> list[int]:
    """Those of the shards whose locks were free, ours now until the commit."""
    values = {"space": space, "shards": shards}
    return [one for (one,) in connection.execute(query("lock_shards"), values)]


def _derive_conversations(connection: Connection, shards: list[int], rows: int) -> int:
    values = {"shards": shards, "rows": rows}
    claimed = connection.execute(query("claim_conversations"), values).rowcount
    if not claimed:
        return 0
    with connection.pipeline():
        records = _read(connection, kept=claimed <= _scratch.FEW_KEYS)
        few = records <= _scratch.FEW_RECORDS
        for name in _READ_MORE + _SHAPE + _RESULT:
            connection.execute(query(name), prepare=few)
        rated = _replace(connection, few=few)
        _follow(connection, _LABEL, few=few)
        for name in (*_AFTER, *(("touch_pairs",) if rated else ())):
            connection.execute(query(name), prepare=few)
        _scratch.empty(connection)
    return claimed


def _read(connection: Connection, *, kept: bool) -> int:
    """Read around what was touched, until there is quiet; returns how many records."""
    connection.execute(query("lock_conversations"))
    for name in ("keys", "cover_derived", "read_handoffs", "pauses"):
        connection.execute(query(name), prepare=kept)
    at: dict[str, datetime] = {}
    records = 0
    for widening in range(_WIDENINGS_MAX):
        low, high, at["horizon"], records = one_row(connection, query("span_of_keys"))
        if low is None:
            break
        if widening:
            connection.execute(query("forget_open"))
        span = {"from": low, "to": high}
        connection.execute(query("read_spans"), span)
        connection.execute(query("read_events"), span)
        connection.execute(query("settle_windows"), at)
    connection.execute(query("keep_horizon"), at)
    return records


def _replace(connection: Connection, *, few: bool) -> bool:
    """Put the new rows in place of the old; returns whether there are ratings.

    What no record of a conversation names has no rows, and had none.
    """
    low, high, *named = one_row(connection, query("windows"))
    if low is None:
        return False
    connection.execute(query("drop_orphans"), {"from": low, "to": high})
    between(connection, "span_of_lone_handoffs", "drop_lone_handoffs")
    parts = [part for part, is_named in zip(_PARTS, named, strict=True) if is_named]
    for part in parts:
        connection.execute(query(f"{part.table}_rows"), prepare=few)
    for table in (*_CORE, *parts):
        values = {"table": table.table, "from": low, "to": high}
        connection.execute(_of_table("replace_gone", table), values)
        connection.execute(_of_table("replace_new", table), values)
    return any(part.table == "feedback" for part in parts)


def _follow(connection: Connection, label: tuple[str, ...], *, few: bool) -> None:
    """Name the sessions that need their label, and look who came back after each."""
    for name in label:
        connection.execute(query(name), prepare=few)
    between(connection, "span_of_labels", "follow")


@cache
def _of_table(name: str, table: _Derived) -> sql.Composed:
    same = sql.SQL(" AND ").join(
        sql.SQL("o.{0} = d.{0}").format(sql.Identifier(column)) for column in table.key
    )
    return query(name).format(
        table=sql.Identifier(table.table),
        out=sql.Identifier(f"{table.table}_out"),
        time=sql.Identifier(table.time),
        user=sql.SQL(table.user),
        same=same,
    )


def _derive_users(connection: Connection, shards: list[int], rows: int) -> int:
    values = {"shards": shards, "rows": rows}
    people = connection.execute(query("claim_users"), values).rowcount
    if not people:
        return 0
    few = people <= _scratch.FEW_KEYS
    with connection.pipeline():
        for name in _USERS:
            connection.execute(query(name), prepare=few)
        # Last, since the conversations wait for it.
        _follow(connection, _LABEL_USERS, few=few)
        connection.execute(query("remember"), prepare=few)
        _scratch.empty(connection)
    return people
