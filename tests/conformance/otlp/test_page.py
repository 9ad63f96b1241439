"""docs/conformance.md says what the suite tests, no more and no less."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.conformance.otlp.lines import FOLDER, evidence, lines
from tests.conformance.otlp.page import PAGE, page

GAPS = {6, 12, 32, 40, 41, 64, 68}
SWITCHED_OFF = re.compile(r"\b(?:mark|pytest)\.(?:skip|skipif|xfail|importorskip)\b")


def test_the_page_is_generated() -> None:
    """From the table and the names of the tests."""
    assert PAGE.read_text("utf-8") == page(), "docs/conformance.md is stale: make docs"


def test_every_line_is_in_the_table() -> None:
    """C01 to C69, without the numbers that were never given."""
    wanted = [f"C{number:02}" for number in range(1, 70) if number not in GAPS]
    assert [one.number for one in lines()] == wanted


def test_a_line_without_tests_says_why() -> None:
    """By where it is measured, or by what is missing."""
    mute = [
        one.number
        for one in lines()
        if not one.tests and not (one.measured or one.missing)
    ]
    assert mute == []


def test_a_line_is_not_tested_by_npm_alone() -> None:
    """It would be said to hold where nothing ran."""
    held = [
        one.number
        for one in lines()
        if one.tests and all(test.needs_npm for test in one.tests)
    ]
    assert held == []


def test_every_test_is_named_by_a_line() -> None:
    """So that none is missing on the page."""
    numbers = {one.number for one in lines()}
    assert [one.name for one in evidence() if one.line not in numbers] == []


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda one: one.name)
def test_nothing_in_the_suite_is_switched_off(path: Path) -> None:
    """Only tests of JavaScript may skip, by asking for npm's packages."""
    if path.name not in ("test_page.py", "lines.py", "page.py"):
        assert SWITCHED_OFF.findall(path.read_text("utf-8")) == []
