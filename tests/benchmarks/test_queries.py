"""The benchmark of questions asks about rows that a derivation would make."""

from __future__ import annotations

import json
from collections.abc import Iterator

import psycopg
import pytest
from benchmarks.queries.__main__ import measure
from benchmarks.queries._raw import RAW
from benchmarks.queries._year import Year, build, verify
from tests.support.postgres import Databases

from turnspan_exporters.timescale import is_timescale

YEAR = Year(bots=20, periods=13, events_a_day=100)
"""A hundredth of the year that the limits are for."""


@pytest.fixture(scope="module")
def built(databases: Databases) -> Iterator[str]:
    """A small year in a database of its own."""
    dsn = databases.create()
    build(dsn, YEAR)
    yield dsn
    databases.drop(dsn)


@pytest.mark.timeout(900)
def test_copies_are_what_a_derivation_makes(built: str) -> None:
    """Deriving a copied bot anew changes no derived row."""
    assert {*verify(built, YEAR).values()} == {0}


@pytest.mark.timeout(900)
def test_every_aggregate_is_made(built: str) -> None:
    """Two sessions that make them at once do not take chunks of the other for lost."""
    with psycopg.connect(built) as connection:
        if not is_timescale(connection):
            pytest.skip("plain PostgreSQL has no continuous aggregates")
        unmade = connection.execute(
            "SELECT view_name FROM timescaledb_information.continuous_aggregates "
            "WHERE _turnspan.stored_until(view_name) IS NULL "
            "AND view_name NOT LIKE '%sequence%' ORDER BY view_name"
        ).fetchall()
        lost = connection.execute(
            "SELECT of_table FROM _turnspan.dropped WHERE dropped_before > '-infinity'"
        ).fetchall()
    assert (unmade, lost) == ([], [])


@pytest.mark.timeout(900)
@pytest.mark.parametrize("metric", ["conversations", "mau", "turns"])
def test_the_first_bot_is_counted_to_the_end(built: str, metric: str) -> None:
    """Its copies, which came after its own rows were counted, too."""
    asked = "SELECT value, k, n FROM turnspan.metric(%s, %s, %s, 'month', '{}', %s)"
    values = (metric, YEAR.start, YEAR.end, json.dumps({"bot": YEAR.names()[0]}))
    with psycopg.connect(built) as connection:
        stored = connection.execute(asked, values).fetchall()
        connection.execute("SELECT set_config('turnspan.metric_source', 'facts', true)")
        assert stored == connection.execute(asked, values).fetchall()


@pytest.mark.timeout(900)
def test_every_question_has_an_answer(built: str) -> None:
    """No question fails, and the numbers from raw rows are the metrics' own."""
    found = measure(built, YEAR, repeats=0)
    assert [one for one in found["answers"] if "error" in one] == []
    assert {*found["against_raw_rows"]} == {*RAW}
    for metric, one in found["against_raw_rows"].items():
        assert one["raw"] == pytest.approx(one["metric"], rel=0.01), metric
