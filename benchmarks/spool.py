"""Answers after the commit against answers after the spool, at one load in one run.

    python -m benchmarks.spool [DSN] [--clients 16] [--requests 1500] [--repeats 3]

Clients send requests of 20 turns, one after another, and wait for each answer. Either
way is measured in turn: once with a store that takes data, and once with one that is
away for the answers and then takes what was spooled. The ratio of the medians is what
to quote, since absolute figures drift with the machine.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks._database import database
from tests.support.otlp import numbered, traces

from turnspan_collector.decode import TRACES, Encoding, decode
from turnspan_collector.pipeline import Pipeline
from turnspan_collector.spool import Request, Spool
from turnspan_exporters.errors import Retryable
from turnspan_exporters.exporter import Stored
from turnspan_exporters.records import Batch
from turnspan_exporters.timescale import TimescaleExporter, migrate

RESULTS = Path(__file__).with_name("results") / "spool.json"
SPANS = 20


class Switched:
    """A store that is away while it is told to be."""

    def __init__(self, exporter: TimescaleExporter) -> None:
        self._exporter = exporter
        self.away = False
        self.back_at = 0.0

    def open(self) -> None:
        """It is open."""

    def export(self, batches: Sequence[Batch]) -> Stored:
        """Store them, unless it is away."""
        if self.away:
            raise Retryable("switched off")
        self.back_at = self.back_at or time.perf_counter()
        return self._exporter.export(batches)

    def close(self) -> None:
        """Its owner closes it."""


def requests(count: int, first: int) -> list[Request]:
    """So many requests; no two share a row."""
    made = []
    for at in range(count):
        body = traces(*numbered(SPANS, first + at * SPANS)).SerializeToString()
        made.append(Request(TRACES, Encoding.PROTOBUF, time.time_ns(), body))
    return made


def send(
    pipeline: Pipeline, given: Sequence[Request], clients: int
) -> tuple[float, list[float]]:
    """Seconds for all of them, and for each answer."""

    def one(request: Request) -> float:
        began = time.perf_counter()
        decoded = decode(
            request.signal, request.body, request.encoding, request.received_ns
        )
        pipeline.submit(decoded.batch, len(request.body), request).result()
        return time.perf_counter() - began

    began = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        answers = list(pool.map(one, given))
    return time.perf_counter() - began, answers


def summary(count: int, seconds: float, answers: Sequence[float]) -> dict[str, float]:
    """What to compare."""
    return {
        "spans_per_s": round(count * SPANS / seconds),
        "answer_ms_p50": round(1000 * statistics.median(answers), 2),
        "answer_ms_p99": round(1000 * statistics.quantiles(answers, n=100)[98], 2),
    }


def compare(dsn: str, clients: int, count: int, repeats: int) -> dict[str, object]:
    """Each way ``repeats`` times, in turn; medians of each figure, and their ratios."""
    migrate(dsn)
    exporter = TimescaleExporter(dsn, migrates=False)
    exporter.open()
    store = Switched(exporter)
    runs: dict[str, list[dict[str, float]]] = {"commit": [], "spool": []}
    drained: list[float] = []
    with tempfile.TemporaryDirectory(prefix="turnspan-bench-") as folder:
        spool = Spool(Path(folder), bytes_max=2**31, age_s_max=3600)
        pipeline = Pipeline(
            store,
            pending_bytes_max=2**28,
            pending_requests_max=4096,
            commit_rows_max=8192,
            spool=spool,
        )
        pipeline.start()
        for repeat in range(2 * repeats):
            given = requests(count, repeat * count * SPANS)
            store.away = repeat % 2 == 1
            seconds, answers = send(pipeline, given, clients)
            name = "spool" if store.away else "commit"
            runs[name].append(summary(count, seconds, answers))
            if store.away:
                drained.append(drain(store, spool, count))
        pipeline.close(60)
        spool.close()
    exporter.close()
    return report(runs, drained)


def drain(store: Switched, spool: Spool, count: int) -> float:
    """Spans a second that the store takes from the spool."""
    store.back_at, store.away = 0.0, False
    while not spool.is_empty:
        time.sleep(0.001)
    return count * SPANS / (time.perf_counter() - store.back_at)


def report(
    runs: dict[str, list[dict[str, float]]], drained: Sequence[float]
) -> dict[str, object]:
    """Medians, and the spool's as a part of the commit's."""
    medians = {
        way: {key: statistics.median(run[key] for run in each) for key in each[0]}
        for way, each in runs.items()
    }
    ratios = {
        key: round(value / medians["commit"][key], 3)
        for key, value in medians["spool"].items()
    }
    return {
        "after_commit": medians["commit"],
        "after_spool": medians["spool"],
        "replayed_spans_per_s": round(statistics.median(drained)),
        "ratios": ratios,
    }


def main() -> None:
    """Read the command line; without a DSN, on an embedded server."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("dsn", nargs="?")
    options.add_argument("--clients", type=int, default=16)
    options.add_argument("--requests", type=int, default=1500)
    options.add_argument("--repeats", type=int, default=3)
    chosen = options.parse_args()
    with database(chosen.dsn) as dsn:
        found = compare(dsn, chosen.clients, chosen.requests, chosen.repeats)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(found, indent=2) + "\n", "utf-8")
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
