"""FastAPI and Starlette bots over HTTP, server-sent events and web sockets."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any, Final

from fastapi import FastAPI, Request
from opentelemetry.trace import Tracer
from starlette.applications import Starlette
from starlette.responses import StreamingResponse
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket as ServerSocket
from starlette.websockets import WebSocketDisconnect
from tests.instrumentation.integrations.harness import replies
from tests.support.asgi import WebSocket, request

from turnspan.integrations.asgi import AsgiInstrumentor, TurnMiddleware


class _Web:
    adapter = "asgi"
    framework = "starlette"
    repeats = True
    buttons = False

    app: Any

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self._by_middleware = False
        self.build()

    def build(self) -> None:
        """Make the app anew; an app that has started takes no middleware."""
        raise NotImplementedError

    def instrument(self) -> None:
        """By the middleware."""
        if self._by_middleware:
            return
        self._by_middleware = True
        self.build()
        self.app.add_middleware(
            TurnMiddleware, bot="bot", path="/chat", message_id="message", text="text"
        )

    def uninstrument(self) -> None:
        """By making the app without."""
        self._by_middleware = False
        self.build()

    def conversation(self, user: int) -> str:
        """As the client sends it."""
        return f"thread-{user % 1000}"

    async def press(self, user: int, button: str) -> None:
        """There are none."""
        raise NotImplementedError

    def body(self, user: int, text: str, message: int) -> dict[str, object]:
        """Make what the client sends."""
        return {
            "conversation_id": self.conversation(user),
            "user_id": user,
            "text": text,
            "message": message,
        }


class FastApiStream(_Web):
    """A FastAPI endpoint that streams every answer."""

    def build(self) -> None:
        """Make the app."""
        self.app = app = FastAPI()

        @app.post("/chat")
        async def chat(heard: Request) -> StreamingResponse:
            text = (await heard.json())["text"]
            parts = replies(self._tracer, text)
            first = await anext(parts, "")
            return StreamingResponse(_joined(first, parts), media_type="text/plain")

    async def say(self, user: int, text: str, *, message: int = 1) -> str:
        """Post a message."""
        answer = await request(self.app, "/chat", self.body(user, text, message))
        return answer.text


class FastApiInstrumented(FastApiStream):
    """The same by the instrumentor, as opentelemetry-instrument calls it."""

    def instrument(self) -> None:
        """By the instrumentor, before the app's first request."""
        AsgiInstrumentor().instrument(
            bot="bot", path="/chat", message_id="message", text="text"
        )
        self.build()

    def uninstrument(self) -> None:
        """By the instrumentor; the app goes on."""
        AsgiInstrumentor().uninstrument()


class StarletteSocket(_Web):
    """A Starlette web socket that answers each message in its parts."""

    def build(self) -> None:
        """Make the app."""

        async def chat(socket: ServerSocket) -> None:
            await socket.accept()
            while True:
                text = json.loads(await socket.receive_text())["text"]
                async for part in replies(self._tracer, text):
                    await socket.send_text(part)
                if text == "stream":
                    await socket.send_text("")

        self.app = Starlette(routes=[WebSocketRoute("/chat", chat)])

    async def say(self, user: int, text: str, *, message: int = 1) -> str:
        """Connect, say it, and hang up."""
        answer = ""
        with contextlib.suppress(WebSocketDisconnect):
            async with WebSocket(self.app, "/chat") as socket:
                await socket.send(json.dumps(self.body(user, text, message)))
                if text != "silence":
                    answer = await socket.receive()
                while text == "stream" and (part := await socket.receive()):
                    answer += part
        return answer


async def _joined(first: str, parts: AsyncIterator[str]) -> AsyncIterator[str]:
    yield first
    async for part in parts:
        yield part


HARNESSES: Final = [FastApiStream, FastApiInstrumented, StarletteSocket]
