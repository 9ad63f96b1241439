"""Handlers of every kind may be marked, and stay what they were."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import gc
import inspect
import threading
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from opentelemetry import trace
from tests.support.telemetry import Captured

import turnspan
from turnspan import conventions as c
from turnspan import conversation, turn


def conversations(captured: Captured) -> list[object]:
    """Give the conversation of each turn."""
    return [
        dict(span.attributes or {}).get(c.GEN_AI_CONVERSATION_ID)
        for span in captured.turns
    ]


class Request:
    """A request as web frameworks have them."""

    def __init__(self, thread_id: str) -> None:
        self.thread_id = thread_id
        self.json = {"chat": {"ids": ["x", thread_id]}}


def test_a_plain_function(captured: Captured) -> None:
    """The function's name, docs, signature and result are its own."""

    @turn(conversation="request.thread_id")
    def answer(request: Request, *, loud: bool = False) -> str:
        """Answer."""
        assert turnspan.current_turn() is not None
        return "hi"

    assert answer(Request("t1"), loud=True) == "hi"
    assert (answer.__name__, answer.__doc__) == ("answer", "Answer.")
    assert list(inspect.signature(answer).parameters) == ["request", "loud"]
    assert conversations(captured) == ["t1"]
    assert turnspan.current_turn() is None


async def test_a_coroutine_function(captured: Captured) -> None:
    """It stays one, and the turn lasts until it returns."""

    @turn
    async def answer(thread_id: str) -> str:
        await asyncio.sleep(0)
        return thread_id

    assert inspect.iscoroutinefunction(answer)
    assert await answer("t1") == "t1"
    assert conversations(captured) == ["t1"]


def test_a_generator_is_one_turn_that_ends_with_the_stream(captured: Captured) -> None:
    """No span is current while the consumer works; values and results pass."""

    @turn(conversation="c")
    def stream(count: int) -> Generator[int, str, str]:
        got = []
        for number in range(count):
            assert trace.get_current_span().is_recording()
            got.append((yield number))
        return ",".join(got)

    assert inspect.isgeneratorfunction(stream)
    running = stream(2)
    assert captured.turns == []
    assert next(running) == 0
    assert not trace.get_current_span().is_recording()
    assert running.send("a") == 1
    with pytest.raises(StopIteration) as stop:
        running.send("b")
    assert stop.value.value == "a,b"
    assert captured.turn[c.TURN_OUTCOME] == "answered"
    assert 0 < captured.turn[c.FIRST_RESPONSE_DURATION] < 60


async def test_an_async_generator_is_one_turn(captured: Captured) -> None:
    """The same for async for, with the LLM span below the turn."""
    tracer = captured.tracer_provider.get_tracer("llm")

    @turn(conversation="c")
    async def stream() -> AsyncIterator[str]:
        with tracer.start_as_current_span("chat"):
            await asyncio.sleep(0)
        yield "a"
        assert trace.get_current_span().is_recording()
        yield "b"

    assert inspect.isasyncgenfunction(stream)
    parts = []
    async for part in stream():
        assert not trace.get_current_span().is_recording()
        parts.append(part)
    assert parts == ["a", "b"]
    chat, answer = captured.spans
    assert chat.parent is not None
    assert answer.context is not None
    assert chat.parent.span_id == answer.context.span_id


def test_steps_may_run_in_different_contexts(
    captured: Captured, caplog: pytest.LogCaptureFixture
) -> None:
    """Frameworks that step a generator in copied contexts see no complaint."""

    @turn(conversation="c")
    def stream() -> Iterator[int]:
        for number in range(3):
            assert turnspan.current_turn() is not None
            yield number

    running = stream()
    steps = [contextvars.copy_context().run(next, running) for _ in range(3)]
    assert contextvars.copy_context().run(next, running, "end") == "end"
    assert steps == [0, 1, 2]
    assert len(captured.turns) == 1
    assert caplog.records == []


def test_a_conversation_inside_a_stream_stays_inside(captured: Captured) -> None:
    """A block that the generator opened is current again in its next step."""

    @turn(bot="a", conversation="outer")
    def stream() -> Iterator[int]:
        with conversation("inner"):
            yield 1
            turnspan.view("in")
        turnspan.view("out")

    assert list(stream()) == [1]
    views = captured.named(c.EVENT_VIEW)
    assert [view[c.GEN_AI_CONVERSATION_ID] for view in views] == ["inner", "outer"]
    assert turnspan.current_turn() is None


@pytest.mark.parametrize("taken", [0, 1])
def test_a_stream_closed_early_ends_its_turn(captured: Captured, taken: int) -> None:
    """Close ends it: answered when something was seen; never begun, no turn."""
    closed = []

    @turn(conversation="c")
    def stream() -> Iterator[int]:
        try:
            yield 1
            yield 2
        finally:
            closed.append(turnspan.current_turn())

    running: Any = stream()
    for _ in range(taken):
        next(running)
    running.close()
    assert len(captured.turns) == len(closed) == taken
    if taken:
        assert closed[0] is not None
        assert captured.turn[c.TURN_OUTCOME] == "answered"


