"""A year of many bots in the store: four real weeks, copied with other ids and times.

The first four weeks of the first bot go the way of all traffic: exported, derived. The
other bots and weeks are copies of its raw and derived rows, made by the server, so that
73 million events take minutes instead of hours. What a derivation makes of the copies
is what stands there: ``verify`` has one bot derived anew and compares.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import psycopg
from benchmarks.queries._traffic import DAYS, traffic
from psycopg import sql

from turnspan_exporters.timescale import (
    TimescaleExporter,
    is_timescale,
    migrate,
    settle,
)
from turnspan_exporters.timescale._queries import query
from turnspan_exporters.timescale._refresh import Aggregate, aggregates, materialise

__all__ = ["Year", "build", "refresh_cost", "sizes", "verify"]

_Work = TypeVar("_Work")

_RAW = ("span", "event")
_DERIVED = (
    "turn", "session", "handoff", "session_cta", "goal", "feedback", "session_node",
    "session_variant",
)  # fmt: skip
_USERS = ("user_day", "user_first_seen", "assignment")
_WORKERS = 2
_MEMORY = "-c work_mem=256MB -c maintenance_work_mem=512MB -c synchronous_commit=off"
_PREFIXED = {"conversation_id", "turn_id", "handoff_id"}
_MIXED = {"trace_id", "uid"}
_SESSION_KEY = r"""CASE WHEN s.session_key IS NOT NULL THEN
    md5(concat_ws(E'\x1f', %(bot)s::text, s.channel,
        %(prefix)s::text || s.conversation_id, E'\x1e',
        (extract(epoch FROM {start}) * 1000000)::bigint))::uuid END"""


@dataclass(frozen=True)
class Year:
    """What is built: ``bots`` × ``periods`` of four weeks × ``events_a_day``."""

    bots: int = 20
    periods: int = 13
    events_a_day: int = 10_000

    @property
    def end(self) -> datetime:
        """The midnight before today's, UTC: everything is over."""
        return datetime.now(UTC).replace(
            hour=0, minute=0, second=0, microsecond=0
        ) - timedelta(days=1)

    @property
    def start(self) -> datetime:
        """The first midnight."""
        return self.end - timedelta(days=DAYS * self.periods)

    def names(self) -> list[str]:
        """The bots."""
        return [f"bot-{number:02}" for number in range(self.bots)]


def build(dsn: str, year: Year) -> None:
    """Fill an empty database; on TimescaleDB, compress what is done on the way."""
    migrate(dsn)
    with psycopg.connect(dsn, autocommit=True) as connection:
        timescale = is_timescale(connection)
        if timescale:
            _pause_jobs(connection)
        _template(dsn, connection, year)
        with _without_indexes(connection):
            for period in range(year.periods):
                bots = [b for n, b in enumerate(year.names()) if (period, n) != (0, 0)]
                _share(dsn, bots, partial(_copy, period=period))
                if timescale:
                    chunks = _finished(connection, year.start, period + 1)
                    _share(dsn, chunks, _compress)
                _say(f"period {period + 1} of {year.periods}")
        connection.execute("DROP SCHEMA bench CASCADE")
        connection.execute(
            "SELECT _turnspan.note_visits(array_agg(bot), array_agg(start_time)) "
            "FROM _turnspan.session WHERE bot = %s",
            (year.names()[0],),
        )
        connection.execute("VACUUM (ANALYZE, FREEZE)")
        _say("indexed and analysed")
        _share(dsn, year.names(), _count)
        settle(dsn, timeout_s=3600)
        _say("users and visits counted")
        if timescale:
            _refresh(dsn, connection, year.end)
            settle(dsn, timeout_s=3600)  # what waited for the aggregates to be made


def _share(
    dsn: str,
    work: Sequence[_Work],
    do: Callable[[psycopg.Connection[Any], _Work], None],
) -> None:
    """Do each piece of work, in as many sessions as there are workers."""

    def some(first: int) -> None:
        with psycopg.connect(dsn, autocommit=True, options=_MEMORY) as connection:
            for piece in work[first::_WORKERS]:
                do(connection, piece)

    with ThreadPoolExecutor(_WORKERS) as pool:
        for done in [pool.submit(some, first) for first in range(_WORKERS)]:
            done.result()


