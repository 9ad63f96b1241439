"""The catalogue, and the values of a metric."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field

from turnspan_collector.api._errors import NotFound
from turnspan_collector.api._questions import Store, known_parameters, question
from turnspan_exporters.timescale.metrics import (
    CATALOGUE,
    DEFINITION_VERSION,
    OPTION_TYPES,
    Better,
    Kind,
    Metric,
    OptionType,
)

__all__ = ["ROUTER"]

ROUTER: Final = APIRouter(tags=["metrics"])


class AggregateEntry(BaseModel):
    """A continuous aggregate, and the dimensions it has."""

    name: str
    dimensions: list[str]
    width: str = Field(description="Its bucket's, in UTC.")


class Entry(BaseModel):
    """A metric of the catalogue."""

    model_config = ConfigDict(use_enum_values=True)

    name: str
    title: str
    family: str
    unit: str = Field(description='"1" for shares, "s" for seconds, else what counts.')
    kind: Kind
    sentence: str
    formula: str
    better: Better
    thresholds: dict[str, float]
    dimensions: list[str] = Field(description="What by and filters may name.")
    buckets: list[str]
    options: list[str]
    own_key: str | None = Field(description="The key of group that is its own.")
    default_q: float | Literal["mean"] | None
    aggregates: list[AggregateEntry] = Field(
        description="The continuous aggregates: the first of 15 minutes that has all "
        "asked dimensions serves, within it the first wider one, and derived rows "
        "otherwise."
    )
    raw: bool = Field(
        description="What aggregates do not serve is read from raw rows, which are "
        "kept for a shorter time."
    )


class Catalogue(BaseModel):
    """Every metric there is."""

    definition_version: int
    metrics: list[Entry]


class Row(BaseModel):
    """One value; everything is null where the window is not over, or n is 0."""

    bucket: datetime | None = Field(description="Local start of the bucket.")
    group: dict[str, str | float]
    value: float | None
    k: float | None = Field(description="Numerator of a rate, sum of a mean.")
    n: float | None = Field(description="Denominator of a rate, size of a sample.")
    low: float | None = Field(description="Wilson's 95 % interval of a rate.")
    high: float | None
    provisional: bool = Field(description="The window runs, or sessions in it do.")
    previous: float | None = Field(
        None, description="With compare: the value of the period before."
    )
    change: float | None = Field(
        None,
        description="With compare: (value - previous) / previous; null where previous "
        "is 0 or one of them is null.",
    )


class Values(BaseModel):
    """The answer to one question."""

    name: str
    unit: str
    definition_version: int
    rows: list[Row]


@ROUTER.get("/metrics", summary="List the catalogue")
def list_metrics(request: Request) -> Catalogue:
    """Every metric with its definition, dimensions and options."""
    known_parameters(request.query_params, ())
    return Catalogue(
        definition_version=DEFINITION_VERSION,
        metrics=[_entry(metric) for metric in CATALOGUE.values()],
    )


def _schema(kind: OptionType) -> dict[str, Any]:
    """An option's type in the words of OpenAPI."""
    if kind.type == "flag":
        return {"type": "boolean"}
    if kind.choices:
        return {"type": "string", "enum": [*kind.choices]}
    if kind.type in ("text", "quantile"):
        return {"type": "string"}
    limits = {"minimum": kind.low, "maximum": kind.high}
    return {
        "type": kind.type,
        **{name: limit for name, limit in limits.items() if limit is not None},
    }


_QUESTION: Final[list[dict[str, Any]]] = [
    {
        "name": name,
        "in": "query",
        "description": description,
        "schema": schema,
    }
    for name, schema, description in (
        (
            "from",
            {"type": "string"},
            "A date (local midnight) or an RFC 3339 time; 30 days before by default.",
        ),
        (
            "to",
            {"type": "string"},
            "The end of the range, itself not in it; now by default.",
        ),
        (
            "bucket",
            {"type": "string", "enum": ["hour", "day", "week", "month"]},
            "One row a bucket of local time; without it the range is one row.",
        ),
        (
            "by",
            {"type": "string"},
            "Dimensions to group by, repeated or separated by commas.",
        ),
        (
            "compare",
            {"type": "string", "enum": ["previous"]},
            "Each row beside that of the period before, which is as long.",
        ),
        ("bot", {"type": "string"}, "Only these bots."),
        ("channel", {"type": "string"}, "Only these channels."),
        *(
            (option.value, _schema(kind), kind.sentence)
            for option, kind in OPTION_TYPES.items()
        ),
    )
]


@ROUTER.get(
    "/metrics/{name}",
    summary="Ask a metric",
    openapi_extra={"parameters": _QUESTION},
    response_model_exclude_unset=True,
)
def ask_metric(
    name: Annotated[str, Path(description="A metric of the catalogue.")],
    request: Request,
    store: Store,
) -> Values:
    """Values over [from, to).

    Besides the parameters below, each dimension of the metric is a filter: repeated,
    or comma-separated.
    """
    metric = CATALOGUE.get(name)
    if metric is None:
        raise NotFound(
            f'There is no metric "{name[:64]}"; /api/v1/metrics lists the '
            f"{len(CATALOGUE)} there are."
        )
    asked = question(metric, request.query_params, store)
    answer = store.metric_change if asked.compares else store.metric
    rows = answer(
        name,
        asked.start,
        asked.end,
        asked.bucket,
        asked.by,
        asked.filters,
        asked.options,
    )
    return Values(
        name=name,
        unit=metric.unit,
        definition_version=DEFINITION_VERSION,
        rows=[Row.model_validate(row, from_attributes=True) for row in rows],
    )


def _entry(metric: Metric) -> Entry:
    return Entry(
        name=metric.name,
        title=metric.title,
        family=metric.family,
        unit=metric.unit,
        kind=metric.kind,
        sentence=metric.sentence,
        formula=metric.formula,
        better=metric.better,
        thresholds=dict(metric.thresholds),
        dimensions=list(metric.fact.dimensions),
        buckets=list(metric.buckets),
        options=[option.value for option in metric.options],
        own_key=metric.key.name if metric.key else None,
        default_q=metric.default_q,
        aggregates=[
            AggregateEntry(
                name=one.name, dimensions=list(one.dimensions), width=one.width
            )
            for one in metric.aggregates
        ],
        raw=metric.fact.raw,
    )
