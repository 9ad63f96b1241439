"""What an upgrade keeps waiting: migrate from an earlier schema while others store.

    python -m benchmarks.upgrade [DSN] [--rows 10000000] [--since 0502] [--restart]

The database is made as it was after the file ``--since``, and filled. Then it is
brought to today's schema while a writer stores a span and an event every 20 ms, as any
version does. Printed: the seconds of each file, and the longest that the writer waited
for a commit meanwhile. With ``--restart`` a collector of today is started on the filled
database instead, in place of one that was answering: what its clients see is measured.
Figures go to benchmarks/results/upgrade-{mode}.json.
"""

from __future__ import annotations

import argparse
import json
import logging
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from benchmarks._database import database
from psycopg import conninfo
from tests.support.earlier import make
from tests.support.otlp import TRACE_ID
from tests.support.running import running_collector
from tests.support.sender import Sender
from tests.support.watching import counters, health

from turnspan_collector.decode import Signal
from turnspan_collector.spool._place import store_name
from turnspan_exporters.timescale import is_timescale, migrate
from turnspan_exporters.timescale._connection import connect
from turnspan_exporters.timescale._migrate import _prepare
from turnspan_exporters.timescale._scripts import SCHEMA, scripts

RESULTS = Path(__file__).with_name("results")
DAYS = 28
BLOCK = 100_000
EVERY_S = 0.02
FILLED = ("span", "event", "turn", "session")
PORTS = {"grpc": 14317, "http": 14318}

SPANS = """
    INSERT INTO _turnspan.span (start_time, trace_id, span_id, start_nano, end_nano,
        bot, version, environment, conversation_id, turn_id, channel, user_key, node_id,
        intent_name, intent_confidence, test, name, kind, status_code, flags, initiator,
        outcome, locale, operation, model, input_tokens, attributes, dropped,
        dropped_events, dropped_links, time_flags, resource_id, scope_id, received_at)
    SELECT at, lpad(to_hex(n), 32, '0')::uuid, n, nano, nano, 'bot-' || n %% 20,
        '1.0', 'prod', CASE WHEN n %% 4 > 0 THEN 'conversation-' || n / 8 END,
        CASE WHEN n %% 4 = 1 THEN 'turn-' || n END, 'web', md5('u' || n / 40), 'menu',
        'refund', 0.93, false, 'chatbot.turn bench', 1, 0, 1, 'user', 'answered', 'de',
        CASE WHEN n %% 4 = 0 THEN 'chat' END, 'a-model', 120,
        '{"chatbot.framework.name": "bench", "chatbot.process.id": "one",
          "server.address": "api.example.com", "gen_ai.provider.name": "example",
          "http.request.method": "POST", "thread.name": "MainThread"}',
        0, 0, 0, 0, 1, 1, at
    FROM generate_series(%(low)s::bigint, %(high)s::bigint) AS n,
        LATERAL (SELECT %(start)s + n * %(step)s AS at) AS t,
        LATERAL (SELECT (extract(epoch FROM at) * 1000000)::bigint * 1000 AS nano) AS e
"""
EVENTS = """
    INSERT INTO _turnspan.event (time, uid, time_nano, bot, conversation_id, turn_id,
        channel, user_key, seq, test, name, severity, flags, role, cta_id, attributes,
        dropped, time_flags, resource_id, scope_id, received_at)
    SELECT at, lpad(to_hex(n), 32, '0')::uuid, nano, 'bot-' || n %% 20,
        'conversation-' || n / 8,
        'turn-' || n, 'web', md5('u' || n / 40), n, false,
        (ARRAY['chatbot.message', 'chatbot.message', 'chatbot.cta.click',
            'chatbot.view'])[1 + n %% 4], 9, 1, 'user',
        CASE WHEN n %% 4 = 2 THEN 'buy' END,
        '{"chatbot.process.id": "one", "chatbot.framework.name": "bench"}',
        0, 0, 1, 1, at
    FROM generate_series(%(low)s::bigint, %(high)s::bigint, 4) AS n,
        LATERAL (SELECT %(start)s + n * %(step)s AS at) AS t,
        LATERAL (SELECT (extract(epoch FROM at) * 1000000)::bigint * 1000 AS nano) AS e
"""
TURNS = """
    INSERT INTO _turnspan.turn (start_time, bot, turn_id, channel, conversation_id,
        end_time, duration_s, timed, initiator, outcome, is_fallback, user_key, test,
        definition_version)
    SELECT %(start)s + n * %(step)s, 'bot-' || n %% 20, 'turn-' || n, 'web',
        'conversation-' || n / 8, %(start)s + n * %(step)s, 1, true, 'user', 'answered',
        false, md5('u' || n / 40), false, 1
    FROM generate_series(%(low)s::bigint, %(high)s::bigint, 4) AS n
"""
SESSIONS = """
    INSERT INTO _turnspan.session (start_time, session_key, bot, channel,
        conversation_id, end_time, closes_at, finalised, ended_by, duration_s,
        user_turns, user_messages, bot_messages, agent_messages, fallbacks, errors,
        cta_clicks, goals, handoffs, escalated, engaged, implied, outcome, user_key,
        test, definition_version, parameters)
    SELECT at, lpad(to_hex(n), 32, '0')::uuid, 'bot-' || n %% 20, 'web',
        'conversation-' || n / 8,
        at, at, true, 'timeout', 60, 4, 4, 4, 0, 0, 0, 0, 0, 0, false, true, true,
        'resolved_implied', md5('u' || n / 40), false, 1, '{}'
    FROM generate_series(%(low)s::bigint, %(high)s::bigint, 20) AS n,
        LATERAL (SELECT %(start)s + n * %(step)s AS at) AS t
"""
STORED = (
    "INSERT INTO _turnspan.span (start_time, trace_id, span_id, start_nano, end_nano, "
    "bot, conversation_id, turn_id, test, name, kind, status_code, flags, dropped, "
    "dropped_events, dropped_links, time_flags, resource_id, scope_id, received_at) "
    "VALUES (now(), gen_random_uuid(), 1, 1, 2, 'live', 'c', 't', false, 'chatbot.turn "
    "live', 1, 0, 1, 0, 0, 0, 0, 1, 1, now())",
    "INSERT INTO _turnspan.event (time, uid, time_nano, bot, conversation_id, test, "
    "name, severity, flags, dropped, time_flags, resource_id, scope_id, received_at) "
    "VALUES (now(), gen_random_uuid(), 1, 'live', 'c', false, 'chatbot.message', 9, 1, "
    "0, 0, 1, 1, now())",
    "INSERT INTO _turnspan.touched (bot, conversation_id, from_time, to_time) "
    "VALUES ('live', 'c', now(), now())",
    "INSERT INTO _turnspan.touched_window (of_table, from_time, to_time) "
    "VALUES ('event', now(), now())",
)


