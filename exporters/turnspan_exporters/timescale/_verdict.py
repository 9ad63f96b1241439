"""Whether an experiment may be judged, and what it says: rules without a database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal

from turnspan_exporters.timescale.metrics import CATALOGUE, Better

if TYPE_CHECKING:
    from turnspan_exporters.timescale.experiments import Arm, Plan, Result

__all__ = ["ALPHA", "SAMPLE_RATIO_P_MIN", "Check", "Verdict", "judge"]

ALPHA: Final = 0.05
"""Two-sided; divided by the number of comparisons with the control (Bonferroni)."""

SAMPLE_RATIO_P_MIN: Final = 0.001


@dataclass(frozen=True, slots=True)
class Check:
    """A condition of the verdict, and in a sentence how it stands."""

    name: str
    passed: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """``none``: a check does not allow one; ``sentence`` says why, or what it is.

    ``winner`` is the variant that is better than the control, by the largest
    difference; ``worse`` are those that do worse.
    """

    outcome: Literal["none", "difference", "no_difference"]
    sentence: str
    winner: str | None = None
    worse: Sequence[str] = ()


def judge(
    *,
    plan: Plan | None,
    late: Sequence[datetime],
    begun: datetime | None,
    ended: datetime | None,
    users: Mapping[str, int],
    excluded: int,
    waiting: int,
    sample_ratio_p: float | None,
    result: Result | None,
) -> tuple[list[Check], Verdict]:
    """Every check, and the verdict that they allow."""
    checks = [_declared(plan, late, begun)]
    if plan is not None:
        checks += [
            _ended(plan, ended, sum(users.values())),
            _variants(plan, users),
            _ratio(sample_ratio_p),
            _contamination(plan, excluded, sum(users.values())),
            _closed(waiting),
        ]
    failed = [one for one in checks if not one.passed]
    if failed or plan is None or result is None:
        said = failed[0].sentence if failed else "There is nothing to compare."
        return checks, Verdict("none", f"No verdict: {said[:1].lower()}{said[1:]}")
    return checks, _verdict(plan, result)


def _declared(
    plan: Plan | None, late: Sequence[datetime], begun: datetime | None
) -> Check:
    name = "declared_before_start"
    if plan is not None:
        ignored = f" {len(late)} came later and do not count." if late else ""
        return Check(name, True, f"It was declared before it began.{ignored}")
    if late and begun is not None:
        return Check(
            name,
            False,
            f"It was declared at {late[-1]:%Y-%m-%d %H:%M}, after its first assignment "
            f"at {begun:%Y-%m-%d %H:%M}: who has seen numbers cannot choose by them.",
        )
    return Check(name, False, "It was not declared before it began.")


def _ended(plan: Plan, ended: datetime | None, users: int) -> Check:
    if ended is not None:
        return Check("ended", True, f"It ended at {ended:%Y-%m-%d %H:%M}, as planned.")
    if plan.n is not None:
        return Check(
            "ended", False, f"It goes on: {users} of the planned {plan.n} users."
        )
    return Check("ended", False, f"It goes on until {plan.until:%Y-%m-%d %H:%M}.")


def _variants(plan: Plan, users: Mapping[str, int]) -> Check:
    strange = [one for one in users if one not in plan.variants]
    empty = [one for one in plan.variants if not users.get(one)]
    if strange:
        said = f"Users were assigned to {_listed(strange)}, which nobody declared."
    elif empty:
        said = f"Nobody was assigned to {_listed(empty)}."
    else:
        said = "Every variant has users, and no other one."
    return Check("variants", not strange and not empty, said)


def _ratio(p: float | None) -> Check:
    if p is None:
        return Check("sample_ratio", False, "There are no users to split.")
    passed = p >= SAMPLE_RATIO_P_MIN
    said = (
        "The split is the declared one"
        if passed
        else "The split is not the declared one, so that something else differs too"
    )
    limit = f"limit {SAMPLE_RATIO_P_MIN:g}"
    return Check("sample_ratio", passed, f"{said} (χ², p = {p:.3g}, {limit}).")


def _contamination(plan: Plan, excluded: int, users: int) -> Check:
    share = excluded / users if users else 0.0
    return Check(
        "contamination",
        share <= plan.contamination_max,
        f"{excluded} of {users} users were in two variants and are left out "
        f"({share:.2%}, limit {plan.contamination_max:.2%}).",
    )


def _closed(waiting: int) -> Check:
    said = f"{waiting} sessions are still open." if waiting else "No session is open."
    return Check("sessions_over", not waiting, said)


def _verdict(plan: Plan, result: Result) -> Verdict:
    others = [arm for arm in result.arms if arm.variant != plan.control]
    alpha = ALPHA / len(others) if others else ALPHA
    clear = [arm for arm in others if arm.p is not None and arm.p < alpha]
    if not clear:
        said = "; ".join(_compared(plan, result, arm) for arm in others)
        return Verdict(
            "no_difference",
            f"No difference is shown at {alpha:.3g}, which does not show that there is "
            f"none: {said}.",
        )
    sign = -1 if CATALOGUE[result.metric].better is Better.LOWER else 1
    gains = {arm.variant: sign * (arm.difference or 0.0) for arm in clear}
    best = max(gains, key=lambda one: gains[one])
    return Verdict(
        "difference",
        "; ".join(_compared(plan, result, arm) for arm in clear) + ".",
        best if gains[best] > 0 else None,
        sorted(one for one, gain in gains.items() if gain < 0),
    )


def _compared(plan: Plan, result: Result, arm: Arm) -> str:
    interval = ""
    if arm.difference_low is not None and arm.difference_high is not None:
        interval = f" ({arm.difference_low:+.2%} to {arm.difference_high:+.2%})"
    p = "unknown" if arm.p is None else f"{arm.p:.4f}"
    return (
        f"{result.metric} is {arm.difference or 0.0:+.2%}{interval} with {arm.variant} "
        f"against {plan.control}, p = {p}"
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(_shortened(names))


def _shortened(names: Sequence[str]) -> Iterator[str]:
    for name in names[:5]:
        yield name[:64]
