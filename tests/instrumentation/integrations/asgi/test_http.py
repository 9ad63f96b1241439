"""ASGI over HTTP: ids from everywhere, bodies untouched, streams, statuses."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import FastAPI, HTTPException
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from tests.support.asgi import request
from tests.support.telemetry import Captured

import turnspan
from turnspan import conventions as c
from turnspan.integrations.asgi import AsgiInstrumentor, TurnMiddleware

BODY = {"thread": {"id": "t1"}, "people": [{"id": 7}], "user_id": 9, "text": "hi"}


async def _echo(heard: Request) -> Response:
    return JSONResponse({"bytes": len(await heard.body())})


def _app(endpoint: Any = _echo, path: str = "/chat", **options: Any) -> Any:
    route = Route(path, endpoint, methods=["GET", "POST"])
    return TurnMiddleware(Starlette(routes=[route]), bot="bot", **options)


@pytest.mark.parametrize(
    ("place", "id"),
    [
        ("thread.id", "t1"),
        ("body:people.0.id", "7"),
        ("header:X-Room", "r1"),
        ("query:room", "q1"),
        ("room", "q1"),
        ("cookie:sid", "s1"),
        (lambda scope, body: f"{body['text']}{scope['path']}", "hi/chat"),
    ],
)
async def test_ids_come_from_where_they_are_said_to_be(
    captured: Captured, place: Any, id: str
) -> None:
    """A body's path, a header, a query, a cookie or a callable give the id."""
    app = _app(conversation=place)
    headers = [("X-Room", "r1"), ("Cookie", "a=b; sid=s1")]
    await request(app, "/chat", BODY, query="room=q1", headers=headers)
    assert captured.turn[c.GEN_AI_CONVERSATION_ID] == id


async def test_well_known_names_are_found(captured: Captured) -> None:
    """Without a word, conversation_id and its like are looked for."""
    app = _app()
    await request(app, "/chat", {"thread_id": "t", "user_id": 9})
    await request(app, "/chat", {}, query="session_id=s")
    ids = [dict(t.attributes or {})[c.GEN_AI_CONVERSATION_ID] for t in captured.turns]
    assert ids == ["t", "s"]


async def test_path_parameters_are_those_of_the_pattern(captured: Captured) -> None:
    """A template's segment names the conversation."""
    app = _app(path="/chat")
    app = TurnMiddleware(app.app, path="/rooms/{room}/chat", conversation="path:room")
    await request(app, "/rooms/r7/chat", {})
    assert captured.turns == []  # the app knows no such path
    found = TurnMiddleware(_ok, path="/rooms/{room}/chat", conversation="path:room")
    await request(found, "/rooms/r7/chat", {})
    assert captured.turn[c.GEN_AI_CONVERSATION_ID] == "r7"


