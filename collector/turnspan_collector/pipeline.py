"""From decoded requests to durable rows: bounded queue, group commit, then answers.

Requests that arrive while a commit runs are merged into the next one; an idle
pipeline commits a request at once. A request is answered when its rows are durable,
never before. Where a merged commit is refused for good, its requests are stored one
by one, so that only the bad one is refused.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from turnspan_collector.selfmetrics import SelfMetrics
from turnspan_exporters.errors import ExportError, Overloaded, Permanent, Retryable
from turnspan_exporters.exporter import Exporter
from turnspan_exporters.records import Batch

__all__ = ["Pipeline", "Processor"]

logger = logging.getLogger(__name__)

Processor = Callable[[Batch], Batch]


@dataclass(slots=True)
class _Pending:
    batch: Batch
    size_bytes: int
    answer: Future[None] = field(default_factory=Future)


class Pipeline:
    """Merges requests into commits of one exporter, in one thread.

    ``submit`` may be called from any thread. ``close`` stores what was accepted
    within its time, and refuses the rest retryably.
    """

    def __init__(
        self,
        exporter: Exporter,
        processors: Sequence[Processor] = (),
        *,
        pending_bytes_max: int,
        pending_requests_max: int,
        commit_rows_max: int,
        metrics: SelfMetrics | None = None,
    ) -> None:
        self._exporter = exporter
        self._processors = tuple(processors)
        self._bytes_max = pending_bytes_max
        self._requests_max = pending_requests_max
        self._rows_max = commit_rows_max
        self._metrics = metrics or SelfMetrics()
        self._metrics.queue_capacity(pending_requests_max)
        self._waiting: deque[_Pending] = deque()
        self._bytes = 0
        self._changed = threading.Condition()
        self._closing = False
        self._complaint = ""
        self._thread = threading.Thread(
            target=self._run, name="pipeline-writer", daemon=True
        )

    def start(self) -> None:
        """Begin to store what is submitted."""
        self._thread.start()

    def complaint(self) -> str:
        """Why nothing can be stored at present; empty while the store takes data."""
        return self._complaint

    def refuse_when_full(self, size_bytes: int) -> None:
        """Raise ``Overloaded`` before work is spent on a request that cannot wait."""
        with self._changed:
            self._check_room(size_bytes)

    def submit(self, batch: Batch, size_bytes: int) -> Future[None]:
        """Queue a request; the future ends when it is durable, or says why not.

        Raises ``Overloaded`` where the queue is full and ``Retryable`` while closing.
        """
        for process in self._processors:
            batch = process(batch)
        pending = _Pending(batch, size_bytes)
        pending.answer.set_running_or_notify_cancel()  # a client that left is stored
        if not len(batch):
            pending.answer.set_result(None)
            return pending.answer
        with self._changed:
            self._check_room(size_bytes)
            self._waiting.append(pending)
            self._bytes += size_bytes
            self._metrics.queue_size(len(self._waiting))
            self._changed.notify_all()
        return pending.answer

    def _check_room(self, size_bytes: int) -> None:
        if self._closing:
            raise Retryable("the collector is stopping: send this again")
        full = len(self._waiting) >= self._requests_max
        # One request larger than the bound still gets through an empty queue.
        heavy = self._bytes and self._bytes + size_bytes > self._bytes_max
        if full or heavy:
            raise Overloaded(
                f"{len(self._waiting)} requests of {self._bytes} bytes wait for the "
                "store: send this again later"
            )

    def close(self, seconds_max: float) -> bool:
        """Store what waits; whether all of it was stored in time."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join(seconds_max)
        with self._changed:
            left = list(self._waiting)
            self._waiting.clear()
        for pending in left:
            pending.answer.set_exception(
                Retryable("the collector stopped before this was stored: send it again")
            )
        return not left and not self._thread.is_alive()

    def _run(self) -> None:
        while group := self._next_group():
            self._store(group)

    def _next_group(self) -> list[_Pending]:
        """Wait for requests and take as many as one commit holds; [] at the end."""
        with self._changed:
            while not self._waiting and not self._closing:
                self._changed.wait()
            group: list[_Pending] = []
            rows = 0
            while self._waiting and (not group or rows < self._rows_max):
                pending = self._waiting.popleft()
                self._bytes -= pending.size_bytes
                rows += len(pending.batch)
                group.append(pending)
            self._metrics.queue_size(len(self._waiting))
            return group

    def _store(self, group: list[_Pending]) -> None:
        started = time.monotonic()
        try:
            stored = self._exporter.export([pending.batch for pending in group])
        except Retryable as error:
            self._fail(group, error)
        except Exception as error:
            self._sort_out(group, error)
        else:
            self._complaint = ""
            self._metrics.stored(stored, time.monotonic() - started)
            for pending in group:
                pending.answer.set_result(None)

    def _sort_out(self, group: list[_Pending], error: Exception) -> None:
        """Find the request that the store refuses, without hurting its neighbours."""
        if len(group) > 1:
            for pending in group:
                self._store([pending])
            return
        if not isinstance(error, ExportError):
            logger.exception("the store failed in an unknown way")
            error = Retryable("the store failed in an unknown way: send this again")
        self._fail(group, error)

    def _fail(self, group: list[_Pending], error: ExportError) -> None:
        if isinstance(error, Permanent):
            logger.warning("the store refused a request: %s", error)
        else:
            if not self._complaint:
                logger.warning("the store does not take data now: %s", error)
            self._complaint = str(error)
        for pending in group:
            self._metrics.failed(pending.batch)
            pending.answer.set_exception(error)
