"""What is asked, and how long an answer may take: each metric in each of its ways."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from benchmarks.queries._traffic import EXPERIMENT

from turnspan_exporters.timescale.metrics import CATALOGUE, Metric

__all__ = ["CLASSES", "Question", "questions"]

CLASSES: Mapping[str, float] = {
    "30 days by day": 0.2,
    "12 months": 1.0,
    "90 days, other dimension": 1.0,
    "12 months, sequences": 10.0,
}
"""The classes of questions, and the seconds that an answer of each may take."""

_SEQUENCES = {
    "funnel", "first_contact_resolution", "experiment", "conversion_rate",
    "time_to_conversion",
}  # fmt: skip
_AGGREGATED = ("bot", "channel", "environment", "version", "variant")
_OTHER = (
    "locale", "source", "device", "country", "outcome", "medium", "campaign",
    "user_kind",
)  # fmt: skip
_PARTS = ("intent", "reason", "cta", "node")
_TOO_MANY: Mapping[str, tuple[str, ...]] = {
    "peak_hours": ("intent", "node"),
    "intents_before_handoff": ("bot",),
}
"""Hours of the week or paths times these are more groups than an answer may have."""
_OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "funnel": {"funnel": "intent:order.status,cta:buy,goal:sale"},
    "goal_completion": {"goal": "sale"},
    "conversion_rate": {"goal": "sale"},
    "time_to_conversion": {"goal": "sale"},
    "experiment": {"experiment": EXPERIMENT, "metric": "resolution_broad"},
}


@dataclass(frozen=True)
class Question:
    """One call of ``turnspan.metric``, and its class."""

    of_class: str
    metric: str
    start: datetime
    end: datetime
    bucket: str | None = None
    by: tuple[str, ...] = ()
    filters: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def limit_s(self) -> float:
        """What an answer may take."""
        return CLASSES[self.of_class]


def questions(end: datetime, bot: str | None) -> Iterator[Question]:
    """Every metric: of one bot, or with ``None`` of all of them together."""
    for metric in CATALOGUE.values():
        filters = {} if bot is None else {"bot": bot}
        options = _OPTIONS.get(metric.name, {})
        for of_class, days, bucket, by in _ways(metric):
            yield Question(
                of_class,
                metric.name,
                end - timedelta(days=days),
                end,
                bucket,
                by,
                filters,
                options,
            )


def _ways(metric: Metric) -> Iterator[tuple[str, int, str | None, tuple[str, ...]]]:
    day = "day" if "day" in metric.buckets else None
    if metric.name in _SEQUENCES:
        yield "12 months, sequences", 364, None, ()
        return
    month = "month" if "month" in metric.buckets else None
    yield "30 days by day", 30, day, ()
    yield "12 months", 364, month, ()
    own = {one for aggregate in metric.aggregates for one in aggregate.dimensions}
    for dimension in (*_AGGREGATED, *(part for part in _PARTS if part in own)):
        if dimension in metric.fact.dimensions and dimension not in _TOO_MANY.get(
            metric.name, ()
        ):
            yield "30 days by day", 30, day, (dimension,)
            yield "12 months", 364, month, (dimension,)
    for dimension in _OTHER:
        if dimension in metric.fact.dimensions:
            yield "90 days, other dimension", 90, None, (dimension,)
