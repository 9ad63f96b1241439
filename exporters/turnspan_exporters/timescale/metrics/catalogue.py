"""Every metric there is, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from turnspan_exporters.timescale.metrics import (
    cta,
    engagement,
    experiment,
    flows,
    handoff,
    labels,
    leads,
    money,
    nlu,
    operations,
    outcome,
    questions,
    satisfaction,
    sessions,
    turns,
    users,
)
from turnspan_exporters.timescale.metrics._model import Metric

__all__ = ["CATALOGUE"]

CATALOGUE: Final[Mapping[str, Metric]] = MappingProxyType(
    {
        metric.name: metric
        for family in (
            *(
                sessions,
                users,
                engagement,
                turns,
                outcome,
                leads,
                handoff,
                satisfaction,
                nlu,
            ),
            *(labels, questions, cta, flows, money, experiment, operations),
        )
        for metric in family.METRICS
    }
)
