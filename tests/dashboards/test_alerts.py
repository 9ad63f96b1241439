"""The alert rules name metrics that the collector has, and each has its runbook."""

from __future__ import annotations

import re
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from turnspan_collector.forward import ForwardMetrics
from turnspan_collector.selfmetrics import SelfMetrics
from turnspan_collector.spool import SpoolMetrics
from turnspan_collector.store_metrics import StoreMetrics

ROOT = Path(__file__).resolve().parents[2]
RUNBOOKS = ROOT / "docs/runbooks"
RULES = Path(
    str(files("turnspan_dashboards") / "provisioning/prometheus/turnspan.rules.yaml")
)


def rules() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load(RULES.read_text("utf-8"))["groups"]
    found: list[dict[str, Any]] = group["rules"]
    return found


def exposed() -> set[str]:
    """The names under which Prometheus stores what a collector exposes."""
    metrics = SelfMetrics()
    StoreMetrics(metrics.registry)
    metrics.registry.register(SpoolMetrics(None))
    metrics.registry.register(ForwardMetrics([]))
    families = text_string_to_metric_families(metrics.text().decode())
    return {
        family.name + ("_total" if family.type == "counter" else "")
        for family in families
    }


@pytest.mark.parametrize("rule", rules(), ids=lambda one: one["alert"])
def test_an_alert_asks_for_metrics_that_there_are(rule: dict[str, Any]) -> None:
    """By name."""
    names = exposed() | {"up"}
    asked = re.findall(r"\b(?:otelcol|turnspan)_\w+(?=[\s{\[)/]|$)", rule["expr"])
    assert asked or "up{" in rule["expr"]
    # Of a rate by pattern the names go, and what is left of several is the same.
    assert "__name__" not in rule["expr"]
    assert [name for name in asked if name not in names] == []


@pytest.mark.parametrize("rule", rules(), ids=lambda one: one["alert"])
def test_an_alert_has_its_runbook(rule: dict[str, Any]) -> None:
    """Of the same name, with what it means, what to look at and what to do."""
    name = rule["alert"]
    assert rule["annotations"]["runbook_url"] == f"docs/runbooks/{name}.md"
    page = (RUNBOOKS / f"{name}.md").read_text("utf-8")
    assert page.startswith(f"# {name}\n")
    for heading in ("What it means", "Look at", "Do", "Good to know"):
        assert f"\n## {heading}\n" in page
    assert f"[{name}]({name}.md)" in (RUNBOOKS / "README.md").read_text("utf-8")
    assert rule["labels"]["severity"] in ("page", "warning")


def test_there_is_no_runbook_without_an_alert() -> None:
    """A page that nothing leads to is one that nobody keeps true."""
    pages = {one.stem for one in RUNBOOKS.glob("*.md")} - {"README"}
    assert pages == {rule["alert"] for rule in rules()}


def promtool(directory: Path, *arguments: str) -> None:
    """Prometheus' own tool, where there is one."""
    tool = shutil.which("promtool")
    if tool is None:
        pytest.skip("needs promtool, of Prometheus, in PATH")
    done = subprocess.run(
        [tool, *arguments], capture_output=True, text=True, check=False, cwd=directory
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_takes_the_rules(tmp_path: Path) -> None:
    """Every expression is one, and every template too."""
    promtool(tmp_path, "check", "rules", str(RULES))


def test_made_up_samples_raise_the_alerts(tmp_path: Path) -> None:
    """Those that they should, with their sentences, and no others."""
    for file in (RULES, Path(__file__).with_name("alerts.yaml")):
        shutil.copy(file, tmp_path)
    promtool(tmp_path, "test", "rules", "alerts.yaml")