def test_throw_reaches_the_generator(captured: Captured) -> None:
    """What is thrown in may be handled there, or ends the turn as an error."""

    @turn(conversation="c")
    def stream() -> Iterator[str]:
        try:
            yield "a"
        except ValueError:
            yield "handled"

    running: Any = stream()
    next(running)
    assert running.throw(ValueError()) == "handled"
    with pytest.raises(KeyError):
        running.throw(KeyError())
    assert captured.turn[c.TURN_OUTCOME] == "error"


async def test_athrow_and_aclose_reach_the_async_generator(captured: Captured) -> None:
    """The same for async generators."""
    closed = []

    @turn(conversation="c")
    async def stream() -> AsyncIterator[str]:
        try:
            yield "a"
        except ValueError:
            yield "handled"
        finally:
            closed.append(True)

    running: Any = stream()
    assert await anext(running) == "a"
    assert await running.athrow(ValueError()) == "handled"
    await running.aclose()
    assert closed == [True]
    assert captured.turn[c.TURN_OUTCOME] == "answered"


def test_a_dropped_stream_ends_its_turn(captured: Captured) -> None:
    """The garbage collector's close ends the turn, whatever the context."""

    @turn(conversation="c")
    def stream() -> Iterator[int]:
        yield from range(9)

    running = stream()
    next(running)
    del running
    gc.collect()
    assert len(captured.turns) == 1


def test_a_dropped_async_stream_ends_its_turn(captured: Captured) -> None:
    """An event loop that closes its generators ends the turn, too."""

    @turn(conversation="c")
    async def stream() -> AsyncIterator[int]:
        yield 1
        yield 2

    async def main() -> None:
        running = stream()
        async for _ in running:
            break
        del running
        gc.collect()

    asyncio.run(main())
    gc.collect()
    assert len(captured.turns) == 1


async def test_methods_static_methods_and_class_methods(captured: Captured) -> None:
    """Marks bind as methods do, on either side of the other decorator."""

    class Bot:
        name = "n"

        @turn(bot="self.name", conversation="cid")
        async def method(self, cid: str) -> str:
            return cid

        @turn(conversation="cid")
        @staticmethod
        def static(cid: str) -> str:
            return cid

        @staticmethod
        @turn(conversation="cid")
        def inner_static(cid: str) -> str:
            return cid

        @turn(bot="cls.name", conversation="cid")
        @classmethod
        def of_class(cls, cid: str) -> str:
            return cls.name + cid

    assert await Bot().method("1") == "1"
    assert Bot.static("2") == Bot().static("2") == "2"
    assert Bot.inner_static("3") == "3"
    assert Bot.of_class("4") == "n4"
    assert conversations(captured) == ["1", "2", "2", "3", "4"]


def test_partials_and_callable_objects(captured: Captured) -> None:
    """What a partial holds can be pointed at; a callable object is a handler."""

    def answer(request: Request, suffix: str) -> str:
        return request.thread_id + suffix

    class Handler:
        def __call__(self, thread_id: str) -> str:
            return thread_id

    path = "request.thread_id"
    early: Any = turn(conversation=path)(functools.partial(answer, Request("p1")))
    late: Any = turn(conversation=path)(functools.partial(answer, suffix="!"))
    plain: Any = turn(Handler())
    assert (early("?"), late(Request("p2")), plain("h")) == ("p1?", "p2!", "h")
    assert conversations(captured) == ["p1", "p2", "h"]


async def test_a_function_that_gives_a_coroutine_or_a_stream(
    captured: Captured,
) -> None:
    """Under a decorator that hides its kind, the turn still lasts as long."""

    async def slow() -> str:
        assert turnspan.current_turn() is not None
        return "x"

    def numbers() -> Iterator[int]:
        yield 1

    hidden: Callable[[], Any] = turn(conversation="c")(lambda: slow())
    stream: Callable[[], Any] = turn(conversation="c")(lambda: numbers())
    assert await hidden() == "x"
    assert list(stream()) == [1]
    assert len(captured.turns) == 2


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        ("request.thread_id", "t"),
        ("request.json.chat.ids.1", "t"),
        ("literal.text", "literal.text"),
        (lambda request: request.thread_id, "t"),
        (lambda flag: str(flag), "True"),
        (lambda *args, **kwargs: f"{len(args)}{len(kwargs)}", "11"),
        (lambda: "fixed", "fixed"),
        (7, "7"),
    ],
)
def test_an_option_is_a_value_a_path_or_a_callable(
    captured: Captured, option: Any, expected: str
) -> None:
    """A text is a path when its first segment names a parameter, else a value."""

    @turn(conversation=option)
    def answer(request: Request, flag: bool = False) -> None: ...

    answer(Request("t"), flag=True)
    assert conversations(captured) == [expected]


