"""Rates of items: a bucket that may go into debt, since a request counts when decoded.

A request is let in while an item is left in the bucket; what it held is taken out
afterwards. While the bucket is in debt, requests are refused before they are read.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from turnspan_collector.errors import RateExceeded

__all__ = ["BURST_SECONDS", "Bucket"]

BURST_SECONDS = 10
"""A bucket that was left alone holds what flows in during this time."""


class Bucket:
    """``rate`` items a second flow in, up to ``BURST_SECONDS`` of them."""

    def __init__(self, rate: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate = rate
        self._clock = clock
        self._held = float(rate * BURST_SECONDS)
        self._filled = clock()
        self._lock = threading.Lock()

    def enter(self) -> None:
        """Let a request in; ``RateExceeded`` says when there is room again."""
        with self._lock:
            self._fill()
            if self._held < 1:
                raise RateExceeded(
                    f"this token may send {self.rate} items a second: send this again "
                    "later",
                    (1.0 - self._held) / self.rate,
                )
            self._held -= 1

    def spend(self, items: int) -> None:
        """Take out what a request held, beyond the one that its entry cost."""
        with self._lock:
            self._held -= max(0, items - 1)

    def _fill(self) -> None:
        now = self._clock()
        flowed = (now - self._filled) * self.rate
        self._held = min(self._held + flowed, float(self.rate * BURST_SECONDS))
        self._filled = now
