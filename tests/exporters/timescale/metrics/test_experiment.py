"""Experiments: who counts, what is compared, and the checks on the split."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from tests.exporters.timescale.metrics.conftest import Ask
from tests.support import derived_rows

Connection = psycopg.Connection[Any]

START = datetime(2026, 3, 2, tzinfo=UTC)
END = START + timedelta(days=7)
OF = {"experiment": "greeting", "metric": "resolution_strict"}


def split(db: Connection, resolved: dict[str, tuple[int, int]]) -> None:
    """Users of each variant, so many of them with a resolved session."""
    for variant, (k, n) in resolved.items():
        db.execute(
            "INSERT INTO _turnspan.assignment SELECT 'support', 'greeting', "
            "%(variant)s || u, %(variant)s, %(at)s, 'web', false "
            "FROM generate_series(1, %(n)s) AS u",
            {"variant": variant, "at": START, "n": n},
        )
        for number in range(k):
            derived_rows.session(
                db,
                START + timedelta(minutes=number),
                user_key=f"{variant}{number + 1}",
                outcome="resolved_confirmed",
            )


def declare(db: Connection, set_at: datetime, **value: Any) -> None:
    """A declaration as if made at that time."""
    given = {"primary": "resolution_strict", "control": "B", **value}
    db.execute(
        "INSERT INTO _turnspan.parameter (bot, name, valid_from, value, set_at) "
        "VALUES ('', 'experiment:greeting', %s, %s, %s)",
        (set_at, json.dumps(given), set_at),
    )


def statistics(rows: list[Any]) -> dict[tuple[str | None, str], tuple[Any, ...]]:
    return {
        (row[1].get("variant"), row[1]["statistic"]): tuple(
            None if one is None else float(one) for one in row[2:7]
        )
        for row in rows
    }


def test_120_against_150_of_1000(db: Connection, ask: Ask) -> None:
    """z = −1.963, p = 0.0496, with Newcombe's interval of the difference."""
    split(db, {"A": (120, 1000), "B": (150, 1000)})
    declare(db, START - timedelta(days=1), variants={"A": 0.5, "B": 0.5})
    found = statistics(ask("experiment", START, END, **OF))
    assert found["A", "rate"][:3] == (0.12, 120, 1000)
    assert found["B", "rate"][:3] == (0.15, 150, 1000)
    assert round(found["A", "z"][0], 3) == -1.963
    assert round(found["A", "p"][0], 4) == 0.0496
    value, k, n, low, high = found["A", "difference"]
    assert (round(value, 9), k, n) == (-0.03, 120, 1000)
    assert (low, high) == pytest.approx((-0.060008258570, -0.000013782434), abs=1e-12)
    assert found[None, "sample_ratio_p"][0] == 1
    assert found[None, "excluded"][:3] == (0, 0, 2000)
    assert ("B", "difference") not in found


def test_a_split_that_is_not_the_declared_one(db: Connection, ask: Ask) -> None:
    """600 and 400 users meant to be as many: p of χ² = 40 with one degree."""
    split(db, {"A": (0, 600), "B": (0, 400)})
    declare(db, START - timedelta(days=1), variants={"A": 0.5, "B": 0.5})
    found = statistics(ask("experiment", START, END, **OF))
    assert found[None, "sample_ratio_p"][0] == pytest.approx(2.539628589e-10, rel=1e-8)


def test_without_a_declaration_the_split_is_not_judged(
    db: Connection, ask: Ask
) -> None:
    """Nobody said what it should be; the first variant by name is the control."""
    split(db, {"A": (1, 2), "B": (1, 4)})
    found = statistics(ask("experiment", START, END, **OF))
    assert found["B", "difference"][0] == -0.25
    assert (None, "sample_ratio_p") not in found


def test_only_the_last_declaration_before_the_start_counts(
    db: Connection, ask: Ask
) -> None:
    """What was declared after the first assignment changes nothing."""
    split(db, {"A": (1, 2), "B": (1, 4)})
    declare(db, START - timedelta(days=2), variants={"A": 9, "B": 1})
    declare(db, START - timedelta(days=1), variants={"A": 2, "B": 4}, control="A")
    declare(db, START + timedelta(days=1), variants={"A": 1, "B": 9})
    found = statistics(ask("experiment", START, END, **OF))
    assert found[None, "sample_ratio_p"][0] == 1
    assert found["B", "difference"][0] == -0.25


