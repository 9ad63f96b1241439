"""Build the year, ask every question, and say how long the answers took.

    python -m benchmarks.queries [DSN] [--events-a-day 10000] [--bots 20] [--periods 13]

Without a DSN it runs on an embedded PostgreSQL, by default at a tenth of the traffic.
The database must be empty, unless ``--asks-only`` says that a year is in it already.
``--cold COMMAND`` asks a few questions of each class once more, after the command: one
that ends the server, empties the system's caches and starts it again.
Figures go to benchmarks/results/queries-{mode}.json.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from benchmarks._database import database
from benchmarks.queries._questions import CLASSES, Question, questions
from benchmarks.queries._raw import RAW
from benchmarks.queries._year import Year, build, refresh_cost, sizes, verify

from turnspan_exporters.timescale import is_timescale

_RESULTS = Path(__file__).resolve().parents[1] / "results"
_COLD = 5
_CALL = (
    "SELECT * FROM turnspan.metric(%(metric)s, %(start)s, %(end)s, %(bucket)s, "
    "%(by)s, %(filters)s, %(options)s)"
)


def main() -> None:
    """Read the command line and run."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("dsn", nargs="?")
    options.add_argument("--events-a-day", type=int)
    options.add_argument("--bots", type=int, default=20)
    options.add_argument("--periods", type=int, default=13, help="of 28 days")
    options.add_argument("--asks-only", action="store_true")
    options.add_argument("--repeats", type=int, default=3, help="after the first time")
    options.add_argument("--verify", action="store_true")
    options.add_argument("--cold", metavar="COMMAND")
    chosen = options.parse_args()
    events = chosen.events_a_day or (1_000 if chosen.dsn is None else 10_000)
    year = Year(chosen.bots, chosen.periods, events)
    with database(chosen.dsn) as dsn:
        if not chosen.asks_only:
            build(dsn, year)
        found = measure(dsn, year, chosen.repeats)
        if chosen.cold:
            found["cold"] = cold(dsn, year, found["answers"], chosen.cold)
        if chosen.verify:
            found["changed_by_deriving_again"] = verify(dsn, year)
    _RESULTS.mkdir(exist_ok=True)
    path = _RESULTS / f"queries-{found['mode']}.json"
    path.write_text(json.dumps(found, indent=1, default=str) + "\n", "utf-8")


def measure(dsn: str, year: Year, repeats: int) -> dict[str, Any]:
    """Ask every question once and ``repeats`` times; give and print what it took."""
    with psycopg.connect(dsn, autocommit=True, options="-c timezone=UTC") as connection:
        timescale = is_timescale(connection)
        stored = sizes(connection)
        events = stored["span"]["rows"] + stored["event"]["rows"]
        raw = stored["span"]["bytes"] + stored["event"]["bytes"]
        whole = sum(one["bytes"] for one in stored.values())
        print(f"{events:,} events; {raw / events:.0f} bytes an event raw, "
              f"{whole / events:.0f} with derived rows and aggregates")  # fmt: skip
        answers = [
            _asked(connection, question, repeats)
            for bot in (year.names()[1 % year.bots], None)
            for question in questions(year.end, bot)
        ]
        ratios = _against_raw(connection, year, repeats)
        refreshing = refresh_cost(connection, year) if timescale else {}
    for of_class, limit in CLASSES.items():
        _summary(of_class, limit, [a for a in answers if a["class"] == of_class])
    return {
        "mode": "timescale" if timescale else "plain",
        "at": datetime.now(UTC),
        "year": asdict(year),
        "events": events,
        "bytes_per_event": {"raw": raw / events, "all": whole / events},
        "tables": stored,
        "answers": answers,
        "against_raw_rows": ratios,
        "refresh": refreshing,
    }


