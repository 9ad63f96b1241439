"""Experiments: declared before they start, and judged when they have ended."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from turnspan_exporters.timescale._connection import Connection, one_row
from turnspan_exporters.timescale._queries import query
from turnspan_exporters.timescale._verdict import Check, Verdict, judge
from turnspan_exporters.timescale.settings import SettingError

__all__ = [
    "Arm",
    "Check",
    "Declaration",
    "Experiment",
    "Plan",
    "Report",
    "Result",
    "Verdict",
    "declare",
    "experiments",
    "report",
]

_NAME_MAX: Final = 200
_QUOTED_MAX: Final = 64
_VARIANTS_MAX: Final = 20
_USERS_MAX: Final = 1_000_000_000
_TICK: Final = timedelta(microseconds=1)
_Statistics = dict[tuple[str | None, str], Sequence[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is declared of an experiment before it starts.

    ``variants`` are the weights of the split; ``n`` the planned number of users of all
    variants, or ``until`` the end. Users first assigned before ``start`` do not take
    part. ``contamination_max`` is the share of users seen in two variants, 0 to 1,
    above which there is no verdict. ``goal`` narrows the primary metric
    goal_completion.
    """

    primary: str
    control: str
    variants: Mapping[str, float]
    n: int | None = None
    until: datetime | None = None
    start: datetime | None = None
    contamination_max: float = 0.01
    goal: str | None = None


@dataclass(frozen=True, slots=True)
class Declaration:
    """A plan of the history; ``late``: an assignment was there before it."""

    bot: str
    plan: Plan
    declared_at: datetime
    late: bool


@dataclass(frozen=True, slots=True)
class Experiment:
    """One of the list."""

    name: str
    begun: datetime | None
    users: int
    is_declared: bool


@dataclass(frozen=True, slots=True)
class Arm:
    """A variant's users, those who did it, and the difference to the control."""

    variant: str
    n: int
    k: int
    rate: float | None
    low: float | None
    high: float | None
    difference: float | None = None
    difference_low: float | None = None
    difference_high: float | None = None
    z: float | None = None
    p: float | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What the variants did to one metric."""

    metric: str
    primary: bool
    arms: Sequence[Arm]


@dataclass(frozen=True, slots=True)
class Report:
    """An experiment over [start, end), with every metric and check.

    ``end`` is that of the plan once it is reached, else now. ``users`` are by variant,
    those ``excluded`` among them.
    """

    name: str
    bot: str
    start: datetime | None
    end: datetime
    users: Mapping[str, int]
    excluded: int
    sample_ratio_p: float | None
    declaration: Declaration | None
    declarations: Sequence[Declaration]
    checks: Sequence[Check]
    results: Sequence[Result]
    verdict: Verdict


def declare(
    connection: Connection, name: str, plan: Plan, *, bot: str = ""
) -> Declaration:
    """Store ``plan`` and say whether it came in time.

    Raises ``SettingError`` for a plan that no verdict could follow from.
    """
    allowed = [one for (one,) in connection.execute(query("experiment_metrics"))]
    now, _ = one_row(connection, query("experiment_now"), _of(name, bot))
    _check(name, plan, allowed, now)
    value = {key: one for key, one in asdict(plan).items() if one is not None}
    connection.execute(
        query("declare_experiment"),
        {"bot": bot, "experiment": name, "value": json.dumps(value, default=str)},
    )
    return _declarations(connection, name, bot)[0]


def experiments(connection: Connection) -> list[Experiment]:
    """Every experiment that was declared or seen, by name."""
    return [Experiment(*row) for row in connection.execute(query("experiments"))]


def report(connection: Connection, name: str, *, bot: str = "") -> Report | None:
    """All there is to say of an experiment; ``None`` where there is none."""
    history = _declarations(connection, name, bot)
    now, begun = one_row(connection, query("experiment_now"), _of(name, bot))
    if begun is None and not history:
        return None
    counts = next((one for one in history if not one.late), None)
    plan = counts.plan if counts else None
    start = (plan.start if plan else None) or begun
    ended = _ended(connection, name, bot, counts, start, now)
    span = {**_of(name, bot), "start": start or now, "end": ended or now}
    users, excluded, waiting = _users(connection, span)
    results, ratio = _results(connection, name, bot, counts, span)
    checks, verdict = judge(
        plan=plan,
        late=[one.declared_at for one in history if one.late],
        begun=begun,
        ended=ended,
        users=users,
        excluded=excluded,
        waiting=waiting,
        sample_ratio_p=ratio,
        result=next((one for one in results if one.primary), None),
    )
    return Report(
        name=name,
        bot=bot,
        start=start,
        end=span["end"],
        users=users,
        excluded=excluded,
        sample_ratio_p=ratio,
        declaration=counts,
        declarations=history,
        checks=checks,
        results=results,
        verdict=verdict,
    )


def _of(name: str, bot: str) -> dict[str, Any]:
    return {"experiment": name, "bot": bot}


def _declarations(connection: Connection, name: str, bot: str) -> list[Declaration]:
    rows = connection.execute(query("experiment_declarations"), _of(name, bot))
    return [
        Declaration(of_bot, _plan(value), declared_at, late)
        for of_bot, value, declared_at, late in rows.fetchall()
    ]


def _plan(value: Mapping[str, Any]) -> Plan:
    times = {
        key: datetime.fromisoformat(value[key])
        for key in ("until", "start")
        if value.get(key)
    }
    return Plan(**{**value, **times})


def _ended(
    connection: Connection,
    name: str,
    bot: str,
    counts: Declaration | None,
    start: datetime | None,
    now: datetime,
) -> datetime | None:
    """When the plan's n was reached or its end came; ``None`` before that."""
    if counts is None or start is None:
        return None
    if counts.plan.n is None:
        until = counts.plan.until
        return until if until is not None and until <= now else None
    found = connection.execute(
        query("experiment_nth"), {**_of(name, bot), "start": start, "n": counts.plan.n}
    ).fetchone()
    return found[0] + _TICK if found and found[0] + _TICK <= now else None


