"""Panels are checked where they are written down."""

from __future__ import annotations

import pytest

from turnspan_dashboards import Look, Panel, Query


def test_metrics_are_listed_once_in_order() -> None:
    """A panel that asks one metric twice names it once."""
    queries = (Query("b", "p50"), Query("a"), Query("b", "p95"))
    assert Panel("one", Look.LINES, queries, 8, 8).metrics == ("b", "a")


def test_groups_are_the_dimensions_and_the_key() -> None:
    """A row is told from the next by what was asked and by the metric's own key."""
    query = Query("outcome_share", by=("bot", "channel"), key="outcome")
    assert query.groups == ("bot", "channel", "outcome")


@pytest.mark.parametrize(
    ("look", "queries", "width", "sentence"),
    [
        (Look.STAT, (Query("a"),), 25, "one: width 25 is not within 1..24"),
        (Look.STAT, (Query("a"), Query("b")), 4, "one: stat draws 1 to 1 queries"),
        (Look.LINES, (), 4, "one: lines draws 1 to 4 queries"),
        (Look.BARS, (Query("a"),), 4, "one: bars, columns and histograms have"),
        (Look.LINES, (Query("a", by=("b",)),), 4, "one: bars, columns and histog"),
    ],
)
def test_a_panel_that_cannot_be_drawn_is_refused(
    look: Look, queries: tuple[Query, ...], width: int, sentence: str
) -> None:
    """The sentence names the panel, the value and the rule."""
    with pytest.raises(ValueError, match=sentence):
        Panel("one", look, queries, width, 8)
