"""The spool's own metrics: how full it is, how old, and what became of requests."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from turnspan_collector.spool._spool import Counts, Spool

__all__ = ["SpoolMetrics"]


class SpoolMetrics(Collector):
    """Reads a spool when it is asked; all zero where there is none."""

    def __init__(self, spool: Spool | None) -> None:
        self._spool = spool

    def collect(self) -> Iterator[Metric]:
        """The metrics of now."""
        spool = self._spool
        counts = spool.counts if spool else Counts()
        for name, about, value in (
            ("bytes", "Bytes on the disk.", spool.bytes if spool else 0),
            ("bytes_max", "Bytes it may take.", spool.bytes_max if spool else 0),
            ("requests", "Requests that wait.", spool.entries if spool else 0),
            ("oldest_seconds", "Age of the oldest.", spool.oldest_s if spool else 0),
        ):
            yield GaugeMetricFamily(f"turnspan_spool_{name}", about, value)
        for name, about, value in (
            ("spooled", "Requests that were appended and synced.", counts.spooled),
            ("replayed", "Requests that the store then took.", counts.replayed),
            ("overtaken", "Requests whose commit came after all.", counts.discarded),
            ("refused", "Requests for which it had no room.", counts.refused),
            ("postponed", "Requests put behind the others.", counts.postponed),
        ):
            yield CounterMetricFamily(f"turnspan_spool_{name}_requests", about, value)
        aside = CounterMetricFamily(
            "turnspan_spool_set_aside", "Pieces kept in aside/.", labels=["reason"]
        )
        for reason in ("cut", "damaged", "refused", "failing"):
            aside.add_metric([reason], counts.set_aside[reason])
        yield aside