def cold(
    dsn: str, year: Year, answers: Sequence[Mapping[str, Any]], command: str
) -> list[dict[str, Any]]:
    """The slowest questions of each class and some others, each after the command."""
    found = []
    for of_class in CLASSES:
        mine = sorted(
            (a for a in answers if a["class"] == of_class and a["bots"] == "all"),
            key=lambda a: -float(a["warm_s"]),
        )
        for warm in mine[:: max(1, len(mine) // (_COLD - 1))][:_COLD]:
            asked = next(
                one
                for one in questions(year.end, None)
                if _named(one) == {key: warm[key] for key in _named(one)}
            )
            subprocess.run(command, shell=True, check=True)  # noqa: S602
            with psycopg.connect(
                dsn, autocommit=True, options="-c timezone=UTC"
            ) as connection:
                answer = _asked(connection, asked, 1)
            found.append(answer)
            print(f"cold {answer['first_s']:.3f} s, warm {warm['warm_s']:.3f} s: "
                  f"{asked.metric} {asked.bucket or ''} {of_class}")  # fmt: skip
    return found


def _asked(
    connection: psycopg.Connection[Any], question: Question, repeats: int
) -> dict[str, Any]:
    """The first answer, and the median of the next ones if any, in seconds."""
    values = {
        **asdict(question),
        "by": [*question.by],
        "filters": json.dumps(question.filters),
        "options": json.dumps(question.options),
    }
    took = []
    rows = 0
    for _ in range(1 + repeats):
        began = time.perf_counter()
        try:
            rows = len(connection.execute(_CALL, values).fetchall())
        except psycopg.Error as error:
            return {
                **_named(question),
                "error": error.diag.message_primary,
                "warm_s": float("inf"),
            }
        took.append(time.perf_counter() - began)
    return {
        **_named(question),
        "rows": rows,
        "first_s": round(took[0], 4),
        "warm_s": round(statistics.median(took[1:] or took), 4),
    }


def _named(question: Question) -> dict[str, Any]:
    return {
        "class": question.of_class,
        "metric": question.metric,
        "bucket": question.bucket,
        "by": ",".join(question.by),
        "bots": "one" if question.filters else "all",
        "limit_s": question.limit_s,
    }


def _summary(of_class: str, limit: float, answers: list[Mapping[str, Any]]) -> None:
    for bots in ("one", "all"):
        mine = sorted(
            (a for a in answers if a["bots"] == bots), key=lambda a: -a["warm_s"]
        )
        if not mine:
            continue
        over = [a for a in mine if a["warm_s"] > limit]
        median = statistics.median(a["warm_s"] for a in mine)
        print(f"{of_class}, {bots}: {len(mine)} questions, median {median:.3f} s, "
              f"{len(over)} over {limit:g} s")  # fmt: skip
        for a in mine[: max(3, len(over))]:
            print(f"    {a['warm_s']:8.3f} s  {a['metric']} {a['bucket'] or ''} "
                  f"{a['by']} {a.get('error', '')}")  # fmt: skip


def _against_raw(
    connection: psycopg.Connection[Any], year: Year, repeats: int
) -> dict[str, dict[str, float]]:
    """The same number of 30 days from raw rows: how much longer, and how equal."""
    bot = year.names()[1 % year.bots]
    found = {}
    for metric, statement in RAW.items():
        start = year.end - timedelta(days=30)
        values = {"bot": bot, "from": start, "to": year.end}
        took, raw = [], 0.0
        for _ in range(1 + repeats):
            began = time.perf_counter()
            row = connection.execute(statement, values).fetchone()
            took.append(time.perf_counter() - began)
            raw = float(row[0]) if row else 0.0
        question = Question(
            "30 days by day", metric, start, year.end, filters={"bot": bot}
        )
        warm = _asked(connection, question, repeats)["warm_s"]
        answer = connection.execute(
            _CALL,
            {**asdict(question), "by": [], "filters": json.dumps({"bot": bot}),
             "options": "{}"},
        ).fetchone()  # fmt: skip
        value = float(answer[2]) if answer else 0.0
        found[metric] = {
            "raw_s": round(statistics.median(took), 4),
            "metric_s": warm,
            "ratio": round(statistics.median(took) / warm, 1),
            "raw": raw,
            "metric": value,
        }
        print(f"{metric}: {found[metric]}")
    return found


if __name__ == "__main__":
    main()
