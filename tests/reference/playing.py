"""Facts sent to a store as a careless network would, and the answers it gives then."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from tests.reference import labelling, spending
from tests.reference.asking import Bot, Question, Rows
from tests.reference.flows import DECLARED
from tests.reference.records import records
from tests.reference.script import Fact, logs_request, traces_request
from tests.reference.units import units

from turnspan import conventions as names
from turnspan_collector.decode import LOGS, TRACES, Encoding, decode
from turnspan_exporters.records import Batch
from turnspan_exporters.timescale import (
    TimescaleExporter,
    costs,
    declarations,
    labels,
    settings,
    settle,
)
from turnspan_exporters.timescale.labels import Label
from turnspan_exporters.timescale.metrics import CATALOGUE, Form
from turnspan_exporters.timescale.reader import Reader

__all__ = [
    "DAYS", "ORIGIN", "ZONES", "asked", "bots", "emptied", "play", "prepared", "same",
]  # fmt: skip

ZONES = {"support": "Europe/Berlin", "sales": "UTC"}
DAYS = 63
"""Weeks and months of a script are whole in it; its facts end a month before."""
SETTLED_BETWEEN = 0.2
"""So often everything so far is derived before the next request arrives."""


def _origin() -> datetime:
    """A day before clocks last changed in Berlin, two months ago or more."""
    zone = ZoneInfo(ZONES["support"])
    day = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    day -= timedelta(days=DAYS + 7)
    while (
        day.astimezone(zone).dst() == (day + timedelta(days=1)).astimezone(zone).dst()
    ):
        day -= timedelta(days=1)
    return day - timedelta(days=1)


ORIGIN = _origin()


def prepared(dsn: str) -> None:
    """Each bot has its time zone, and what things cost is declared."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        for bot, zone in ZONES.items():
            settings.change(connection, bot, {"timezone": zone})
        costs.declare(connection, spending.entries())


def emptied(dsn: str) -> None:
    """Forget every row, so that an example begins as in a new database."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        tables = connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = "
            "'_turnspan' AND table_type = 'BASE TABLE' AND table_name NOT IN "
            "('migration', 'metric_catalogue', 'parameter', 'bot', 'resource', "
            "'scope') AND table_name NOT LIKE '%%migrat%%'"
        ).fetchall()
        listed = ", ".join(f"_turnspan.{name}" for (name,) in tables)
        connection.execute(f"TRUNCATE {listed}")


def play(
    dsn: str, facts: Sequence[Fact], order: random.Random, origin: datetime = ORIGIN
) -> None:
    """Send the facts in any order, some twice, deriving in between; settle.

    Half of the labels come before any turn, the others after all.
    """
    emptied(dsn)
    given = labelling.labels(facts)
    order.shuffle(given)
    half = len(given) // 2
    _declared(dsn, given[:half])
    exporter = TimescaleExporter(dsn)
    exporter.open()
    try:
        for batch in _batches(facts, order, origin):
            exporter.export([batch])
            if order.random() < SETTLED_BETWEEN:
                settle(dsn, timeout_s=60)
    finally:
        exporter.close()
    _declared(dsn, given[half:])
    settle(dsn, timeout_s=60)


def _declared(dsn: str, given: Sequence[Label]) -> None:
    """Declare the funnels, and store these labels."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        declarations.apply(connection, [*DECLARED.values()], "reference")
        labels.add(connection, given, "cli")


