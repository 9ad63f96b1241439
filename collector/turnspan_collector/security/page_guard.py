"""Before the page and the API: tokens, and no requests that other sites make up.

With tokens a browser asks its user for a name and a password: any name, and the token.
Without, the Host header has to be one of this machine, so that a site whose name leads
here (DNS rebinding) reads nothing. Either way nothing is changed for another site.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import orjson

from turnspan_collector.errors import Denied, Unauthenticated
from turnspan_collector.security.gate import Gate, OpenGate
from turnspan_exporters.errors import ExportError

__all__ = ["PageGuard"]

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

_READING = ("GET", "HEAD", "OPTIONS")
_ASK = [
    (b"www-authenticate", b'Basic realm="turnspan", charset="UTF-8"'),
    (b"www-authenticate", b'Bearer realm="turnspan"'),
]


class PageGuard:
    """An ASGI application around ``app``; ``hosts`` are names, with commas."""

    def __init__(self, app: App, gate: Gate, hosts: str = "") -> None:
        self._app = app
        self._gate = gate
        self._hosts = {one.strip().lower() for one in hosts.split(",") if one.strip()}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request, or hand it on (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        changes = scope["method"] not in _READING
        try:
            if changes:
                _refuse_other_sites(headers)
            if isinstance(self._gate, OpenGate):
                self._refuse_other_hosts(headers)
            self._gate.admit_reader(headers.get(b"authorization", ""), changes)
        except ExportError as error:
            await _refuse(send, error)
            return
        await self._app(scope, receive, send)

    def _refuse_other_hosts(self, headers: Mapping[bytes, str]) -> None:
        host = _name(f"//{headers.get(b'host', '')}")
        if host in ("", "localhost") or host.endswith(".localhost"):
            return
        if host in self._hosts or _is_address(host):
            return
        raise Denied(
            "this collector is not known by the name in the Host header: give it in "
            "page_hosts, or use an address"
        )


def _refuse_other_sites(headers: Mapping[bytes, str]) -> None:
    origin = headers.get(b"origin")
    other = origin is not None and _place(origin) != headers.get(b"host")
    if other or headers.get(b"sec-fetch-site") in ("cross-site", "same-site"):
        raise Denied("another site may not change anything here")


def _place(url: str) -> str:
    """Host and port of an address; of what is none, something that nobody has."""
    try:
        return urlsplit(url).netloc
    except ValueError:
        return "?"


def _name(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return "?"


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


async def _refuse(send: Send, error: ExportError) -> None:
    """As the API answers every error: one sentence in JSON."""
    status, headers = 503, [(b"retry-after", b"1")]
    if isinstance(error, Unauthenticated):
        status, headers = 401, _ASK
    elif isinstance(error, Denied):
        status, headers = 403, []
    body = orjson.dumps({"error": f"{error}."})
    headers = [
        *headers,
        (b"content-type", b"application/json"),
        (b"cache-control", b"no-store"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
