"""The documentation's page of a metric, and the index of all."""

from __future__ import annotations

from collections.abc import Iterable

from turnspan_exporters.timescale.metrics._model import Metric

__all__ = ["index", "page"]


def index(metrics: Iterable[Metric]) -> str:
    """The list of all metrics."""
    return "\n".join(m.name for m in metrics)


def page(metric: Metric) -> str:
    """One metric."""
    return metric.name
