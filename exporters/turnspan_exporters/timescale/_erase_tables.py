"""Which rows of which tables are a user's, found by the columns that tables have.

Every table of our schemas is looked at, so that one that is new is not forgotten: what
makes a row somebody's is the name of its columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from psycopg import sql

from turnspan import conventions as names
from turnspan_exporters.timescale._connection import Connection
from turnspan_exporters.timescale._queries import query

__all__ = [
    "IDS",
    "RAW",
    "SESSION",
    "Ids",
    "Subject",
    "Table",
    "mine",
    "named",
    "of_bots",
    "other",
    "tables",
]

RAW: Final = ("event", "span")
"""Where records are stored; what other tables have is derived or given."""

_OURS: Final = frozenset({"erasure", "tombstone", "erasure_secret"})
"""Tables that hold what is left of an erasure, and hashes only."""

_RAW_IDS: Final = (names.USER_ID, "enduser.id")
"""Attributes that hold a raw id where somebody switched that on."""


@dataclass(frozen=True, slots=True)
class Ids:
    """A set of ids: the temporary table that holds it, and the columns that tell it."""

    name: str
    columns: tuple[str, ...]

    @property
    def table(self) -> sql.Identifier:
        """The temporary table."""
        return sql.Identifier("pg_temp", self.name)


IDS: Final = (
    Ids("erase_turn", ("bot", "turn_id")),
    Ids("erase_handoff", ("bot", "handoff_id")),
    Ids("erase_trace", ("trace_id",)),
)
"""What one record of a user ties others to that do not name the user."""

_OWN: Final = Ids("erase_conversation", ("bot", "conversation_id"))
SESSION: Final = Ids("erase_session", ("session_key",))
"""The same of derived rows."""

_UID: Final = Ids("erase_uid", ("uid",))


@dataclass(frozen=True, slots=True)
class Subject:
    """Who is erased: keys, ids that are a person's own, and of which bots.

    ``named`` are conversations that are the person's by their very id.
    """

    keys: Sequence[str]
    raw: Sequence[str]
    named: Sequence[str]
    bots: Sequence[str]
    every_bot: bool


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its columns with their types, its key, and a hypertable's time."""

    name: str
    columns: Mapping[str, str]
    key: Sequence[str]
    schema: str
    time: str | None = None

    @property
    def qualified(self) -> sql.Identifier:
        """Its name with its schema."""
        return sql.Identifier(self.schema, self.name)

    def has(self, *columns: str) -> bool:
        """Whether it has all of these columns."""
        return all(one in self.columns for one in columns)


def tables(connection: Connection, *, timescale: bool) -> list[Table]:
    """Every table that may hold something of somebody, raw ones first."""
    times: dict[str, str] = {}
    if timescale:
        times = dict(connection.execute(query("erase_times")).fetchall())
    found = [
        Table(name, columns, key or (), schema, times.get(name))
        for name, columns, key, schema in connection.execute(query("erase_tables"))
        if name not in _OURS
    ]
    return sorted(found, key=lambda one: (one.name not in RAW, one.name))


def mine(table: Table, subject: Subject) -> sql.Composable | None:
    """Rows of the user, and those that belong to them and name nobody."""
    own = _owner(table, subject)
    if table.name == "dead_letter":
        return _dead_letters(subject)
    tied = [
        _within(ids, table)
        for ids in (*IDS, _OWN, SESSION, _UID)
        if table.has(*ids.columns) and not (ids is _UID and table.name == "event")
    ]
    if not tied:
        return own
    anybody = sql.SQL(" OR ").join(tied)
    if own is None:
        return sql.SQL("({})").format(anybody)
    return sql.SQL("({} OR (t.user_key IS NULL AND ({})))").format(own, anybody)


def other(table: Table, subject: Subject) -> sql.Composable:
    """Rows of somebody else, of a table with user keys."""
    return sql.SQL("t.user_key <> ALL ({})").format(_listed(subject.keys))


def _owner(table: Table, subject: Subject) -> sql.Composable | None:
    if not table.has("bot", "user_key"):
        return None
    says = [sql.SQL("t.user_key = ANY ({})").format(_listed(subject.keys))]
    if table.has("attributes") and subject.raw:
        says += [
            sql.SQL("(t.user_key IS NULL AND t.attributes ->> {} = ANY ({}))").format(
                sql.Literal(name), _listed(subject.raw)
            )
            for name in _RAW_IDS
        ]
    return sql.SQL("(({}) AND {})").format(
        sql.SQL(" OR ").join(says), of_bots(sql.SQL("t.bot"), subject)
    )


def _listed(texts: Sequence[str]) -> sql.Composable:
    return sql.SQL("{}::text[]").format(sql.Literal([*texts]))


def of_bots(bot: sql.Composable, subject: Subject) -> sql.Composable:
    """Whether a bot is one of those asked for."""
    if subject.every_bot:
        return sql.SQL("true")
    return sql.SQL("{} = ANY ({})").format(bot, _listed(subject.bots))


def _within(ids: Ids, table: Table) -> sql.Composable:
    """Whether a row has one of the ids; a trace may hold other people's too."""
    columns = sql.SQL(", ").join(sql.Identifier("t", one) for one in ids.columns)
    where = sql.SQL(" WHERE own") if ids is _OWN else sql.SQL("")
    found = sql.SQL("({}) IN (SELECT {} FROM {}{})").format(
        columns, named(ids.columns), ids.table, where
    )
    if ids is not IDS[2] or not table.has("bot", "conversation_id"):
        return found
    return sql.SQL(
        "({} AND (t.conversation_id IS NULL OR (t.bot, t.conversation_id) IN "
        "(SELECT bot, conversation_id FROM {})))"
    ).format(found, _OWN.table)


def _dead_letters(subject: Subject) -> sql.Composable:
    """A refused row keeps its columns as text; a trace as hexadecimal digits."""
    said = sql.SQL("t.payload ->> {}")
    own = sql.SQL("{} = ANY ({})").format(
        said.format("user_key"), _listed(subject.keys)
    )
    tied = [
        sql.SQL("({}, {}) IN (SELECT bot, {} FROM {}{})").format(
            said.format("bot"), said.format(ids.columns[1]),
            sql.Identifier(ids.columns[1]), ids.table,
            sql.SQL(" WHERE own") if ids is _OWN else sql.SQL(""),
        )
        for ids in (*IDS[:2], _OWN)
    ]  # fmt: skip
    tied.append(
        sql.SQL("{} IN (SELECT replace(trace_id::text, '-', '') FROM {})").format(
            said.format("trace_id"), IDS[2].table
        )
    )
    return sql.SQL("(({own}) OR ({nobody} AND ({tied}))) AND {bots}").format(
        own=own,
        nobody=sql.SQL("t.payload ->> 'user_key' IS NULL"),
        tied=sql.SQL(" OR ").join(tied),
        bots=of_bots(said.format("bot"), subject),
    )


def named(columns: Sequence[str], prefix: str = "") -> sql.Composed:
    """Columns by name, of an alias where one is given."""
    return sql.SQL(", ").join(
        sql.Identifier(prefix, one) if prefix else sql.Identifier(one)
        for one in columns
    )
