"""Whatever happened, and however it arrived: SQL gives the reference's numbers."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.exceptions import ColumnNotFoundError
from tests.reference.answers import ANSWERED, SHARES, answer
from tests.reference.asking import Bot, Question
from tests.reference.flows import FUNNELS
from tests.reference.playing import ORIGIN, asked, bots, play, prepared, same
from tests.reference.records import records
from tests.reference.script import Fact
from tests.reference.strategies import scripts
from tests.reference.units import units
from tests.reference.users import ANSWERED as OF_USERS
from tests.support.postgres import Databases

from turnspan_exporters.timescale.metrics import CATALOGUE
from turnspan_exporters.timescale.reader import Reader

BARE = {"peak_hours", "funnel", "conversion_rate", "time_to_conversion"}
"""Asked in ways of their own."""
NOTHING = Bot(units(records(())), ORIGIN, "UTC")


def _questions() -> Iterator[Question]:
    """Each metric over everything and by day, and what else it can be asked."""
    for name in ANSWERED:
        if name in CATALOGUE and name not in BARE:
            yield Question(name, "day")
            if name not in OF_USERS:
                yield Question(name)
                yield from _by(name)
    yield Question("peak_hours")
    yield from (Question("retention", "day", options={"day": day}) for day in (2, 3))
    for name in ("session_duration", "turns_per_session", "response_latency"):
        yield from (Question(name, options={"q": q}) for q in ("mean", 0.9))
    for q in (0.1, 0.25, 0.75, 0.9):
        yield Question("handoff_wait", options={"q": q})
    for name in ("conversion_rate", "time_to_conversion"):
        yield Question(name, options={"goal": "bought"})
        yield from (Question(name, options={"funnel": one}) for one in FUNNELS)
    yield from (Question("funnel", options={"funnel": one}) for one in FUNNELS)


def _by(name: str) -> Iterator[Question]:
    """By the dimensions that the script varies; a whole's own parts apart."""
    own = SHARES.get(name, ("", ""))[1]
    known = CATALOGUE[name].fact.dimensions
    for one in ("channel", "device", "intent", "outcome", "cta", "node", "reason"):
        question = Question(name, by=(one,))
        if one in known and one != own and _can(question):
            yield question


def _can(question: Question) -> bool:
    """Whether the rows of the reference have the asked dimension."""
    try:
        answer(NOTHING, question)
    except ColumnNotFoundError:
        return False
    return True


QUESTIONS = [*_questions()]
ASKED = 80
"""So many of the questions are asked about each bot of an example."""


@pytest.fixture(scope="module")
def store(databases: Databases, template_dsn: str) -> Iterator[str]:
    """One database for all examples, which empty it themselves."""
    made = databases.create(template_dsn)
    prepared(made)
    yield made
    databases.drop(made)


@pytest.mark.timeout(900)
@given(facts=scripts(), order=st.randoms(use_true_random=False))
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
def test_sql_gives_the_numbers_of_the_reference(
    store: str, facts: list[Fact], order: random.Random
) -> None:
    """Any order, any repetition, interleaved bots: the same numbers as by hand."""
    play(store, facts, order)
    with Reader(store) as reader:
        wrong = {
            f"{name}: {question}": (found, expected)
            for name, bot in bots(facts)
            for question in order.sample(QUESTIONS, ASKED)
            if not same(
                found := asked(reader, name, question),
                expected := answer(bot, question),
            )
        }
    assert wrong == {}
