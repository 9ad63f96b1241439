"""What the store says of itself, among the collector's own metrics.

Asked every few seconds by a thread of its own, so that a scrape never waits for the
database; ``turnspan_store_state_age_seconds`` says how old the answers are.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, Final

import psycopg
from prometheus_client import CollectorRegistry, Gauge

from turnspan_exporters.errors import ExportError, Overloaded
from turnspan_exporters.timescale import connect, status

__all__ = ["StoreMetrics", "StoreWatch"]

ASK_SECONDS: Final = 5.0
SIZES_SECONDS: Final = 60.0
LOSS_SECONDS: Final = 300.0

logger = logging.getLogger(__name__)


class StoreMetrics:
    """The gauges, in the collector's registry."""

    def __init__(
        self,
        registry: CollectorRegistry,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._registry = registry
        self._clock = clock
        self._asked_at = clock()
        self._waiting = self._gauge(
            "turnspan_store_derive_waiting",
            "What waits to be derived: conversations and users.",
            "what",
        )
        self._lag = self._gauge(
            "turnspan_store_derive_lag_seconds",
            "How long the first of what waits to be derived has waited.",
        )
        self._windows = self._gauge(
            "turnspan_store_refresh_waiting",
            "Ranges of late rows that wait for a refresh of the aggregates.",
        )
        self._behind = self._gauge(
            "turnspan_store_refresh_age_seconds",
            "By how much the aggregates lag behind the clock.",
            "aggregate",
        )
        self._failing = self._gauge(
            "turnspan_store_refresh_failing",
            "Aggregates whose last refresh failed.",
        )
        self._dead = self._gauge(
            "turnspan_store_dead_letters", "Records set aside, kept so far.", "signal"
        )
        self._bytes = self._gauge(
            "turnspan_store_table_bytes",
            "Bytes on disk, indexes and chunks included.",
            "table",
        )
        self._loss = {
            what: self._gauge(
                f"turnspan_loss_{what}_records",
                f"Of the last hour, by the sender's own numbers: {about}.",
                "bot",
                "process",
            )
            for what, about in (
                ("sent", "records that left a bot's process"),
                ("received", "those that are in the store"),
                ("lost", "those that are not"),
            )
        }
        self._gauge(
            "turnspan_store_state_age_seconds",
            "How long ago the store last told its state.",
        ).set_function(lambda: self._clock() - self._asked_at)

    def _gauge(self, name: str, about: str, *labels: str) -> Gauge:
        return Gauge(name, about, labels, registry=self._registry)

    def work(self, work: status.Work) -> None:
        """What waits."""
        self._asked_at = self._clock()
        self._waiting.labels("conversations").set(work.conversations)
        self._waiting.labels("users").set(work.users)
        self._lag.set(work.oldest_s)
        self._windows.set(work.windows)

    def dead_letters(self, letters: Iterable[status.DeadLetters]) -> None:
        """What was set aside; a signal that has none any more is gone."""
        self._dead.clear()
        for one in letters:
            self._dead.labels(one.signal).set(one.count)

    def aggregates(self, states: Iterable[status.AggregateState]) -> None:
        """How far each is behind."""
        failing = 0
        for one in states:
            self._behind.labels(one.name).set(one.behind_s)
            failing += one.failed
        self._failing.set(failing)

    def losses(self, losses: Iterable[status.Loss]) -> None:
        """What each process sent; one that is silent for an hour is gone."""
        for gauge in self._loss.values():
            gauge.clear()
        for one in losses:
            for what, gauge in self._loss.items():
                gauge.labels(one.bot, one.process).set(getattr(one, what))

    def tables(self, sizes: dict[str, int]) -> None:
        """How large they are."""
        for name, size in sizes.items():
            self._bytes.labels(name).set(size)


class StoreWatch:
    """Asks the store for its state, in a thread; what fails is asked again later."""

    def __init__(self, dsn: str, metrics: StoreMetrics) -> None:
        self._dsn = dsn
        self._metrics = metrics
        self._stop = threading.Event()
        self._sized_at = float("-inf")
        self._lost_at = float("-inf")
        self._thread = threading.Thread(
            target=self._run, name="store-watch", daemon=True
        )

    def start(self) -> None:
        """Begin to ask."""
        self._thread.start()

    def stop(self) -> None:
        """Ask no more."""
        self._stop.set()

    def ask(self, connection: psycopg.Connection[Any]) -> None:
        """Ask once."""
        self._metrics.work(status.work(connection))
        self._metrics.dead_letters(status.dead_letters(connection))
        self._metrics.aggregates(status.aggregates(connection))
        if time.monotonic() - self._sized_at >= SIZES_SECONDS:
            self._metrics.tables(status.table_bytes(connection))
            self._sized_at = time.monotonic()
        if time.monotonic() - self._lost_at >= LOSS_SECONDS:
            self._lost_at = time.monotonic()
            self._metrics.losses(self._losses(connection))

    @staticmethod
    def _losses(connection: psycopg.Connection[Any]) -> list[status.Loss]:
        """None where to count takes too long, as it may without TimescaleDB."""
        try:
            return status.losses(connection)
        except Overloaded:
            logger.debug("counting what was lost took too long")
            return []

    def _run(self) -> None:
        connection: psycopg.Connection[Any] | None = None
        while not self._stop.is_set():
            try:
                connection = connection or connect(self._dsn, name="turnspan watch")
                self.ask(connection)
            except (ExportError, psycopg.Error) as error:
                # The health check says that the database is away; this is a detail.
                logger.debug("the store does not tell its state: %s", error)
                if connection is not None:
                    connection.close()
                connection = None
            self._stop.wait(ASK_SECONDS)
        if connection is not None:
            connection.close()
