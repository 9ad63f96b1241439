"""Reports of experiments: when there is a verdict, what it says, why there is none."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from tests.support import derived_rows

from turnspan_exporters.timescale import experiments
from turnspan_exporters.timescale.experiments import Plan
from turnspan_exporters.timescale.settings import SettingError

Connection = psycopg.Connection[Any]

START = datetime(2026, 3, 2, tzinfo=UTC)
PLAN = Plan(
    primary="resolution_strict",
    control="A",
    variants={"A": 0.5, "B": 0.5},
    until=START + timedelta(days=7),
)


def declare(db: Connection, at: datetime, plan: Plan = PLAN) -> None:
    """As ``experiments.declare`` does, at that time."""
    experiments.declare(db, "greeting", replace(plan, until=None, n=2))
    value = {
        "primary": plan.primary,
        "control": plan.control,
        "variants": plan.variants,
        "n": plan.n,
        "until": plan.until and plan.until.isoformat(),
        "start": plan.start and plan.start.isoformat(),
        "contamination_max": plan.contamination_max,
    }
    db.execute(
        "UPDATE _turnspan.parameter SET set_at = %s, valid_from = %s, value = %s "
        "WHERE name = 'experiment:greeting' AND valid_from = (SELECT max(valid_from) "
        "FROM _turnspan.parameter WHERE name = 'experiment:greeting')",
        (
            at,
            at,
            json.dumps({name: one for name, one in value.items() if one is not None}),
        ),
    )


def users(db: Connection, counts: dict[str, tuple[int, int]]) -> None:
    """Users of each variant a minute apart, so many with a resolved session."""
    for variant, (k, n) in counts.items():
        db.execute(
            "INSERT INTO _turnspan.assignment SELECT 'support', 'greeting', "
            "%(v)s || u, %(v)s, %(at)s + u * interval '1 minute', 'web', false "
            "FROM generate_series(0, %(n)s - 1) AS u",
            {"v": variant, "at": START, "n": n},
        )
        for number in range(min(n, 100)):
            derived_rows.session(
                db,
                START + timedelta(minutes=number),
                user_key=f"{variant}{number}",
                outcome="resolved_confirmed" if number < k else "abandoned",
            )


def reported(db: Connection) -> experiments.Report:
    found = experiments.report(db, "greeting")
    assert found is not None
    return found


def failed(found: experiments.Report) -> list[str]:
    return [one.name for one in found.checks if not one.passed]


def test_a_verdict_comes_at_the_declared_end(db: Connection) -> None:
    """Of the primary metric, with the interval; every other metric is shown too."""
    declare(db, START - timedelta(days=1))
    users(db, {"A": (10, 60), "B": (30, 60)})
    found = reported(db)
    assert failed(found) == []
    assert (found.start, found.end) == (START, PLAN.until)
    assert (found.users, found.excluded) == ({"A": 60, "B": 60}, 0)
    assert found.verdict == experiments.Verdict(
        "difference",
        "resolution_strict is +33.33% (+16.61% to +47.63%) with B against A, "
        "p = 0.0001.",
        "B",
        [],
    )
    first = found.results[0]
    assert (first.metric, first.primary) == ("resolution_strict", True)
    assert [(arm.variant, arm.k, arm.n) for arm in first.arms] == [
        ("A", 10, 60),
        ("B", 30, 60),
    ]
    shown = {one.metric for one in found.results}
    assert shown >= {"containment", "abandonment_rate", "ctr", "goal_completion"}


def test_lower_is_better_where_the_catalogue_says_so(db: Connection) -> None:
    """More abandonment is worse."""
    declare(db, START - timedelta(days=1), replace(PLAN, primary="abandonment_rate"))
    users(db, {"A": (50, 60), "B": (20, 60)})
    verdict = reported(db).verdict
    assert (verdict.winner, verdict.worse) == (None, ["B"])


def test_no_difference_is_not_shown_to_be_none(db: Connection) -> None:
    """Ten and twelve of sixty."""
    declare(db, START - timedelta(days=1))
    users(db, {"A": (10, 60), "B": (12, 60)})
    verdict = reported(db).verdict
    assert verdict.outcome == "no_difference"
    assert "which does not show that there is none" in verdict.sentence


def test_three_variants_share_the_level(db: Connection) -> None:
    """0.0331 is below 0.05 and not below 0.05 / 2."""
    thirds = {"A": 1.0, "B": 1.0, "C": 1.0}
    users(db, {"A": (10, 60), "B": (20, 60), "C": (10, 60)})
    declare(db, START - timedelta(days=1), replace(PLAN, variants=thirds))
    found = reported(db)
    assert 0.025 < (found.results[0].arms[1].p or 0) < 0.05
    assert found.verdict.outcome == "no_difference"


def test_a_split_that_is_not_the_declared_one_gives_no_verdict(db: Connection) -> None:
    """60 : 40 of a thousand users meant to be 50 : 50."""
    declare(db, START - timedelta(days=1))
    users(db, {"A": (60, 600), "B": (200, 400)})
    found = reported(db)
    assert failed(found) == ["sample_ratio"]
    assert found.sample_ratio_p == pytest.approx(2.539628589e-10, rel=1e-8)
    assert found.verdict.outcome == "none"
    assert found.verdict.sentence == (
        "No verdict: the split is not the declared one, so that something else differs "
        "too (χ², p = 2.54e-10, limit 0.001)."
    )


def test_without_a_declaration_there_is_no_verdict(db: Connection) -> None:
    """However clear the difference."""
    users(db, {"A": (0, 60), "B": (60, 60)})
    found = reported(db)
    assert failed(found) == ["declared_before_start"]
    assert found.verdict.sentence == (
        "No verdict: it was not declared before it began."
    )


def test_a_declaration_after_the_first_assignment_gives_no_verdict(
    db: Connection,
) -> None:
    """Also when it names an earlier start; one before it goes on to count."""
    users(db, {"A": (0, 60), "B": (60, 60)})
    declare(db, START + timedelta(seconds=1), replace(PLAN, start=START))
    found = reported(db)
    assert failed(found) == ["declared_before_start"]
    assert found.verdict.sentence == (
        "No verdict: it was declared at 2026-03-02 00:00, after its first assignment "
        "at 2026-03-02 00:00: who has seen numbers cannot choose by them."
    )
    declare(db, START - timedelta(days=1))
    found = reported(db)
    assert found.verdict.winner == "B"
    assert [one.late for one in found.declarations] == [True, False]
    assert found.checks[0].sentence == (
        "It was declared before it began. 1 came later and do not count."
    )


def test_before_the_declared_end_there_is_no_verdict(db: Connection) -> None:
    """Neither before the day nor before the number of users."""
    users(db, {"A": (0, 30), "B": (30, 30)})
    until = datetime(2126, 1, 1, tzinfo=UTC)
    declare(db, START - timedelta(days=1), replace(PLAN, until=until))
    assert reported(db).verdict.sentence == (
        "No verdict: it goes on until 2126-01-01 00:00."
    )
    plan = replace(PLAN, until=None, n=61)
    declare(db, START - timedelta(hours=1), plan)
    assert reported(db).verdict.sentence == (
        "No verdict: it goes on: 60 of the planned 61 users."
    )


def test_the_planned_number_of_users_ends_it(db: Connection) -> None:
    """Who comes after the n-th, and what they do later, changes nothing any more."""
    declare(db, START - timedelta(days=1), replace(PLAN, until=None, n=80))
    users(db, {"A": (5, 60), "B": (30, 60)})
    found = reported(db)
    assert found.end == START + timedelta(minutes=39, microseconds=1)
    assert found.users == {"A": 40, "B": 40}
    assert [arm.k for arm in found.results[0].arms] == [5, 30]
    later = START + timedelta(days=3)
    for number in range(40):
        derived_rows.session(
            db, later, user_key=f"A{number}", outcome="resolved_confirmed"
        )
    assert reported(db).verdict == found.verdict


def test_users_before_the_declared_start_do_not_take_part(db: Connection) -> None:
    """The first half hour was a trial, which was declared."""
    start = START + timedelta(minutes=30)
    declare(db, START - timedelta(days=1), replace(PLAN, start=start))
    users(db, {"A": (0, 60), "B": (60, 60)})
    assert reported(db).users == {"A": 30, "B": 30}


def test_too_many_users_of_two_variants_give_no_verdict(db: Connection) -> None:
    """One in a hundred may be, unless declared otherwise."""
    declare(db, START - timedelta(days=1))
    users(db, {"A": (0, 60), "B": (60, 60)})
    for number in (1, 2):
        derived_rows.assignment(db, START + timedelta(hours=2), f"A{number}", "B")
    found = reported(db)
    assert (failed(found), found.excluded) == (["contamination"], 2)
    assert found.verdict.sentence == (
        "No verdict: 2 of 120 users were in two variants and are left out (1.67%, "
        "limit 1.00%)."
    )


def test_variants_are_those_declared(db: Connection) -> None:
    """One that nobody declared, and one that nobody saw."""
    declare(db, START - timedelta(days=1))
    users(db, {"A": (0, 30), "C": (30, 30)})
    assert "variants" in failed(reported(db))
    users(db, {"B": (0, 30)})
    assert failed(reported(db)) == ["variants"]


def test_open_sessions_are_waited_for(db: Connection) -> None:
    """Their outcome is not known yet."""
    declare(db, START - timedelta(days=1))
    users(db, {"A": (0, 30), "B": (30, 30)})
    derived_rows.session(db, START + timedelta(hours=1), user_key="A1", finalised=False)
    found = reported(db)
    assert failed(found) == ["sessions_over"]


def test_what_was_only_declared_can_be_reported(db: Connection) -> None:
    """And what is not known cannot."""
    declared = experiments.declare(db, "greeting", replace(PLAN, until=None, n=10))
    assert not declared.late
    found = reported(db)
    assert (found.start, found.users) == (None, {})
    assert found.verdict.outcome == "none"
    assert experiments.report(db, "other") is None
    assert experiments.experiments(db) == [
        experiments.Experiment("greeting", None, 0, True)
    ]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"primary": "dau"}, "primary=dau is no rate of sessions: take one of "),
        ({"control": "C"}, "control=C is none of the variants A, B"),
        ({"variants": {"A": 1}}, "variants: 1 are given, the limit is 2 to 20"),
        ({"variants": {"A": 1, "B": 0}}, "every weight must be a number above 0"),
        ({"until": None}, "n, until: give one of them"),
        (
            {"until": datetime(2126, 1, 1, tzinfo=UTC), "n": 10},
            "n, until: give one of them",
        ),
        ({"until": None, "n": 1}, "n=1 is outside 2 to 1000000000"),
        ({}, "until=2026-03-09 is not after the start and now"),
        ({"contamination_max": 2}, "contamination_max=2 is outside 0 to 1"),
        ({"goal": "buy"}, "goal=buy is for the primary goal_completion only"),
    ],
)
def test_a_plan_without_a_verdict_is_refused(
    db: Connection, changes: dict[str, Any], sentence: str
) -> None:
    """One sentence that names the field."""
    ends = {"until": None, "n": 10} if changes and "until" not in changes else {}
    plan = replace(PLAN, **{**ends, **changes})
    with pytest.raises(SettingError) as raised:
        experiments.declare(db, "greeting", plan)
    assert sentence in str(raised.value)
