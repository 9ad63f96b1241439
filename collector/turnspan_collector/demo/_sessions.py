"""All sessions of the three bots, in order of time."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ._llm import LLM, write_llm
from ._sales import SALES, write_sales
from ._script import SECOND, Session
from ._support import SUPPORT, write_support
from ._world import Profile, Visit, World

__all__ = ["BOTS", "sessions"]

_SCRIPTS: tuple[tuple[Profile, Callable[[Visit], Session]], ...] = (
    (SUPPORT, write_support),
    (SALES, write_sales),
    (LLM, write_llm),
)

BOTS = tuple(profile.bot for profile, _ in _SCRIPTS)
"""The names of the three bots."""

_BREAK_NS = 2 * 3600 * SECOND


def sessions(world: World, until_ns: int) -> list[Session]:
    """Every session that begins before ``until_ns``, the earliest first."""
    found = [
        session
        for profile, write in _SCRIPTS
        for life in world.visits(profile, until_ns)
        for session in _apart(life, write)
    ]
    return sorted(found, key=lambda session: session.first_ns)


def _apart(life: list[Visit], write: Callable[[Visit], Session]) -> Iterator[Session]:
    """A user's sessions, two hours apart at least: no two of them are one."""
    free_ns = 0
    for visit in life:
        if visit.start_ns < free_ns:
            continue
        session = write(visit)
        free_ns = session.last_ns + _BREAK_NS
        yield session
