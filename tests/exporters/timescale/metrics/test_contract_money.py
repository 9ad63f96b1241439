"""Numbers that must come out in money and experiments, through the write path."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from tests.exporters.timescale.metrics.conftest import Ask
from tests.support.chat import BASE, Chat, derived
from tests.support.postgres import Databases

from turnspan import conventions as names
from turnspan_exporters.timescale import costs, experiments

FIRST = (BASE - timedelta(days=40)).replace(hour=0, day=1)
"""The first of a month that is over: fixed costs are by the month."""
NEXT = (FIRST + timedelta(days=32)).replace(day=1)
CONVERSATIONS = 10_000
RESOLVED = 2_500


@pytest.fixture(scope="module")
def handled(databases: Databases, template_dsn: str) -> Iterator[str]:
    """10,000 conversations of 3 s over a month, a quarter of them resolved."""
    dsn = databases.create(template_dsn)
    chat = Chat(base=FIRST)
    for number in range(CONVERSATIONS):
        talk = chat.talk(f"c{number}")
        talk.turn(number * 240, f"t{number}", lasts=3, outcome="clarification")
        if number < RESOLVED:
            talk.resolve(number * 240 + 3, "resolved")
    derived(dsn, chat)
    yield dsn
    databases.drop(dsn)


@pytest.fixture
def priced(handled: str) -> Iterator[psycopg.Connection[Any]]:
    """A transaction on it, to declare costs in that nobody else sees."""
    with psycopg.connect(handled, options="-c timezone=UTC") as connection:
        yield connection
        connection.rollback()


def _declare(
    db: psycopg.Connection[Any], kind: str, name: str = "", **values: Any
) -> None:
    costs.declare(db, [costs.entry(kind, name, values, bot="", since=FIRST)])


def _asked(db: psycopg.Connection[Any], name: str, **options: Any) -> float:
    row = db.execute(
        "SELECT value FROM turnspan.metric(%s, %s, %s, options => %s)",
        (name, FIRST, NEXT, json.dumps(options)),
    ).fetchone()
    assert row is not None
    return float(row[0])


def test_5000_dollars_for_10000_conversations_and_2500_outcomes(
    priced: psycopg.Connection[Any],
) -> None:
    """$0.50 a conversation, $2.00 an outcome."""
    _declare(priced, "fixed_cost", "all", amount=5000, months=1)
    assert _asked(priced, "cost_per_conversation") == pytest.approx(0.5, abs=1e-9)
    assert _asked(priced, "cost_per_resolution") == pytest.approx(2.0, abs=1e-9)


def test_10000_conversations_at_5_dollars_of_human_cost(
    priced: psycopg.Connection[Any],
) -> None:
    """$50,000 saved, where the base is all that was handled."""
    _declare(priced, "human_cost", ticket=5)
    assert _asked(priced, "savings", base="handled") == 50_000
    assert _asked(priced, "savings") == 12_500


def test_15_minutes_less_3_seconds_10000_times(
    priced: psycopg.Connection[Any],
) -> None:
    """2,491.67 hours."""
    _declare(priced, "human_cost", minutes=15)
    assert round(_asked(priced, "time_saved"), 2) == 2491.67


def test_100_leads_of_10000_dollars(
    db: psycopg.Connection[Any], migrated_dsn: str, ask: Ask
) -> None:
    """10 % close, $5,000 were spent: revenue $100,000, ROI 1,900 %."""
    chat = Chat(base=FIRST)
    for number in range(100):
        talk = chat.talk(f"c{number}")
        talk.turn(number * 60, f"t{number}")
        goal = {names.GOAL_ID: "demo", names.GOAL_KIND: "lead"}
        talk.event(names.EVENT_GOAL, number * 60 + 5, attributes=goal)
    derived(migrated_dsn, chat)
    _declare(db, "lead_value", amount=10_000, close_rate=0.1)
    _declare(db, "fixed_cost", "campaign", amount=5000, months=1)
    ((_, _, roi, benefit, cost, *_),) = ask("roi", FIRST, NEXT)
    assert (roi, benefit, cost) == pytest.approx((19.0, 100_000, 5000))


def _tried(dsn: str, users: dict[str, tuple[int, int]]) -> None:
    """Users of each variant, so many of them with a session that was resolved."""
    chat = Chat(base=FIRST)
    at = 0
    for variant, (resolved, of) in users.items():
        for number in range(of):
            at += 60
            talk = chat.talk(f"{variant}{number}", user=f"{variant}{number}")
            flag = {
                names.FEATURE_FLAG_KEY: "greeting",
                names.FEATURE_FLAG_RESULT_VARIANT: variant,
            }
            talk.event(names.EVENT_FEATURE_FLAG_EVALUATION, at, attributes=flag)
            talk.turn(at + 1, f"t{variant}{number}", outcome="clarification")
            if number < resolved:
                talk.resolve(at + 5, "resolved")
    derived(dsn, chat)


def _statistics(ask: Ask) -> dict[tuple[str | None, str], float]:
    rows = ask(
        "experiment",
        FIRST,
        NEXT,
        experiment="greeting",
        metric="resolution_strict",
    )
    return {(row[1].get("variant"), row[1]["statistic"]): row[2] for row in rows}


def _declared(db: psycopg.Connection[Any], at: datetime) -> None:
    """An even split of two variants, declared before the start."""
    meant: dict[str, Any] = {"primary": "resolution_strict", "control": "B"}
    meant["until"] = NEXT.isoformat()
    db.execute(
        "INSERT INTO _turnspan.parameter (bot, name, valid_from, value, set_at) "
        "VALUES ('', 'experiment:greeting', %s, %s, %s)",
        (at, json.dumps({**meant, "variants": {"A": 0.5, "B": 0.5}}), at),
    )


def test_120_of_1000_against_150_of_1000(
    db: psycopg.Connection[Any], migrated_dsn: str, ask: Ask
) -> None:
    """z = −1.963, p = 0.0496."""
    _tried(migrated_dsn, {"A": (120, 1000), "B": (150, 1000)})
    _declared(db, FIRST - timedelta(days=1))
    found = _statistics(ask)
    assert round(found["A", "z"], 3) == -1.963
    assert round(found["A", "p"], 4) == 0.0496


def test_a_split_of_600_and_400_users_meant_to_be_even(
    db: psycopg.Connection[Any], migrated_dsn: str, ask: Ask
) -> None:
    """No verdict: the split is checked first, whatever the difference says."""
    _tried(migrated_dsn, {"A": (300, 600), "B": (100, 400)})
    _declared(db, FIRST - timedelta(days=1))
    found = _statistics(ask)
    assert found["A", "p"] < 0.001
    assert found[None, "sample_ratio_p"] < 0.001
    report = experiments.report(db, "greeting")
    assert report is not None
    assert [one.name for one in report.checks if not one.passed] == ["sample_ratio"]
    assert report.verdict.outcome == "none"
