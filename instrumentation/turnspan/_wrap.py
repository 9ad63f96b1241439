"""Wrapping a handler of any kind, so that an entry lives as long as its answer."""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Generator
from types import AsyncGeneratorType, CoroutineType, GeneratorType
from typing import Any, Protocol

from opentelemetry import context as otel
from opentelemetry.context import Context

from turnspan._context import attach, attached, detach

Handler = Callable[..., Any]


class Entered(Protocol):
    """What a mark made of one call."""

    context: Context

    def heard(self, part: object) -> None:
        """Take note of a part of a streamed answer."""

    def leave(self, error: BaseException | None = None, result: object = None) -> None:
        """End with the call; must not raise."""


Enter = Callable[[tuple[Any, ...], dict[str, Any]], Entered | None]
"""Enters a mark for a call; None when nothing listens."""


def wrap(func: Any, enter: Enter) -> Any:
    """Wrap a function, coroutine function, generator function or callable object."""
    if isinstance(func, staticmethod | classmethod):
        return type(func)(wrap(func.__func__, enter))
    if _is(func, inspect.isasyncgenfunction):
        return _wrap_async_generator(func, enter)
    if _is(func, inspect.isgeneratorfunction):
        return _wrap_generator(func, enter)
    if _is(func, inspect.iscoroutinefunction):
        return _wrap_coroutine(func, enter)
    return _wrap_function(func, enter)


def _is(func: Handler, test: Callable[[object], bool]) -> bool:
    return test(func) or test(getattr(func, "__call__", None))  # noqa: B004


def _wrap_function(func: Handler, enter: Enter) -> Handler:
    @functools.wraps(func)
    def call(*args: Any, **kwargs: Any) -> Any:
        entry = enter(args, kwargs)
        if entry is None:
            return func(*args, **kwargs)
        token = attach(entry.context)
        try:
            result = func(*args, **kwargs)
        except BaseException as error:
            entry.leave(error)
            raise
        finally:
            detach(token)
        return _outlive(result, entry)

    return call


def _outlive(result: Any, entry: Entered) -> Any:
    """End at once, or with the coroutine or stream that the function gave."""
    kind = type(result)
    if kind is CoroutineType:
        return _await(result, entry)
    if kind is GeneratorType:
        return _drive(result, entry)
    if kind is AsyncGeneratorType:
        return _drive_async(result, entry)
    entry.leave(result=result)
    return result


def _wrap_coroutine(func: Handler, enter: Enter) -> Handler:
    @functools.wraps(func)
    async def call(*args: Any, **kwargs: Any) -> Any:
        entry = enter(args, kwargs)
        if entry is None:
            return await func(*args, **kwargs)
        return await _await(func(*args, **kwargs), entry)

    return call


async def _await(awaitable: Any, entry: Entered) -> Any:
    token = attach(entry.context)
    try:
        result = await awaitable
    except BaseException as error:
        entry.leave(error)
        raise
    finally:
        detach(token)
    entry.leave(result=result)
    return result


def _wrap_generator(func: Handler, enter: Enter) -> Handler:
    @functools.wraps(func)
    def call(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        inner = func(*args, **kwargs)
        entry = enter(args, kwargs)
        if entry is None:
            return (yield from inner)
        return (yield from _drive(inner, entry))

    return call


def _drive(inner: Generator[Any, Any, Any], entry: Entered) -> Generator[Any, Any, Any]:
    """Step a generator with the entry's context current in each step only."""
    context, step = entry.context, functools.partial(next, inner)
    try:
        while True:
            token = attach(context)
            try:
                item = step()
            finally:
                context = otel.get_current()
                detach(token)
            entry.heard(item)
            try:
                sent = yield item
            except GeneratorExit:
                with attached(context):
                    inner.close()
                raise
            except BaseException as thrown:
                step = functools.partial(inner.throw, thrown)
            else:
                step = functools.partial(inner.send, sent)
    except StopIteration as stop:
        entry.leave()
        return stop.value
    except BaseException as error:
        entry.leave(error)
        raise


def _wrap_async_generator(func: Handler, enter: Enter) -> Handler:
    @functools.wraps(func)
    async def call(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        inner = func(*args, **kwargs)
        entry = enter(args, kwargs)
        stream = inner if entry is None else _drive_async(inner, entry)
        step = stream.__anext__()
        while True:
            try:
                item = await step
            except StopAsyncIteration:
                return
            try:
                sent = yield item
            except GeneratorExit:
                await stream.aclose()
                raise
            except BaseException as thrown:
                step = stream.athrow(thrown)
            else:
                step = stream.asend(sent)

    return call


async def _drive_async(
    inner: AsyncGenerator[Any, Any], entry: Entered
) -> AsyncGenerator[Any, Any]:
    """Step an async generator with the entry's context current in each step only."""
    context, step = entry.context, inner.__anext__()
    try:
        while True:
            token = attach(context)
            try:
                item = await step
            finally:
                context = otel.get_current()
                detach(token)
            entry.heard(item)
            try:
                sent = yield item
            except GeneratorExit:
                with attached(context):
                    await inner.aclose()
                raise
            except BaseException as thrown:
                step = inner.athrow(thrown)
            else:
                step = inner.asend(sent)
    except StopAsyncIteration:
        entry.leave()
    except BaseException as error:
        entry.leave(error)
        raise
