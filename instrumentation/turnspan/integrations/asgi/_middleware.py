"""The middleware: which requests and messages are turns, and whose."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

from opentelemetry.trace import SpanKind

from turnspan import _context, _pipeline, _settings
from turnspan._begin import Entry, begin
from turnspan._emit import pipeline_failed
from turnspan._surface import _known
from turnspan.integrations.asgi._answer import Answer
from turnspan.integrations.asgi._body import (
    BODY_BYTES_MAX,
    Replay,
    is_readable,
    parsed,
)
from turnspan.integrations.asgi._extract import Extractor, Extractors, Heard, guarded
from turnspan.integrations.asgi._paths import DEFAULT_PATHS, Path, Paths
from turnspan.integrations.asgi._socket import Socket
from turnspan.integrations.asgi._types import App, Message, Receive, Scope, Send

When = Callable[[Scope, Any], object]

_ENTERED: Final = "turnspan.entered"
_CHANNEL: Final = "web"
_FRAMEWORKS: Final = ("fastapi", "starlette")


class Rules(NamedTuple):
    """What a middleware was told, compiled."""

    paths: Paths
    methods: frozenset[str]
    extract: Extractors
    when: When | None
    body_bytes_max: int


class TurnMiddleware:
    """Makes a turn of each chat request, and of each message of a web socket.

    ``app.add_middleware(TurnMiddleware, path="/chat", conversation="thread.id")``
    for FastAPI and Starlette, ``TurnMiddleware(app, …)`` for any other ASGI app.

    An HTTP turn begins with the request and ends with the last part of the answer,
    streams and server-sent events included. A web socket's turn begins with a
    message and ends when the app, having answered, asks for the next one. Requests
    that match no path pass untouched, and so do exceptions.
    """

    def __init__(
        self,
        app: App,
        /,
        *,
        path: Path | Iterable[Path] = DEFAULT_PATHS,
        methods: Iterable[str] = ("POST",),
        when: When | None = None,
        body_bytes_max: int = BODY_BYTES_MAX,
        **options: Extractor | None,
    ) -> None:
        """Wrap an app.

        Args:
            app: The ASGI app.
            path: Patterns of the chat's paths; ``*`` is a segment, ``**`` any number
                of them, ``{name}`` a segment that extractors can ask for.
            methods: HTTP methods; web sockets have none.
            when: Called with the scope and the parsed body or message; False for
                what is no turn, such as a ping.
            body_bytes_max: A longer body or message is not parsed, so that ids in it
                are not found; it reaches the app all the same.
            **options: Those of ``turn``. bot, channel and version are values.
                conversation, user, session, message_id, text and locale are places:
                ``"thread.id"`` in the body, else a path parameter or a query field
                of that name; ``"header:x-user"``, ``"query:u"``, ``"path:id"``,
                ``"cookie:sid"``, ``"body:id"``; or a callable of the scope and the
                parsed body (None when there is none).

        Raises:
            TypeError: An option is none of ``turn``'s.
            ValueError: There is no path, or a place has no name.
        """
        self.app = app
        self._rules: Final = compiled(
            {
                "path": path,
                "methods": methods,
                "when": when,
                "body_bytes_max": body_bytes_max,
                **options,
            }
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        params = self._match(scope)
        if params is None:
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await self._request(params, scope, receive, send)
        else:
            await self._connection(params, scope, receive, send)

    def _match(self, scope: Scope) -> Mapping[str, str] | None:
        """Give the path's parameters when the connection may hold turns."""
        kind = scope["type"]
        if kind == "http":
            if scope["method"] not in self._rules.methods:
                return None
        elif kind != "websocket":
            return None
        params = self._rules.paths.match(_path(scope))
        if params is None or _ENTERED in scope or not _pipeline.current().active():
            return None
        return params

    async def _request(
        self, params: Mapping[str, str], scope: Scope, receive: Receive, send: Send
    ) -> None:
        came_ns = time.time_ns()
        scope[_ENTERED] = True
        body: Any = None
        if self._rules.extract.need_body and is_readable(
            scope, self._rules.body_bytes_max
        ):
            receive = replay = Replay(receive)
            raw = await replay.read(self._rules.body_bytes_max)
            body = None if raw is None else parsed(scope, raw)
        entry = self._begin(Heard(scope, params, body), SpanKind.INTERNAL, came_ns)
        if entry is None:
            await self.app(scope, receive, send)
            return
        answer = Answer(entry, send)
        token = _context.attach(entry.context)
        try:
            await self.app(scope, receive, answer.send)
        except BaseException as error:
            answer.end(error)
            raise
        finally:
            _context.detach(token)
        answer.end()

    async def _connection(
        self, params: Mapping[str, str], scope: Scope, receive: Receive, send: Send
    ) -> None:
        scope[_ENTERED] = True

        def heard(message: Message, standing: Mapping[str, object]) -> Entry | None:
            body = _spoken(message, self._rules.body_bytes_max)
            came = Heard(scope, params, body)
            return self._begin(came, SpanKind.CONSUMER, time.time_ns(), standing)

        socket = Socket(heard, receive, send)
        try:
            await self.app(scope, socket.receive, socket.send)
        except BaseException as error:
            socket.close(error)
            raise
        socket.close()

    def _begin(
        self,
        heard: Heard,
        kind: SpanKind,
        came_ns: int,
        standing: Mapping[str, object] | None = None,
    ) -> Entry | None:
        """Begin a turn; None when it is none, or when it cannot be begun."""
        try:
            if not self._is_turn(heard):
                return None
            given = {"framework": _framework(heard.scope), **self._rules.extract(heard)}
            if standing and not {"conversation", "user"} & given.keys():
                given.update(standing)
            given.setdefault("channel", _settings.current().channel or _CHANNEL)
            given["provisional"] = True
            return begin(given, kind=kind, start_time_ns=came_ns)
        except Exception:
            pipeline_failed("beginning a turn")
            return None

    def _is_turn(self, heard: Heard) -> bool:
        when = self._rules.when
        if when is None:
            return True
        answer = guarded("when", lambda h: bool(when(h.scope, h.body)), heard)
        return answer is not False


