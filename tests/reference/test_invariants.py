"""What holds of the numbers whatever happened, whoever counts them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.reference.asking import Question, Rows
from tests.reference.flows import FUNNELS
from tests.reference.playing import ZONES, asked, play
from tests.reference.script import Fact
from tests.reference.strategies import scripts

from turnspan_exporters.timescale.metrics import CATALOGUE, Form
from turnspan_exporters.timescale.reader import Reader

Ask = Callable[..., Rows]

SHARES = (
    "outcome_share",
    "handoff_reasons",
    "intent_share",
    "intents_before_handoff",
    "sentiment_share",
    "device_share",
    "traffic_source_share",
)
PLAIN_RATES = [
    name
    for name, metric in CATALOGUE.items()
    if metric.form is Form.RATE and metric.buckets and name != "experiment"
]
SETTINGS: dict[str, Any] = {
    "deadline": None,
    "derandomize": True,
    "suppress_health_check": [
        HealthCheck.too_slow,
        HealthCheck.function_scoped_fixture,
    ],
}


def shares_sum_to_one(ask: Ask) -> None:
    """And their numerators to the denominator, the unknown among them."""
    for name in SHARES:
        rows = [*ask(name).values()]
        assert sum(k or 0 for _, k, _ in rows) == (rows[0][2] if rows else 0), name
        assert not rows or sum(value or 0 for value, *_ in rows) == pytest.approx(
            1, abs=1e-12
        )


def numerators_are_within_denominators(ask: Ask) -> None:
    """So that every rate, drop-off and success among them, is within [0, 1]."""
    for name in PLAIN_RATES:
        for value, k, n in ask(name).values():
            assert 0 <= (k or 0) <= (n or 0), name
            assert 0 <= (value or 0) <= 1, name


def success_is_within_accepted_within_requested(ask: Ask) -> None:
    """And whoever was accepted in time was accepted."""
    success, accepted, in_time = (
        _counts(ask(name))
        for name in (
            "handoff_success",
            "handoff_accepted_share",
            "handoff_service_level",
        )
    )
    assert success[0] <= accepted[0] <= accepted[1]
    assert in_time[0] <= accepted[0]
    assert success[1] == accepted[1] == in_time[1]


def funnels_never_increase(ask: Ask) -> None:
    """From each step to the next, fewer or as many."""
    for funnel in FUNNELS:
        rows = ask("funnel", options={"funnel": funnel})
        reached = [k or 0 for _, (_, k, _) in sorted(rows.items(), key=_step)]
        assert all(later <= earlier for earlier, later in pairwise(reached))


def complements_make_one(ask: Ask) -> None:
    """Containment and handoff, bounce and engagement: the same sessions, once each."""
    for one, other in (
        ("containment", "handoff_rate"),
        ("bounce_rate", "engagement_rate"),
    ):
        (k, n), (rest, same) = _counts(ask(one)), _counts(ask(other))
        assert (k + rest, same) == (n, n)


def new_and_returning_are_the_active(ask: Ask) -> None:
    """On every day."""
    new, returning, active = (
        ask(name, bucket="day") for name in ("new_users", "returning_users", "dau")
    )
    for day in {*new, *returning, *active}:
        parts = (rows.get(day, (0, 0, 0))[0] or 0 for rows in (new, returning))
        assert sum(parts) == active[day][0]


def parts_of_time_make_the_whole(ask: Ask) -> None:
    """Counts by day add up to those of the range; users do not, and are no less."""
    for name in ("sessions", "turns", "messages", "nlu_turns", "cta_clicks"):
        days = sum(value or 0 for value, *_ in ask(name, bucket="day").values())
        assert days == sum(value or 0 for value, *_ in ask(name).values()), name


HOLDS = (
    shares_sum_to_one,
    numerators_are_within_denominators,
    success_is_within_accepted_within_requested,
    funnels_never_increase,
    complements_make_one,
    new_and_returning_are_the_active,
    parts_of_time_make_the_whole,
)


def _counts(rows: Rows) -> tuple[float, float]:
    ((_, k, n),) = rows.values() or [(None, 0, 0)]
    return k or 0, n or 0


def _step(row: tuple[tuple[Any, ...], Any]) -> int:
    return int(row[0][-1])


@pytest.mark.timeout(900)
@given(facts=scripts(), order=st.randoms(use_true_random=False))
@settings(max_examples=8, **SETTINGS)
def test_what_always_holds(store: str, facts: list[Fact], order: random.Random) -> None:
    """Each of the statements above, of both bots, over any script in any order."""
    play(store, facts, order)
    with Reader(store) as reader:
        for bot in ZONES:

            def ask(name: str, bot: str = bot, **parts: Any) -> Rows:
                return asked(reader, bot, Question(name, **parts))

            for hold in HOLDS:
                hold(ask)


DERIVED = (
    "turn",
    "session",
    "handoff",
    "session_cta",
    "session_node",
    "goal",
    "feedback",
    "assignment",
    "user_day",
    "user_first_seen",
)


def _derived(dsn: str) -> dict[str, list[Any]]:
    """Every derived row."""
    found = {}
    with psycopg.connect(dsn, autocommit=True) as connection:
        for table in DERIVED:
            rows = connection.execute(f"SELECT to_jsonb(t) FROM _turnspan.{table} t")
            found[table] = sorted((row for (row,) in rows), key=repr)
    return found


@pytest.mark.timeout(900)
@given(
    facts=scripts(),
    orders=st.lists(st.randoms(use_true_random=False), min_size=2, max_size=2),
)
@settings(max_examples=5, **SETTINGS)
def test_order_and_repetition_change_nothing(
    store: str, facts: list[Fact], orders: Iterable[random.Random]
) -> None:
    """The same facts in two orders, derived now and then, give the same rows."""
    found = []
    for order in orders:
        play(store, facts, order)
        found.append(_derived(store))
    assert found[0] == found[1]