@contextmanager
def _without_indexes(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Leave out, while rows are copied, the indexes that keep no promise of theirs."""
    tables = [*_RAW, *_DERIVED, *_USERS]
    made = connection.execute(
        "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) "
        "FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid "
        "JOIN pg_namespace n ON n.oid = t.relnamespace "
        "WHERE n.nspname = '_turnspan' AND t.relname = ANY (%s) AND NOT i.indisunique",
        (tables,),
    ).fetchall()
    for name, _ in made:
        connection.execute(f"DROP INDEX {name}")
    yield
    for _, definition in made:
        connection.execute(definition)


def _template(dsn: str, connection: psycopg.Connection[Any], year: Year) -> None:
    """The first four weeks by the way of all traffic, and once more to copy from."""
    first = year.names()[0]
    exporter = TimescaleExporter(dsn, migrates=False)
    exporter.open()
    for batch in traffic(first, year.start, year.events_a_day):
        exporter.export([batch])
    exporter.close()
    _say("the first four weeks are stored")
    settle(dsn, timeout_s=3600)
    _say("and derived")
    _keep(connection, "bench", (*_RAW, *_DERIVED, *_USERS), first)
    connection.execute("ANALYZE")


def verify(dsn: str, year: Year) -> dict[str, int]:
    """Derive the last bot anew; returns per table how many rows became others."""
    bot = year.names()[-1]
    with psycopg.connect(dsn, autocommit=True) as connection:
        _keep(connection, "bench_before", (*_DERIVED, *_USERS), bot)
        connection.execute("SELECT _turnspan.touch_all(%s)", (bot,))
        settle(dsn, timeout_s=3600)
        found = {}
        for table in (*_DERIVED, *_USERS):
            row = connection.execute(
                f"SELECT count(*) FROM (SELECT * FROM bench_before.{table} "
                f"EXCEPT SELECT * FROM _turnspan.{table} WHERE bot = %s)",
                (bot,),
            ).fetchone()
            found[table] = row[0] if row else -1
        connection.execute("DROP SCHEMA bench_before CASCADE")
    return found


def sizes(connection: psycopg.Connection[Any]) -> dict[str, dict[str, int]]:
    """Rows and bytes of each table, indexes and columnstore included."""
    found = {}
    timescale = is_timescale(connection)
    size = "hypertable_size" if timescale else "pg_total_relation_size"
    for table in (*_RAW, *_DERIVED):
        row = connection.execute(
            f"SELECT {size}('_turnspan.{table}'), count(*) FROM _turnspan.{table}"
        ).fetchone()
        assert row is not None  # noqa: S101
        found[table] = {"bytes": row[0], "rows": row[1]}
    if timescale:
        row = connection.execute(
            "SELECT sum(hypertable_size(format('%I.%I', "
            "materialization_hypertable_schema, materialization_hypertable_name)"
            "::regclass))::bigint FROM timescaledb_information.continuous_aggregates "
            "WHERE view_schema = '_turnspan'"
        ).fetchone()
        assert row is not None  # noqa: S101
        found["aggregates"] = {"bytes": row[0], "rows": 0}
    return found


def refresh_cost(
    connection: psycopg.Connection[Any], year: Year
) -> dict[str, dict[str, float]]:
    """Seconds to make each aggregate of one whole week anew, and per million records.

    ``refresh`` without ``force`` would find the week as it should be, and do nothing.
    """
    weeks = timedelta(days=7 * (year.periods * DAYS // 14))
    start = year.start + weeks
    row = connection.execute(
        "SELECT (SELECT count(*) FROM _turnspan.span "
        "WHERE start_time >= %(a)s AND start_time < %(b)s) + "
        "(SELECT count(*) FROM _turnspan.event WHERE time >= %(a)s AND time < %(b)s)",
        {"a": start, "b": start + timedelta(days=7)},
    ).fetchone()
    assert row is not None  # noqa: S101
    found = {}
    for one in aggregates(connection):
        began = time.perf_counter()
        connection.execute(
            "CALL refresh_continuous_aggregate(%s::regclass, %s, %s, force => true)",
            (one.qualified, start, start + timedelta(days=7)),
        )
        took = time.perf_counter() - began
        found[one.view] = {"week_s": took, "million_s": took / row[0] * 1e6}
    total = {key: sum(one[key] for one in found.values())
             for key in ("week_s", "million_s")}  # fmt: skip
    print(f"a week of {row[0]:,} records in {len(found)} aggregates: "
          f"{total['week_s']:.1f} s, {total['million_s']:.1f} s a million")  # fmt: skip
    return {"all": total, **found}


def _keep(
    connection: psycopg.Connection[Any], schema: str, tables: Iterable[str], bot: str
) -> None:
    """Copy a bot's rows to a schema of their own.

    DISTINCT, since TimescaleDB up to 2.29.2 garbles texts of the columnstore where
    CREATE TABLE AS takes rows straight from its scan (its issue 10585).
    """
    connection.execute(f"CREATE SCHEMA {schema}")
    for table in tables:
        connection.execute(
            f"CREATE UNLOGGED TABLE {schema}.{table} AS SELECT DISTINCT * FROM "
            f"_turnspan.{table} WHERE bot = %s",
            (bot,),
        )


def _copy(connection: psycopg.Connection[Any], bot: str, period: int) -> None:
    connection.execute(
        "INSERT INTO _turnspan.bot (name) VALUES (%s) ON CONFLICT DO NOTHING", (bot,)
    )
    with connection.transaction():
        for table in (*_RAW, *_DERIVED, *_USERS):
            columns = _columns(connection, table)
            statement = sql.SQL(
                "INSERT INTO _turnspan.{table} ({names}) SELECT {values} "
                "FROM bench.{table} AS s ORDER BY 1 ON CONFLICT DO NOTHING"
            ).format(
                table=sql.Identifier(table),
                names=sql.SQL(", ").join(sql.Identifier(name) for name, _ in columns),
                values=sql.SQL(", ").join(
                    sql.SQL(_value(table, name, type)) for name, type in columns
                ),
            )
            connection.execute(
                statement,
                {
                    "bot": bot,
                    "days": DAYS * period,
                    "nanos": DAYS * period * 86400 * 10**9,
                    "prefix": f"{bot[4:]}.{period}.",
                    "crowd": f".{period % 3}",
                    "own": f".{period}",
                },
            )


def _columns(connection: psycopg.Connection[Any], table: str) -> list[tuple[str, str]]:
    return connection.execute(
        "SELECT a.attname, format_type(a.atttypid, NULL) FROM pg_attribute a "
        "WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped "
        "AND a.attgenerated = '' ORDER BY a.attname !~ 'time|start|at$|day', a.attnum",
        (f"_turnspan.{table}",),
    ).fetchall()


def _value(table: str, name: str, type: str) -> str:
    """How a column of the template becomes that of a copy.

    Half the users come again every third period, the others in theirs alone.
    """
    shifted = f"s.{name} + %(days)s * interval '24 hours'"
    if type.startswith("timestamp"):
        return shifted
    if type == "date":
        return f"s.{name} + %(days)s"
    if name.endswith("_nano"):
        return f"s.{name} + %(nanos)s"
    if name == "bot":
        return "%(bot)s::text"
    if name in _PREFIXED:
        return f"%(prefix)s::text || s.{name}"
    if name in _MIXED:
        return f"md5(%(prefix)s::text || s.{name}::text)::uuid"
    if name == "user_key":
        return (
            "s.user_key || CASE hashtext(s.user_key) & 1 WHEN 0 THEN %(crowd)s "
            "ELSE %(own)s END"
        )
    if name == "session_key":
        start = "start_time" if table == "session" else "session_start"
        return _SESSION_KEY.format(start=f"s.{start} + %(days)s * interval '24 hours'")
    return f"s.{name}"


def _pause_jobs(connection: psycopg.Connection[Any]) -> None:
    connection.execute(
        "SELECT alter_job(job_id, scheduled => false) FROM "
        "timescaledb_information.jobs WHERE hypertable_schema = '_turnspan'"
    )


def _finished(
    connection: psycopg.Connection[Any], start: datetime, periods: int
) -> list[str]:
    """The chunks that end before so many periods are over, and are no columnstore."""
    found = connection.execute(
        "SELECT format('%%I.%%I', chunk_schema, chunk_name) "
        "FROM timescaledb_information.chunks WHERE hypertable_schema = '_turnspan' "
        "AND NOT is_compressed AND range_end <= %s AND hypertable_name = ANY (%s)",
        (start + timedelta(days=DAYS * periods), [*_RAW, *_DERIVED]),
    ).fetchall()
    return [chunk for (chunk,) in found]


def _compress(connection: psycopg.Connection[Any], chunk: str) -> None:
    connection.execute("CALL convert_to_columnstore(%s)", (chunk,))


def _count(connection: psycopg.Connection[Any], bot: str) -> None:
    for counts in ("user_trailing", "visits"):
        connection.execute(query(f"refresh_{counts}"), {"bot": bot})


def _refresh(dsn: str, connection: psycopg.Connection[Any], end: datetime) -> None:
    """As the worker does what never was materialised, those that others read first."""
    began = time.perf_counter()
    made = aggregates(connection)
    make = partial(_make, end=end)
    _share(dsn, [one for one in made if one.source == one.base], make)
    _share(dsn, [one for one in made if one.source != one.base], make)
    _say(f"{len(made)} aggregates made in {time.perf_counter() - began:.1f} s")


def _make(connection: psycopg.Connection[Any], one: Aggregate, end: datetime) -> None:
    """Make an aggregate, and compress of it what its policy would have by the end."""
    materialise(connection, one)
    found = connection.execute(
        "SELECT format('%%I.%%I', k.chunk_schema, k.chunk_name) "
        "FROM timescaledb_information.chunks AS k "
        "JOIN timescaledb_information.continuous_aggregates AS a "
        "ON a.materialization_hypertable_name = k.hypertable_name "
        "WHERE a.view_schema = '_turnspan' AND a.view_name = %s "
        "AND NOT k.is_compressed AND k.range_end <= %s",
        (one.view, end - timedelta(days=30)),
    ).fetchall()
    for (chunk,) in found:
        _compress(connection, chunk)


def _say(words: str) -> None:
    print(f"{datetime.now(UTC):%H:%M:%S} {words}", file=sys.stderr)