def _batches(
    facts: Sequence[Fact], order: random.Random, origin: datetime
) -> list[Batch]:
    """The facts as requests in a random order, some of them sent twice."""
    sent = [one for fact in facts for one in _sampled(fact)]
    mixed = [*sent, *order.choices(sent, k=len(sent) // 3)]
    order.shuffle(mixed)
    found = []
    received_ns = int(datetime.now(UTC).timestamp()) * 10**9
    while mixed:
        some, mixed = mixed[: (size := order.randint(1, 9))], mixed[size:]
        for signal, body in (
            (TRACES, traces_request(some, origin.timestamp())),
            (LOGS, logs_request(some, origin.timestamp())),
        ):
            found.append(decode(signal, body, Encoding.PROTOBUF, received_ns))
    assert [one.rejected for one in found] == [0] * len(found)
    return [one.batch for one in found if one.items]


def _sampled(fact: Fact) -> Sequence[Fact]:
    """A turn as its span, or as the record of one that is not sampled, or both.

    Which of them is the turn's own, as it is for a sampler that goes by trace ids. A
    turn with calls of models below it is sampled.
    """
    needed = {names.TURN_INITIATOR, names.TURN_OUTCOME}
    if fact.kind != "turn" or not needed <= dict(fact.more).keys():
        return (fact,)
    record = replace(
        fact,
        kind=names.EVENT_TURN_END,
        at=round(fact.at + fact.lasts, 6),
        lasts=0.0,
        more=(*fact.more, (names.TURN_DURATION, fact.lasts)),
    )
    ways = (
        ((fact,), (fact, record)) if fact.path else ((fact,), (record,), (fact, record))
    )
    return ways[int(fact.uid[:8], 16) % len(ways)]


def bots(
    facts: Sequence[Fact], origin: datetime = ORIGIN, now: datetime | None = None
) -> Iterator[tuple[str, Bot]]:
    """What the reference sees of each bot, of days that are over now."""
    for bot, zone in ZONES.items():
        mine = records(one for one in facts if one.where.bot == bot)
        if now is None:
            yield bot, Bot(units(mine), origin, zone)
        else:
            passed = units(mine, (now - origin) // timedelta(microseconds=1))
            today = now.astimezone(ZoneInfo(zone)).date()
            yield bot, Bot(passed, origin, zone, today)


def asked(
    reader: Reader,
    bot: str,
    question: Question,
    origin: datetime = ORIGIN,
    end: date | None = None,
) -> Rows:
    """The store's answer, but for rows that say that nothing happened."""
    zone = ZoneInfo(ZONES[bot])
    before = origin.astimezone(zone).date() - timedelta(days=1)
    start = _window(before, question.bucket)
    end = end or start + timedelta(days=DAYS)
    found: Rows = {}
    for row in reader.metric(
        question.name,
        datetime.combine(start, time(), zone),
        datetime.combine(end, time(), zone),
        question.bucket,
        by=question.by,
        filters={"bot": bot},
        options=question.options,
    ):
        at: Any = row.bucket if question.bucket else None
        if question.bucket not in (None, "hour"):
            at = at.astimezone(zone).date()
        if not _empty(question.name, row):
            k, n = (None if x is None else float(x) for x in (row.k, row.n))
            found[at, *_group(question, row.group)] = (row.value, k, n)
    return found


def _window(day: date, bucket: str | None) -> date:
    """The first day of the window of a day: the beginning of a range without edges."""
    if bucket == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if bucket == "month" else day


def _group(question: Question, group: Any) -> list[Any]:
    """The asked dimensions in order, then the metric's own keys by their names."""
    own = [group[name] for name in sorted(group) if name not in question.by]
    return [*(group[name] for name in question.by), *own]


def _empty(name: str, row: Any) -> bool:
    form = CATALOGUE[name].form
    if form is Form.COUNT or name == "costs":
        return row.value in (None, 0)
    return not row.k if form in (Form.SHARE, Form.HISTOGRAM) else not row.n


def same(found: Rows, expected: Rows, near: float = 0.0) -> bool:
    """Counts are equal, floats to 1e-9; what the reference leaves open may be any.

    ``near`` is how much of a value may be amiss, where the contract allows it.
    """
    happened = {key: parts for key, parts in expected.items() if any(parts)}
    return found.keys() == happened.keys() and all(
        (found[key][0] is None) == (value is None)
        and math.isclose(found[key][0] or 0, value or 0, rel_tol=near, abs_tol=1e-9)
        and _is_open_or_near(k, found[key][1])
        and _is_open_or_near(n, found[key][2])
        for key, (value, k, n) in happened.items()
    )


def _is_open_or_near(expected: float | None, found: float | None) -> bool:
    """Counts are whole, and amounts of money rounded somewhere."""
    return expected is None or (
        found is not None and math.isclose(found, expected, rel_tol=1e-9)
    )