def compiled(options: Mapping[str, Any]) -> Rules:
    """Check the options of a middleware and make them ready."""
    others = dict(options)
    path = others.pop("path", DEFAULT_PATHS)
    methods = others.pop("methods", ("POST",))
    when = others.pop("when", None)
    bytes_max = others.pop("body_bytes_max", BODY_BYTES_MAX)
    if not isinstance(bytes_max, int) or bytes_max < 0:
        raise ValueError(f"body_bytes_max is {bytes_max}; give 0 or more bytes")
    extract = Extractors(_known(others))
    extract.need_body = extract.need_body or when is not None
    names = [methods] if isinstance(methods, str) else methods
    return Rules(
        Paths(path), frozenset(name.upper() for name in names), extract, when, bytes_max
    )


def _path(scope: Scope) -> str:
    """Give the path below the prefix that a proxy or a mount added."""
    path: str = scope["path"]
    root: str = scope.get("root_path") or ""
    if root and path.startswith(root + "/"):
        return path[len(root) :]
    return path


def _spoken(message: Message, bytes_max: int) -> Any:
    """Parse a web socket's message; None when it is no JSON or too long."""
    text = message.get("text")
    raw = message.get("bytes") if text is None else None
    if text is not None:
        raw = text.encode("utf-8", "replace") if len(text) <= bytes_max else None
    if raw is None or len(raw) > bytes_max or raw[:1] not in (b"{", b"["):
        return None
    return parsed({"headers": ()}, raw)


def _framework(scope: Scope) -> str:
    app = type(scope.get("app"))
    for base in app.__mro__:
        package = base.__module__.partition(".")[0]
        if package in _FRAMEWORKS:
            return package
    return "asgi"
