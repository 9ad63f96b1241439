"""The benchmark of questions asks about rows that a derivation would make."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from benchmarks.queries.__main__ import measure
from benchmarks.queries._raw import RAW
from benchmarks.queries._year import Year, build, verify
from tests.support.postgres import Databases

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
def test_every_question_has_an_answer(built: str) -> None:
    """No question fails, and the numbers from raw rows are the metrics' own."""
    found = measure(built, YEAR, repeats=1)
    assert [one for one in found["answers"] if "error" in one] == []
    assert {*found["against_raw_rows"]} == {*RAW}
    for metric, one in found["against_raw_rows"].items():
        assert one["raw"] == pytest.approx(one["metric"], rel=0.01), metric
