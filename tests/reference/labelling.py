"""What a labeller says of the turns of a script, by their ids."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from tests.reference.script import Fact

from turnspan_exporters.timescale.labels import Label

__all__ = ["label_of", "labels"]

_INTENTS = ("refund", "hours", "greet", "unknown")
_GIVEN = datetime(2026, 1, 1, tzinfo=UTC)
_GIVEN_ANEW = datetime(2026, 1, 2, tzinfo=UTC)


def label_of(bot: str, turn: str) -> tuple[str, int] | None:
    """The intent of a turn and its weight, of about two turns in three."""
    drawn = hashlib.sha256(f"{bot} {turn}".encode()).digest()
    if drawn[0] % 3 == 0:
        return None
    return _INTENTS[drawn[1] % len(_INTENTS)], 1 + drawn[2] % 3


def labels(facts: Iterable[Fact]) -> list[Label]:
    """Of the turns that a fact names, also of those that never come.

    Some were labelled otherwise at first.
    """
    found = []
    for bot, turn in sorted({(one.where.bot, one.turn or "") for one in facts}):
        label = label_of(bot, turn)
        if turn and label is not None:
            intent, weight = label
            anew = Label(
                bot=bot,
                turn_id=turn,
                labelled=intent,
                weight=float(weight),
                labelled_at=_GIVEN_ANEW,
            )
            if weight == 1:
                found.append(replace(anew, labelled="hours", labelled_at=_GIVEN))
            found.append(anew)
    return found