def test_a_user_of_two_variants_is_in_none(db: Connection, ask: Ask) -> None:
    """And counted among those excluded."""
    split(db, {"A": (1, 2), "B": (1, 2)})
    derived_rows.assignment(db, START + timedelta(hours=1), "A1", "B")
    found = statistics(ask("experiment", START, END, **OF))
    assert found["A", "rate"][:3] == (0, 0, 1)
    assert found["B", "rate"][:3] == (0.5, 1, 2)
    assert found[None, "excluded"][:3] == (0.25, 1, 4)


@pytest.mark.parametrize(
    ("begins_s", "lasts_s", "counted"),
    [(-60, 59, 0), (-60, 60, 1), (0, 0, 1), (600, 5, 1), (7 * 86400, 0, 0)],
)
def test_a_session_counts_from_the_assignment_on(
    db: Connection, ask: Ask, begins_s: int, lasts_s: float, counted: int
) -> None:
    """One under way at the assignment does, one that had ended does not."""
    derived_rows.assignment(db, START, "u", "A")
    derived_rows.session(
        db,
        START + timedelta(seconds=begins_s),
        user_key="u",
        duration_s=lasts_s,
        outcome="resolved_confirmed",
    )
    found = statistics(ask("experiment", START, END, **OF))
    assert found["A", "rate"][:3] == (counted, counted, 1)


def test_who_was_assigned_before_the_range_is_not_in_it(
    db: Connection, ask: Ask
) -> None:
    """A later assignment to the same variant does not bring a user in."""
    derived_rows.assignment(db, START - timedelta(seconds=1), "early", "A")
    derived_rows.assignment(db, START, "u", "A")
    derived_rows.assignment(db, END, "late", "A")
    derived_rows.assignment(db, START, "tester", "A", test=True)
    assert statistics(ask("experiment", START, END, **OF))["A", "rate"][2] == 1


def test_open_sessions_come_with_provisional(db: Connection, ask: Ask) -> None:
    """What they will be is not known yet."""
    derived_rows.assignment(db, START, "u", "A")
    derived_rows.session(db, START, user_key="u", engaged=True, finalised=False)
    of = {"experiment": "greeting", "metric": "engagement_rate"}
    assert statistics(ask("experiment", START, END, **of))["A", "rate"][1] == 0
    rows = ask("experiment", START, END, provisional=True, **of)
    assert statistics(rows)["A", "rate"][1] == 1


def test_a_goal_counts_where_it_is_reached_after_the_assignment(
    db: Connection, ask: Ask
) -> None:
    """Any goal, or the one that is asked for."""
    for user, delay_s in (("a", 5), ("b", -5)):
        derived_rows.assignment(db, START, user, "A")
        begun = START - timedelta(seconds=60)
        key = derived_rows.session(db, begun, user_key=user, duration_s=90)
        derived_rows.goal(
            db,
            begun,
            key,
            "buy",
            at=START + timedelta(seconds=delay_s),
            user_key=user,
        )
    of = {"experiment": "greeting", "metric": "goal_completion"}
    for goal, k in ((None, 1), ("buy", 1), ("rent", 0)):
        rows = ask("experiment", START, END, **of, **({"goal": goal} if goal else {}))
        assert statistics(rows)["A", "rate"][:3] == (k / 2, k, 2)


def test_every_experiment_is_there_by_bot(db: Connection, ask: Ask) -> None:
    """Unless one is asked for; a user is a user of one bot."""
    for bot, experiment in (("a", "x"), ("b", "x"), ("b", "y")):
        derived_rows.assignment(
            db, START, "u", "A", bot=bot, experiment=experiment, channel=bot
        )
    rows = ask("experiment", START, END, None, ("bot",))
    assert [
        (row[1]["experiment"], row[1]["bot"], row[4])
        for row in rows
        if row[1]["statistic"] == "rate"
    ] == [("x", "a", 1), ("x", "b", 1), ("y", "b", 1)]
    rows = ask("experiment", START, END, filters={"bot": "a"})
    assert {row[1]["experiment"] for row in rows} == {"x"}


def test_only_rates_of_sessions_can_be_asked(ask: Ask) -> None:
    """The sentence says which there are."""
    with pytest.raises(
        psycopg.errors.InvalidParameterValue,
        match=r'metric: "dau" is no rate of sessions; take all, or one of .*ctr',
    ):
        ask("experiment", START, END, metric="dau")
