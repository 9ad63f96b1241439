"""A client that speaks ASGI to an app in this very task, without threads or sockets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import quote

Headers = Iterable[tuple[str, str]]


@dataclass
class Response:
    """What an app answered."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    chunks: list[bytes] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The whole body."""
        return b"".join(self.chunks).decode()


def http_scope(
    path: str, *, method: str = "POST", query: str = "", headers: Headers = ()
) -> dict[str, Any]:
    """Make the scope of a request."""
    return _scope("http", path, query, headers) | {"method": method}


async def request(
    app: Any,
    path: str,
    body: object = None,
    *,
    method: str = "POST",
    query: str = "",
    headers: Headers = (),
    parts: Iterable[bytes] | None = None,
) -> Response:
    """Send a request and give the answer; the app's exception comes out.

    Args:
        app: The app.
        path: The path.
        body: Sent as JSON.
        method: The method.
        query: The query, without the question mark.
        headers: More headers.
        parts: The body's parts, instead of ``body`` and without a length.
    """
    raw = b"" if body is None else json.dumps(body).encode()
    more = [("content-type", "application/json")] if not _has_type(headers) else []
    if parts is None:
        more.append(("content-length", str(len(raw))))
    chunks = [raw] if parts is None else list(parts)
    messages = [
        {"type": "http.request", "body": chunk, "more_body": place < len(chunks)}
        for place, chunk in enumerate(chunks, 1)
    ]
    response = Response()

    over = asyncio.Event()

    async def receive() -> Any:
        await asyncio.sleep(0)
        if messages:
            return messages.pop(0)
        await over.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        await asyncio.sleep(0)
        if message["type"] == "http.response.start":
            response.status = message["status"]
            pairs = message.get("headers", ())
            response.headers = {k.decode(): v.decode() for k, v in pairs}
        else:
            response.chunks.append(message.get("body", b""))
            if not message.get("more_body", False):
                over.set()

    scope = http_scope(path, method=method, query=query, headers=[*headers, *more])
    await app(scope, receive, send)
    return response


class WebSocket:
    """A client's web socket: ``async with WebSocket(app, "/ws") as socket``."""

    def __init__(self, app: Any, path: str, query: str = "") -> None:
        self._scope = _scope("websocket", path, query, ()) | {"subprotocols": []}
        self._app = app
        self._to_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue(1_000)
        self._from_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue(1_000)
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self._to_app.put({"type": "websocket.connect"})
        run = self._app(self._scope, self._to_app.get, self._from_app.put)
        self._task = asyncio.ensure_future(run)
        await self._next("websocket.accept")
        return self

    async def __aexit__(self, *exc: object) -> None:
        if exc[0] is None:
            await self.close()
        elif self._task is not None:
            self._task.cancel()

    async def send(self, text: str | bytes) -> None:
        """Send a message."""
        key = "text" if isinstance(text, str) else "bytes"
        await self._to_app.put({"type": "websocket.receive", key: text})

    async def receive(self) -> str:
        """Wait for a message."""
        return str((await self._next("websocket.send"))["text"])

    async def close(self, code: int = 1000) -> None:
        """Close, and wait for the app; its exception comes out."""
        await self._to_app.put({"type": "websocket.disconnect", "code": code})
        await self.ended()

    async def ended(self) -> None:
        """Wait for the app to return; its exception comes out."""
        task, self._task = self._task, None
        if task is not None:
            await task

    async def _next(self, kind: str) -> dict[str, Any]:
        get = asyncio.ensure_future(self._from_app.get())
        waiting = {get} if self._task is None else {get, self._task}
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        if not get.done():
            get.cancel()
            await self.ended()
            raise ConnectionError(f"the app returned before {kind}")
        message = get.result()
        assert message["type"] == kind
        return message


def _scope(kind: str, path: str, query: str, headers: Headers) -> dict[str, Any]:
    return {
        "type": kind,
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "http" if kind == "http" else "ws",
        "path": path,
        "raw_path": quote(path).encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(k.lower().encode(), v.encode()) for k, v in headers],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }


def _has_type(headers: Headers) -> bool:
    return any(key.lower() == "content-type" for key, _ in headers)
