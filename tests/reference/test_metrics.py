"""Whatever happened, in whatever order it arrived: the SQL gives the naive numbers."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.reference.numbers import WAIT_QUANTILES, Numbers, expected
from tests.reference.script import Fact, logs_request, traces_request
from tests.reference.strategies import scripts
from tests.support.postgres import Databases

from turnspan_collector.decode import LOGS, TRACES, Encoding, decode
from turnspan_exporters.records import Batch
from turnspan_exporters.timescale import TimescaleExporter, settle
from turnspan_exporters.timescale.reader import Reader

ORIGIN = datetime.now(UTC).replace(
    hour=0, minute=0, second=0, microsecond=0
) - timedelta(days=90)
END = ORIGIN + timedelta(days=89)
BOTS = ("support", "sales")
SETTLED_BETWEEN = 0.2
"""So often everything so far is derived before the next request arrives."""


@pytest.fixture(scope="module")
def store(databases: Databases, template_dsn: str) -> Iterator[str]:
    """One database for all examples, which empty it themselves."""
    made = databases.create(template_dsn)
    yield made
    databases.drop(made)


def _empty(dsn: str) -> None:
    """Forget every row, so that an example begins as in a new database."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        names = connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = "
            "'_turnspan' AND table_type = 'BASE TABLE' AND table_name NOT IN "
            "('migration', 'metric_catalogue', 'parameter', 'bot', 'resource', "
            "'scope') AND table_name NOT LIKE '%%migrat%%'"
        ).fetchall()
        tables = ", ".join(f"_turnspan.{name}" for (name,) in names)
        connection.execute(f"TRUNCATE {tables}")


def _batches(facts: list[Fact], order: random.Random) -> list[Batch]:
    """The facts as requests in a random order, some of them sent twice."""
    mixed = [*facts, *order.choices(facts, k=len(facts) // 3)]
    order.shuffle(mixed)
    found = []
    while mixed:
        some, mixed = mixed[: (size := order.randint(1, 9))], mixed[size:]
        origin = ORIGIN.timestamp()
        for signal, body in (
            (TRACES, traces_request(some, origin)),
            (LOGS, logs_request(some, origin)),
        ):
            found.append(
                decode(signal, body, Encoding.PROTOBUF, int(END.timestamp()) * 10**9)
            )
    assert [one.rejected for one in found] == [0] * len(found)
    return [one.batch for one in found if one.items]


def _answer(reader: Reader, name: str, bot: str, **asked: Any) -> list[Any]:
    return reader.metric(
        name,
        ORIGIN,
        END,
        asked.pop("bucket", None),
        filters={"bot": bot},
        options=asked,
    )


def _rate(reader: Reader, name: str, bot: str) -> tuple[int, int]:
    (row,) = _answer(reader, name, bot)
    return int(row.k), int(row.n)


def _measured(reader: Reader, bot: str) -> Numbers:
    (sessions,) = _answer(reader, "sessions", bot)
    (turns,) = _answer(reader, "turns_per_session", bot)
    (month,) = reader.metric(
        "mau", ORIGIN, ORIGIN + timedelta(days=30), filters={"bot": bot}
    )
    days = _answer(reader, "dau", bot, bucket="day")
    bins = _answer(reader, "intent_confidence", bot)
    engaged, base = _rate(reader, "engagement_rate", bot)
    escalated, same = _rate(reader, "handoff_rate", bot)
    assert (base, same) == (sessions.value, sessions.value)
    return Numbers(
        sessions=int(sessions.value),
        user_turns=int(turns.k),
        engaged=engaged,
        escalated=escalated,
        fallback=_rate(reader, "fallback_rate", bot),
        confidence={
            round(row.group["bin"] / 0.05): int(row.k) for row in bins if row.k
        },
        ctr=_rate(reader, "ctr", bot),
        dau={(row.bucket - ORIGIN).days: int(row.value) for row in days if row.value},
        users=int(month.value or 0),
        waits={
            q: one.value
            for q in WAIT_QUANTILES
            for one in _answer(reader, "handoff_wait", bot, q=q)
        },
    )


@pytest.mark.timeout(900)
@given(facts=scripts(), order=st.randoms(use_true_random=False))
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
def test_sql_gives_the_naive_numbers(
    store: str, facts: list[Fact], order: random.Random
) -> None:
    """Any order, any repetition, interleaved bots: the same numbers as by hand."""
    _empty(store)
    exporter = TimescaleExporter(store)
    exporter.open()
    try:
        for batch in _batches(facts, order):
            exporter.export([batch])
            if order.random() < SETTLED_BETWEEN:
                settle(store, timeout_s=60)
    finally:
        exporter.close()
    settle(store, timeout_s=60)
    with Reader(store) as reader:
        measured = {bot: _measured(reader, bot) for bot in BOTS}
    assert measured == {bot: expected(facts, bot) for bot in BOTS}
