"""The collector's side of the store: made ready at start, let go of at the end."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from psycopg import errors as pg

from turnspan_collector.config import Store
from turnspan_collector.embedded import EmbeddedPostgres
from turnspan_collector.errors import ExitCode, StartError
from turnspan_exporters.errors import ExportError, Permanent, Retryable, SchemaNewer
from turnspan_exporters.exporter import Stored
from turnspan_exporters.records import Batch
from turnspan_exporters.timescale import TimescaleExporter, Worker, migrate

__all__ = ["LateStore", "OpenStore", "Opening", "start_error"]

logger = logging.getLogger(__name__)

WORKER_SECONDS_MAX = 10
LATE_SECONDS = 1.0
"""How often a store that was away at the start is tried."""


class OpenStore:
    """Database, schema, exporter and deriving worker, started in this order.

    ``open`` raises ``StartError``. ``close`` may be called whatever it came to.
    """

    def __init__(self, settings: Store) -> None:
        self._settings = settings
        self._embedded: EmbeddedPostgres | None = None
        self._stop = threading.Event()
        self._worker: threading.Thread | None = None
        self.dsn = settings.dsn
        self.exporter: TimescaleExporter | None = None

    def start(self) -> None:
        """Start the embedded server, if it is to be that; ``dsn`` is known then."""
        if not self.dsn:
            self._embedded = EmbeddedPostgres(
                Path(self._settings.data),
                postgres_bin=self._settings.postgres_bin,
                postgres_user=self._settings.postgres_user,
            )
            self.dsn = self._embedded.start()

    def open(self) -> TimescaleExporter:
        """Bring the schema to this program's version and be ready to store."""
        try:
            applied = migrate(self.dsn)
            if applied:
                logger.info("applied %d schema files", len(applied))
            self.exporter = TimescaleExporter(self.dsn, migrates=False)
            self.exporter.open()
        except ExportError as error:
            raise start_error(error) from error
        return self.exporter

    @property
    def opened(self) -> TimescaleExporter:
        """The exporter of a store that is open."""
        if self.exporter is None:
            raise Retryable("the store is not open yet")
        return self.exporter

    def start_worker(self) -> None:
        """Begin to derive turns and sessions."""
        worker = Worker(self.dsn, concurrency=self._settings.derive_workers)
        self._worker = threading.Thread(
            target=worker.run, args=(self._stop,), name="derive", daemon=True
        )
        self._worker.start()

    def stop_worker(self) -> None:
        """Tell the worker to end, and do not wait for it: what it leaves is marked."""
        self._stop.set()

    def interrupt(self) -> None:
        """Tell the embedded server to end, and wait for nothing."""
        if self._embedded is not None:
            self._embedded.interrupt()

    def close(self) -> None:
        """Stop the worker, let go of the database, end the embedded server."""
        self.stop_worker()
        if self._worker is not None:
            self._worker.join(WORKER_SECONDS_MAX)
        if self.exporter is not None:
            self.exporter.close()
        if self._embedded is not None:
            self._embedded.stop()


class Opening:
    """A store that is being opened, for who does not wait until it is."""

    def __init__(self, store: OpenStore) -> None:
        self._store = store
        self._done = threading.Event()
        self._error: Exception | None = None
        threading.Thread(target=self._run, name="store-opening", daemon=True).start()

    def wait(self, seconds: float | None) -> bool:
        """Whether it is open by then; raises ``StartError`` where it cannot be."""
        if not self._done.wait(seconds):
            return False
        if self._error is not None:
            raise self._error
        return True

    def _run(self) -> None:
        try:
            self._store.open()
        except Exception as error:
            self._error = error
        self._done.set()


class LateStore:
    """An exporter to a store that is opened when it can be; ``Retryable`` until then.

    ``start`` waits for ``opening``, and tries again where that fails, in a thread; what
    it is given runs as soon as the store is open.
    """

    def __init__(self, store: OpenStore, opening: Opening | None = None) -> None:
        self._store = store
        self._opening = opening
        self._stop = threading.Event()
        self._is_open = threading.Event()
        self._thread: threading.Thread | None = None
        self._complaint = "the store is being opened, and its schema brought up to date"

    def start(self, then: Callable[[], None]) -> None:
        """Begin to try."""
        self._thread = threading.Thread(
            target=self._run, args=(then,), name="store-opener", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Try no more."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(WORKER_SECONDS_MAX)

    def complaint(self) -> str:
        """Why it is not open; empty once it is."""
        return "" if self._is_open.is_set() else self._complaint

    def open(self) -> None:
        """Done by ``start``."""

    def export(self, batches: Sequence[Batch]) -> Stored:
        """Store all batches, or say why the store is not open."""
        if not self._is_open.is_set():
            raise Retryable(self._complaint)
        return self._store.opened.export(batches)

    def bury(self, batch: Batch, error: Exception) -> Stored:
        """Put every row aside with the reason."""
        return self._store.opened.bury(batch, error)

    def close(self) -> None:
        """The store closes its exporter."""

    def _run(self, then: Callable[[], None]) -> None:
        while not self._opened():
            if self._stop.is_set():
                return
        logger.info("the store is open")
        self._store.start_worker()
        self._is_open.set()
        try:
            then()
        except StartError as error:
            logger.warning("%s", error)

    def _opened(self) -> bool:
        """Whether it is open, after a second at most; begins again what failed."""
        if self._opening is None:
            if self._stop.wait(LATE_SECONDS):
                return False
            self._opening = Opening(self._store)
        try:
            return self._opening.wait(LATE_SECONDS)
        except Exception as error:
            if str(error) != self._complaint:
                logger.warning("the store is not open yet: %s", error)
            self._complaint = str(error)
            self._opening = None
            return False


def start_error(error: ExportError) -> StartError:
    """The exit code of a store that cannot be opened."""
    if isinstance(error, SchemaNewer):
        return StartError(str(error), ExitCode.SCHEMA_NEWER)
    if isinstance(error, Retryable):
        return StartError(
            f"{error} Start the database, or give --dsn another one.",
            ExitCode.DATABASE_UNREACHABLE,
        )
    cause = error.__cause__
    if isinstance(error, Permanent) and isinstance(
        cause, pg.InsufficientPrivilege | pg.InvalidAuthorizationSpecification
    ):
        return StartError(str(error), ExitCode.DATABASE_RIGHTS)
    return StartError(str(error), ExitCode.DATABASE_UNREACHABLE)
