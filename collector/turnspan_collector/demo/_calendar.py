"""What happened to the bots in the 90 days: releases, a bad week, a backlog.

Days count from the first of the history; those after the last are like it.
"""

from __future__ import annotations

from typing import NamedTuple

from ._script import Annotation
from ._world import World

__all__ = ["BACKLOG", "BAD_WEEK", "marks", "version_on"]

BAD_WEEK = range(66, 73)
"""Days on which the support bot ran a classifier that understood little."""

BACKLOG = range(79, 82)
"""Days on which too few people answered the support queue."""


class _Mark(NamedTuple):
    bot: str
    day: float
    kind: str
    text: str


_VERSIONS = {
    "support": ((0, "4.1.0"), (31, "4.2.0"), (66, "5.0.0"), (73, "5.0.1")),
    "sales": ((0, "2.8.0"), (44, "2.9.0")),
    "llm": ((0, "0.9.0"), (52, "1.0.0")),
}

_MARKS = (
    _Mark("support", 31, "release", "4.2.0: asks back before it gives up"),
    _Mark("support", 66, "release", "5.0.0: new intent model"),
    _Mark("support", 73, "release", "5.0.1: back to the old intent model"),
    _Mark("support", 79.35, "incident", "Two of five agents are away: queue backlog"),
    _Mark("sales", 44, "release", "2.9.0: greeting experiment begins"),
    _Mark("sales", 58.4, "campaign", "Autumn campaign starts"),
    _Mark("llm", 52, "release", "1.0.0: smaller model, answers sooner"),
)


def version_on(bot: str, day: int) -> str:
    """The bot's version on a day."""
    return [version for since, version in _VERSIONS[bot] if since <= day][-1]


def marks(world: World) -> list[Annotation]:
    """The marks that boards draw, in order of time."""
    by_day = sorted(_MARKS, key=lambda mark: mark.day)
    return [Annotation(m.bot, world.at(m.day), m.kind, m.text) for m in by_day]
