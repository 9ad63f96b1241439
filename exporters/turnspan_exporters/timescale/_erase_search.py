"""Search every table for somebody: what proves that nothing is left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from psycopg import sql

from turnspan_exporters.timescale._connection import Connection, one_row
from turnspan_exporters.timescale._erase_tables import IDS, Subject, Table, of_bots
from turnspan_exporters.timescale._queries import query

__all__ = ["PERSON_CHARS_MIN", "Found", "search"]

PERSON_CHARS_MIN: Final = 8
"""Ids of a person that are shorter are searched for where ids stand, not in texts."""

ID_CHARS_MIN: Final = 12
"""The same of ids of conversations and turns."""

_ROW: Final = "any text"
_HEX: Final = ("dead_letter",)


@dataclass(slots=True)
class Found:
    """How much was searched, and where something was: table.column and rows."""

    tables: int = 0
    columns: int = 0
    ids: int = 0
    left: dict[str, int] = field(default_factory=dict)

    def rows_of(self, table: str) -> int:
        """Rows of a table that name the person anywhere."""
        return self.left.get(f"{table}.{_ROW}", 0)


def search(connection: Connection, tables: Sequence[Table], subject: Subject) -> Found:
    """Look for keys, raw id, conversations and turns in all columns of all tables.

    Columns of text, uuid and arrays of them are compared as a whole, the strings within
    jsonb too; a person's own ids are also looked for within every row's text.
    """
    ids = [
        id for (id,) in connection.execute(query("erase_distinct_ids"))
        if len(id) >= ID_CHARS_MIN
    ]  # fmt: skip
    people = [*subject.keys, *subject.raw, *subject.named]
    long = [one for one in people if len(one) >= PERSON_CHARS_MIN]
    found = Found(ids=len(set(ids) | set(people)))
    for table in tables:
        tests = _tests(table, subject, ids, long)
        if not tests:
            continue
        found.tables += 1
        found.columns += len(tests)
        counts = one_row(connection, _counting(table, subject, tests))
        for column, rows in zip(tests, counts, strict=True):
            if rows:
                found.left[f"{table.name}.{column}"] = rows
    return found


def _counting(
    table: Table, subject: Subject, tests: Mapping[str, sql.Composable]
) -> sql.Composed:
    counts = sql.SQL(", ").join(
        sql.SQL("count(*) FILTER (WHERE {})").format(test) for test in tests.values()
    )
    bot: sql.Composable | None = None
    if table.has("bot"):
        bot = sql.SQL("t.bot")
    elif table.has("payload"):
        bot = sql.SQL("t.payload ->> 'bot'")
    where = sql.SQL("true") if bot is None else of_bots(bot, subject)
    return sql.SQL("SELECT {} FROM {} AS t WHERE {}").format(
        counts, table.qualified, where
    )


def _tests(
    table: Table, subject: Subject, ids: Sequence[str], long: Sequence[str]
) -> dict[str, sql.Composable]:
    if not (subject.every_bot or table.has("bot") or table.has("payload")):
        return {}  # rows of bots that were not asked for may name the same person
    anything = sql.Literal([*ids, *long])
    tests: dict[str, sql.Composable] = {}
    for name, kind in table.columns.items():
        test = _test(table, subject, name, kind, anything)
        if test is not None:
            tests[name] = test
    within = [*long, *(one.encode().hex() for one in long if table.name in _HEX)]
    if tests and within:
        tests[_ROW] = sql.SQL("({})").format(
            sql.SQL(" OR ").join(
                sql.SQL("strpos(t::text, {}) > 0").format(sql.Literal(one))
                for one in within
            )
        )
    return tests


def _test(
    table: Table, subject: Subject, name: str, kind: str, anything: sql.Literal
) -> sql.Composable | None:
    column = sql.Identifier("t", name)
    for ids in IDS:
        if ids.columns[-1] == name and table.has(*ids.columns):
            return _in_set(ids.columns, ids.table)
    if name == "conversation_id" and table.has("bot"):
        own = sql.SQL("(SELECT * FROM pg_temp.erase_conversation WHERE own) AS c")
        return _in_set(("bot", name), own)
    match kind:
        case "text" if name == "user_key":
            keys: Any = sql.Literal(list(subject.keys))
            return sql.SQL("{} = ANY ({}::text[])").format(column, keys)
        case "text":
            return sql.SQL("{} = ANY ({}::text[])").format(column, anything)
        case "text[]":
            return sql.SQL("{} && {}::text[]").format(column, anything)
        case "uuid":
            return sql.SQL("{}::text = ANY ({}::text[])").format(column, anything)
        case "jsonb":
            return sql.SQL(
                "EXISTS (SELECT FROM jsonb_path_query({}, "
                "'$.** ? (@.type() == \"string\")') AS s "
                "WHERE s #>> '{{}}' = ANY ({}::text[]))"
            ).format(column, anything)
    return None


def _in_set(columns: Sequence[str], where: sql.Composable) -> sql.Composable:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    of_table = sql.SQL(", ").join(sql.Identifier("t", one) for one in columns)
    return sql.SQL("({}) IN (SELECT {} FROM {})").format(of_table, names, where)
