"""The metric catalogue: every number the project shows, defined once, as data."""

from turnspan_exporters.timescale.metrics._model import (
    DEFINITION_VERSION,
    OPTION_TYPES,
    Aggregate,
    Asked,
    Better,
    Example,
    Fact,
    Form,
    Key,
    Kind,
    Limit,
    Metric,
    Option,
    OptionType,
)
from turnspan_exporters.timescale.metrics.catalogue import CATALOGUE

__all__ = [
    "CATALOGUE",
    "DEFINITION_VERSION",
    "OPTION_TYPES",
    "Aggregate",
    "Asked",
    "Better",
    "Example",
    "Fact",
    "Form",
    "Key",
    "Kind",
    "Limit",
    "Metric",
    "Option",
    "OptionType",
]
