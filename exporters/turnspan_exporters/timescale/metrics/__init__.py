"""The metric catalogue: every number the project shows, defined once, as data."""

from turnspan_exporters.timescale.metrics._model import (
    DEFINITION_VERSION,
    Asked,
    Better,
    Example,
    Fact,
    Key,
    Kind,
    Limit,
    Metric,
    Option,
)
from turnspan_exporters.timescale.metrics.catalogue import CATALOGUE

__all__ = [
    "CATALOGUE",
    "DEFINITION_VERSION",
    "Asked",
    "Better",
    "Example",
    "Fact",
    "Key",
    "Kind",
    "Limit",
    "Metric",
    "Option",
]
