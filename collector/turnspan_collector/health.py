"""The health check: 200 when data is taken and stored, 503 and the reasons when not."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import orjson
import psycopg

from turnspan_collector.receivers.http import Message, Receive, Send

__all__ = ["Health", "HealthApp", "MetricsApp", "StoreProbe"]

PROBE_SECONDS = 1.0
PROBE_TIMEOUT_SECONDS = 5


class Health:
    """Why the collector is not ready, by part; ready when there is no reason."""

    def __init__(self) -> None:
        self._reasons: dict[str, str] = {"collector": "starting"}
        self._lock = threading.Lock()

    def set(self, part: str, reason: str) -> None:
        """State why a part does not work; an empty reason says that it does."""
        with self._lock:
            if reason:
                self._reasons[part] = reason
            else:
                self._reasons.pop(part, None)

    @property
    def reasons(self) -> dict[str, str]:
        """A copy of what is wrong."""
        with self._lock:
            return dict(self._reasons)


class StoreProbe:
    """Asks the database once a second whether it answers, in a thread of its own."""

    def __init__(self, dsn: str, health: Health) -> None:
        self._dsn = dsn
        self._health = health
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=self._run, name="store-probe", daemon=True
        )

    def start(self) -> None:
        """Begin to ask."""
        self._thread.start()

    def stop(self) -> None:
        """Ask no more."""
        self._stop.set()

    def _run(self) -> None:
        connection: psycopg.Connection[Any] | None = None
        while not self._stop.wait(PROBE_SECONDS):
            try:
                if connection is None or connection.closed:
                    connection = self._connect()
                connection.execute("SELECT 1")
                self._health.set("store", "")
            except psycopg.Error:
                self._health.set("store", "the database does not answer")
                if connection is not None:
                    connection.close()
                connection = None
        if connection is not None:
            connection.close()

    def _connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(
            self._dsn,
            autocommit=True,
            connect_timeout=PROBE_TIMEOUT_SECONDS,
            application_name="turnspan health",
            options=f"-c statement_timeout={PROBE_TIMEOUT_SECONDS}s",
        )


class HealthApp:
    """GET /: ``{"status":"ready"}``, or 503 with the reasons (ASGI)."""

    def __init__(self, health: Health) -> None:
        self._health = health

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        reasons = self._health.reasons
        content: dict[str, Any] = {"status": "not ready" if reasons else "ready"}
        if reasons:
            content["reasons"] = reasons
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
