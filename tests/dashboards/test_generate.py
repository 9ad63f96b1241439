"""The committed dashboards are what the boards make of them."""

from __future__ import annotations

import json
from itertools import combinations
from typing import Any

import pytest

from turnspan_dashboards import BOARDS, Board
from turnspan_dashboards.generate import FOLDER, rendered

EVERY_BOARD = pytest.mark.parametrize("board", BOARDS, ids=lambda one: one.key)


def _committed(board: Board) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"{board.key}.json").read_text())
    return found


@EVERY_BOARD
def test_committed_dashboards_are_fresh(board: Board) -> None:
    """``python -m turnspan_dashboards.generate`` would change nothing."""
    assert (FOLDER / f"{board.key}.json").read_text("utf-8") == rendered(board)


def test_nothing_else_is_committed() -> None:
    """A board that is gone leaves no dashboard behind."""
    files = {path.stem for path in FOLDER.glob("*.json")}
    assert files == {board.key for board in BOARDS}


@EVERY_BOARD
def test_dashboards_hold_the_boards_panels(board: Board) -> None:
    """One row a section, one panel a panel, under a uid that stays."""
    made = _committed(board)
    assert made["uid"] == f"turnspan-{board.key.replace('_', '-')}"
    kinds = [panel["type"] for panel in made["panels"]]
    assert kinds.count("row") == len(board.sections)
    assert len(kinds) == len(board.sections) + len(list(board.panels()))
    ids = [panel["id"] for panel in made["panels"]]
    assert ids == list(range(1, len(ids) + 1))


@EVERY_BOARD
def test_panels_do_not_overlap(board: Board) -> None:
    """No two panels claim the same place of the grid."""
    places = [panel["gridPos"] for panel in _committed(board)["panels"]]
    for a, b in combinations(places, 2):
        beside = a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"]
        above = a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"]
        assert beside or above


@EVERY_BOARD
def test_readers_choose_bot_channel_environment_and_bucket(board: Board) -> None:
    """Three dimensions with several values or all of them, and one bucket."""
    variables = _committed(board)["templating"]["list"]
    assert [
        (one["name"], one["type"], one.get("multi"), one.get("allValue"))
        for one in variables
    ] == [
        ("bot", "query", True, "NULL"),
        ("channel", "query", True, "NULL"),
        ("environment", "query", True, "NULL"),
        ("bucket", "custom", False, None),
    ]
