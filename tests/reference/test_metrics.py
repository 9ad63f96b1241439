"""Whatever happened, and however it arrived: SQL gives the reference's numbers."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.reference.answers import ANSWERED, answer
from tests.reference.asking import Question
from tests.reference.playing import asked, bots, play, prepared, same
from tests.reference.script import Fact
from tests.reference.strategies import scripts
from tests.reference.users import ANSWERED as OF_USERS
from tests.support.postgres import Databases

from turnspan_exporters.timescale.metrics import CATALOGUE
from turnspan_exporters.timescale.reader import Reader


def _questions() -> Iterator[Question]:
    """Each metric over everything and by day, and what else it can be asked."""
    for name in ANSWERED:
        if name not in CATALOGUE:
            continue
        yield Question(name, "day")
        if name in OF_USERS:
            continue
        yield Question(name)
        if "channel" in CATALOGUE[name].fact.dimensions:
            yield Question(name, by=("channel",))
    for name in ("session_duration", "turns_per_session", "response_latency"):
        yield from (Question(name, options={"q": q}) for q in ("mean", 0.9))
    for q in (0.1, 0.25, 0.75, 0.9):
        yield Question("handoff_wait", options={"q": q})
    yield from (Question(name, by=("cta",)) for name in ("ctr", "ctr_raw"))


QUESTIONS = [*_questions()]


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
            for question in QUESTIONS
            if not same(
                found := asked(reader, name, question),
                expected := answer(bot, question),
            )
        }
    assert wrong == {}
