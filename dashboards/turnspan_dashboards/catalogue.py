"""What the metric catalogue says about a panel: its title, sentence and unit."""

from __future__ import annotations

from turnspan_dashboards.panels import Panel
from turnspan_exporters.timescale.metrics import CATALOGUE, Kind, Metric

__all__ = ["description", "is_share", "metric", "title"]

_NOT_SHARES = frozenset({Kind.COUNT, Kind.DISTRIBUTION, Kind.HISTOGRAM})


def metric(panel: Panel) -> Metric:
    """The catalogue's entry of the panel's first metric; ``KeyError`` if unknown."""
    return CATALOGUE[panel.queries[0].metric]


def title(panel: Panel) -> str:
    """The panel's own title, else the metric's."""
    return panel.title or metric(panel).title


def description(panel: Panel) -> str:
    """What is shown and how it is calculated: sentences of the catalogue."""
    asked = dict.fromkeys(CATALOGUE[name].formula for name in panel.metrics)
    sentence = panel.description or metric(panel).sentence
    return "\n\n".join([sentence, *(f"Formula: {formula}" for formula in asked)])


def is_share(entry: Metric) -> bool:
    """Whether values are shares of something, and so shown in percent."""
    return entry.unit == "1" and entry.kind not in _NOT_SHARES
