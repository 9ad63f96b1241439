"""Rows a second of the writer against plain binary COPY of the same encoded rows.

    python -m benchmarks.ingest [DSN] [--rows 8192] [--repeats 5]

Both store the same spans in the same migrated tables, interleaved; the ratio of the
medians is what to quote, since absolute figures drift with the machine.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from io import BytesIO

import psycopg
from benchmarks._database import database
from psycopg import sql

from turnspan_exporters.records import Batch, Resource, Scope
from turnspan_exporters.timescale import TimescaleExporter, migrate
from turnspan_exporters.timescale._wire import SPAN


def batch_of(rows: int, seed: int) -> Batch:
    """``rows`` chat turns of about 640 bytes in OTLP, of 200 conversations."""
    rng = random.Random(seed)
    now = time.time_ns()
    batch = Batch(received_ns=now)
    batch.resources.append(Resource(b"r" * 16, {"service.name": "bench"}, "", 0))
    batch.scopes.append(Scope(b"s" * 16, "bench", "1", {}, "", 0))
    constant = {
        "version": "1.0", "environment": "prod", "session_id": None, "channel": "web",
        "variant": None, "user_kind": None, "node_id": "menu", "intent_name": "refund",
        "intent_confidence": 0.93, "seq": None, "test": False, "dropped": 0,
        "resource": 0, "scope": 0, "time_flags": 0, "original_times": None,
        "parent_span_id": None, "name": "chatbot.turn bench", "kind": 1,
        "status_code": 0, "status_message": None, "trace_state": None, "flags": 1,
        "turn_index": 1, "initiator": "user", "outcome": "answered", "locale": "de",
        "intent_acted_on": None, "intent_source": "nlu", "runner_up_confidence": 0.2,
        "first_response_s": 0.4, "operation": None, "model": None,
        "input_tokens": None, "output_tokens": None, "error_type": None,
        "events": None, "links": None, "dropped_events": 0, "dropped_links": 0,
        "bot": "bench", "attributes": {"chatbot.framework.name": "bench"},
    }  # fmt: skip
    spans = batch.spans
    for name, value in constant.items():
        getattr(spans, name).extend([value] * rows)
    for at in range(rows):
        talk = rng.randrange(200)
        spans.trace_id.append(rng.randbytes(16))
        spans.span_id.append(rng.getrandbits(63))
        spans.start_ns.append(now - rng.randrange(10**9))
        spans.end_ns.append(now)
        spans.conversation_id.append(f"conversation-{seed}-{talk}")
        spans.user_key.append(f"user-{talk:032x}")
        spans.turn_id.append(f"turn-{seed}-{at}")
    return batch


def encoded(connection: psycopg.Connection[tuple[object, ...]], batch: Batch) -> bytes:
    """The batch as COPY's binary stream, made by the server itself."""
    columns = sql.SQL(", ").join(map(sql.Identifier, SPAN.names))
    connection.execute("DROP TABLE IF EXISTS pg_temp.bench")
    connection.execute(
        sql.SQL("CREATE TEMP TABLE bench AS SELECT {} FROM _turnspan.span LIMIT 0")
        .format(columns)
    )  # fmt: skip
    into = sql.SQL("COPY bench FROM STDIN (FORMAT BINARY)")
    with connection.cursor().copy(into) as copy:
        copy.set_types(SPAN.wire_types)
        for row in SPAN.rows(batch, [1], [1]):
            copy.write_row(row)
    stream = BytesIO()
    with connection.cursor().copy("COPY bench TO STDOUT (FORMAT BINARY)") as copy:
        for block in copy:
            stream.write(block)
    return stream.getvalue()


def main() -> None:
    """Read the command line; without a DSN, on an embedded server."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("dsn", nargs="?")
    options.add_argument("--rows", type=int, default=8192)
    options.add_argument("--repeats", type=int, default=5)
    chosen = options.parse_args()
    with database(chosen.dsn) as dsn:
        compare(dsn, chosen.rows, chosen.repeats)


def compare(dsn: str, rows: int, repeats: int) -> None:
    """Store ``repeats`` batches of ``rows`` either way, in turn."""
    migrate(dsn)
    exporter = TimescaleExporter(dsn, migrates=False)
    exporter.open()
    plain: list[float] = []
    ours: list[float] = []
    columns = sql.SQL(", ").join(map(sql.Identifier, SPAN.names))
    into = sql.SQL("COPY _turnspan.span ({}) FROM STDIN (FORMAT BINARY)")
    with psycopg.connect(dsn, autocommit=True) as connection:
        for repeat in range(repeats):
            stream = encoded(connection, batch_of(rows, 2 * repeat))
            began = time.perf_counter()
            with connection.cursor().copy(into.format(columns)) as copy:
                copy.write(stream)
            plain.append(rows / (time.perf_counter() - began))
            batch = batch_of(rows, 2 * repeat + 1)
            began = time.perf_counter()
            exporter.export([batch])
            ours.append(rows / (time.perf_counter() - began))
    exporter.close()
    raw, written = statistics.median(plain), statistics.median(ours)
    print(f"plain COPY {raw:,.0f} rows/s")
    print(f"writer     {written:,.0f} rows/s, ratio {written / raw:.2f}")


if __name__ == "__main__":
    main()
