"""Labels: giving them, listing them, turns to label, and how far labellers agree."""

from __future__ import annotations

from datetime import UTC, datetime
from math import isclose
from typing import Annotated, Final

from fastapi import APIRouter, Body, Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from turnspan_collector.api._questions import (
    Store,
    known_parameters,
    listed,
    span,
)
from turnspan_exporters.timescale import labels as kept
from turnspan_exporters.timescale.labels import Label, LabelError

__all__ = ["ROUTER"]

ROUTER: Final = APIRouter(prefix="/labels", tags=["labels"])

_GIVEN_MAX: Final = 10_000
_ID_MAX: Final = 512
_PRINTED: Final = r"^[^\x00-\x1f\x7f]*$"

Id = Annotated[str, Field(min_length=1, max_length=_ID_MAX, pattern=_PRINTED)]
Several = Annotated[
    list[str] | None, Query(description="Only these; repeated or comma-separated.")
]
From = Annotated[str | None, Query(alias="from", description="As of metrics.")]
To = Annotated[str | None, Query(alias="to", description="As of metrics.")]


class _Row(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class Given(BaseModel):
    """The intent that somebody gave a turn."""

    model_config = ConfigDict(extra="forbid")

    bot: Id
    turn_id: Id
    labelled: Annotated[
        str,
        Field(
            min_length=1,
            max_length=kept.TEXT_MAX,
            pattern=_PRINTED,
            description="The intent.",
        ),
    ]
    labeller: Annotated[
        str,
        Field(
            max_length=kept.TEXT_MAX,
            pattern=_PRINTED,
            description="Who gave it, as a pseudonym; each has one vote a turn.",
        ),
    ] = ""
    weight: Annotated[
        float | None,
        Field(gt=0, le=kept.WEIGHT_MAX, description="1 / sampling probability."),
    ] = None
    probability: Annotated[
        float | None,
        Field(ge=1 / kept.WEIGHT_MAX, le=1, description="In place of the weight."),
    ] = None
    labelled_at: Annotated[
        AwareDatetime | None, Field(description="When it was given; now without it.")
    ] = None


class GivenLabels(BaseModel):
    """Labels to store: all, or none where one is wrong."""

    model_config = ConfigDict(extra="forbid")

    labels: Annotated[list[Given], Field(min_length=1, max_length=_GIVEN_MAX)]


class Added(_Row):
    """How many were new, were there already, and name a turn that is not known yet."""

    stored: int
    known: int
    waiting: int


class StoredLabel(_Row):
    """A label; what is of the turn is null until that has come."""

    labelled_at: datetime
    bot: str
    turn_id: str
    start_time: datetime | None
    conversation_id: str | None
    predicted: str | None
    confidence: float | None
    labelled: str
    labeller: str
    weight: float
    source: str
    is_latest: bool = Field(description="Its labeller's latest of the turn: it counts.")
    agreed: str | None = Field(description="What most of the turn's labellers say.")


class StoredLabels(BaseModel):
    """Labels, the latest first."""

    labels: list[StoredLabel]


class DrawnTurn(_Row):
    """A turn to label; without ``text`` where no words are kept."""

    bot: str
    turn_id: str
    conversation_id: str | None
    time: datetime
    predicted: str | None
    confidence: float | None
    probability: float = Field(description="With which it was drawn.")
    weight: float = Field(description="1 / probability; give it with the label.")
    text: str | None


class Sample(_Row):
    """Turns drawn at random, and how many there were to draw from."""

    population: int
    seed: int = Field(description="Draws the same again.")
    turns: list[DrawnTurn]


class Pair(_Row):
    """Cohen's kappa of two labellers; null names: the mean of all pairs."""

    labeller: str | None
    other: str | None
    turns: int
    agreed: int
    kappa: float | None = Field(description="Null where chance explains all.")


class Pairs(BaseModel):
    """Every pair of labellers, and last all."""

    pairs: list[Pair]


@ROUTER.post("", summary="Give labels")
def give(
    request: Request, store: Store, given: Annotated[GivenLabels, Body()]
) -> Added:
    """Store labels; the same again changes nothing, another replaces in its place."""
    known_parameters(request.query_params, ())
    found = [_label(place, one) for place, one in enumerate(given.labels)]
    return Added.model_validate(store.add_labels(found))


@ROUTER.get("", summary="List labels")
def list_labels(
    request: Request,
    store: Store,
    start: From = None,
    end: To = None,
    bot: Several = None,
    labeller: Several = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="At most so many.")] = 100,
) -> StoredLabels:
    """Labels given in [from, to), with their history."""
    known_parameters(request.query_params, ("from", "to", "bot", "labeller", "limit"))
    bots = listed(bot)
    found = store.labels(*span(start, end, store, bots), bots, listed(labeller), limit)
    return StoredLabels(labels=[StoredLabel.model_validate(one) for one in found])


@ROUTER.get("/sample", summary="Draw turns to label")
def sample(
    request: Request,
    store: Store,
    n: Annotated[int, Query(ge=1, le=kept.SAMPLE_MAX, description="Turns.")] = 100,
    strategy: Annotated[
        kept.Strategy, Query(description="Which are drawn more often than others.")
    ] = "uniform",
    start: From = None,
    end: To = None,
    bot: Several = None,
    seed: Annotated[
        int | None, Query(ge=0, lt=2**31, description="Draw the same again.")
    ] = None,
) -> Sample:
    """NLU turns that began in [from, to), each with its sampling weight."""
    known_parameters(
        request.query_params, ("n", "strategy", "from", "to", "bot", "seed")
    )
    bots = listed(bot)
    since, until = span(start, end, store, bots)
    return Sample.model_validate(
        store.label_sample(n, strategy, since, until, bots, seed)
    )


@ROUTER.get("/agreement", summary="How far labellers agree")
def agreement(
    request: Request,
    store: Store,
    start: From = None,
    end: To = None,
    bot: Several = None,
) -> Pairs:
    """Cohen's kappa of each pair, over turns that began in [from, to)."""
    known_parameters(request.query_params, ("from", "to", "bot"))
    bots = listed(bot)
    found = store.label_agreement(*span(start, end, store, bots), bots)
    return Pairs(pairs=[Pair.model_validate(one) for one in found])


def _label(place: int, one: Given) -> Label:
    """A label as the store takes it; weight and probability must not contradict."""
    weight = one.weight
    if one.probability is not None:
        of_share = 1 / one.probability
        if weight is not None and not isclose(weight, of_share, rel_tol=1e-6):
            raise LabelError(
                f"labels.{place}.weight: {weight:g} is not 1 / probability, which is "
                f"{of_share:.9g}; give one of the two."
            )
        weight = of_share if weight is None else weight
    at = None if one.labelled_at is None else one.labelled_at.astimezone(UTC)
    return Label(
        bot=one.bot,
        turn_id=one.turn_id,
        labelled=one.labelled,
        labeller=one.labeller,
        weight=1.0 if weight is None else weight,
        labelled_at=at,
    )
