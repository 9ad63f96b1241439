"""Write conventions.py and docs/conventions.md from the registry.

Run ``python -m turnspan.registry.generate``; with ``--check`` it writes nothing
and fails when a file is stale.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import wrap

from turnspan.registry._docs import page
from turnspan.registry._model import FOLDER, Attribute, Registry, Signal, load

ROOT = "chatbot"
MODULE = FOLDER.parent / "conventions.py"
PAGE = FOLDER.parents[2] / "docs" / "conventions.md"

_HEAD = '''"""Names of the chat conventions, generated from registry/; do not edit.

Change the YAML and run ``python -m turnspan.registry.generate``.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

ROOT: Final = "chatbot"
"""The namespace of our own names, kept here so that it can move upstream."""


class MetricSpec(NamedTuple):
    """A metric's instrument, unit (UCUM) and allowed attributes."""

    instrument: str
    unit: str
    attributes: frozenset[str]

'''


def constant(name: str) -> str:
    """Name the constant of an attribute, event or metric."""
    parts = re.split(r"[._]", name)
    if parts[0] == ROOT:
        parts = parts[1:] if len(parts) > 2 else ["bot", *parts[1:]]
    return "_".join(parts).upper()


def signal_constant(prefix: str, name: str) -> str:
    """Name the constant of a span, an event or a metric: EVENT_HANDOFF_REQUEST."""
    return f"{prefix}_{re.sub(r'[._]', '_', name.removeprefix(ROOT + '.')).upper()}"


def enum_class(key: str) -> str:
    """Name the enumeration of an attribute: chatbot.turn.outcome, TurnOutcome."""
    words = re.split(r"[._]", key.removeprefix(ROOT + "."))
    return "".join(word.capitalize() for word in words)


def module(registry: Registry) -> str:
    """Write the text of conventions.py."""
    return "".join(_module_parts(registry))


def _module_parts(registry: Registry) -> Iterator[str]:
    yield _HEAD
    yield "\n# Attributes\n\n"
    for attribute in registry.attributes.values():
        yield _assign(constant(attribute.key), attribute.key, attribute.brief)
    for prefix, signals in (
        ("SPAN", registry.spans),
        ("EVENT", registry.events),
        ("METRIC", registry.metrics),
    ):
        yield f"\n# {prefix.capitalize()}s\n\n"
        for signal in signals.values():
            yield _assign(
                signal_constant(prefix, signal.name), signal.name, signal.brief
            )
    for attribute in registry.attributes.values():
        if attribute.members:
            yield _enum(attribute)
    yield from _tables(registry)


def _literal(name: str) -> str:
    tail = name.removeprefix(ROOT + ".")
    return f'"{name}"' if tail == name else f'f"{{ROOT}}.{tail}"'


def _assign(name: str, value: str, brief: str) -> str:
    return f"{name}: Final = {_literal(value)}\n{_docstring(brief)}\n"


def _docstring(text: str, indent: str = "") -> str:
    text = " ".join(text.split())
    if len(indent) + len(text) + 6 <= 88:
        return f'{indent}"""{text}"""'
    lines = wrap(text, 85 - len(indent))
    return "\n".join([f'{indent}"""{lines[0]}', *(indent + x for x in lines[1:])]) + (
        f'\n{indent}"""'
    )


def _enum(attribute: Attribute) -> str:
    lines = [f"\n\nclass {enum_class(attribute.key)}(StrEnum):"]
    lines += [_docstring(attribute.brief, "    "), ""]
    lines += [f'    {m.id.upper()} = "{m.value}"' for m in attribute.members]
    return "\n".join(lines) + "\n"


def _tables(registry: Registry) -> Iterator[str]:
    attributes = registry.attributes.values()
    yield "\n\n# Tables\n\n# fmt: off\n"
    for name, keys in registry.groups.items():
        yield f"{_group(name)}: Final = {_frozenset(keys, '')}\n"
    yield "\n"
    yield _mapping(
        "ATTRIBUTES",
        "str",
        [(constant(a.key), f'"{a.type}"') for a in attributes],
        "Attribute to type; enumerations are strings.",
    )
    yield _mapping(
        "ENUMS",
        "frozenset[str]",
        [
            (constant(a.key), f"frozenset({enum_class(a.key)})")
            for a in attributes
            if a.members
        ],
        "Attribute to its allowed values.",
    )
    yield _mapping(
        "RANGES",
        "tuple[float | None, float | None]",
        [
            (constant(a.key), f"({a.hints.get('min')}, {a.hints.get('max')})")
            for a in attributes
            if "min" in a.hints or "max" in a.hints
        ],
        "Numeric attribute to its least and greatest value.",
    )
    yield _set(
        "CONTENT_ATTRIBUTES",
        [constant(a.key) for a in attributes if a.hints.get("content")],
        "Attributes that hold what people wrote; off by default.",
    )
    yield from _signal_tables(registry)


def _signal_tables(registry: Registry) -> Iterator[str]:
    for prefix, signals in (("SPAN", registry.spans), ("EVENT", registry.events)):
        yield _mapping(
            f"{prefix}S",
            "frozenset[str]",
            [
                (signal_constant(prefix, s.name), _keys(s, "        "))
                for s in signals.values()
            ],
            f"{prefix.capitalize()} to the attributes it may carry.",
        )
    yield _mapping(
        "EVENT_REQUIRED",
        "tuple[str, ...]",
        [
            (signal_constant("EVENT", e.name), _tuple(_required(registry, e)))
            for e in registry.events.values()
            if _required(registry, e)
        ],
        "Event to the attributes of its own that it needs.",
    )
    yield _mapping(
        "METRICS",
        "MetricSpec",
        [
            (
                signal_constant("METRIC", s.name),
                f'MetricSpec(\n            "{s.instrument}",\n            "{s.unit}",\n'
                f"            {_keys(s, '')},\n        )",
            )
            for s in registry.metrics.values()
        ],
        "Metric to its instrument, unit and attributes.",
    )


def _required(registry: Registry, event: Signal) -> list[str]:
    shared = {*registry.groups["chatbot.common"], *registry.groups["chatbot.event"]}
    return [
        key
        for key, level in event.attributes.items()
        if level == "required" and key not in shared
    ]


def _tuple(keys: list[str]) -> str:
    if len(keys) == 1:
        return f"({constant(keys[0])},)"
    return (
        "(\n" + "".join(f"            {constant(key)},\n" for key in keys) + "        )"
    )


def _group(name: str) -> str:
    return "_" + name.removeprefix(ROOT + ".").upper()


def _keys(signal: Signal, indent: str) -> str:
    parts = [_group(name) for name in signal.groups]
    if signal.own:
        parts.append(_frozenset(signal.own, indent))
    return " | ".join(parts)


def _frozenset(keys: list[str], indent: str) -> str:
    names = "".join(f"{indent}    {constant(key)},\n" for key in keys)
    inner = ", ".join(constant(key) for key in keys)
    short = f"frozenset({{{inner}}})"
    return short if len(keys) < 2 else f"frozenset({{\n{names}{indent}}})"


def _mapping(name: str, value: str, rows: list[tuple[str, str]], brief: str) -> str:
    lines = [f"{name}: Final[Mapping[str, {value}]] = MappingProxyType(", "    {"]
    body = "\n".join([*lines, *(f"        {k}: {v}," for k, v in rows), "    }", ")"])
    return f"{body}\n{_docstring(brief)}\n\n"


def _set(name: str, rows: list[str], brief: str) -> str:
    body = "".join(f"        {row},\n" for row in rows)
    head = f"{name}: Final = frozenset(\n    {{\n{body}    }}\n)\n"
    return f"{head}{_docstring(brief)}\n\n"


def outputs() -> dict[Path, str]:
    """Give each generated file and the text it should hold."""
    registry = load()
    return {MODULE: module(registry).rstrip() + "\n", PAGE: page(registry)}


def stale() -> list[Path]:
    """List the generated files that differ from the registry."""
    return [
        path
        for path, text in outputs().items()
        if not path.exists() or path.read_text("utf-8") != text
    ]


def main(arguments: list[str]) -> int:
    """Write the files, or with ``--check`` only compare; 1 when stale."""
    if "--check" in arguments:
        names = ", ".join(path.name for path in stale())
        if names:
            sys.stderr.write(
                f"{names} differ from the registry; "
                "run python -m turnspan.registry.generate\n"
            )
        return 1 if names else 0
    for path, text in outputs().items():
        path.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
