"""From the spool to the store: oldest first, and released only when durable."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Final, Protocol, runtime_checkable

from turnspan_collector.decode import decode
from turnspan_collector.security import Grant
from turnspan_collector.selfmetrics import SelfMetrics
from turnspan_collector.spool import Entry, Spool
from turnspan_exporters.errors import ExportError, Retryable, Unusable
from turnspan_exporters.exporter import Exporter, Stored
from turnspan_exporters.records import Batch

__all__ = ["Buries", "Processor", "Replay"]

logger = logging.getLogger(__name__)

Processor = Callable[[Batch], Batch]

BYTES_MAX: Final = 8 * 1024 * 1024
REQUESTS_MAX: Final = 512


@runtime_checkable
class Buries(Protocol):
    """An exporter with a place for rows that it cannot store."""

    def bury(self, batch: Batch, error: Exception) -> Stored:
        """Put every row aside with the reason, durably."""


class Replay:
    """Stores what a spool holds, a commit at a time; used by one thread.

    A request that the store refuses for good goes to the dead letters row by row, and
    where that fails too, into the spool's ``aside/``: nothing behind it waits for it.
    """

    def __init__(
        self,
        spool: Spool,
        exporter: Exporter,
        processors: Sequence[Processor],
        metrics: SelfMetrics,
    ) -> None:
        self._spool = spool
        self._exporter = exporter
        self._processors = tuple(processors)
        self._metrics = metrics
        self._requests_max = REQUESTS_MAX

    def step(self) -> None:
        """Store some of it; ``Retryable`` or ``Unusable`` where the store cannot.

        After such a failure fewer are tried at a time, down to one.
        """
        entries = self._spool.read(BYTES_MAX, self._requests_max)
        if not entries:
            return
        try:
            batches = [self._batch(one) for one in entries]
            stored = self._exporter.export(batches)
        except (Retryable, Unusable):
            self._requests_max = max(1, len(entries) // 2)
            raise
        except Exception as error:
            if len(entries) == 1:
                self._set_aside(entries[0], error)
            else:
                self._one_by_one(entries)
        else:
            self._release(entries, stored)
            self._requests_max = min(2 * self._requests_max, REQUESTS_MAX)

    def _one_by_one(self, entries: Sequence[Entry]) -> None:
        """Find the request that the store refuses, without hurting its neighbours."""
        for one in entries:
            try:
                stored = self._exporter.export([self._batch(one)])
            except (Retryable, Unusable):
                raise
            except Exception as error:
                self._set_aside(one, error)
            else:
                self._release([one], stored)

    def _batch(self, entry: Entry) -> Batch:
        """The rows as they were when the request was answered."""
        request = entry.request
        decoded = decode(
            request.signal, request.body, request.encoding, request.received_ns
        )
        batch = Grant(request.bots).take(request.signal, decoded).batch
        for process in self._processors:
            batch = process(batch)
        return batch

    def _release(self, entries: Sequence[Entry], stored: Stored) -> None:
        self._metrics.counted(stored)
        self._spool.release(entries)

    def _set_aside(self, entry: Entry, error: Exception) -> None:
        if not isinstance(error, ExportError):
            logger.error("a spooled request failed in an unknown way", exc_info=error)
        logger.warning("the store refused a spooled request: %s", type(error).__name__)
        try:
            if isinstance(self._exporter, Buries):
                stored = self._exporter.bury(self._batch(entry), error)
                self._release([entry], stored)
                return
        except (Retryable, Unusable):
            raise
        except Exception as failure:
            logger.warning("it cannot be a dead letter either: %s", failure)
        self._spool.set_aside(entry, "refused")
