"""The statistics of experiments are those of statsmodels and scipy, to 1e-9."""

from __future__ import annotations

import random
from typing import Any

import psycopg
import pytest
from scipy.stats import chi2, chisquare  # type: ignore[import-untyped]
from statsmodels.stats.proportion import (  # type: ignore[import-untyped]
    confint_proportions_2indep,
    proportions_ztest,
)

Connection = psycopg.Connection[Any]


def counts(seed: int) -> list[tuple[int, int, int, int]]:
    """k and n of two samples, from a handful to millions, with k at 0 and at n."""
    seeded = random.Random(seed)
    found = []
    for size in (5, 50, 1000, 100_000, 5_000_000):
        for _ in range(40):
            n1, n2 = seeded.randint(1, size), seeded.randint(1, size)
            k1 = seeded.choice([0, n1, seeded.randint(0, n1), seeded.randint(0, n1)])
            found.append((k1, n1, seeded.randint(0, n2), n2))
    return found


@pytest.mark.parametrize("seed", range(3))
def test_the_interval_of_a_difference_is_newcombes(db: Connection, seed: int) -> None:
    """Method 10, the hybrid of two Wilson scores."""
    for k1, n1, k2, n2 in counts(seed):
        row = db.execute(
            "SELECT _turnspan.newcombe(%(a)s, %(b)s, %(c)s, %(d)s, -1), "
            "_turnspan.newcombe(%(a)s, %(b)s, %(c)s, %(d)s, 1)",
            {"a": k1, "b": n1, "c": k2, "d": n2},
        ).fetchone()
        expected = confint_proportions_2indep(
            k1, n1, k2, n2, method="newcomb", compare="diff", alpha=0.05
        )
        assert row == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_z_and_p_are_those_of_the_pooled_test(db: Connection, seed: int) -> None:
    """p to nine digits, however small; no variance has no z."""
    for k1, n1, k2, n2 in counts(seed):
        row = db.execute(
            "SELECT z, _turnspan.two_sided_p(z) "
            "FROM _turnspan.pooled_z(%s, %s, %s, %s) AS z",
            (k1, n1, k2, n2),
        ).fetchone()
        if k1 + k2 in (0, n1 + n2):
            assert row == (None, None)
        else:
            assert row == pytest.approx(
                proportions_ztest([k1, k2], [n1, n2]), rel=1e-9, abs=1e-12
            )


@pytest.mark.parametrize("df", [1, 2, 3, 4, 5, 9, 20])
def test_the_tail_of_chi_square_is_scipys(db: Connection, df: int) -> None:
    """From the middle to where p is 1e-100, odd and even degrees of freedom."""
    seeded = random.Random(df)
    values = [0.0, df, 10.83, *(seeded.expovariate(0.02) for _ in range(60)), 400.0]
    for x in values:
        row = db.execute("SELECT _turnspan.chi_square_p(%s, %s)", (x, df)).fetchone()
        assert row == (pytest.approx(float(chi2.sf(x, df)), rel=1e-9),)


@pytest.mark.parametrize("seed", range(4))
def test_the_ratio_of_a_split_is_scipys(db: Connection, seed: int) -> None:
    """Two to five variants with random weights, through the metric."""
    seeded = random.Random(seed)
    weights = {f"v{one}": seeded.randint(1, 9) for one in range(2 + seed)}
    users = {one: seeded.randint(20, 90) for one in weights}
    for variant, n in users.items():
        db.execute(
            "INSERT INTO _turnspan.assignment SELECT 'b', 'x', %(v)s || u, %(v)s, "
            "'2026-03-02', 'web', false FROM generate_series(1, %(n)s) AS u",
            {"v": variant, "n": n},
        )
    db.execute(
        "INSERT INTO _turnspan.parameter (name, valid_from, set_at, value) VALUES "
        "('experiment:x', '2026-03-01', '2026-03-01', "
        "jsonb_build_object('variants', %s::jsonb))",
        (str(weights).replace("'", '"'),),
    )
    rows = db.execute(
        "SELECT value FROM turnspan.metric('experiment', '2026-03-02', '2026-03-03') "
        "WHERE \"group\" ->> 'statistic' = 'sample_ratio_p'"
    ).fetchall()
    total, whole = sum(users.values()), sum(weights.values())
    expected = [weight / whole * total for weight in weights.values()]
    assert rows == [
        (
            pytest.approx(
                float(chisquare([*users.values()], expected).pvalue),
                rel=1e-9,
                abs=1e-12,
            ),
        )
    ]
