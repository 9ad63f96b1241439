"""The operator's dashboard asks Prometheus for metrics that the collector has."""

from __future__ import annotations

import json
import re
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.dashboards.test_alerts import exposed, promtool

from turnspan_dashboards.generate import OPERATIONS, rendered_operations
from turnspan_dashboards.grafana._ops import SECTIONS

EXPRESSIONS = [
    expression
    for _, graphs in SECTIONS
    for graph in graphs
    for expression, _ in graph.lines
]


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(OPERATIONS.read_text("utf-8"))["panels"]
    return found


def test_the_committed_dashboard_is_fresh() -> None:
    """``python -m turnspan_dashboards.generate`` would change nothing."""
    assert OPERATIONS.read_text("utf-8") == rendered_operations()


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_expression_asks_for_a_metric_that_there_is(expression: str) -> None:
    """By its full name, and of the collector that was chosen."""
    names = {
        *exposed(),
        "turnspan_store_commit_seconds_bucket",
    }
    asked = re.findall(r"\b(?:otelcol|turnspan)_\w+", expression)
    assert asked
    assert [name for name in asked if name not in names] == []
    assert expression.count('{instance=~"$instance"') == len(asked)


def test_everything_an_operator_asks_is_there() -> None:
    """Loss, lag, queue, spool, dead letters, refresh age and table sizes."""
    text = "\n".join(EXPRESSIONS)
    for name in (
        "turnspan_loss_lost_records",
        "turnspan_store_derive_lag_seconds",
        "otelcol_exporter_queue_size",
        "turnspan_spool_bytes",
        "turnspan_store_dead_letters",
        "turnspan_store_refresh_age_seconds",
        "turnspan_store_table_bytes",
    ):
        assert name in text


def test_panels_do_not_overlap_and_have_numbers() -> None:
    """No two claim the same place of the grid; each names its source."""
    places = [panel["gridPos"] for panel in panels()]
    for a, b in combinations(places, 2):
        beside = a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"]
        above = a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"]
        assert beside or above
    for panel in panels():
        for target in panel.get("targets", ()):
            assert target["datasource"] == {
                "type": "prometheus",
                "uid": "${prometheus}",
            }


def test_prometheus_reads_every_expression(tmp_path: Path) -> None:
    """As rules, since its tool checks those."""
    rules = [
        {"record": f"r{at}", "expr": expression.replace("$instance", ".*")}
        for at, expression in enumerate(EXPRESSIONS)
    ]
    group = {"groups": [{"name": "operation", "rules": rules}]}
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(group), "utf-8")
    promtool(tmp_path, "check", "rules", "rules.yaml")
