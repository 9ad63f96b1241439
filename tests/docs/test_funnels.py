"""The guide of funnels: its files are applied, its options and steps are real."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from tests.docs.markdown import ROOT, blocks

from turnspan_collector import funnel_file
from turnspan_exporters.timescale import declarations
from turnspan_exporters.timescale.metrics import CATALOGUE

GUIDE = ROOT / "docs" / "funnels.md"
FILES = [block for block in blocks("yaml") if block.file == GUIDE]


def test_there_is_a_file_to_read() -> None:
    """An empty list would make all that follows hold."""
    assert FILES


@pytest.mark.parametrize("block", FILES, ids=str)
def test_its_files_are_applied_and_answer(
    block: Any, db: psycopg.Connection[Any]
) -> None:
    """Every funnel that a file declares can be asked by its name."""
    found = funnel_file.read(block.text.encode(), "funnels.yaml")
    declarations.apply(db, found, "funnels.yaml")
    for one in found:
        if isinstance(one, declarations.Funnel):
            rows = db.execute(
                "SELECT \"group\" ->> 'name' FROM turnspan.metric('funnel', %s, %s, "
                "options => jsonb_build_object('funnel', %s::text))",
                (datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC),
                 one.name),
            ).fetchall()  # fmt: skip
            assert [name for (name,) in rows] == [step.name for step in one.steps]


def test_its_options_are_those_of_the_metrics() -> None:
    """Each that the table names is taken, and none is left out."""
    table = GUIDE.read_text("utf-8").partition("| Option |")[2]
    named = set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))
    taken = {
        option.value
        for name in ("funnel", "conversion_rate", "time_to_conversion")
        for option in CATALOGUE[name].options
    }
    assert named == taken - {"q", "provisional"}


def test_its_steps_are_those_that_can_be_declared() -> None:
    """One row a kind."""
    table = GUIDE.read_text("utf-8").partition("| Step |")[2].partition("\n\n")[0]
    assert tuple(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == (
        declarations.STEP_KINDS
    )
