"""The example of a metric's page: read from its text, and played to a store."""

from __future__ import annotations

import importlib
import json
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from click.testing import CliRunner
from tests.support.chat import Chat, derived

from turnspan import conventions as names
from turnspan_collector import commands
from turnspan_exporters.records import PROMOTED_EVENT, PROMOTED_SPAN
from turnspan_exporters.timescale import settings

__all__ = ["Answer", "Page", "play", "read_page"]

_SHELL = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_TURN = f"{names.ROOT}.turn"
_TYPES: dict[str, type] = {"double": float, "int": int, "boolean": bool}


@dataclass(frozen=True)
class Answer:
    """A statement of the page, and the rows the page says it gives."""

    statement: str
    rows: Sequence[tuple[Any, ...]]


@dataclass(frozen=True)
class Page:
    """The events of a page: (time, conversation, user, event, attributes).

    ``given`` are the command lines before them.
    """

    given: Sequence[str]
    events: Sequence[tuple[datetime, str, str | None, str, dict[str, str]]]
    answers: Sequence[Answer]


def read_page(path: Path) -> Page:
    """What the page's example says."""
    example = path.read_text("utf-8").partition("## Example\n")[2]
    events, *questions = example.split("```sql\n")
    return Page(
        [line for block in _SHELL.findall(events) for line in block.splitlines()],
        [_event(cells) for cells in _table(events)],
        [_answer(*question.split("```\n")) for question in questions],
    )


def play(page: Page, dsn: str) -> None:
    """Store the events as the collector would, and derive from them."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        settings.change(
            connection, "", {"raw_retention": "3650d", "derived_retention": "3650d"}
        )
    for line in page.given:
        _run(shlex.split(line)[1:], dsn)
    chat = Chat(bot="example", base=min(event[0] for event in page.events))
    for number, (time, conversation, user, name, attributes) in enumerate(page.events):
        talk = chat.talk(conversation, user=user, channel=None)
        at = (time - chat.base).total_seconds()
        if name == _TURN:
            lasts = float(attributes.pop("duration", 0))
            columns = _columns(attributes, PROMOTED_SPAN)
            talk.turn(at, f"t{number}", lasts, **{"outcome": None, **columns})
        else:
            talk.event(name, at, **_columns(attributes, PROMOTED_EVENT))
    derived(dsn, chat)


def _run(words: Sequence[str], dsn: str) -> None:
    """Run a command line of ``turnspan`` on the database."""
    name, *arguments = words
    module = importlib.import_module(f"{commands.__name__}.{name}")
    result = CliRunner().invoke(module.command, [*arguments, "--dsn", dsn])
    assert result.exit_code == 0, result.output or result.exception


def _columns(attributes: dict[str, str], promoted: Sequence[Any]) -> dict[str, Any]:
    column_of = {one.attribute: one.column for one in promoted}
    values = {
        name: _TYPES.get(names.ATTRIBUTES[name], str)(value)
        for name, value in attributes.items()
    }
    rest = {name: value for name, value in values.items() if name not in column_of}
    columns = {column_of[name]: value for name, value in values.items()
               if name in column_of}  # fmt: skip
    return {**columns, "attributes": rest or None}


def _table(text: str) -> Iterator[list[str]]:
    """The cells of the rows below a table's head."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    for line in lines[2:]:
        yield [cell.strip() for cell in line.strip("|").split("|")]


def _event(
    cells: list[str],
) -> tuple[datetime, str, str | None, str, dict[str, str]]:
    time, conversation, user, name, given = cells
    attributes = dict(re.findall(r"`([^=`]+)=([^`]*)`", given))
    return (
        datetime.fromisoformat(time).replace(tzinfo=UTC),
        conversation,
        user or None,
        name.strip("`"),
        attributes,
    )


def _answer(statement: str, table: str) -> Answer:
    return Answer(statement, [_row(cells) for cells in _table(table)])


def _row(cells: list[str]) -> tuple[Any, ...]:
    group, *numbers = cells
    return (
        json.loads(group.strip("`")),
        *(float(number) if number else None for number in numbers),
    )
