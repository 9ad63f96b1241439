"""The contract of a destination: open, export batches durably, close."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from turnspan_exporters.records import Batch

__all__ = ["Count", "Exporter", "Stored"]


@dataclass(frozen=True, slots=True)
class Count:
    """What became of the items of one signal; accepted is the sum of the four.

    ``erased`` were left out because the user they are of was erased.
    """

    inserted: int = 0
    duplicates: int = 0
    dead_lettered: int = 0
    erased: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(
            self.inserted + other.inserted,
            self.duplicates + other.duplicates,
            self.dead_lettered + other.dead_lettered,
            self.erased + other.erased,
        )


@dataclass(frozen=True, slots=True)
class Stored:
    """What one call of ``export`` made durable, by signal."""

    spans: Count = Count()
    events: Count = Count()
    points: Count = Count()


@runtime_checkable
class Exporter(Protocol):
    """A place where batches go.

    ``open`` is called once before the first ``export`` and may raise
    ``ExportError`` with a sentence for the operator. ``export`` returns only when
    every row of every batch is durable, all in one transaction, and raises
    ``Permanent``, ``Retryable`` or ``Overloaded`` with nothing stored otherwise. It
    is called by one thread at a time. ``close`` may be called twice.
    """

    def open(self) -> None:
        """Connect and prepare; raise ``ExportError`` where that fails."""

    def export(self, batches: Sequence[Batch]) -> Stored:
        """Store all batches in one transaction; durable when it returns."""

    def close(self) -> None:
        """Let go of every resource."""
