"""Experiments: the list, one's report, its declaration."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from turnspan_collector.api._errors import NotFound
from turnspan_collector.api._questions import Store, known_parameters
from turnspan_exporters.timescale import experiments

__all__ = ["ROUTER"]

ROUTER: Final = APIRouter(tags=["experiments"])

Bot = Annotated[str, Query(description="Only this bot; without it, all.")]


class _Model(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class ExperimentEntry(_Model):
    """An experiment that was declared or seen."""

    name: str
    begun: datetime | None = Field(description="Its first assignment.")
    users: int
    is_declared: bool


class Experiments(_Model):
    """Every experiment, by name."""

    experiments: list[ExperimentEntry]


class ExperimentPlan(_Model):
    """What is declared before the start."""

    model_config = ConfigDict(from_attributes=True, extra="forbid")

    primary: str = Field(description="The rate of sessions that the verdict is about.")
    control: str
    variants: dict[str, float] = Field(description="Weights of the split.")
    n: int | None = Field(None, description="Users of all variants; or until.")
    until: datetime | None = None
    start: datetime | None = Field(
        None, description="Users first assigned before it do not take part."
    )
    contamination_max: float = Field(
        0.01, description="Share of users in two variants, 0 to 1."
    )
    goal: str | None = Field(None, description="Of the primary goal_completion.")


class DeclaredPlan(_Model):
    """A declaration of the history."""

    bot: str = Field(description="Empty: every bot.")
    plan: ExperimentPlan
    declared_at: datetime
    late: bool = Field(description="An assignment was there before; it counts not.")


class ExperimentCheck(_Model):
    """A condition of the verdict."""

    name: str
    passed: bool
    sentence: str


class ExperimentVerdict(_Model):
    """What may be said; none where a check does not allow more."""

    outcome: Literal["none", "difference", "no_difference"]
    sentence: str
    winner: str | None
    worse: list[str]


class ExperimentArm(_Model):
    """A variant: k of n users, and the difference to the control."""

    variant: str
    n: int
    k: int
    rate: float | None
    low: float | None = Field(description="Wilson's 95 % interval of the rate.")
    high: float | None
    difference: float | None
    difference_low: float | None = Field(description="Newcombe's 95 % interval.")
    difference_high: float | None
    z: float | None
    p: float | None = Field(description="Two-sided, of the pooled z test.")


class ExperimentResult(_Model):
    """What the variants did to one metric."""

    metric: str
    primary: bool
    arms: list[ExperimentArm]


class ExperimentReport(_Model):
    """An experiment over [start, end)."""

    name: str
    bot: str
    start: datetime | None
    end: datetime
    users: dict[str, int]
    excluded: int = Field(description="Users seen in two variants.")
    sample_ratio_p: float | None
    declaration: DeclaredPlan | None = Field(description="The one that counts.")
    declarations: list[DeclaredPlan]
    checks: list[ExperimentCheck]
    results: list[ExperimentResult]
    verdict: ExperimentVerdict


@ROUTER.get("/experiments", summary="List the experiments")
def list_experiments(request: Request, store: Store) -> Experiments:
    """Every experiment that was declared or seen."""
    known_parameters(request.query_params, ())
    with store.asking("listing experiments") as connection:
        found = experiments.experiments(connection)
    return Experiments(
        experiments=[ExperimentEntry.model_validate(one) for one in found]
    )


@ROUTER.get("/experiments/{name}", summary="Report an experiment")
def report_experiment(
    name: str, request: Request, store: Store, bot: Bot = ""
) -> ExperimentReport:
    """Every metric and check, and the verdict that they allow."""
    known_parameters(request.query_params, ("bot",))
    with store.asking("reporting an experiment") as connection:
        found = experiments.report(connection, name, bot=bot)
    if found is None:
        raise NotFound(
            f'There is no experiment "{name[:64]}"; /api/v1/experiments lists those '
            "there are."
        )
    return ExperimentReport.model_validate(found)


@ROUTER.put("/experiments/{name}", summary="Declare an experiment")
def declare_experiment(
    name: str, plan: ExperimentPlan, request: Request, store: Store, bot: Bot = ""
) -> DeclaredPlan:
    """Declare it before it starts; a later declaration gives no verdict."""
    known_parameters(request.query_params, ("bot",))
    given = experiments.Plan(**plan.model_dump())
    with store.changing("declaring an experiment") as connection:
        made = experiments.declare(connection, name, given, bot=bot)
    return DeclaredPlan.model_validate(made)
