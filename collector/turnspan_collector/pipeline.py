"""From decoded requests to durable rows: bounded queue, group commit, then answers.

Requests that arrive while a commit runs are merged into the next one; an idle
pipeline commits a request at once. A request is answered when it is durable, never
before: when its rows are committed, or, while the store is away, full or slow, when it
is in the spool. What is spooled is stored once the store takes data again, oldest
first, in turn with what comes then. Where a merged commit is refused for good, its
requests are stored one by one, so that only the bad one is refused.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Final

from turnspan_collector.errors import QueueFull, SpoolFailed, SpoolFull, Stopping
from turnspan_collector.replay import Processor, Replay
from turnspan_collector.selfmetrics import SelfMetrics
from turnspan_collector.spool import Request, Spool, Ticket
from turnspan_exporters.errors import (
    ExportError,
    Overloaded,
    Permanent,
    Retryable,
    Unusable,
)
from turnspan_exporters.exporter import Exporter, Stored
from turnspan_exporters.records import Batch

__all__ = ["Pipeline", "Processor"]

logger = logging.getLogger(__name__)

AGAIN_S: Final = (0.2, 2.0)
"""Seconds until a store or a disk that failed is tried again, at least, at most."""
APPEND_BYTES_MAX: Final = 64 * 1024 * 1024
"""What is appended to the spool between two syncs, unless one request is larger."""


@dataclass(slots=True, eq=False)
class _Pending:
    batch: Batch
    size_bytes: int
    request: Request | None
    answer: Future[None] = field(default_factory=Future)
    done: bool = False
    """Whether it is durable or refused; whoever sets this answers."""
    alone: bool = False
    """Whether it is to be stored by itself, to find out whether it is a bad one."""
    spooling: bool = False
    ticket: Ticket | None = None


class Pipeline:
    """Merges requests into commits of one exporter, in one thread.

    ``submit`` may be called from any thread. With a spool a second thread appends to
    it what the store does not take, and what a commit of more than ``spool_after_s``
    keeps waiting; without one such requests are refused retryably. ``close`` stores
    or spools what was accepted within its time, and refuses the rest retryably.
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
        spool: Spool | None = None,
        spool_after_s: float = 3.0,
    ) -> None:
        self._exporter = exporter
        self._processors = tuple(processors)
        self._bytes_max = pending_bytes_max
        self._requests_max = pending_requests_max
        self._rows_max = commit_rows_max
        self._metrics = metrics or SelfMetrics()
        self._metrics.queue_capacity(pending_requests_max)
        self._spool = spool
        self._spool_after_s = spool_after_s
        self._waiting: deque[_Pending] = deque()
        self._bytes = 0
        self._changed = threading.Condition()
        self._closing = False
        self._ended = False
        self._complaint = ""
        self._committing: list[_Pending] = []
        self._late_at: float | None = None
        """When the commit that runs becomes late (monotonic); ``None``: none runs."""
        self._again_at: float | None = None
        """When the store is tried again (monotonic); ``None`` while it takes data."""
        self._append_from = 0.0
        self._appending: list[_Pending] = []
        self._replay_from = 0.0
        self._replayed_last = False
        self._writer = threading.Thread(
            target=self._run, name="pipeline-writer", daemon=True
        )
        self._threads = [self._writer]
        if spool is not None:
            self._replay = Replay(spool, exporter, processors, self._metrics)
            self._threads.append(
                threading.Thread(
                    target=self._run_spooler, name="pipeline-spooler", daemon=True
                )
            )

    def start(self) -> None:
        """Begin to store what is submitted, and what the spool holds."""
        for thread in self._threads:
            thread.start()

    def complaint(self) -> str:
        """Why nothing can be stored at present; empty while the store takes data."""
        return self._complaint

    @property
    def is_busy(self) -> bool:
        """Whether requests wait or are being stored."""
        return bool(self._waiting or self._committing or self._appending)

    def refuse_when_full(self, size_bytes: int) -> None:
        """Raise ``Overloaded`` before work is spent on a request that cannot wait."""
        with self._changed:
            self._check_room(size_bytes)

    def submit(
        self, batch: Batch, size_bytes: int, request: Request | None = None
    ) -> Future[None]:
        """Queue a request; the future ends when it is durable, or says why not.

        Only what comes with its ``request`` can be spooled. Raises ``Overloaded``
        where the queue is full and ``Retryable`` while closing.
        """
        for process in self._processors:
            batch = process(batch)
        pending = _Pending(batch, size_bytes, request if self._spool else None)
        pending.answer.set_running_or_notify_cancel()  # a client that left is stored
        if not len(batch):
            pending.answer.set_result(None)
            return pending.answer
        with self._changed:
            self._check_room(size_bytes)
            if self._spool is not None and self._is_away():
                self._spool.check_room(size_bytes)
            self._put(pending)
            self._changed.notify_all()
        return pending.answer

    def _check_room(self, size_bytes: int) -> None:
        if self._closing:
            raise Stopping("the collector is stopping: send this again")
        full = len(self._waiting) >= self._requests_max
        # One request larger than the bound still gets through an empty queue.
        heavy = self._bytes and self._bytes + size_bytes > self._bytes_max
        if full or heavy:
            raise QueueFull(
                f"{len(self._waiting)} requests of {self._bytes} bytes wait for the "
                "store: send this again later"
            )

    def _put(self, pending: _Pending, *, first: bool = False) -> None:
        if first:
            self._waiting.appendleft(pending)
        else:
            self._waiting.append(pending)
        self._bytes += pending.size_bytes
        self._metrics.queue_size(len(self._waiting))

    def _take(self) -> _Pending:
        pending = self._waiting.popleft()
        self._bytes -= pending.size_bytes
        self._metrics.queue_size(len(self._waiting))
        return pending

    def close(self, seconds_max: float) -> bool:
        """Store or spool what waits; whether all of it was durable in time."""
        ends = time.monotonic() + seconds_max
        running = self._writer.ident is not None
        with self._changed:
            self._closing = True
            self._changed.notify_all()
            while running and not self._may_end() and time.monotonic() < ends:
                self._changed.wait(0.1)
            self._ended = True
            left = self._unanswered()
            self._settle(left)
            self._waiting.clear()
            self._changed.notify_all()
        late = Stopping("the collector stopped before this was stored: send it again")
        for pending in left:
            pending.answer.set_exception(late)
        for thread in self._threads if running else ():
            # What it does beyond is of no consequence: everybody has an answer.
            thread.join(min(1.0, max(0.0, ends - time.monotonic())))
        return not left

    def _unanswered(self) -> list[_Pending]:
        known = [*self._committing, *self._appending, *self._waiting]
        return [one for one in dict.fromkeys(known) if not one.done]

    def _may_end(self) -> bool:
        """Whether all have an answer, and the spool is empty if that can be had."""
        if self._unanswered():
            return False
        if self._spool is None or self._spool.is_empty:
            return True
        if self._late_at is not None:  # the store is at work
            return self._late_at <= time.monotonic()
        return self._is_away()

    @staticmethod
    def _settle(pending: Sequence[_Pending]) -> None:
        for one in pending:
            one.done = True

    # The writer: commits, and replays in turn with them.

    def _run(self) -> None:
        while (work := self._next_work()) is not None:
            work()

    def _next_work(self) -> Callable[[], None] | None:
        """Wait for something to store; ``None`` at the end."""
        with self._changed:
            while True:
                now = time.monotonic()
                work, until = self._work_at(now)
                if work is not None:
                    self._late_at = now + self._spool_after_s
                    self._changed.notify_all()
                    return work
                if self._ended or (self._closing and self._is_away()):
                    return None
                self._changed.wait(None if until is None else max(0.0, until - now))

    def _work_at(self, now: float) -> tuple[Callable[[], None] | None, float | None]:
        """What is to be done now, or when there may be something."""
        spooled = self._spool is not None and not self._spool.is_empty
        if self._is_away():
            if self._closing or (self._again_at or 0) > now:
                return None, self._again_at
            return (self._store_spooled if spooled else self._probe), None
        replays = spooled and not self._ended and self._replay_from <= now
        if self._waiting and not (replays and not self._replayed_last):
            self._replayed_last = False
            self._committing = self._next_group()
            return self._store, None
        if replays:
            self._replayed_last = True
            return self._store_spooled, None
        if self._again_at is not None and not self._closing:
            if self._again_at <= now:
                return self._probe, None
            return None, self._again_at
        return None, self._replay_from if spooled else None

    def _is_away(self) -> bool:
        """Whether requests go into the spool without asking the store."""
        return self._spool is not None and self._again_at is not None

    def _next_group(self) -> list[_Pending]:
        """As many requests as one commit holds, at least one."""
        group = [self._take()]
        rows = len(group[0].batch)
        while self._waiting and rows < self._rows_max:
            if group[0].alone or self._waiting[0].alone:
                break
            pending = self._take()
            rows += len(pending.batch)
            group.append(pending)
        return group

    def _store(self) -> None:
        started = time.monotonic()
        group = self._committing
        try:
            stored = self._exporter.export([pending.batch for pending in group])
        except (Retryable, Unusable) as error:
            self._lost(error)
        except Exception as error:
            self._sort_out(error)
        else:
            self._stored(stored, time.monotonic() - started)

    def _stored(self, stored: Stored, seconds: float) -> None:
        self._metrics.stored(stored, seconds)
        with self._changed:
            group = self._ended_commit()
            self._works()
            answers = [one for one in group if not one.done]
            self._settle(answers)
            tickets = [one.ticket for one in group if one.ticket is not None]
            if tickets and self._spool is not None:
                self._spool.discard(tickets)
        for pending in answers:
            pending.answer.set_result(None)

    def _lost(self, error: ExportError) -> None:
        """The store did not take it: into the spool, or back to the client."""
        with self._changed:
            group = self._ended_commit()
            self._fails(error)
            back = [one for one in group if not one.done and not one.spooling]
            refused = [one for one in back if one.request is None]
            self._settle(refused)
            for one in reversed(back):
                if not one.done:
                    self._put(one, first=True)
        if isinstance(error, Unusable):
            error = Retryable(str(error), AGAIN_S[1])
        self._refuse(refused, error)

    def _sort_out(self, error: Exception) -> None:
        """Find the request that the store refuses, without hurting its neighbours."""
        with self._changed:
            group = self._ended_commit()
            back = [one for one in group if not one.done and not one.spooling]
            if len(group) > 1:
                for one in reversed(back):
                    one.alone = True
                    self._put(one, first=True)
                return
            self._settle(back)
        if not isinstance(error, ExportError):
            logger.error("the store failed in an unknown way", exc_info=error)
            error = Retryable("the store failed in an unknown way: send this again")
            with self._changed:
                self._fails(error)
        self._refuse(back, error)

    def _refuse(self, refused: Sequence[_Pending], error: ExportError) -> None:
        if refused and isinstance(error, Permanent):
            logger.warning("the store refused a request: %s", error)
        for pending in refused:
            self._metrics.failed(pending.batch)
            pending.answer.set_exception(error)

    def _store_spooled(self) -> None:
        try:
            self._replay.step()
        except ExportError as error:
            # A request that the store fails at again and again holds up no others.
            if isinstance(error, Overloaded) or not self._answers():
                self._fails(error)
            else:
                self._replay_from = time.monotonic() + self._replay.stumbled(error)
                self._again_at = None
        except Exception:
            logger.exception("replaying the spool failed in an unknown way")
            self._replay_from = time.monotonic() + AGAIN_S[1]
        else:
            self._works()
        with self._changed:
            self._ended_commit()

    def _probe(self) -> None:
        try:
            self._exporter.export([])
        except ExportError as error:
            self._fails(error)
        except Exception:
            logger.exception("the store failed in an unknown way")
            self._fails(Retryable("the store failed in an unknown way"))
        else:
            self._works()
        with self._changed:
            self._ended_commit()

    def _answers(self) -> bool:
        try:
            self._exporter.export([])
        except ExportError:
            return False
        return True

    def _ended_commit(self) -> list[_Pending]:
        group, self._committing = self._committing, []
        self._late_at = None
        self._changed.notify_all()
        return group

    def _works(self) -> None:
        if self._complaint:
            logger.info("the store takes data again")
        self._complaint = ""
        self._again_at = None

    def _fails(self, error: ExportError) -> None:
        if not self._complaint:
            where = "" if self._spool is None else ", requests are spooled"
            logger.warning("the store does not take data now%s: %s", where, error)
        self._complaint = str(error)
        least, most = AGAIN_S
        asked = error.retry_after_s if isinstance(error, Retryable) else most
        wait = min(max(asked, least), most) * random.uniform(0.5, 1)  # noqa: S311
        self._again_at = time.monotonic() + wait

    # The spooler: appends what the store does not take.

    def _run_spooler(self) -> None:
        while self._next_append():
            self._append()

    def _next_append(self) -> bool:
        """Wait for something to append; false at the end."""
        with self._changed:
            while not self._ended:
                now = time.monotonic()
                until = max(self._append_from, self._append_at())
                if until <= now:
                    self._appending = self._to_append()
                    if self._appending:
                        return True
                    until = float("inf")
                self._changed.wait(None if until == float("inf") else until - now)
            return False

    def _append_at(self) -> float:
        if self._is_away():
            return 0.0
        return float("inf") if self._late_at is None else self._late_at

    def _to_append(self) -> list[_Pending]:
        """What a late commit holds, and what waits."""
        group: list[_Pending] = []
        size = 0
        for one in [*self._committing, *self._waiting]:
            if one.done or one.spooling or one.request is None:
                continue
            if group and size + one.size_bytes > APPEND_BYTES_MAX:
                break
            size += one.size_bytes
            one.spooling = True
            group.append(one)
        waiting = [one for one in self._waiting if one.spooling]
        if waiting:
            self._waiting = deque(one for one in self._waiting if not one.spooling)
            self._bytes -= sum(one.size_bytes for one in waiting)
            self._metrics.queue_size(len(self._waiting))
        return group

    def _append(self) -> None:
        spool, group = self._spool, self._appending
        assert spool is not None  # noqa: S101 - for the type checker
        requests = [one.request for one in group if one.request is not None]
        failure: Retryable = SpoolFull("the spool is full: send this again later", 3.0)
        try:
            tickets = spool.append(requests)
        except Retryable as error:
            failure, tickets = error, []
        except Exception:
            logger.exception("the spool failed in an unknown way")
            failure, tickets = SpoolFailed("the spool failed: send this again"), []
        with self._changed:
            self._appending = []
            for one, ticket in zip(group, tickets, strict=False):
                one.ticket = ticket
            stored = [one.ticket for one in group if one.ticket and one.done]
            spool.discard(stored)
            answers = [one for one in group if one.ticket and not one.done]
            self._settle(answers)
            refused = self._not_appended(group[len(tickets) :])
            self._changed.notify_all()
        for one in answers:
            one.answer.set_result(None)
        self._refuse(refused, failure)

    def _not_appended(self, group: Sequence[_Pending]) -> list[_Pending]:
        """Refuse while the store is away; otherwise the commit may still come."""
        left = [one for one in group if not one.done]
        for one in group:
            one.spooling = False
        if self._is_away():
            left = [one for one in left if one not in self._committing]
            self._settle(left)
            return left
        if left:
            self._append_from = time.monotonic() + AGAIN_S[1]
        for one in reversed(left):
            if one not in self._committing:
                self._put(one, first=True)
        return []
