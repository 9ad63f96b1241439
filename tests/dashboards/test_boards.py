"""The three boards ask only for what the catalogue has, and say something."""

from __future__ import annotations

from collections import Counter

import pytest

from turnspan_dashboards import BOARDS, Board, Look, Panel
from turnspan_dashboards.boards import BOARDS as FOUND
from turnspan_dashboards.catalogue import description, title
from turnspan_exporters.timescale.metrics import CATALOGUE, Kind

ADD_UP = {Kind.COUNT, Kind.SHARE}


PANELS = {
    f"{board.key}-{panel.key}": panel for board in BOARDS for panel in board.panels()
}
EVERY_PANEL = pytest.mark.parametrize("panel", list(PANELS.values()), ids=list(PANELS))
EVERY_BOARD = pytest.mark.parametrize("board", BOARDS, ids=lambda one: one.key)


def test_boards_are_found_by_their_modules() -> None:
    """A board is a module of ``boards``; the package and the root show the same."""
    assert [one.key for one in FOUND] == ["engagement", "handoff", "nlu_quality"]
    assert BOARDS is FOUND


@EVERY_PANEL
def test_panels_ask_what_the_catalogue_answers(panel: Panel) -> None:
    """Metric, dimensions, own key and options are all the catalogue's."""
    for query in panel.queries:
        metric = CATALOGUE[query.metric]
        assert set(query.by) <= set(metric.fact.dimensions)
        assert query.key in ("", metric.key.name if metric.key else "")
        assert set(query.options) <= {one.value for one in metric.options}


@EVERY_PANEL
def test_only_what_adds_up_is_stacked(panel: Panel) -> None:
    """Stacked columns hold counts and shares of a whole, never rates or users."""
    if panel.look is Look.COLUMNS:
        assert {CATALOGUE[one].kind for one in panel.metrics} <= ADD_UP


@EVERY_PANEL
def test_lines_of_one_panel_share_a_unit(panel: Panel) -> None:
    """One axis has one unit, and each of several lines has a name."""
    assert len({CATALOGUE[one].unit for one in panel.metrics}) == 1
    if len(panel.queries) > 1:
        labels = [query.label for query in panel.queries]
        assert all(labels)
        assert len(set(labels)) == len(labels)


@EVERY_PANEL
def test_panels_say_what_they_show(panel: Panel) -> None:
    """Every panel has a title, a sentence, and the formula of each metric."""
    assert title(panel)
    text = description(panel)
    assert text
    assert all(f"Formula: {CATALOGUE[one].formula}" in text for one in panel.metrics)


@EVERY_BOARD
def test_boards_fill_their_rows(board: Board) -> None:
    """Keys are unique, and each section's panels fill whole rows of 24 columns."""
    keys = Counter(panel.key for panel in board.panels())
    assert [key for key, times in keys.items() if times > 1] == []
    for section in board.sections:
        filled = 0
        for panel in section.panels:
            filled += panel.width
            assert filled <= 24
            filled %= 24
        assert filled == 0, section.title
