"""Every Starlette and FastAPI app at once, as opentelemetry-instrument wants it."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from turnspan import _problems
from turnspan.conventions import InstrumentationErrorKind as Kind
from turnspan.integrations._instrumentors import Instrumentor, Patch, missing
from turnspan.integrations.asgi._middleware import TurnMiddleware, compiled
from turnspan.integrations.asgi._types import App, Receive, Scope, Send

VARIABLES: Final[Mapping[str, str]] = {
    "path": "TURNSPAN_ASGI_PATHS",
    "methods": "TURNSPAN_ASGI_METHODS",
    "conversation": "TURNSPAN_ASGI_CONVERSATION",
    "user": "TURNSPAN_ASGI_USER",
    "session": "TURNSPAN_ASGI_SESSION",
    "message_id": "TURNSPAN_ASGI_MESSAGE_ID",
    "body_bytes_max": "TURNSPAN_ASGI_BODY_BYTES_MAX",
}
"""Option of TurnMiddleware to the environment variable that gives it."""

_LISTS: Final = ("path", "methods")
_on = False


class AsgiInstrumentor(Instrumentor):
    """Adds TurnMiddleware to every Starlette and FastAPI app when it starts.

    ``instrument()`` takes the options of TurnMiddleware; the environment gives the
    others. An app that has a TurnMiddleware of its own is left alone.
    """

    _patches: tuple[Patch, ...] = ()

    def instrumentation_dependencies(self) -> Collection[str]:
        """Name the framework and the versions that fit."""
        return ("starlette >= 0.40",)

    def _instrument(self, options: dict[str, Any]) -> None:
        """Patch ``build_middleware_stack``, which apps call at their first request."""
        global _on
        compiled({**options})
        adding = _adding({**_from_environment(os.environ), **options})
        self._patches = tuple(
            Patch(owner, "build_middleware_stack", adding) for owner in _owners()
        )
        _on = True

    def _uninstrument(self) -> None:
        global _on
        _on = False
        for patch in self._patches:
            patch.undo()
        self._patches = ()


def _owners() -> list[type[Any]]:
    """List the classes of apps that build a stack in a manner of their own."""
    try:
        from starlette.applications import Starlette
    except ImportError:
        raise missing("asgi", "starlette") from None
    owners: list[type[Any]] = [Starlette]
    if importlib.util.find_spec("fastapi") is not None:
        from fastapi import FastAPI

        if "build_middleware_stack" in vars(FastAPI):
            owners.append(FastAPI)
    return owners


class _Installed(TurnMiddleware):
    """A TurnMiddleware that stands aside once the instrumentor is switched off."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (super().__call__ if _on else self.app)(scope, receive, send)


def _adding(options: Mapping[str, Any]) -> Any:
    """Build an app's stack with the middleware innermost, below all server spans."""

    def build(original: Callable[[Any], App], app: Any) -> App:
        from starlette.middleware import Middleware

        present = app.user_middleware
        if any(_is_ours(middleware.cls) for middleware in present):
            return original(app)
        app.user_middleware = [*present, Middleware(_Installed, **options)]
        try:
            return original(app)
        finally:
            app.user_middleware = present

    return build


def _is_ours(cls: object) -> bool:
    return isinstance(cls, type) and issubclass(cls, TurnMiddleware)


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    """Read the options; with one that is not allowed all are left out, and said."""
    options: dict[str, Any] = {}
    for name, variable in VARIABLES.items():
        text = environ.get(variable, "").strip()
        if text and name in _LISTS:
            options[name] = [part.strip() for part in text.split(",") if part.strip()]
        elif text:
            options[name] = text
    try:
        if "body_bytes_max" in options:
            options["body_bytes_max"] = int(options["body_bytes_max"])
        compiled(options)
    except ValueError as error:
        _problems.report(Kind.SETTING, "TURNSPAN_ASGI", f"TURNSPAN_ASGI_*: {error}")
        return {}
    return options
