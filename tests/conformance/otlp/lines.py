"""The lines of OTLP that the collector owes its clients, and the tests of each."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["NPM", "Evidence", "Line", "evidence", "lines"]

FOLDER = Path(__file__).parent
NPM = "javascript"
"""The fixture that needs packages from npm; no other test of the suite may skip."""

_NAME = re.compile(r"test_(c\d\d)_\w+")


@dataclass(frozen=True, slots=True)
class Evidence:
    """A test function of this folder; ``line`` is empty where its name has none."""

    line: str
    name: str
    file: str
    needs_npm: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One promise; see the head of lines.toml for its fields."""

    number: str
    strength: str
    promise: str
    area: str = ""
    chosen: str = ""
    different: str = ""
    measured: str = ""
    missing: str = ""
    tests: list[Evidence] = field(default_factory=list)

    @property
    def result(self) -> str:
        """What may be said of it in a commit whose tests pass."""
        held = any(not one.needs_npm for one in self.tests)
        if self.missing:
            return "in part" if held else "**not met yet**"
        if self.different:
            return "otherwise"
        if self.measured:
            return "measured"
        return "holds" if held else "holds, where npm is"


def lines() -> list[Line]:
    """Every line in the order of its number, with its tests."""
    entries = tomllib.loads((FOLDER / "lines.toml").read_text("utf-8"))
    found = evidence()
    return [
        Line(number, tests=[one for one in found if one.line == number], **entry)
        for number, entry in entries.items()
    ]


def evidence() -> list[Evidence]:
    """Every test function of the folder."""
    return [
        one
        for path in sorted(FOLDER.glob("test_*.py"))
        if path.name != "test_page.py"
        for one in _of_file(path)
    ]


def _of_file(path: Path) -> Iterator[Evidence]:
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            found = _NAME.fullmatch(node.name)
            wanted = {one.arg for one in node.args.args}
            number = found[1].upper() if found else ""
            yield Evidence(number, node.name, path.name, NPM in wanted)
