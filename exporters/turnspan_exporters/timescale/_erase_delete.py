"""Find the rows of a user, and delete them without opening more than must be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from psycopg import sql

from turnspan_exporters.timescale._connection import Connection
from turnspan_exporters.timescale._erase_search import PERSON_CHARS_MIN
from turnspan_exporters.timescale._erase_tables import (
    IDS,
    RAW,
    SESSION,
    Ids,
    Subject,
    Table,
    mine,
    named,
    other,
)
from turnspan_exporters.timescale._queries import query

__all__ = ["delete", "identify", "scrub"]

_ROUNDS: Final = 2
"""A turn tells its trace, and the trace spans that name the turn's handoff: so far."""

_NAMELESS: Final = (*RAW, "content", "dead_letter")
_TEXTS: Final = ("text", "jsonb")


def identify(connection: Connection, tables: Sequence[Table], of: Subject) -> None:
    """Fill the temporary tables of conversations, turns, handoffs, traces, sessions.

    An id that somebody else's record has too is not the user's, and only the user's own
    records with it go.
    """
    named_ids = {"bots": [*of.bots], "named": [*of.named]}
    connection.execute(query("erase_named_conversations"), named_ids)
    talks = [one for one in tables if one.has("bot", "user_key", "conversation_id")]
    for name in ("erase_conversations", "erase_shared"):
        for table in talks:
            connection.execute(
                query(name).format(
                    table=table.qualified, mine=mine(table, of), other=other(table, of)
                )
            )
    for _ in range(_ROUNDS):
        for ids in (*IDS, SESSION):
            _collect(connection, tables, of, ids)
    connection.execute(query("erase_old_sessions"))


def _collect(
    connection: Connection, tables: Sequence[Table], of: Subject, ids: Ids
) -> None:
    holding = [one for one in tables if one.has(*ids.columns)]
    parts = {
        "set": ids.table,
        "columns": named(ids.columns),
        "last": sql.Identifier(ids.columns[-1]),
        "same": _same(ids.columns, "e", "o"),
    }
    for table in holding:
        values = {**parts, "table": table.qualified, "mine": mine(table, of)}
        connection.execute(query("erase_ids").format(**values))
    for table in holding:
        if table.has("user_key"):
            values = {**parts, "table": table.qualified, "other": other(table, of)}
            connection.execute(query("erase_not_ids").format(**values))


def delete(connection: Connection, table: Table, of: Subject) -> int:
    """Delete the user's rows of a table; returns how many there were."""
    condition = mine(table, of)
    if condition is None:
        return 0
    act = sql.SQL("DELETE FROM {} AS t USING erase_victim AS v WHERE").format(
        table.qualified
    )
    return _act(connection, table, condition, act)


def scrub(connection: Connection, table: Table, of: Subject) -> int:
    """Delete rows of nobody that name the person, and blot the name out of others."""
    words = [
        one for one in (*of.keys, *of.raw, *of.named) if len(one) >= PERSON_CHARS_MIN
    ]
    words += [one.encode().hex() for one in words if table.name == "dead_letter"]
    says = sql.SQL("({})").format(
        sql.SQL(" OR ").join(
            sql.SQL("strpos(t::text, {}) > 0").format(sql.Literal(one)) for one in words
        )
    )
    gone = 0
    if table.name in _NAMELESS:
        nobody = sql.SQL("t.user_key IS NULL" if table.has("user_key") else "true")
        condition = sql.SQL("{} AND {}").format(nobody, says)
        act = sql.SQL("DELETE FROM {} AS t USING erase_victim AS v WHERE").format(
            table.qualified
        )
        gone = _act(connection, table, condition, act)
    sets = [
        _blotted(name, kind, words)
        for name, kind in table.columns.items()
        if kind in _TEXTS and name not in (*table.key, "bot")
    ]
    act = sql.SQL("UPDATE {} AS t SET {} FROM erase_victim AS v WHERE").format(
        table.qualified, sql.SQL(", ").join(sets)
    )
    _act(connection, table, says, act)
    return gone


def _blotted(name: str, kind: str, words: Sequence[str]) -> sql.Composed:
    value: sql.Composable = sql.SQL("{}::text").format(sql.Identifier("t", name))
    for word in words:
        value = sql.SQL("replace({}, {}, 'erased')").format(value, sql.Literal(word))
    return sql.SQL("{} = {}::{}").format(
        sql.Identifier(name), value, sql.Identifier(kind)
    )


def _act(
    connection: Connection,
    table: Table,
    condition: sql.Composable,
    act: sql.Composable,
) -> int:
    more = [
        one for one in ("bot", "conversation_id", table.time)
        if one and table.has(one) and one not in table.key
    ]  # fmt: skip
    parts = {
        "table": table.qualified,
        "columns": named([*table.key, *more], "t"),
        "mine": condition,
    }
    connection.execute(query("erase_victims").format(**parts))
    if table.name == "event":
        connection.execute(query("erase_victim_uids"))
    if table.name in RAW:
        time = sql.Identifier("time" if table.name == "event" else "start_time")
        connection.execute(query("erase_victims_touch").format(time=time))
    if table.time is None:
        same = _same(table.key, "t", "v")
        rows = connection.execute(sql.SQL("{} {}").format(act, same)).rowcount
    else:
        rows = sum(_clusters(connection, table, act))
    if table.name == "session":
        connection.execute(query("erase_visits"))
    connection.execute(query("erase_victims_gone"))
    return rows


def _clusters(
    connection: Connection, table: Table, act: sql.Composable
) -> Iterator[int]:
    time = sql.Identifier(table.time or "")
    clusters = connection.execute(query("erase_clusters").format(time=time)).fetchall()
    for bot, low, high in clusters:
        statement = query("erase_cluster").format(
            **{"from": sql.Literal(low)}, to=sql.Literal(high), bot=sql.Literal(bot),
            time=time, same=_same(table.key, "t", "v"), act=act,
        )  # fmt: skip
        yield connection.execute(statement).rowcount
        window = {"table": table.name, "from": low, "to": high}
        connection.execute(query("erase_windows"), window)


def _same(columns: Sequence[str], left: str, right: str) -> sql.Composed:
    pairs = [
        sql.SQL("{} = {}").format(sql.Identifier(left, one), sql.Identifier(right, one))
        for one in columns
    ]
    return sql.SQL(" AND ").join(pairs)
