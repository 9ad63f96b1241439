"""Statistics made in SQL are those that libraries make."""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import psycopg
import pytest
from lifelines import KaplanMeierFitter  # type: ignore[import-untyped]
from lifelines.utils import qth_survival_time  # type: ignore[import-untyped]
from statsmodels.duration.survfunc import (  # type: ignore[import-untyped]
    SurvfuncRight,
)
from statsmodels.stats.proportion import (  # type: ignore[import-untyped]
    proportion_confint,
)
from tests.exporters.timescale.metrics.conftest import Ask
from tests.support import derived_rows

START = datetime(2026, 3, 2, tzinfo=UTC)
END = START + timedelta(days=1)


def test_wilson_is_statsmodels_on_every_k_of_small_n_and_on_large_n(
    db: psycopg.Connection[Any],
) -> None:
    """Both bounds agree to 1e-9, with k at 0 and at n, and n in the millions."""
    seeded = random.Random(1)
    pairs = [(k, n) for n in range(1, 25) for k in range(n + 1)]
    for _ in range(200):
        n = seeded.randint(25, 5_000_000)
        pairs.append((seeded.randint(0, n), n))
    for k, n in pairs:
        row = db.execute(
            "SELECT _turnspan.wilson(%s, %s, -1), _turnspan.wilson(%s, %s, 1)",
            (k, n, k, n),
        ).fetchone()
        expected = proportion_confint(k, n, alpha=0.05, method="wilson")
        assert row == pytest.approx(expected, abs=1e-9)


def test_wilson_of_nothing_is_null(db: psycopg.Connection[Any]) -> None:
    """n = 0 has no interval."""
    assert db.execute("SELECT _turnspan.wilson(0, 0, 1)").fetchone() == (None,)


@pytest.mark.parametrize("seed", range(4))
def test_handoff_wait_is_kaplan_meier_at_every_q(
    db: psycopg.Connection[Any], ask: Ask, seed: int
) -> None:
    """With ties and every kind of censoring: lifelines' quantiles, and statsmodels'."""
    seeded = random.Random(seed)
    waits, accepted = [], []
    for _ in range(120):
        wait = float(seeded.randint(1, 60) if seed % 2 else seeded.expovariate(0.02))
        outcome = seeded.choice(["accepted"] * 3 + ["withdrawn", "declined", "expired"])
        wait = round(wait, 6)
        at = START + timedelta(seconds=seeded.randint(0, 80_000))
        derived_rows.handoff(db, at, timedelta(seconds=wait), outcome)
        waits.append(wait)
        accepted.append(outcome == "accepted")
    survival = KaplanMeierFitter().fit(waits, accepted).survival_function_
    curve = SurvfuncRight(np.array(waits), np.array(accepted, dtype=int))
    for q in (0.01, *(twentieth / 20 for twentieth in range(1, 20)), 0.99):
        reached = curve.surv_times[curve.surv_prob <= 1 - q + 1e-10]
        expected = float(reached[0]) if len(reached) else None
        # lifelines compares without a tolerance, so that 1 − q is given one
        theirs = qth_survival_time(1 - q + 1e-10, survival)
        assert theirs == (math.inf if expected is None else expected)
        ((_, group, value, k, n, low, high, _),) = ask("handoff_wait", START, END, q=q)
        assert (group, k, n, low, high) == ({}, sum(accepted), 120, None, None)
        assert value == (
            None if expected is None else pytest.approx(expected, abs=1e-9)
        )


def test_survival_of_exactly_one_half_is_reached(
    db: psycopg.Connection[Any], ask: Ask
) -> None:
    """S(t) = 3/4 · 2/3 is one half, whatever floating point makes of it."""
    for seconds in (10, 20, 30, 40):
        derived_rows.handoff(db, START, timedelta(seconds=seconds))
    assert ask("handoff_wait", START, END)[0][2] == 20


def test_a_waiting_handoff_is_censored_now(
    db: psycopg.Connection[Any], ask: Ask
) -> None:
    """One accepted after a minute, one waiting for hours: the median is unknown."""
    start = datetime.now(UTC) - timedelta(hours=3)
    derived_rows.handoff(db, start, timedelta(seconds=60))
    derived_rows.handoff(db, start, None)
    end = start + timedelta(hours=1)
    assert ask("handoff_wait", start, end)[0][2:5] == (60, 1, 2)
    assert ask("handoff_wait", start, end, q=0.6)[0][2:5] == (None, 1, 2)


@pytest.mark.parametrize("days", [1, 32, 33])
@pytest.mark.parametrize("source", ["facts", "aggregate"])
def test_latency_quantiles_are_within_one_percent(
    db: psycopg.Connection[Any], ask: Ask, source: str, days: int
) -> None:
    """From microseconds to hours; from the derived rows of a month they are exact."""
    seeded = random.Random(7)
    durations = [round(seeded.lognormvariate(0.5, 2.5), 6) for _ in range(400)]
    for duration in [*durations, 0.0, 1e-6, 7200.0]:
        at = START + timedelta(seconds=seeded.randint(0, 86_000))
        derived_rows.turn(db, at, duration_s=duration)
    sample = np.array([*durations, 0.0, 1e-6, 7200.0])
    db.execute("SELECT set_config('turnspan.metric_source', %s, false)", (source,))
    within = 1e-9 if source == "facts" and days < 33 else 0.01
    end = START + timedelta(days=days)
    for q in (0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 1.0):
        ((_, _, value, k, n, *_),) = ask("response_latency", START, end, q=q)
        assert (k, n) == (None, 403)
        assert value == pytest.approx(float(np.quantile(sample, q)), rel=within)
    ((_, _, value, *_),) = ask("response_latency", START, end, q="mean")
    assert value == pytest.approx(float(sample.mean()), rel=1e-9)


def test_confidence_falls_into_the_bin_that_begins_at_it(
    db: psycopg.Connection[Any], ask: Ask
) -> None:
    """Every hundredth from 0 to 1 is in its bin, 0.15 and 0.55 and 1 included."""
    for hundredth in range(101):
        derived_rows.turn(db, START, intent_confidence=hundredth / 100)
    rows = ask("intent_confidence", START, END)
    assert [(row[1], row[2], row[3], row[4]) for row in rows] == [
        ({"bin": bin / 20}, 5 + (bin == 19), 5 + (bin == 19), 101) for bin in range(20)
    ]


@pytest.mark.parametrize("source", ["facts", "aggregate"])
def test_confidence_quantiles_are_off_by_one_bin_at_most(
    db: psycopg.Connection[Any], ask: Ask, source: str
) -> None:
    """p10, p50 and the mean of 200 confidences."""
    seeded = random.Random(3)
    sample = [round(seeded.betavariate(5, 2), 4) for _ in range(200)]
    for confidence in sample:
        derived_rows.turn(db, START, intent_confidence=confidence)
    db.execute("SELECT set_config('turnspan.metric_source', %s, false)", (source,))
    within = 1e-9 if source == "facts" else 0.05
    for q in (0.1, 0.5, 0.9):
        ((_, group, value, *_),) = ask("intent_confidence", START, END, q=q)
        assert group == {}
        assert value == pytest.approx(float(np.quantile(sample, q)), abs=within)
    ((_, _, value, *_),) = ask("intent_confidence", START, END, q="mean")
    assert value == pytest.approx(sum(sample) / 200, abs=1e-9)
