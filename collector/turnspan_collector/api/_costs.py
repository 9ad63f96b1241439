"""Costs: what is declared, declaring it, and how numbers move with it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Body, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from turnspan_collector.api._questions import Store, known_parameters, span
from turnspan_exporters.timescale import costs
from turnspan_exporters.timescale.reader import BadQuestion

__all__ = ["ROUTER"]

ROUTER: Final = APIRouter(tags=["costs"])

_ENTRIES_MAX: Final = 10_000
_CHANGE_MAX: Final = 100.0


class CostEntry(BaseModel):
    """A cost to declare; no values withdraw it."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    kind: Literal[
        "price",
        "channel_cost",
        "human_cost",
        "fixed_cost",
        "lead_value",
        "investment",
    ]
    name: str = Field("", description="The model, the channel, the fixed cost.")
    bot: str = Field("", description="Empty: every bot.")
    since: str = Field(
        "now",
        alias="from",
        description="A date (local midnight), an RFC 3339 time, now, or always.",
    )
    values: dict[str, Any] = Field(examples=[{"input": 2.5, "output": 10}])


class DeclaredCost(BaseModel):
    """An entry of the history."""

    model_config = ConfigDict(from_attributes=True)

    kind: str
    name: str
    bot: str
    values: dict[str, Any] | None = Field(description="Null: withdrawn.")
    valid_from: datetime = Field(description="The year 1: always.")
    set_at: datetime
    holds: bool = Field(description="It is the one in force now.")


class Costs(BaseModel):
    """Declared costs, the oldest of each first."""

    costs: list[DeclaredCost]


class ParameterSwing(BaseModel):
    """A number with one parameter lower, as declared, and higher."""

    model_config = ConfigDict(from_attributes=True)

    parameter: str
    low: float | None
    value: float | None
    high: float | None


class Sensitivity(BaseModel):
    """What a number does when each parameter is change % lower or higher."""

    metric: str
    change: float
    swings: list[ParameterSwing]


@ROUTER.get("/costs", summary="List what is declared of costs")
def list_costs(
    request: Request,
    store: Store,
    bot: Annotated[str | None, Query(description="Its own and every bot's.")] = None,
    model: Annotated[
        str | None, Query(description="The default prices of this model instead.")
    ] = None,
) -> Costs:
    """The whole history, with what holds now."""
    known_parameters(request.query_params, ("bot", "model"))
    with store.asking("listing costs") as connection:
        found = (
            costs.declared(connection, bot)
            if model is None
            else costs.default_prices(connection, model)
        )
    return Costs(costs=[DeclaredCost.model_validate(one) for one in found])


@ROUTER.put("/costs", summary="Declare costs")
def declare_costs(
    request: Request,
    store: Store,
    entries: Annotated[list[CostEntry], Body(max_length=_ENTRIES_MAX)],
) -> Costs:
    """Declare all of them or none; an entry replaces the one before it whole."""
    known_parameters(request.query_params, ())
    given = [
        costs.entry(one.kind, one.name, one.values, bot=one.bot, since=one.since)
        for one in entries
    ]
    with store.changing("declaring costs") as connection:
        costs.declare(connection, given)
        found = costs.declared(connection)
    return Costs(costs=[DeclaredCost.model_validate(one) for one in found])


@ROUTER.get("/costs/sensitivity", summary="What if costs were other")
def ask_sensitivity(
    request: Request,
    store: Store,
    metric: Annotated[str, Query(description="A metric of money.")],
    change: Annotated[
        float, Query(description="Percent, above 0 to 100.", gt=0, le=_CHANGE_MAX)
    ] = 10.0,
    bot: Annotated[str | None, Query(description="Only this bot.")] = None,
    start: Annotated[str | None, Query(alias="from")] = None,
    end: Annotated[str | None, Query(alias="to")] = None,
) -> Sensitivity:
    """The metric over [from, to), each parameter moved alone."""
    known_parameters(request.query_params, ("metric", "change", "bot", "from", "to"))
    if metric not in costs.SWINGING:
        raise BadQuestion(
            f'metric: "{metric[:64]}" is none of money: take one of '
            f"{', '.join(costs.SWINGING)}."
        )
    bots = [bot] if bot else []
    since, until = span(start, end, store, bots)
    with store.asking("varying costs") as connection:
        found = costs.sensitivity(
            connection, metric, since, until, change, {"bot": bot} if bot else None
        )
    return Sensitivity(
        metric=metric,
        change=change,
        swings=[ParameterSwing.model_validate(one) for one in found],
    )