def _users(
    connection: Connection, span: Mapping[str, Any]
) -> tuple[dict[str, int], int, int]:
    rows = connection.execute(query("experiment_users"), span).fetchall()
    (waiting,) = one_row(connection, query("experiment_open"), span)
    return {row[0]: row[1] for row in rows}, sum(row[2] for row in rows), waiting


def _results(
    connection: Connection,
    name: str,
    bot: str,
    counts: Declaration | None,
    span: Mapping[str, Any],
) -> tuple[list[Result], float | None]:
    """The primary metric first, then the others by name."""
    if span["start"] >= span["end"]:
        return [], None
    primary = counts.plan.primary if counts else None
    rows = connection.execute(
        query("read_metric"),
        {
            "name": "experiment",
            "start": span["start"],
            "end": span["end"],
            "bucket": None,
            "by": [],
            "filters": json.dumps({"bot": bot} if bot else {}),
            "options": json.dumps(
                {
                    "experiment": name,
                    "metric": "all",
                    "goal": counts.plan.goal if counts else None,
                }
            ),
        },
    ).fetchall()
    found: dict[str | None, _Statistics] = {}
    for row in rows:
        of_metric = found.setdefault(row[1].get("metric"), {})
        of_metric[row[1].get("variant"), row[1]["statistic"]] = row[2:7]
    ratio = found.pop(None, {}).get((None, "sample_ratio_p"), (None,))[0]
    return [
        Result(metric, metric == primary, _arms(found[metric]))
        for metric in sorted(
            (one for one in found if one is not None),
            key=lambda one: (one != primary, one),
        )
    ], ratio


def _arms(found: _Statistics) -> list[Arm]:
    arms = []
    for (variant, statistic), (rate, k, n, low, high) in found.items():
        if statistic != "rate" or variant is None:
            continue
        difference = found.get((variant, "difference"), (None,) * 5)
        arms.append(
            Arm(
                variant,
                int(n),
                int(k),
                rate,
                low,
                high,
                difference[0],
                difference[3],
                difference[4],
                found.get((variant, "z"), (None,))[0],
                found.get((variant, "p"), (None,))[0],
            )
        )
    return arms


def _check(name: str, plan: Plan, allowed: Sequence[str], now: datetime) -> None:
    for wrong in (
        not 1 <= len(name) <= _NAME_MAX
        and f"name: it has {len(name)} characters, the limit is 1 to {_NAME_MAX}.",
        plan.primary not in allowed
        and f"primary={plan.primary[:_QUOTED_MAX]} is no rate of sessions: take one of "
        f"{', '.join(allowed)}.",
        not 2 <= len(plan.variants) <= _VARIANTS_MAX
        and f"variants: {len(plan.variants)} are given, the limit is 2 to "
        f"{_VARIANTS_MAX}.",
        any(not 0 < weight < float("inf") for weight in plan.variants.values())
        and "variants: every weight must be a number above 0.",
        plan.control not in plan.variants
        and f"control={plan.control[:_QUOTED_MAX]} is none of the variants "
        f"{', '.join(plan.variants)}.",
        (plan.n is None) == (plan.until is None)
        and "n, until: give one of them, the planned number of users or the end.",
        plan.n is not None
        and not 2 <= plan.n <= _USERS_MAX
        and f"n={plan.n} is outside 2 to {_USERS_MAX}.",
        plan.until is not None
        and plan.until <= max(now, plan.start or now)
        and f"until={plan.until:%Y-%m-%d} is not after the start and now.",
        not 0 <= plan.contamination_max <= 1
        and f"contamination_max={plan.contamination_max:g} is outside 0 to 1.",
        plan.goal is not None
        and plan.primary != "goal_completion"
        and f"goal={plan.goal[:_QUOTED_MAX]} is for the primary goal_completion only.",
    ):
        if wrong:
            raise SettingError(wrong)
