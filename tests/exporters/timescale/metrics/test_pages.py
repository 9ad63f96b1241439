"""The documentation of metrics is what the catalogue says, and its numbers come out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.support.played import play, read_page

from turnspan_exporters.timescale.metrics import CATALOGUE, generate

ROOT = Path(__file__).resolve().parents[4]
PAGES = ROOT / "docs" / "metrics"


def _generated() -> Iterator[Any]:
    for name, text in generate.files():
        yield pytest.param(name, text, id=name)


@pytest.mark.parametrize(("name", "text"), _generated())
def test_generated_files_are_fresh(name: str, text: str) -> None:
    """What is made from the catalogue is committed as it is made now."""
    assert (ROOT / name).read_text("utf-8") == text


def test_every_page_is_of_a_metric() -> None:
    """No page stays behind when its metric goes."""
    pages = {path.stem for path in PAGES.glob("*.md")}
    assert pages == {*CATALOGUE, "index"}


@pytest.mark.parametrize("name", CATALOGUE)
def test_the_page_comes_true(
    db: psycopg.Connection[Any], migrated_dsn: str, name: str
) -> None:
    """Its events, stored and derived, give the rows that its statements show."""
    page = read_page(PAGES / f"{name}.md")
    assert page.events
    assert page.answers
    play(page, migrated_dsn)
    for answer in page.answers:
        rows = db.execute(answer.statement).fetchall()
        assert [row[0] for row in rows] == [row[0] for row in answer.rows]
        for row, expected in zip(rows, answer.rows, strict=True):
            found = [None if one is None else float(one) for one in row[1:]]
            assert found == pytest.approx(list(expected[1:]), abs=1e-9), row