async def _ok(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ok"})


async def test_a_failing_extractor_changes_nothing(captured: Captured) -> None:
    """It is counted, and the turn lacks the id."""

    def broken(scope: Any, body: Any) -> str:
        raise RuntimeError

    answer = await request(_app(conversation=broken), "/chat", BODY)
    assert answer.status == 200
    assert captured.turn[c.TURN_OUTCOME] == c.TurnOutcome.ANSWERED
    kinds = [a for a, _ in captured.points(c.METRIC_INSTRUMENTATION_ERRORS)]
    assert {a[c.INSTRUMENTATION_ERROR_KIND] for a in kinds} == {"extractor"}


@pytest.mark.parametrize("size", [0, 10, 65_536, 65_537, 300_000])
async def test_the_app_gets_the_whole_body(captured: Captured, size: int) -> None:
    """What was read ahead is read again, also beyond the limit."""
    parts = [b"x" * 10_000] * (size // 10_000) + [b"x" * (size % 10_000)]
    answer = await request(_app(), "/chat", parts=parts)
    assert json.loads(answer.text) == {"bytes": size}
    assert len(captured.turns) == 1


async def test_uploads_are_not_read_ahead(captured: Captured) -> None:
    """A body that is no JSON and no form reaches the app part by part."""
    seen: list[int] = []

    async def upload(heard: Request) -> Response:
        async for part in heard.stream():
            seen.append(len(part))
        return Response("ok")

    headers = [("content-type", "multipart/form-data; boundary=x")]
    await request(_app(upload), "/chat", parts=[b"a", b"bb"], headers=headers)
    assert seen == [1, 2, 0]
    assert len(captured.turns) == 1


@pytest.mark.parametrize("raw", [b"{", b"\xff", b"[" * 5_000, b"7", b""])
async def test_bad_bodies_are_the_apps_affair(captured: Captured, raw: bytes) -> None:
    """A body that cannot be parsed gives a turn without ids, and no error."""
    answer = await request(_app(), "/chat", parts=[raw])
    assert json.loads(answer.text) == {"bytes": len(raw)}
    assert captured.turn[c.TURN_UNATTRIBUTED] is True


@pytest.mark.parametrize(
    ("path", "method", "turns"),
    [
        ("/chat", "POST", 1),
        ("/chat", "GET", 0),
        ("/chat/x", "POST", 0),
        ("/api/v1/bot", "POST", 1),
        ("/api/v1/v2/bot", "POST", 0),
        ("/deep/a/b/say", "POST", 1),
        ("/deep/say", "POST", 1),
        ("/room-7", "POST", 1),
        ("/room-x", "POST", 0),
    ],
)
async def test_only_chats_are_turns(
    captured: Captured, path: str, method: str, turns: int
) -> None:
    """Exact paths, globs and expressions say which requests are a chat's."""
    patterns: list[Any] = [
        "/chat",
        "/api/*/bot",
        "/deep/**/say",
        re.compile(r"/room-\d"),
    ]
    await request(TurnMiddleware(_ok, path=patterns), path, {}, method=method)
    assert len(captured.turns) == turns


async def test_pings_are_no_turns(captured: Captured) -> None:
    """``when`` says which requests of a chat's path are messages."""
    app = _app(when=lambda scope, body: body.get("type") != "ping")
    await request(app, "/chat", {"type": "ping"})
    await request(app, "/chat", {"type": "message"})
    assert len(captured.turns) == 1


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, "answered"),
        (204, "no_response"),
        (422, "no_response"),
        (500, "error"),
        (503, "error"),
        (401, None),
        (404, None),
    ],
)
async def test_the_status_tells_the_outcome(
    captured: Captured, status: int, outcome: str | None
) -> None:
    """From 500 on it is an error; where nobody was let in there is no turn."""

    async def answering(heard: Request) -> Response:
        return Response("" if status == 204 else "text", status_code=status)

    await request(_app(answering), "/chat", BODY)
    outcomes = [dict(t.attributes or {})[c.TURN_OUTCOME] for t in captured.turns]
    assert outcomes == ([] if outcome is None else [outcome])
    if outcome and status >= 400:
        assert captured.turn[c.ERROR_TYPE] == str(status)


async def test_fastapis_own_errors_are_statuses(captured: Captured) -> None:
    """An HTTPException of 503 is an error, and its answer the app's."""
    app = FastAPI()
    app.add_middleware(TurnMiddleware, bot="bot", path="/chat")

    @app.post("/chat")
    async def chat() -> None:
        raise HTTPException(503, "busy")

    answer = await request(app, "/chat", BODY)
    assert (answer.status, json.loads(answer.text)) == (503, {"detail": "busy"})
    assert captured.turn[c.ERROR_TYPE] == "503"
    assert captured.turn[c.FRAMEWORK_NAME] == "fastapi"


