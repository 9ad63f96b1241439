"""From the spool to the store: oldest first, and released only when durable.

A request that fails again and again, while the store takes others, is put behind the
others, and in the end becomes a dead letter. That takes hours and many tries in which
the store answered: a store that is merely away never counts.
"""

from __future__ import annotations

import logging
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, runtime_checkable

from turnspan_collector.decode import decode
from turnspan_collector.security import Grant
from turnspan_collector.selfmetrics import SelfMetrics
from turnspan_collector.spool import Entry, Request, Spool
from turnspan_exporters.errors import ExportError, Retryable, Unusable
from turnspan_exporters.exporter import Exporter, Stored
from turnspan_exporters.records import Batch

__all__ = ["Buries", "Processor", "Replay"]

logger = logging.getLogger(__name__)

Processor = Callable[[Batch], Batch]

BYTES_MAX: Final = 8 * 1024 * 1024
REQUESTS_MAX: Final = 512
TRIES_MIN: Final = 10
FAILING_SECONDS_MIN: Final = 2 * 3600
"""So often and for so long a request fails, at least, before it is given up."""
WAIT_S: Final = (2.0, 60.0)
"""Seconds until a request that failed by itself is tried again, at first, at most."""
FAILING_MAX: Final = 10_000
"""Requests whose failures are remembered."""


@runtime_checkable
class Buries(Protocol):
    """An exporter with a place for rows that it cannot store."""

    def bury(self, batch: Batch, error: Exception) -> Stored:
        """Put every row aside with the reason, durably."""


@dataclass(slots=True)
class _Failures:
    since: float
    tries: int = 0


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
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._spool = spool
        self._exporter = exporter
        self._processors = tuple(processors)
        self._metrics = metrics
        self._requests_max = REQUESTS_MAX
        self._clock = clock
        self._alone: Entry | None = None
        """What failed retryably in the last step, where it failed by itself."""
        self._failures: dict[tuple[int, int, int], _Failures] = {}

    def step(self) -> None:
        """Store some of it; ``Retryable`` or ``Unusable`` where the store cannot.

        After such a failure fewer are tried at a time, down to one; ``stumbled`` is to
        be told where the store answers nevertheless.
        """
        self._alone = None
        entries = self._apart(self._spool.read(BYTES_MAX, self._requests_max))
        if not entries:
            return
        try:
            batches = [self._batch(one) for one in entries]
            stored = self._exporter.export(batches)
        except (Retryable, Unusable):
            self._requests_max = max(1, len(entries) // 2)
            self._alone = entries[0] if len(entries) == 1 else None
            raise
        except Exception as error:
            if len(entries) == 1:
                self._set_aside(entries[0], error)
            else:
                self._one_by_one(entries)
        else:
            self._release(entries, stored)
            self._requests_max = min(2 * self._requests_max, REQUESTS_MAX)

    def _apart(self, entries: list[Entry]) -> list[Entry]:
        """The first ones: those that did not fail before, or one that did."""
        if not self._failures:
            return entries
        fails = [_key(one.request) in self._failures for one in entries]
        first = fails.index(True) if True in fails else len(entries)
        return entries[: max(1, first)]

    def _one_by_one(self, entries: Sequence[Entry]) -> None:
        """Find the request that the store refuses, without hurting its neighbours."""
        for one in entries:
            try:
                stored = self._exporter.export([self._batch(one)])
            except (Retryable, Unusable):
                self._alone = one
                raise
            except Exception as error:
                self._set_aside(one, error)
            else:
                self._release([one], stored)

    def stumbled(self, error: ExportError) -> float:
        """The last step failed, and the store answers: seconds until the next one.

        What failed by itself goes behind the others, or is given up.
        """
        logger.warning("a spooled request cannot be stored now: %s", error)
        try:
            return 0.0 if self._alone is None else self._put_off(self._alone, error)
        except Retryable as failure:
            logger.warning("it stays the first of the spool: %s", failure)
        except Exception:
            logger.exception("it stays the first of the spool")
        return WAIT_S[0]

    def _put_off(self, entry: Entry, error: ExportError) -> float:
        found = self._failures_of(entry.request)
        found.tries += 1
        lasted = self._clock() - found.since
        if found.tries >= TRIES_MIN and lasted >= FAILING_SECONDS_MIN:
            self._give_up(entry, error)
            return 0.0
        if self._spool.entries > 1:
            self._spool.postpone(entry)
            self._requests_max = REQUESTS_MAX
            return WAIT_S[0]
        return min(WAIT_S[0] * 2.0 ** min(found.tries - 1, 10), WAIT_S[1])

    def _failures_of(self, request: Request) -> _Failures:
        known = self._failures
        if len(known) >= FAILING_MAX:
            known.clear()
        return known.setdefault(_key(request), _Failures(self._clock()))

    def _give_up(self, entry: Entry, error: ExportError) -> None:
        """Into the dead letters; where even that fails, into ``aside/``."""
        logger.warning("a spooled request is given up, after many tries: %s", error)
        try:
            self._set_aside(entry, error)
        except (Retryable, Unusable):
            self._spool.set_aside(entry, "failing")

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
        if self._failures:
            for one in entries:
                self._failures.pop(_key(one.request), None)

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


def _key(request: Request) -> tuple[int, int, int]:
    """What tells one request from others, wherever it lies in the spool."""
    return request.received_ns, len(request.body), zlib.crc32(request.body)
