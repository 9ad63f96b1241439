"""Metrics of sending on: how long what waits has waited, and what was dropped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from turnspan_collector.forward._lane import Lane
from turnspan_collector.forward._tally import REASONS

__all__ = ["ForwardMetrics"]

_LABELS = ["exporter"]


class ForwardMetrics(Collector):
    """Reads the destinations when it is asked."""

    def __init__(self, lanes: Sequence[Lane]) -> None:
        self._lanes = lanes

    def collect(self) -> Iterator[Metric]:
        """The metrics of now."""
        waiting = GaugeMetricFamily(
            "turnspan_forward_requests", "Requests that wait.", labels=_LABELS
        )
        oldest = GaugeMetricFamily(
            "turnspan_forward_oldest_seconds", "Age of the oldest.", labels=_LABELS
        )
        failing = GaugeMetricFamily(
            "turnspan_forward_failing_seconds",
            "Since when nothing can be sent on; 0 while it can.",
            labels=_LABELS,
        )
        aside = CounterMetricFamily(
            "turnspan_forward_set_aside", "Pieces kept in aside/.", labels=_LABELS
        )
        dropped = CounterMetricFamily(
            "turnspan_forward_dropped_items",
            "Items that were not sent on, or not taken.",
            labels=[*_LABELS, "reason"],
        )
        for one in self._lanes:
            exporter = one.tally.exporter
            waiting.add_metric([exporter], one.queue.requests)
            oldest.add_metric([exporter], one.queue.oldest_s)
            failing.add_metric([exporter], one.sender.failing_s)
            aside.add_metric([exporter], one.queue.set_aside)
            for reason in REASONS:
                dropped.add_metric([exporter, reason], one.tally.dropped[reason])
        yield from (waiting, oldest, failing, aside, dropped)