class Writer:
    """Stores something every 20 ms, one commit each, and knows when each was done."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.done: list[float] = []
        self.refused: list[str] = []

    def __enter__(self) -> Writer:
        self._thread.start()
        while len(self.done) < 50:
            time.sleep(EVERY_S)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def longest(self, began: float, ended: float) -> float:
        """The longest time between two commits, of those that lie in between."""
        pairs = pairwise(self.done)
        return max(b - a for a, b in pairs if b > began and a < ended)

    def _run(self) -> None:
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            connection.execute("SET synchronous_commit = on")
            while not self._stop.wait(EVERY_S):
                try:
                    with connection.transaction():
                        for statement in STORED:
                            connection.execute(statement)
                except psycopg.Error as error:
                    self.refused.append(str(error).splitlines()[0])
                else:
                    self.done.append(time.monotonic())


class Files(logging.Handler):
    """What the migrator says of the time that its files took: name, begin, end."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.seen: list[tuple[str, float, float]] = []
        self.waits: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Note one."""
        if record.msg == "%s took %.2f s" and isinstance(record.args, tuple):
            name, took = record.args
            now = time.monotonic()
            self.seen.append((str(name), now - float(str(took)), now))
        else:
            self.waits.append(record.getMessage())


def fill(dsn: str, since: str, rows: int) -> dict[str, int]:
    """Make the schema of then, and so many rows; of 31, 20 are spans."""
    with connect(dsn) as connection:
        mode = _prepare(connection, SCHEMA)
    make(dsn, [one for one in scripts(SCHEMA, "once", mode) if one.base[:4] <= since])
    with connect(dsn) as connection:
        connection.execute("SET synchronous_commit = off")
        connection.execute("SET maintenance_work_mem = '512MB'")
        if is_timescale(connection):
            connection.execute("SELECT alter_job(job_id, scheduled => false) FROM "
                "timescaledb_information.jobs WHERE hypertable_schema = '_turnspan'"
            )  # fmt: skip
        left_out = connection.execute(
            "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) "
            "FROM pg_index AS i JOIN pg_class AS t ON t.oid = i.indrelid "
            "WHERE t.relnamespace = '_turnspan'::regnamespace AND NOT i.indisunique "
            "AND t.relname = ANY (%s)",
            ([*FILLED],),
        ).fetchall()
        for name, _ in left_out:
            connection.execute(f"DROP INDEX {name}")
        spans = rows * 20 // 31
        over = {"start": datetime.now(UTC), "step": -DAYS * 86400 / spans}
        for low in range(1, spans, BLOCK):
            part = {"low": low, "high": min(low + BLOCK - 1, spans), **over}
            for statement in (SPANS, EVENTS, TURNS, SESSIONS):
                text = statement.replace("%(step)s", "%(step)s * interval '1 second'")
                connection.execute(text, part)
        for _, definition in left_out:
            connection.execute(definition)
        connection.execute("VACUUM (ANALYZE)")
        return {table: counted(connection, table) for table in FILLED}


def counted(connection: psycopg.Connection[Any], table: str) -> int:
    """The rows of a table."""
    row = connection.execute(f"SELECT count(*) FROM _turnspan.{table}").fetchone()
    return int(row[0]) if row else 0


def upgrade(dsn: str) -> dict[str, Any]:
    """Migrate while somebody stores; the seconds and waits of each file."""
    files = Files()
    log = logging.getLogger("turnspan.migrate")
    log.addHandler(files)
    log.setLevel(logging.DEBUG)
    with Writer(dsn) as writer:
        began = time.monotonic()
        migrate(dsn)
        ended = time.monotonic()
        time.sleep(1)
    found = [
        {"file": name.removeprefix("applying "), "seconds": round(end - begin, 2),
         "longest_wait_s": round(writer.longest(begin, end), 2)}
        for name, begin, end in files.seen
    ]  # fmt: skip
    return {
        "seconds": round(ended - began, 2),
        "longest_wait_s": round(writer.longest(began, ended), 2),
        "commits": len(writer.done),
        "refused": writer.refused[:5],
        "waited": files.waits,
        "files": sorted(found, key=lambda one: -one["seconds"])[:12],
        "waits": sorted(found, key=lambda one: -one["longest_wait_s"])[:5],
    }


@contextmanager
def answering(sender: Sender, found: dict[str, Any], name: str) -> Iterator[None]:
    """Note the longest time without an answer while the block runs."""
    stop = threading.Event()
    seen: list[float] = [time.monotonic()]

    def watch() -> None:
        items = sender.items
        while not stop.wait(0.005):
            if sender.items != items:
                items = sender.items
                seen.append(time.monotonic())

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        found[name] = round(max(b - a for a, b in pairwise(seen)), 2)


class Steady(Sender):
    """Sends over HTTP alone: a gRPC channel waits for seconds to connect again."""

    def _over_grpc(self, channel: Any, signal: Signal, body: bytes) -> bool:
        return self._over_http(signal, body)


def restart(dsn: str, before: str, folder: Path) -> dict[str, Any]:
    """Replace a collector on ``before`` by one that has to migrate ``dsn`` first."""
    found: dict[str, Any] = {}
    flags = tuple(f"--{name}-port={port}" for name, port in PORTS.items())
    spool = folder / "b" / "spool"
    spool.mkdir(parents=True)
    (spool / "store").write_text(f"{store_name(dsn)}\n")
    sender = Steady(PORTS["grpc"], PORTS["http"])
    with running_collector(folder / "a", dsn=before, flags=flags) as first:
        sender.start()
        sender.wait_for(1000)
        with answering(sender, found, "without_an_answer_s"):
            began = time.monotonic()
            first.stop()
            found["stopped_s"] = round(time.monotonic() - began, 2)
            with running_collector(folder / "b", dsn=dsn, flags=flags) as second:
                found["ready_s"] = round(time.monotonic() - began, 2)
                sender.wait_for(1000)
                while health(second) != 200:
                    time.sleep(0.1)
                found["migrated_s"] = round(time.monotonic() - began, 2)
                while counters(second)["turnspan_spool_requests"]:
                    time.sleep(0.1)
                found["all_stored_s"] = round(time.monotonic() - began, 2)
                sender.wait_for(1000)
                sender.stop()
    found |= missed(sender, before, dsn)
    return found


def missed(sender: Sender, *dsns: str) -> dict[str, int]:
    """What the client knows was accepted, and what of it is not there."""
    there: set[int] = set()
    for dsn in dsns:
        with connect(dsn) as connection:
            rows = connection.execute(
                "SELECT span_id - 1 FROM _turnspan.span WHERE trace_id = %s",
                (UUID(bytes=TRACE_ID),),
            )
            there.update(number for (number,) in rows)
    lost = sender.accepted.spans - there
    return {"accepted": len(sender.accepted.spans), "lost": len(lost)}


@contextmanager
def another(dsn: str) -> Iterator[str]:
    """An empty database beside this one."""
    name = f"{conninfo.conninfo_to_dict(dsn)['dbname']}_before"
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield conninfo.make_conninfo(dsn, dbname=name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def main() -> None:
    """Read the command line; without a DSN, on an embedded server."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("dsn", nargs="?")
    options.add_argument("--rows", type=int, default=10_000_000, help="of all tables")
    options.add_argument("--since", default="0502", help="number of the last file")
    options.add_argument("--restart", action="store_true")
    chosen = options.parse_args()
    with (
        database(chosen.dsn) as dsn,
        tempfile.TemporaryDirectory(prefix="turnspan-bench-") as folder,
    ):
        began = time.monotonic()
        stored = fill(dsn, chosen.since, chosen.rows)
        filled = round(time.monotonic() - began)
        with connect(dsn) as connection:
            mode = "timescale" if is_timescale(connection) else "plain"
        found: dict[str, Any]
        found = {"since": chosen.since, "stored": stored, "filled_s": filled}
        if chosen.restart:
            with another(dsn) as before:
                found |= restart(dsn, before, Path(folder))
        else:
            found |= upgrade(dsn)
    print(json.dumps(found, indent=1))
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"upgrade-{mode}.json"
    kept = json.loads(path.read_text("utf-8")) if path.exists() else {}
    kept[f"{'restart' if chosen.restart else 'migrate'} since {chosen.since}"] = found
    path.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
