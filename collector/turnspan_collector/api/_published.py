"""Daily values of a metric as they were before history was derived again."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field

from turnspan_collector.api._errors import NotFound
from turnspan_collector.api._questions import Store, known_parameters, listed, span
from turnspan_exporters.timescale.metrics import CATALOGUE
from turnspan_exporters.timescale.reader import BadQuestion

__all__ = ["ROUTER"]

ROUTER: Final = APIRouter(tags=["metrics"])


class PublishedRow(BaseModel):
    """One value of one local day, as it was shown until ``published_at``."""

    model_config = ConfigDict(from_attributes=True)

    bot: str
    day: date
    timezone: str
    group: dict[str, str | float] = Field(description="The metric's own keys.")
    value: float | None
    k: float | None
    n: float | None
    low: float | None
    high: float | None
    definition_version: int
    parameters: dict[str, Any] = Field(description="The settings it was made with.")
    published_at: datetime = Field(description="When it was kept: shown until then.")
    reason: str = Field(description="What replaced it.")


class Published(BaseModel):
    """The values that recomputations replaced."""

    name: str
    unit: str
    rows: list[PublishedRow]


_PARAMETERS: Final[list[dict[str, Any]]] = [
    {"name": name, "in": "query", "description": about, "schema": {"type": "string"}}
    for name, about in (
        ("from", "The first local day; 30 days before the end by default."),
        ("to", "The end of the range, itself not in it; now by default."),
        ("bot", "Only these bots, repeated or separated by commas."),
        (
            "as_of",
            "Only what was shown at this time; a day that is missing was not rewritten "
            "since. Without it every publication.",
        ),
    )
]


@ROUTER.get(
    "/metrics/{name}/published",
    summary="A metric as it was published",
    openapi_extra={"parameters": _PARAMETERS},
)
def ask_published(
    name: Annotated[str, Path(description="A metric of the catalogue.")],
    request: Request,
    store: Store,
) -> Published:
    """Daily values before a changed setting or a command derived history again."""
    metric = CATALOGUE.get(name)
    if metric is None:
        raise NotFound(
            f'There is no metric "{name[:64]}"; /api/v1/metrics lists the '
            f"{len(CATALOGUE)} there are."
        )
    given = request.query_params
    known_parameters(given, tuple(one["name"] for one in _PARAMETERS))
    bots = listed(given.getlist("bot"))
    start, end = span(given.get("from"), given.get("to"), store, bots)
    rows = store.published(name, start, end, bots, _time(given.get("as_of")))
    return Published(
        name=name,
        unit=metric.unit,
        rows=[PublishedRow.model_validate(row) for row in rows],
    )


def _time(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise BadQuestion(
            f'as_of: "{text[:64]}" is no time of RFC 3339 (2026-03-31T12:00:00Z).'
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
