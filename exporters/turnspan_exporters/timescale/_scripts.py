"""The files of the schema, and the order they are run in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable

__all__ = ["SCHEMA", "Script", "scripts"]

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
    def order(self) -> tuple[str, str]:
        """Files of all folders share one sequence of numbers."""
        return self.name.rpartition("/")[2], self.name


def scripts(root: Traversable, kind: str, mode: str) -> list[Script]:
    """The common and the mode's files of ``kind`` (once, always), in order."""
    found = [one for at in (kind, f"{mode}/{kind}") for one in _scripts_of(root, at)]
    return sorted(found, key=lambda one: one.order)


def _scripts_of(root: Traversable, folder: str) -> Iterator[Script]:
    place = root
    for part in folder.split("/"):
        place = place / part
    if not place.is_dir():
        return
    for one in place.iterdir():
        if one.name.endswith(".sql"):
            yield Script(f"{folder}/{one.name}", one.read_text("utf-8"))
