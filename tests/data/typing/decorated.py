"""Read by mypy and pyright in test_typing: what a mark leaves of a type."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any, assert_type

from turnspan import Conversation, Turn, conversation, turn


@turn
def bare(text: str, *, loud: bool = False) -> int:
    """A function."""
    return len(text) + loud


@turn(bot="b", conversation="thread_id")
async def slow(thread_id: str) -> bytes:
    """A coroutine function."""
    return thread_id.encode()


@turn(conversation=lambda count: str(count))
def stream(count: int) -> Iterator[str]:
    """A generator function."""
    yield str(count)


@conversation("cid")
async def tokens(cid: str) -> AsyncIterator[str]:
    """An async generator function."""
    yield cid


class Bot:
    """A class with marked methods."""

    @turn(conversation="cid")
    def method(self, cid: str) -> float:
        """A method."""
        return float(cid)

    @staticmethod
    @turn
    def static(session_id: str) -> str:
        """A static method."""
        return session_id


def check() -> None:
    """Nothing is lost."""
    assert_type(bare("x", loud=True), int)
    pending: Coroutine[Any, Any, bytes] = slow("x")
    pending.close()
    assert_type(stream(1), Iterator[str])
    assert_type(tokens("c"), AsyncIterator[str])
    assert_type(Bot().method("1"), float)
    assert_type(Bot.static("1"), str)
    handler: Callable[[str], Coroutine[Any, Any, bytes]] = slow
    handler("x").close()
    with turn(conversation="c") as t:
        assert_type(t, Turn)
        assert_type(t.handoff.request("error"), str)
    with conversation("c") as chat:
        assert_type(chat, Conversation)


async def acheck() -> None:
    """The same of async with."""
    async with turn(conversation="c") as t:
        assert_type(t, Turn)