def test_paths_and_callables_that_fail_are_counted(captured: Captured) -> None:
    """The handler runs, the turn is made, and the good options are kept."""

    def boom(request: object) -> str:
        raise RuntimeError("boom")

    async def wrong(request: object) -> str:
        return "never awaited"

    @turn(bot="b", conversation="request.nothing", user=boom, channel=wrong)
    def answer(request: object) -> str:
        return "hi"

    assert answer(object()) == "hi"
    assert captured.turn[c.BOT_NAME] == "b"
    [(attributes, count)] = captured.points(c.METRIC_INSTRUMENTATION_ERRORS)
    assert (attributes[c.INSTRUMENTATION_ERROR_KIND], count) == ("extractor", 3)


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ({"conversation_id": "a", "session_id": "b", "data": None}, "a"),
        ({"conversation_id": None, "session_id": "b", "data": None}, "b"),
        (
            {"conversation_id": None, "session_id": None, "data": {"thread_id": "c"}},
            "c",
        ),
        (
            {
                "conversation_id": None,
                "session_id": None,
                "data": SimpleNamespace(chat_id=4),
            },
            "4",
        ),
    ],
)
def test_bare_turn_looks_for_well_known_names(
    captured: Captured, args: dict[str, Any], expected: str
) -> None:
    """conversation_id, session_id, thread_id, chat_id: arguments, then fields."""

    @turn
    def answer(conversation_id: Any, session_id: Any, data: Any) -> None: ...

    answer(**args)
    assert conversations(captured) == [expected]


def test_well_known_names_do_not_overrule_the_context(captured: Captured) -> None:
    """Inside a conversation a guess is not taken."""

    @turn
    def answer(session_id: str, user_id: str) -> None: ...

    with conversation("said", bot="b"):
        answer("guessed", "u")
    assert conversations(captured) == ["said"]
    assert c.ENDUSER_PSEUDO_ID in captured.turn


async def test_a_thousand_tasks_keep_their_ids_apart(captured: Captured) -> None:
    """Ids are resolved per call and never leak into another task."""

    @turn(conversation="cid", bot="b")
    async def answer(cid: str) -> None:
        await asyncio.sleep(0)
        turnspan.goal(f"goal-{cid}")
        await asyncio.sleep(0)

    await asyncio.gather(*(answer(f"c{number}") for number in range(1000)))
    goals = captured.named(c.EVENT_GOAL)
    assert len(goals) == len(captured.turns) == 1000
    assert all(
        goal[c.GOAL_ID] == f"goal-{goal[c.GEN_AI_CONVERSATION_ID]}" for goal in goals
    )
    assert turnspan.current_turn() is None


def test_threads_and_one_shared_mark_keep_their_ids_apart(captured: Captured) -> None:
    """One mark object may be entered by many threads at once."""
    barrier = threading.Barrier(8)
    shared = turn(bot="b", conversation=lambda: threading.current_thread().name)

    def work(number: int) -> tuple[str | None, str]:
        barrier.wait(10)
        with shared as t:
            barrier.wait(10)
            return t.conversation_id, threading.current_thread().name

    with ThreadPoolExecutor(8) as pool:
        pairs = list(pool.map(work, range(8)))
    assert all(given == name for given, name in pairs)
    assert len(set(conversations(captured))) == 8


def test_conversation_is_a_decorator_too(captured: Captured) -> None:
    """Its id comes from the handler's arguments, also over a stream."""

    @conversation("cid", bot="b")
    def stream(cid: str) -> Iterator[int]:
        with turn():
            pass
        yield 1

    assert list(stream("c7")) == [1]
    assert conversations(captured) == ["c7"]


@pytest.mark.parametrize("thing", ["bot", 7])
def test_a_mark_decorates_handlers_only(thing: Any) -> None:
    """An option given by position is told at once, as a developer's mistake."""
    with pytest.raises(TypeError, match="give options by keyword"):
        turn(thing)
    with pytest.raises(TypeError, match="unexpected keyword argument 'bott'"):
        turn(bott="b")  # type: ignore[call-overload]


def test_answers_that_cannot_be_looked_at_pass_through(captured: Captured) -> None:
    """Objects whose comparison raises are answers like any other."""

    class Odd:
        def __eq__(self, other: object) -> bool:
            raise RuntimeError("odd")

        def __bool__(self) -> bool:
            raise RuntimeError("odd")

        __hash__ = None  # type: ignore[assignment]

    odd = Odd()
    turnspan.configure(content="SPAN_AND_EVENT")
    give: Callable[[], Odd] = turn(conversation="c")(lambda: odd)
    stream: Callable[[], Iterator[Odd]] = turn(conversation="c")(
        lambda: (part for part in [odd])
    )
    assert give() is odd
    assert next(stream()) is odd
