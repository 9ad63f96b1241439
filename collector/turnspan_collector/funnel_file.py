"""Funnels and goals as people write them: a small YAML file, read with line numbers.

Every scalar is read as text, so that an id such as ``no`` or ``1e3`` stays what it is.
All that is wrong with a file is said at once, a sentence each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, cast

import yaml

from turnspan import conventions as names
from turnspan_exporters.errors import Permanent
from turnspan_exporters.timescale.declarations import (
    STEP_KINDS,
    Declaration,
    Funnel,
    Goal,
    Step,
    StepKind,
)

__all__ = ["BYTES_MAX", "FunnelFileError", "read", "read_file"]

BYTES_MAX: Final = 1024 * 1024
"""The largest file that is read, in bytes."""

_DECLARATIONS_MAX: Final = 200
_STEPS_MAX: Final = 20
_ID_MAX: Final = 256
_WINDOW_MAX_S: Final = 90 * 86_400
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_. -]{0,63}")
_DURATION: Final = re.compile(r"([1-9]\d{0,8})\s*(s|m|h|d|w)")
_UNITS_S: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_GOAL_KINDS: Final = tuple(names.GoalKind)
_ROOT_KEYS: Final = ("funnels", "goals")
_FUNNEL_KEYS: Final = ("name", "bot", "window", "unit", "steps")
_GOAL_BY: Final = tuple(one for one in STEP_KINDS if one != "goal")
_GOAL_KEYS: Final = ("name", "bot", "kind", "value", "currency", *_GOAL_BY)

Fields = dict[str, yaml.Node]


class FunnelFileError(Permanent):
    """The file declares nothing; ``problems`` are sentences with line and field."""

    def __init__(self, source: str, problems: Sequence[str]) -> None:
        self.problems = tuple(f"{source}, {one}" for one in problems)
        super().__init__("\n".join(self.problems))


def read_file(path: Path) -> list[Declaration]:
    """What the file declares; raises ``FunnelFileError``."""
    try:
        with path.open("rb") as file:
            content = file.read(BYTES_MAX + 1)
    except OSError as error:
        problem = f"line 1: it cannot be read ({error.strerror}): give a readable file."
        raise FunnelFileError(path.name, [problem]) from error
    return read(content, path.name)


def read(content: bytes, source: str) -> list[Declaration]:
    """What the text declares; ``source`` is what errors call it."""
    if len(content) > BYTES_MAX:
        problem = f"line 1: it has more than {BYTES_MAX} bytes: split it."
        raise FunnelFileError(source, [problem])
    reading = _Reading()
    try:
        root = yaml.compose(content.decode("utf-8"), Loader=yaml.SafeLoader)
    except UnicodeDecodeError:
        raise FunnelFileError(source, ["line 1: it is not UTF-8."]) from None
    except (yaml.YAMLError, RecursionError) as error:
        raise FunnelFileError(source, [_syntax(error)]) from None
    found = list(reading.root(root)) if root is not None else []
    if not reading.problems:
        reading.unique(found)
    if reading.problems:
        raise FunnelFileError(source, reading.problems)
    return [one for one, _ in found]


def _syntax(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    said = getattr(error, "problem", None) or "it is nested too deeply"
    return f"line {mark.line + 1 if mark else 1}: it is not YAML: {said}."


def _shown(node: yaml.Node) -> str:
    """A value as an error quotes it: short, on one line."""
    if not isinstance(node, yaml.ScalarNode):
        return "a list" if isinstance(node, yaml.SequenceNode) else "a mapping"
    value = str(node.value)
    return f'"{re.sub(r"[^ -~]", " ", value[:64])}"'


@dataclass
class _Reading:
    """Walks the nodes of one file and collects what is wrong."""

    problems: list[str] = field(default_factory=list)

    def wrong(self, node: yaml.Node, where: str, sentence: str) -> None:
        self.problems.append(
            f"line {node.start_mark.line + 1}: {where} {sentence}".rstrip(".") + "."
        )

    def root(self, node: yaml.Node) -> Iterator[tuple[Declaration, yaml.Node]]:
        fields = self.fields(node, "the file", _ROOT_KEYS)
        for index, one in self.items(fields, "goals", _DECLARATIONS_MAX):
            yield from self.goal(one, f"goals[{index}]")
        for index, one in self.items(fields, "funnels", _DECLARATIONS_MAX):
            yield from self.funnel(one, f"funnels[{index}]")

    def unique(self, found: list[tuple[Declaration, yaml.Node]]) -> None:
        seen: dict[tuple[str, str, str], yaml.Node] = {}
        for one, node in found:
            first = seen.setdefault((one.kind, one.bot, one.name), node)
            if first is not node:
                self.wrong(
                    node,
                    f"{one.kind} {one.name}",
                    f"is there already in line {first.start_mark.line + 1}: "
                    "give each a name of its own, or another bot",
                )

    def fields(self, node: yaml.Node, where: str, keys: Sequence[str]) -> Fields:
        """The values of a mapping by key; unknown and repeated keys are wrong."""
        if not isinstance(node, yaml.MappingNode):
            self.wrong(node, where, f"is {_shown(node)}: give {', '.join(keys)}")
            return {}
        found: Fields = {}
        for key, value in node.value:
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else ""
            if name not in keys:
                self.wrong(
                    key,
                    where,
                    f"has the unknown key {_shown(key)}: take one of {', '.join(keys)}",
                )
            elif name in found:
                self.wrong(key, f"{where}.{name}", "is given twice: give it once")
            else:
                found[name] = value
        return found

    def items(
        self, fields: Fields, key: str, most: int, where: str = ""
    ) -> Iterator[tuple[int, yaml.Node]]:
        node = fields.get(key)
        if node is None:
            return
        if not isinstance(node, yaml.SequenceNode):
            self.wrong(node, where + key, f"is {_shown(node)}: give a list")
        elif len(node.value) > most:
            self.wrong(
                node, where + key, f"has {len(node.value)} entries, the limit is {most}"
            )
        else:
            yield from enumerate(node.value)

    def text(self, node: yaml.Node, where: str, most: int = _ID_MAX) -> str | None:
        if not isinstance(node, yaml.ScalarNode):
            self.wrong(node, where, f"is {_shown(node)}: give a text")
            return None
        value = str(node.value)
        if not 1 <= len(value) <= most or "\0" in value:
            self.wrong(
                node,
                where,
                f"has {len(value)} characters: give a text of 1 to {most}",
            )
            return None
        return value

    def choice(
        self, fields: Fields, key: str, where: str, choices: Sequence[str]
    ) -> str | None:
        node = fields.get(key)
        value = self.text(node, f"{where}.{key}") if node is not None else None
        if node is not None and value is not None and value not in choices:
            self.wrong(
                node,
                f"{where}.{key}",
                f"is {_shown(node)}: give one of {', '.join(choices)}",
            )
            return None
        return value

    def name(self, node: yaml.Node, fields: Fields, where: str) -> str | None:
        given = fields.get("name")
        if given is None:
            self.wrong(node, f"{where}.name", "is missing: give each a name")
            return None
        value = self.text(given, f"{where}.name", 64)
        if value is not None and not _NAME.fullmatch(value):
            self.wrong(
                given,
                f"{where}.name",
                f"is {_shown(given)}: give letters, digits, spaces, dots, dashes and "
                "underscores",
            )
            return None
        return value

    def bots(self, fields: Fields, where: str) -> list[str]:
        """The bots that are named; every bot, as '', where none is."""
        node = fields.get("bot")
        if node is None:
            return [""]
        many = node.value if isinstance(node, yaml.SequenceNode) else [node]
        if not many:
            self.wrong(node, f"{where}.bot", "is empty: name a bot, or leave it out")
        found = [self.text(one, f"{where}.bot") for one in many]
        return [one for one in found if one is not None]

    def step_kind(
        self, node: yaml.Node, fields: Fields, where: str, kinds: Sequence[StepKind]
    ) -> tuple[StepKind, str] | None:
        """The one key of ``fields`` that says by what, and its id."""
        given = [kind for kind in kinds if kind in fields]
        if len(given) != 1:
            self.wrong(
                node,
                where,
                f"has {len(given)} of {', '.join(kinds)}: give exactly one",
            )
            return None
        of = self.text(fields[given[0]], f"{where}.{given[0]}")
        return None if of is None else (given[0], of)

    def goal(
        self, node: yaml.Node, where: str
    ) -> Iterator[tuple[Declaration, yaml.Node]]:
        fields = self.fields(node, where, _GOAL_KEYS)
        if not fields:
            return
        name = self.name(node, fields, where)
        by = self.step_kind(node, fields, where, _GOAL_BY)
        kind = self.choice(fields, "kind", where, _GOAL_KINDS)
        value, currency = self.value(fields, where)
        for bot in self.bots(fields, where):
            if name is not None and by is not None:
                yield (
                    Goal(
                        name=name,
                        bot=bot,
                        by=by[0],
                        of=by[1],
                        goal_kind=kind or names.GoalKind.CONVERSION.value,
                        value=value,
                        currency=currency,
                    ),
                    node,
                )

    def value(self, fields: Fields, where: str) -> tuple[float | None, str | None]:
        value, currency = fields.get("value"), fields.get("currency")
        number: float | None = None
        if value is not None:
            text = self.text(value, f"{where}.value") or ""
            if re.fullmatch(r"\d{1,12}(\.\d{1,6})?", text):
                number = float(text)
            else:
                self.wrong(
                    value,
                    f"{where}.value",
                    f"is {_shown(value)}: give a number from 0 to 999999999999",
                )
        code = self.text(currency, f"{where}.currency") if currency else None
        if currency is not None and not re.fullmatch("[A-Z]{3}", code or ""):
            self.wrong(
                currency,
                f"{where}.currency",
                f"is {_shown(currency)}: give three capital letters such as EUR",
            )
        if currency is not None and value is None:
            self.wrong(currency, f"{where}.currency", "is given without a value")
        return number, code

    def funnel(
        self, node: yaml.Node, where: str
    ) -> Iterator[tuple[Declaration, yaml.Node]]:
        fields = self.fields(node, where, _FUNNEL_KEYS)
        if not fields:
            return
        name = self.name(node, fields, where)
        window_s = self.window(fields, where)
        unit = self.choice(fields, "unit", where, ("session", "user"))
        if unit == "user" and window_s is None:
            self.wrong(
                fields["unit"],
                f"{where}.unit",
                "is user, and the window is one session: give a window such as 7d",
            )
        steps = self.steps(node, fields, where)
        for bot in self.bots(fields, where):
            if name is not None:
                found = cast("Literal['session', 'user'] | None", unit)
                default: Literal["session", "user"] = (
                    "session" if window_s is None else "user"
                )
                yield (
                    Funnel(
                        name=name,
                        bot=bot,
                        steps=steps,
                        unit=found or default,
                        window_s=window_s,
                    ),
                    node,
                )

    def window(self, fields: Fields, where: str) -> float | None:
        """Seconds; ``None`` is one session."""
        node = fields.get("window")
        text = self.text(node, f"{where}.window") if node is not None else None
        if node is None or text in (None, "session"):
            return None
        found = _DURATION.fullmatch(text or "")
        seconds = int(found[1]) * _UNITS_S[found[2]] if found else 0
        if not 1 <= seconds <= _WINDOW_MAX_S:
            self.wrong(
                node,
                f"{where}.window",
                f"is {_shown(node)}: give session, or a time from 1s to 90d such as "
                "30m or 7d",
            )
            return None
        return float(seconds)

    def steps(self, node: yaml.Node, fields: Fields, where: str) -> tuple[Step, ...]:
        items = list(self.items(fields, "steps", _STEPS_MAX, f"{where}."))
        given = fields.get("steps")
        if given is None:
            self.wrong(node, f"{where}.steps", "is missing: give two steps or more")
        elif isinstance(given, yaml.SequenceNode) and len(given.value) < 2:
            self.wrong(
                given,
                f"{where}.steps",
                f"has {len(given.value)} entries: give two steps or more",
            )
        found = [self.step(one, f"{where}.steps[{at}]") for at, one in items]
        return tuple(one for one in found if one is not None)

    def step(self, node: yaml.Node, where: str) -> Step | None:
        fields = self.fields(node, where, (*STEP_KINDS, "name"))
        by = self.step_kind(node, fields, where, STEP_KINDS) if fields else None
        if by is None:
            return None
        given = fields.get("name")
        name = self.text(given, f"{where}.name") if given is not None else None
        return Step(by=by[0], of=by[1], name=name or f"{by[0]}:{by[1]}")
