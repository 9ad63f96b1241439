"""An exporter that remembers, and does as it is told."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from turnspan_exporters.exporter import Count, Stored
from turnspan_exporters.records import Batch

__all__ = ["FakeExporter"]


class FakeExporter:
    """Keeps batches in memory; ``errors`` are raised first, one a call.

    While ``gate`` is not set, calls wait; ``entered`` is set when one does. A batch
    with a span of the name ``poison`` raises ``poison_error``.
    """

    def __init__(self) -> None:
        self.calls: list[list[Batch]] = []
        self.errors: list[Exception] = []
        self.poison_error: Exception | None = None
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()

    def open(self) -> None:
        """Nothing to open."""

    def export(self, batches: Sequence[Batch]) -> Stored:
        """Remember the batches."""
        self.entered.set()
        self.gate.wait(30)
        if self.errors:
            raise self.errors.pop(0)
        if self.poison_error and any("poison" in one.spans.name for one in batches):
            raise self.poison_error
        self.calls.append(list(batches))
        return Stored(
            Count(sum(len(one.spans) for one in batches)),
            Count(sum(len(one.events) for one in batches)),
            Count(sum(len(one.points) for one in batches)),
        )

    def close(self) -> None:
        """Nothing to close."""

    @property
    def spans(self) -> int:
        """How many spans were stored."""
        return sum(len(batch.spans) for call in self.calls for batch in call)
