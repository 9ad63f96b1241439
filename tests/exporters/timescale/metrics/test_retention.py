"""Retention: who of a day's users is there again, counted by hand."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from tests.exporters.timescale.metrics.conftest import Ask
from tests.support import derived_rows

FIRST = date(2026, 1, 5)
COHORTS = 14

Days = dict[str, set[int]]


def at(day: int) -> datetime:
    """Midnight, so many days after the first."""
    return datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC) + timedelta(
        days=day
    )


def fill(db: psycopg.Connection[Any]) -> Days:
    """Users with random active days, each day on one or two channels."""
    seeded = random.Random(7)
    days: Days = {}
    for number in range(60):
        user = f"u{number}"
        days[user] = {*seeded.sample(range(-3, 25), seeded.randint(1, 9))}
        for day in days[user]:
            for channel in seeded.sample(["web", "slack"], seeded.randint(1, 2)):
                on = FIRST + timedelta(days=day)
                derived_rows.user_day(db, on, user, channel=channel)
        derived_rows.first_seen(db, user, at(min(days[user])))
    return days


def counted(
    days: Days, cohort: range, after: int, mode: str
) -> tuple[float | None, int, int]:
    """Share, k and n of the pooled cohorts."""
    stays: Callable[[set[int], int], bool] = (
        (lambda active, day: max(active) >= day + after)
        if mode == "on_or_after"
        else (lambda active, day: day + after in active)
    )
    back = [
        stays(active, day)
        for active in days.values()
        for day in ({min(active)} if mode != "recurring" else active)
        if day in cohort
    ]
    k, n = sum(back), len(back)
    return (k / n if n else None), k, n


@pytest.mark.parametrize("mode", ["exact", "on_or_after", "recurring"])
@pytest.mark.parametrize("after", [1, 3, 7])
def test_every_cohort_equals_counting_by_hand(
    db: psycopg.Connection[Any], ask: Ask, mode: str, after: int
) -> None:
    """The range, each day, each week and the grid by cohort."""
    days = fill(db)
    asked: dict[str, Any] = {"day": after, "mode": mode}
    end = at(COHORTS)
    (row,) = ask("retention", at(0), end, **asked)
    assert row[2:5] == counted(days, range(COHORTS), after, mode)
    rows = ask("retention", at(0), end, "day", **asked)
    expected = [
        counted(days, range(day, day + 1), after, mode) for day in range(COHORTS)
    ]
    assert [row[2:5] for row in rows] == expected
    rows = ask("retention", at(0), end, "week", **asked)
    weeks = [counted(days, range(day, day + 7), after, mode) for day in (0, 7)]
    assert [row[2:5] for row in rows] == weeks
    rows = ask("retention", at(0), end, "week", by=("cohort",), **asked)
    assert [(row[1]["cohort"], row[2:5]) for row in rows] == [
        (str(FIRST + timedelta(days=day)), week)
        for day, week in zip((0, 7), weeks, strict=True)
    ]
    rows = ask("retention", at(0), end, by=("cohort",), **asked)
    assert {row[1]["cohort"]: row[2:5] for row in rows} == {
        str(FIRST + timedelta(days=day)): cell
        for day, cell in enumerate(expected)
        if cell[2]
    }


def test_a_cohort_is_of_the_channels_of_its_day(
    db: psycopg.Connection[Any], ask: Ask
) -> None:
    """Who came by web and returns by slack is retained among the web's."""
    derived_rows.user_day(db, FIRST, "u", channel="web")
    derived_rows.user_day(db, FIRST + timedelta(days=1), "u", channel="slack")
    derived_rows.user_day(db, FIRST, "v", channel="slack")
    for user in ("u", "v"):
        derived_rows.first_seen(db, user, at(0))
    rows = ask("retention", at(0), at(2), by=("channel",))
    assert [(row[1]["channel"], row[2:5]) for row in rows] == [
        ("slack", (0, 0, 1)),
        ("web", (1, 1, 1)),
    ]
    for cohort, n in (("2026-01-05", 2), ("2026-01-06", 0)):
        filters = {"cohort": cohort}
        assert ask("retention", at(0), at(2), filters=filters)[0][4] == n


def test_a_cell_is_null_until_its_day_has_ended(
    db: psycopg.Connection[Any], ask: Ask
) -> None:
    """By day and by week; the range pools the cohorts that have one."""
    now = datetime.now(UTC)
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    for back in (1, 2, 3):
        day = today - timedelta(days=back)
        derived_rows.user_day(db, day.date(), f"u{back}")
        derived_rows.first_seen(db, f"u{back}", day)
    start = today - timedelta(days=3)
    rows = ask("retention", start, today, "day", day=2)
    assert [row[2:5] for row in rows] == [(0, 0, 1), *[(None, None, None)] * 2]
    rows = ask("retention", start, today, by=("cohort",), day=2)
    assert [row[2] for row in rows] == [0, None, None]
    assert ask("retention", start, today, day=2)[0][2:5] == (0, 0, 1)
    assert ask("retention", start, today, day=1)[0][2:5] == (0, 0, 2)
    assert ask("retention", start, today, day=3)[0][2] is None
    assert ask("retention", start, now, "week", day=1)[-1][2] is None
    rows = ask("retention", start, today, "day", day=2, provisional=True)
    assert [(row[2], row[7]) for row in rows] == [
        (0, False),
        (0, True),
        (None, True),
    ]
