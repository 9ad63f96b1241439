"""What became of items for one destination, counted and said once in a while."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from typing import Final

from turnspan_collector.decode import Signal
from turnspan_collector.selfmetrics import SelfMetrics

__all__ = ["REASONS", "Tally"]

logger = logging.getLogger(__name__)

QUIET_S: Final = 60.0
REASONS: Final = {
    "full": "its queue is full",
    "disk": "the disk of its queue takes nothing",
    "expired": "they waited too long",
    "refused": "it refuses them",
    "partial": "it rejects some of a request",
    "error": "of an unknown failure",
}
"""Why items are dropped; the last words are the log's."""


class Tally:
    """Counts by signal and reason; for every thread."""

    def __init__(self, name: str, metrics: SelfMetrics) -> None:
        self.name = name
        self.exporter = f"otlp/{name}"
        self.dropped: Counter[str] = Counter()
        self._metrics = metrics
        self._lock = threading.Lock()
        self._unsaid: Counter[str] = Counter()
        self._said_at = float("-inf")

    def sent(self, signal: Signal, items: int, rejected: int) -> None:
        """It took a request, but for what it rejected."""
        rejected = min(rejected, items)
        self._metrics.sent_on(self.exporter, signal, items - rejected)
        if rejected:
            self.dropped_of(signal, rejected, "partial")

    def not_queued(self, signal: Signal, items: int, reason: str) -> None:
        """Its queue did not take them."""
        self._metrics.not_queued(self.exporter, signal, items)
        self._count(items, reason)

    def dropped_of(self, signal: Signal, items: int, reason: str) -> None:
        """They were queued and will not be sent again."""
        self._metrics.not_sent_on(self.exporter, signal, items)
        self._count(items, reason)

    def _count(self, items: int, reason: str) -> None:
        with self._lock:
            self.dropped[reason] += items
            self._unsaid[reason] += items
            now = time.monotonic()
            if now - self._said_at < QUIET_S:
                return
            self._said_at = now
            unsaid, self._unsaid = self._unsaid, Counter()
        for why, count in unsaid.items():
            logger.warning(
                "%d items were not sent on to %s: %s", count, self.name, REASONS[why]
            )
