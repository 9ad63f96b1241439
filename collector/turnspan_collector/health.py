"""The health check: 200 when data is taken and stored, 503 and the reasons when not."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import orjson
import psycopg

from turnspan_collector.receivers.http import Message, Receive, Send

__all__ = ["Health", "HealthApp", "MetricsApp", "StoreProbe"]

PROBE_SECONDS = 1.0
SILENT_SECONDS_MAX = 5
STORE_PARTS = ("database", "store")


Check = Callable[[], str]


class Health:
    """Why the collector is not ready, by part; ready when there is no reason."""

    def __init__(self) -> None:
        self._checks: dict[str, Check] = {"collector": lambda: "starting"}
        self._mentioned: dict[str, Check] = {}

    def watch(self, part: str, check: Check) -> None:
        """Ask ``check`` for the reason why a part does not work; empty: it works."""
        self._checks = {**self._checks, part: check}

    def mention(self, part: str, check: Check) -> None:
        """Say what ``check`` says, too; it makes nothing unready."""
        self._mentioned = {**self._mentioned, part: check}

    @property
    def notes(self) -> dict[str, str]:
        """What is worth knowing now."""
        found = {part: check() for part, check in self._mentioned.items()}
        return {part: note for part, note in found.items() if note}

    @property
    def spools(self) -> bool:
        """Whether there is a spool, and room in it."""
        check = self._checks.get("spool")
        return check is not None and not check()

    @property
    def reasons(self) -> dict[str, str]:
        """What is wrong now."""
        found = {part: check() for part, check in self._checks.items()}
        return {part: reason for part, reason in found.items() if reason}


class StoreProbe:
    """Asks the database once a second whether it answers, in a thread of its own.

    A database that hangs leaves the thread hanging, and the last answer ages.
    """

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._stop = threading.Event()
        self._answered = time.monotonic()
        self._refused = False
        self._thread = threading.Thread(
            target=self._run, name="store-probe", daemon=True
        )

    def start(self) -> None:
        """Begin to ask."""
        self._thread.start()

    def stop(self) -> None:
        """Ask no more."""
        self._stop.set()

    def complaint(self) -> str:
        """Why the store is not usable; empty while the database answers."""
        if self._refused:
            return "the database cannot be reached"
        silent = time.monotonic() - self._answered
        if silent > SILENT_SECONDS_MAX:
            return f"the database has not answered for {silent:.0f} s"
        return ""

    def _run(self) -> None:
        connection: psycopg.Connection[Any] | None = None
        while not self._stop.wait(PROBE_SECONDS):
            try:
                connection = connection or self._connect()
                connection.execute("SELECT 1")
                self._answered = time.monotonic()
                self._refused = False
            except psycopg.Error:
                self._refused = True
                if connection is not None:
                    connection.close()
                connection = None
        if connection is not None:
            connection.close()

    def _connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(
            self._dsn,
            autocommit=True,
            connect_timeout=SILENT_SECONDS_MAX,
            application_name="turnspan health",
        )


class HealthApp:
    """GET /: ``{"status":"ready"}``, or 503 with the reasons (ASGI); ``notes`` in both.

    GET /accepting leaves out the reasons why the store does not take data, while the
    spool does.
    """

    def __init__(self, health: Health) -> None:
        self._health = health

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        reasons = self._health.reasons
        if scope["path"] == "/accepting" and self._health.spools:
            reasons = {k: v for k, v in reasons.items() if k not in STORE_PARTS}
        content: dict[str, Any] = {"status": "not ready" if reasons else "ready"}
        if reasons:
            content["reasons"] = reasons
        if notes := self._health.notes:
            content["notes"] = notes
        status = 503 if reasons else 200
        await _respond(send, status, b"application/json", orjson.dumps(content))


class MetricsApp:
    """GET /metrics: the collector's own metrics (ASGI)."""

    def __init__(self, text: Callable[[], bytes], content_type: str) -> None:
        self._text = text
        self._content_type = content_type.encode()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        if scope["path"] not in ("/", "/metrics"):
            await _respond(send, 404, b"text/plain", b"the metrics are at /metrics\n")
            return
        await _respond(send, 200, self._content_type, self._text())


async def _respond(send: Send, status: int, content_type: bytes, body: bytes) -> None:
    headers = [
        (b"content-type", content_type),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
