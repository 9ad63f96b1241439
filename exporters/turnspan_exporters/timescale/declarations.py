"""The funnels and goals that are declared: kept with history, read by the SQL."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from turnspan_exporters.timescale._connection import Connection

__all__ = [
    "STEP_KINDS",
    "Changed",
    "Declaration",
    "Declared",
    "Funnel",
    "Goal",
    "Step",
    "apply",
    "declared",
]

StepKind = Literal["goal", "cta", "intent", "node", "event"]

STEP_KINDS: Final[tuple[StepKind, ...]] = ("goal", "cta", "intent", "node", "event")
"""What a step of a funnel can be; a goal is defined by any but a goal."""

_LOCK: Final = 0x74736434


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: ``of`` is the id of the goal, CTA, intent or node, or an event's name.

    ``name`` is what answers call it.
    """

    by: StepKind
    of: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Funnel:
    """Ordered steps of one bot, or of every bot where ``bot`` is empty.

    ``window_s`` is the time from the first step to the last, in seconds; ``None`` is
    one session.
    """

    name: str
    bot: str
    steps: tuple[Step, ...]
    unit: Literal["session", "user"] = "session"
    window_s: float | None = None

    @property
    def kind(self) -> str:
        """The word it is kept under."""
        return "funnel"

    @property
    def definition(self) -> dict[str, Any]:
        """What the SQL reads."""
        return {
            "unit": self.unit,
            "window_s": self.window_s,
            "steps": [
                {"by": one.by, "of": one.of, "name": one.name} for one in self.steps
            ],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A goal that a session reaches by a CTA, an intent, a node or an event.

    ``goal_kind`` is conversion, lead, follow_up or other; ``value`` is what reaching it
    once in a session is worth, in ``currency``.
    """

    name: str
    bot: str
    by: StepKind
    of: str
    goal_kind: str = "conversion"
    value: float | None = None
    currency: str | None = None

    @property
    def kind(self) -> str:
        """The word it is kept under."""
        return "goal"

    @property
    def definition(self) -> dict[str, Any]:
        """What the SQL reads."""
        return {
            "by": self.by,
            "of": self.of,
            "kind": self.goal_kind,
            "value": self.value,
            "currency": self.currency,
        }


Declaration = Funnel | Goal


@dataclass(frozen=True, slots=True)
class Changed:
    """What applying did to one declaration."""

    change: Literal["declared", "changed", "withdrawn"]
    kind: str
    bot: str
    name: str


@dataclass(frozen=True, slots=True)
class Declared:
    """One declaration as it holds now; ``source`` is the file that said so, or api."""

    kind: str
    bot: str
    name: str
    definition: dict[str, Any]
    valid_from: datetime
    source: str


def declared(connection: Connection) -> list[Declared]:
    """Every funnel and goal that holds now, by kind, name and bot."""
    rows = connection.execute(
        "SELECT kind, bot, name, definition, valid_from, source "
        "FROM turnspan.declarations ORDER BY kind, name, bot"
    )
    return [Declared(*row) for row in rows.fetchall()]


def apply(
    connection: Connection, wanted: Sequence[Declaration], source: str
) -> list[Changed]:
    """Make the declarations of ``source`` those that are ``wanted``; all or nothing.

    What ``source`` declared before and no longer wants is withdrawn; what another
    source declared under the same name is taken over. They hold at once, for the past
    too. Returns what changed.
    """
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        now = {(one.kind, one.bot, one.name): one for one in declared(connection)}
        changes = [*_declare(connection, wanted, now, source)]
        names = {(one.kind, one.bot, one.name) for one in wanted}
        gone = [
            key for key, one in now.items() if one.source == source and key not in names
        ]
        for kind, bot, name in gone:
            _write(connection, (kind, bot, name), None, source)
            changes.append(Changed("withdrawn", kind, bot, name))
    return changes


def _declare(
    connection: Connection,
    wanted: Sequence[Declaration],
    now: dict[tuple[str, str, str], Declared],
    source: str,
) -> Iterable[Changed]:
    for one in wanted:
        key = one.kind, one.bot, one.name
        before = now.get(key)
        if before and (before.definition, before.source) == (one.definition, source):
            continue
        _write(connection, key, one.definition, source)
        if before is None or before.definition != one.definition:
            yield Changed("changed" if before else "declared", *key)


def _write(
    connection: Connection,
    key: tuple[str, str, str],
    definition: dict[str, Any] | None,
    source: str,
) -> None:
    value = None if definition is None else json.dumps(definition)
    connection.execute(
        "INSERT INTO _turnspan.declaration "
        "(kind, bot, name, valid_from, definition, source) "
        "VALUES (%s, %s, %s, clock_timestamp(), %s, %s)",
        (*key, value, source),
    )
