"""Labels of turns: checked, stored, drawn as a sample, and how far labellers agree."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from psycopg import IsolationLevel

from turnspan import conventions as names
from turnspan_exporters.errors import Permanent
from turnspan_exporters.timescale._connection import Connection, one_row
from turnspan_exporters.timescale._queries import query

__all__ = [
    "FOCUS_SHARE",
    "LABELS_MAX",
    "SAMPLE_MAX",
    "STRATEGIES",
    "TEXT_MAX",
    "WEIGHT_MAX",
    "Added",
    "Agreement",
    "Drawn",
    "Label",
    "LabelError",
    "Sample",
    "Stored",
    "Strategy",
    "add",
    "agreement",
    "latest",
    "sample",
]

Strategy = Literal["uniform", "low-confidence", "escalated"]
STRATEGIES: Final[tuple[Strategy, ...]] = ("uniform", "low-confidence", "escalated")

LABELS_MAX: Final = 100_000
"""So many labels are taken at a time."""

SAMPLE_MAX: Final = 10_000
TEXT_MAX: Final = 200
"""Characters of an intent's or a labeller's name."""

WEIGHT_MAX: Final = 1e9
FOCUS_SHARE: Final = 0.8
"""What a strategy other than uniform draws from the turns it is about."""

_SETTLED_AT_A_TIME: Final = 2000
_WORDS_MAX: Final = 2000


class LabelError(Permanent):
    """A label cannot be taken; the text names field, value and limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """The intent that somebody gave a turn.

    ``weight`` is 1 / sampling probability. Without ``labelled_at`` it is given now.
    ``near`` is about when the turn began, where that is known: it is found sooner.
    """

    bot: str
    turn_id: str
    labelled: str
    labeller: str = ""
    weight: float = 1.0
    labelled_at: datetime | None = None
    near: datetime | None = None


@dataclass(frozen=True, slots=True)
class Added:
    """How many labels were new, were there already, and wait for their turn."""

    stored: int
    known: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """A turn of a sample; ``text`` only where the store holds the user's words."""

    bot: str
    turn_id: str
    conversation_id: str | None
    time: datetime
    predicted: str | None
    confidence: float | None
    probability: float
    weight: float
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """Turns drawn at random from ``population`` NLU turns, in random order."""

    turns: Sequence[Drawn]
    population: int
    seed: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """Cohen's kappa of a pair over ``turns`` turns; without names, the pairs' mean."""

    labeller: str | None
    other: str | None
    turns: int
    agreed: int
    kappa: float | None


@dataclass(frozen=True, slots=True)
class Stored:
    """A label as it is stored; what is of the turn is ``None`` until that has come."""

    labelled_at: datetime
    bot: str
    turn_id: str
    start_time: datetime | None
    conversation_id: str | None
    predicted: str | None
    confidence: float | None
    labelled: str
    labeller: str
    weight: float
    source: str
    is_latest: bool
    agreed: str | None


def add(
    connection: Connection, labels: Iterable[Label], source: Literal["cli", "api"]
) -> Added:
    """Store all labels or none; those that are there already change nothing.

    A label without ``labelled_at`` that says what its labeller said last is known.
    Raises ``LabelError`` where two of them contradict each other.
    """
    given = _distinct(labels)
    if not given:
        return Added(0, 0, 0)
    values = {
        "bots": [one.bot for one in given],
        "turns": [one.turn_id for one in given],
        "labelled": [one.labelled for one in given],
        "labellers": [one.labeller for one in given],
        "at": [one.labelled_at for one in given],
        "weights": [float(one.weight) for one in given],
        "source": source,
    }
    with connection.transaction():
        connection.execute(query("lock_labels"))
        stored = connection.execute(query("add_labels"), values).rowcount
    _settle(connection, given)
    keys = {"bots": values["bots"], "turns": values["turns"]}
    (waiting,) = one_row(connection, query("waiting_labels"), keys)
    return Added(stored, len(given) - stored, int(waiting))