async def test_the_first_event_with_data_is_the_first_response(
    captured: Captured,
) -> None:
    """Headers and comments of an event stream are nothing that a user sees."""
    steps: list[bool] = []

    async def events() -> AsyncIterator[str]:
        for text in (": ping\n\n", "data: one\n\n", "data: two\n\n"):
            turn = turnspan.current_turn()
            assert turn is not None
            steps.append(turn._first_response is not None)
            yield text
            await asyncio.sleep(0)

    async def stream(heard: Request) -> Response:
        return StreamingResponse(events(), media_type="text/event-stream")

    answer = await request(_app(stream), "/chat", BODY)
    assert len(answer.chunks) == 4
    assert steps == [False, False, True]
    assert captured.turn[c.TURN_OUTCOME] == c.TurnOutcome.ANSWERED


async def test_a_stream_that_breaks_is_an_error(captured: Captured) -> None:
    """The exception passes, after the first part was seen."""

    async def events() -> AsyncIterator[str]:
        yield "one"
        raise LookupError

    async def stream(heard: Request) -> Response:
        return StreamingResponse(events())

    with pytest.raises(LookupError):
        await request(_app(stream), "/chat", BODY)
    assert captured.turn[c.TURN_OUTCOME] == c.TurnOutcome.ERROR
    assert captured.turn[c.ERROR_TYPE] == "LookupError"


async def test_the_turn_is_a_child_of_the_server_span(captured: Captured) -> None:
    """It stands between FastAPI's server span and what the handler opens."""
    provider: Any = captured.tracer_provider
    app = FastAPI(telemetry={"tracer_provider": provider})
    app.add_middleware(TurnMiddleware, bot="bot", path="/chat")

    @app.post("/chat")
    async def chat() -> str:
        with provider.get_tracer("model").start_as_current_span("chat model"):
            return "yes"

    trace_id = "0af7651916cd43dd8448eb211c80319c"
    headers = [("traceparent", f"00-{trace_id}-b7ad6b7169203331-01")]
    await request(app, "/chat", BODY, headers=headers)
    spans = {span.name: span for span in captured.spans}
    turn, server = spans["chatbot.turn bot"], spans["POST /chat"]
    assert turn.parent
    assert server.context
    assert turn.context
    assert turn.parent.span_id == server.context.span_id
    assert f"{turn.context.trace_id:032x}" == trace_id
    above = spans["chat model"]
    while above.name != "chatbot.turn bot":
        assert above.parent
        above = next(
            s
            for s in spans.values()
            if s.context and s.context.span_id == above.parent.span_id
        )


async def test_the_instrumentor_goes_innermost_and_not_twice(
    captured: Captured,
) -> None:
    """It sits below all other middlewares, beside none of its own kind."""
    order: list[str] = []

    class Outer:
        def __init__(self, app: Any) -> None:
            self.app = app

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            order.append(str(turnspan.current_turn()))
            await self.app(scope, receive, send)

    AsgiInstrumentor().instrument(bot="bot")
    try:
        app = FastAPI()
        app.post("/chat")(lambda: "yes")
        app.add_middleware(Outer)
        await request(app, "/chat", BODY)
        assert len(app.user_middleware) == 1
        assert order == ["None"]
        assert len(captured.turns) == 1
        own = FastAPI()
        own.post("/chat")(lambda: "yes")
        own.add_middleware(TurnMiddleware, bot="own")
        await request(own, "/chat", BODY)
        assert len(captured.turns) == 2
    finally:
        AsgiInstrumentor().uninstrument()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"path": []}, "path is empty; give at least one path such as '/chat'"),
        ({"user": "header:"}, "user is 'header:'; give a name after the colon"),
        ({"body_bytes_max": -1}, "body_bytes_max is -1; give 0 or more bytes"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], message: str) -> None:
    """The sentence names the option, its value and what to give."""
    with pytest.raises(ValueError, match=re.escape(message)):
        TurnMiddleware(_ok, **options)
    with pytest.raises(TypeError, match="colour"):
        TurnMiddleware(_ok, colour="red")
