"""The demo's known totals, and what SQL, the API and the page make of them."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from tests.support.demo import DemoCollector
from tests.support.demo_totals import committed, counted

from turnspan_collector.demo import BOTS, DAYS

RATES = ("engagement_rate", "handoff_rate", "fallback_rate", "ctr")
QUANTILES = (("p50", 0.5), ("p90", 0.9), ("p95", 0.95))
TOTALS: dict[str, Any] = committed()["bots"]


def _rows(demo: DemoCollector, name: str, bot: str, **query: object) -> list[Any]:
    days = {"from": demo.first, "to": demo.end}
    return demo.running.metric(name, bot=bot, **days, **query)


def _value(demo: DemoCollector, name: str, bot: str, **query: object) -> Any:
    [row] = _rows(demo, name, bot, **query)
    assert not row["provisional"]
    return row["value"]


def test_the_world_is_the_pinned_one(demo_collector: DemoCollector) -> None:
    """What was played is what the committed totals were counted from."""
    assert counted(demo_collector.world) == committed()


@pytest.mark.parametrize("bot", BOTS)
@pytest.mark.parametrize("name", ["sessions", "turns", "mau"])
def test_counts(demo_collector: DemoCollector, bot: str, name: str) -> None:
    """Sessions and turns of 90 days; users of the last 30."""
    assert _value(demo_collector, name, bot) == TOTALS[bot][name]


@pytest.mark.parametrize("bot", BOTS)
@pytest.mark.parametrize("name", ["sessions", "dau"])
def test_days(demo_collector: DemoCollector, bot: str, name: str) -> None:
    """Every one of the 90 days has its sessions and its users."""
    rows = _rows(demo_collector, name, bot, bucket="day")
    assert [row["value"] for row in rows] == TOTALS[bot][f"{name}_by_day"]
    assert len(rows) == DAYS


@pytest.mark.parametrize("bot", BOTS)
@pytest.mark.parametrize("name", RATES)
def test_rates(demo_collector: DemoCollector, bot: str, name: str) -> None:
    """Numerators and denominators are exact; value and interval follow."""
    [row] = _rows(demo_collector, name, bot) or [{"k": 0, "n": 0, "value": None}]
    rate = TOTALS[bot][name]
    assert (row["k"], row["n"]) == (rate["k"], rate["n"])
    if rate["n"]:
        assert row["value"] == pytest.approx(rate["k"] / rate["n"])
        assert row["low"] <= row["value"] <= row["high"]


@pytest.mark.parametrize("bot", BOTS)
def test_turns_per_session(demo_collector: DemoCollector, bot: str) -> None:
    """The mean."""
    found = _value(demo_collector, "turns_per_session", bot)
    assert found == pytest.approx(TOTALS[bot]["turns_per_session"])


@pytest.mark.parametrize("bot", BOTS)
@pytest.mark.parametrize("name", ["response_latency", "first_response_latency"])
def test_latencies(demo_collector: DemoCollector, bot: str, name: str) -> None:
    """Quantiles within one per cent of the exact ones."""
    for label, q in QUANTILES:
        if label in TOTALS[bot][name]:
            found = _value(demo_collector, name, bot, q=q)
            assert found == pytest.approx(TOTALS[bot][name][label], rel=0.012)


@pytest.mark.parametrize("bot", BOTS)
def test_handoff_waits(demo_collector: DemoCollector, bot: str) -> None:
    """Kaplan-Meier, those who gave up censored."""
    for label, q in QUANTILES:
        if label in (waits := TOTALS[bot]["handoff_wait"]):
            found = _value(demo_collector, "handoff_wait", bot, q=q)
            assert found == pytest.approx(waits[label], abs=1e-3)


@pytest.mark.parametrize("bot", ["support", "sales"])
def test_confidence(demo_collector: DemoCollector, bot: str) -> None:
    """The median within one of the histogram's bins."""
    found = _value(demo_collector, "intent_confidence", bot, q=0.5)
    assert found == pytest.approx(TOTALS[bot]["intent_confidence"]["p50"], abs=0.05)


def test_sql_says_the_same(demo_collector: DemoCollector) -> None:
    """turnspan.metric gives what the API gives."""
    demo = demo_collector
    with psycopg.connect(demo.dsn, options="-c timezone=UTC") as connection:
        rows = connection.execute(
            "SELECT \"group\"->>'bot', value::int"
            " FROM turnspan.metric('sessions', %s, %s, by => '{bot}')",
            (demo.first, demo.end),
        ).fetchall()
    assert dict(rows) == {bot: TOTALS[bot]["sessions"] for bot in BOTS}