def sample(
    connection: Connection,
    n: int,
    strategy: Strategy,
    start: datetime,
    end: datetime,
    bots: Sequence[str] = (),
    seed: int | None = None,
) -> Sample:
    """Draw ``n`` NLU turns that began in [start, end), without replacement.

    ``uniform`` draws each with the same probability. ``low-confidence`` draws
    ``FOCUS_SHARE`` of them from the turns below the bot's ``theta_review``,
    ``escalated`` from those of escalated sessions, and the rest from all others, each
    group uniformly: every turn can be drawn, with a probability that its weight makes
    up for. The same seed over the same turns draws the same.
    """
    if not 1 <= n <= SAMPLE_MAX:
        raise LabelError(f"n: {n} is not a number from 1 to {SAMPLE_MAX}.")
    drawn_by = secrets.randbelow(2**31) if seed is None else seed
    values: dict[str, Any] = {
        "strategy": strategy,
        "from": start,
        "to": end,
        "bots": list(bots) or None,
        "seed": drawn_by,
    }
    before = connection.isolation_level
    connection.isolation_level = IsolationLevel.REPEATABLE_READ
    try:
        with connection.transaction():
            focus, rest = one_row(connection, query("sample_sizes"), values)
            of_focus, of_rest = allotted(n, focus, rest)
            sizes = {"focus": of_focus, "rest": of_rest}
            found = connection.execute(query("sample_turns"), values | sizes).fetchall()
            words = _words(connection, found)
    finally:
        connection.isolation_level = before
    shares = {True: of_focus / focus if focus else 0, False: of_rest / (rest or 1)}
    turns = [_drawn(row, shares[row[-1]], words) for row in found]
    return Sample(turns, focus + rest, drawn_by)


def allotted(n: int, focus: int, rest: int) -> tuple[int, int]:
    """How many of ``n`` are drawn from groups of these sizes; at least one of each."""
    if n >= focus + rest:
        return focus, rest
    if not focus or not rest:
        return min(n, focus), min(n, rest)
    wanted = min(max(round(n * FOCUS_SHARE), 1), max(n - 1, 1))
    of_focus = min(focus, max(wanted, n - rest))
    return of_focus, n - of_focus


def agreement(
    connection: Connection,
    start: datetime | None = None,
    end: datetime | None = None,
    bots: Sequence[str] = (),
) -> list[Agreement]:
    """Cohen's kappa of each pair of labellers, and last their mean."""
    values = {"from": start, "to": end, "bots": list(bots) or None}
    found = connection.execute(query("label_agreement"), values).fetchall()
    return [Agreement(*row) for row in found]


def latest(
    connection: Connection,
    start: datetime,
    end: datetime,
    bots: Sequence[str] = (),
    labellers: Sequence[str] = (),
    limit: int = 100,
) -> list[Stored]:
    """Labels given in [start, end), the latest first."""
    values = {
        "from": start,
        "to": end,
        "bots": list(bots) or None,
        "labellers": list(labellers) or None,
        "limit": limit,
    }
    found = connection.execute(query("read_labels"), values).fetchall()
    return [Stored(*row) for row in found]


def _distinct(labels: Iterable[Label]) -> list[Label]:
    """Each label once; the last of a turn's hints wins."""
    found: dict[tuple[Any, ...], Label] = {}
    for one in labels:
        key = (one.bot, one.turn_id, one.labeller, one.labelled_at)
        other = found.setdefault(key, one)
        if (other.labelled, other.weight) != (one.labelled, one.weight):
            raise LabelError(
                f'turn_id: "{one.turn_id[:64]}" has two labels of the labeller '
                f'"{one.labeller[:64]}" for one time; keep one of them.'
            )
    if len(found) > LABELS_MAX:
        raise LabelError(
            f"labels: there are {len(found)}, the limit is {LABELS_MAX} at a time."
        )
    return list(found.values())


def _settle(connection: Connection, given: Sequence[Label]) -> None:
    """Make the labelled turns anew, some at a time so that derivation goes on."""
    for first in range(0, len(given), _SETTLED_AT_A_TIME):
        part = given[first : first + _SETTLED_AT_A_TIME]
        values = {
            "bots": [one.bot for one in part],
            "turns": [one.turn_id for one in part],
            "near": [one.near for one in part],
        }
        with connection.transaction():
            connection.execute(query("lock_labels"))
            connection.execute(query("settle_labels"), values)


def _drawn(row: Any, share: float, words: Mapping[Any, str]) -> Drawn:
    bot, turn_id, conversation_id, time, predicted, confidence, _ = row
    return Drawn(
        bot=bot,
        turn_id=turn_id,
        conversation_id=conversation_id,
        time=time,
        predicted=predicted,
        confidence=confidence,
        probability=share,
        weight=1 / share,
        text=words.get((bot, turn_id)),
    )


def _words(connection: Connection, found: Sequence[Any]) -> dict[Any, str]:
    """What users wrote in these turns, where it is kept."""
    rows = connection.execute(
        query("sample_texts"),
        {
            "bots": [row[0] for row in found],
            "turns": [row[1] for row in found],
            "conversations": [row[2] for row in found],
            "times": [row[3] for row in found],
            "attribute": names.MESSAGE_TEXT,
            "chars": _WORDS_MAX,
        },
    )
    return {(bot, turn): text for bot, turn, text in rows}
