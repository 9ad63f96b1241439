"""The files of the schema, and the order they are run in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable

__all__ = ["SCHEMA", "Script", "reworded", "scripts"]

SCHEMA: Traversable = resources.files("turnspan_exporters.timescale") / "schema"
"""The folder that is shipped; tests migrate from others."""


@dataclass(frozen=True, slots=True)
class Script:
    """One file of the schema; ``name`` is its path below ``schema/``."""

    name: str
    text: str

    @property
    def sha256(self) -> str:
        """Digest of the text, which a migration may never change once released."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def base(self) -> str:
        """The name without its folder, of which a mode has one."""
        return self.name.rpartition("/")[2]

    @property
    def order(self) -> tuple[str, str]:
        """Files of all folders share one sequence of numbers."""
        return self.base, self.name


def scripts(root: Traversable, kind: str, mode: str) -> list[Script]:
    """The common and the mode's files of ``kind`` (once, always), in order."""
    found = [one for at in (kind, f"{mode}/{kind}") for one in _scripts_of(root, at)]
    return sorted(found, key=lambda one: one.order)


def reworded(root: Traversable) -> Mapping[str, Mapping[str, str]]:
    """What files said before they said the same in other words, or elsewhere.

    By the name and the digest that a database has of it: the ``base`` of today's file.
    """
    place = root / "reworded.json"
    found: dict[str, dict[str, str]] = {}
    if place.is_file():
        found = json.loads(place.read_text("utf-8"))
    return found


def _scripts_of(root: Traversable, folder: str) -> Iterator[Script]:
    place = root
    for part in folder.split("/"):
        place = place / part
    if not place.is_dir():
        return
    for one in place.iterdir():
        if one.name.endswith(".sql"):
            yield Script(f"{folder}/{one.name}", one.read_text("utf-8"))
