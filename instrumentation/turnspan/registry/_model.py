"""The registry's YAML files, read and resolved into plain values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Member:
    """One allowed value of an enumeration."""

    id: str
    value: str
    brief: str


@dataclass(frozen=True)
class Attribute:
    """An attribute as its definition gives it; enumerations are strings."""

    key: str
    type: str
    brief: str
    note: str
    stability: str
    examples: list[Any]
    members: list[Member]
    hints: dict[str, Any]
    borrowed: bool


@dataclass(frozen=True)
class Signal:
    """A span, an event or a metric with its references resolved, in order."""

    name: str
    brief: str
    note: str
    attributes: dict[str, str]
    """Key to requirement level."""
    groups: list[str]
    own: list[str]
    """The keys that no group brings."""
    hints: dict[str, Any]
    unit: str = ""
    instrument: str = ""
    span_name: str = ""


@dataclass
class Registry:
    """Everything that the YAML files define."""

    groups: dict[str, list[str]] = field(default_factory=dict)
    attributes: dict[str, Attribute] = field(default_factory=dict)
    spans: dict[str, Signal] = field(default_factory=dict)
    events: dict[str, Signal] = field(default_factory=dict)
    metrics: dict[str, Signal] = field(default_factory=dict)


def documents() -> dict[str, dict[str, Any]]:
    """Read the definition files by name, the manifest left out."""
    files = sorted(FOLDER.glob("*.yaml"))
    texts = {file.name: file.read_text("utf-8") for file in files}
    texts.pop("manifest.yaml", None)
    return {name: yaml.safe_load(text) for name, text in texts.items()}


def load() -> Registry:
    """Read the registry.

    Raises:
        ValueError: A name is defined twice, or a reference leads nowhere.
    """
    files = documents()
    groups = {
        group["id"]: group["attributes"] for group in _each(files, "attribute_groups")
    }
    registry = Registry()
    for group, refs in groups.items():
        registry.groups[group] = [key for key, _ in _references(refs, groups)]
    for name, file in files.items():
        for spec in file.get("attributes", ()):
            _add(registry.attributes, spec["key"], _attribute(spec, "borrowed" in name))
    for kind, key, target in (
        ("spans", "type", registry.spans),
        ("events", "name", registry.events),
        ("metrics", "name", registry.metrics),
    ):
        for spec in _each(files, kind):
            _add(target, spec[key], _signal(spec, key, groups))
    _check_references(registry)
    return registry


def _each(files: dict[str, dict[str, Any]], kind: str) -> Iterator[dict[str, Any]]:
    for file in files.values():
        yield from file.get(kind, ())


def _add(target: dict[str, Any], name: str, value: Any) -> None:
    if name in target:
        raise ValueError(f"{name} is defined twice in the registry; keep one of them")
    target[name] = value


def _hints(spec: dict[str, Any]) -> dict[str, Any]:
    hints: dict[str, Any] = spec.get("annotations", {}).get("turnspan", {})
    return hints


def _attribute(spec: dict[str, Any], borrowed: bool) -> Attribute:
    members = spec["type"]["members"] if isinstance(spec["type"], dict) else []
    return Attribute(
        key=spec["key"],
        type="string" if members else spec["type"],
        brief=spec["brief"],
        note=spec.get("note", "").strip(),
        stability=spec["stability"],
        examples=spec.get("examples", []),
        members=[Member(m["id"], m["value"], m["brief"]) for m in members],
        hints=_hints(spec),
        borrowed=borrowed,
    )


def _signal(spec: dict[str, Any], key: str, groups: dict[str, Any]) -> Signal:
    refs = spec.get("attributes", ())
    return Signal(
        name=spec[key],
        brief=spec["brief"].strip(),
        note=spec.get("note", "").strip(),
        attributes=dict(_references(refs, groups)),
        groups=[ref["ref_group"] for ref in refs if "ref_group" in ref],
        own=[ref["ref"] for ref in refs if "ref" in ref],
        hints=_hints(spec),
        unit=spec.get("unit", ""),
        instrument=spec.get("instrument", ""),
        span_name=spec.get("name", {}).get("note", "") if key == "type" else "",
    )


def _references(refs: Any, groups: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for ref in refs:
        if "ref_group" in ref:
            yield from _references(groups[ref["ref_group"]], groups)
        else:
            level = ref.get("requirement_level", "recommended")
            yield ref["ref"], next(iter(level)) if isinstance(level, dict) else level


def _check_references(registry: Registry) -> None:
    for signals in (registry.spans, registry.events, registry.metrics):
        for signal in signals.values():
            for key in signal.attributes:
                if key not in registry.attributes:
                    raise ValueError(
                        f"{signal.name} refers to {key}, which no file of the "
                        "registry defines; define it or correct the reference"
                    )
