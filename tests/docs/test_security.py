"""The threat model: every threat has a number, a mitigation, and a test that exists."""

from __future__ import annotations

import ast
import re
from functools import cache
from typing import NamedTuple

from tests.docs.markdown import ROOT

PAGE = ROOT / "docs" / "security.md"
_ROW = re.compile(r"^\| (T\d\d) \|(.*)\|$", re.MULTILINE)
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


class Threat(NamedTuple):
    """One row of the table."""

    number: str
    threat: str
    met_by: str
    tests: list[tuple[str, str]]


def _threats() -> list[Threat]:
    found = []
    for number, rest in _ROW.findall(PAGE.read_text("utf-8")):
        threat, met_by, tests = (cell.strip() for cell in rest.split(" | "))
        found.append(Threat(number, threat, met_by, _TEST.findall(tests)))
    return found


@cache
def _tests_of(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    functions = ast.FunctionDef | ast.AsyncFunctionDef
    return frozenset(one.name for one in ast.walk(tree) if isinstance(one, functions))


def test_every_threat_is_numbered_and_met() -> None:
    """Without gaps, and none without a word of what meets it."""
    threats = _threats()
    wanted = [f"T{number:02}" for number in range(1, len(threats) + 1)]
    assert [one.number for one in threats] == wanted
    assert len(threats) > 20
    assert [one.number for one in threats if not (one.threat and one.met_by)] == []


def test_every_threat_has_a_test() -> None:
    """At least one, named by its file and function."""
    assert [one.number for one in _threats() if not one.tests] == []


def test_every_named_test_exists() -> None:
    """In the file that the page says, on any line of it."""
    missing = [
        f"{file}::{name}"
        for file, name in _TEST.findall(PAGE.read_text("utf-8"))
        if not (ROOT / file).exists() or name not in _tests_of(file)
    ]
    assert missing == []


def test_every_test_of_security_is_named_by_its_file() -> None:
    """A file of tests/collector/security that no threat needs is one nobody asked for.

    Parts that the gate is built of stand behind the tests that are named.
    """
    named = {file for one in _threats() for file, _ in one.tests}
    files = (ROOT / "tests" / "collector" / "security").glob("test_*.py")
    assert {one.relative_to(ROOT).as_posix() for one in files} <= named
