"""Costs and experiments over the API."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import psycopg
from tests.support import derived_rows

START = datetime(2026, 3, 2, tzinfo=UTC)
RANGE = {"from": "2026-03-01", "to": "2026-04-01"}


async def test_costs_are_declared_and_listed(client: httpx.AsyncClient) -> None:
    """All of them, with their history; default prices by the model."""
    entries = [
        {
            "kind": "price",
            "name": "ours",
            "from": "2026-03-01",
            "values": {"input": 1, "output": 2},
        },
        {
            "kind": "human_cost",
            "bot": "shop",
            "from": "always",
            "values": {"ticket": 5},
        },
    ]
    answer = await client.put("/api/v1/costs", json=entries)
    assert answer.status_code == 200, answer.text
    listed = (await client.get("/api/v1/costs", params={"bot": "other"})).json()
    assert [(one["kind"], one["values"], one["holds"]) for one in listed["costs"]] == [
        ("price", {"input": 1, "output": 2, "currency": "USD"}, True)
    ]
    prices = await client.get("/api/v1/costs", params={"model": "gpt-4o"})
    assert prices.json()["costs"][0]["values"]["input"] == 2.5


async def test_a_wrong_cost_is_a_sentence(client: httpx.AsyncClient) -> None:
    """As on the command line."""
    wrong = [{"kind": "lead_value", "values": {"close_rate": 3}}]
    answer = await client.put("/api/v1/costs", json=wrong)
    assert (answer.status_code, answer.json()) == (
        422,
        {"error": "close_rate=3 is outside 0 to 1."},
    )
    answer = await client.get("/api/v1/costs/sensitivity", params={"metric": "dau"})
    assert answer.status_code == 422
    assert answer.json()["error"].startswith('metric: "dau" is none of money')


async def test_sensitivity_moves_each_parameter(
    client: httpx.AsyncClient, db: psycopg.Connection[Any]
) -> None:
    """What changes nothing is left out."""
    derived_rows.session(db, START)
    entries = [
        {"kind": "channel_cost", "from": "always", "values": {"session": 2}},
        {
            "kind": "fixed_cost",
            "name": "bot",
            "from": "2026-03-01",
            "values": {"monthly": 8},
        },
    ]
    await client.put("/api/v1/costs", json=entries)
    answer = await client.get(
        "/api/v1/costs/sensitivity",
        params={"metric": "cost_per_conversation", "change": 50, **RANGE},
    )
    assert answer.json() == {
        "metric": "cost_per_conversation",
        "change": 50.0,
        "swings": [
            {"parameter": "channel_cost", "low": 9.0, "value": 10.0, "high": 11.0},
            {"parameter": "fixed_cost", "low": 6.0, "value": 10.0, "high": 14.0},
        ],
    }


async def test_an_experiment_is_declared_and_reported(
    client: httpx.AsyncClient, db: psycopg.Connection[Any]
) -> None:
    """With every check and metric; 404 where there is none."""
    plan = {
        "primary": "engagement_rate",
        "control": "A",
        "variants": {"A": 1, "B": 1},
        "n": 2,
    }
    answer = await client.put("/api/v1/experiments/greeting", json=plan)
    assert answer.status_code == 200, answer.text
    assert answer.json()["late"] is False
    answer = await client.put("/api/v1/experiments/other", json={**plan, "n": 1})
    assert answer.json() == {"error": "n=1 is outside 2 to 1000000000."}
    for user, variant in (("a", "A"), ("b", "B")):
        derived_rows.assignment(db, datetime.now(UTC), user, variant)
    listed = (await client.get("/api/v1/experiments")).json()["experiments"]
    assert [(one["name"], one["users"]) for one in listed] == [("greeting", 2)]
    report = (await client.get("/api/v1/experiments/greeting")).json()
    assert report["users"] == {"A": 1, "B": 1}
    assert {one["name"]: one["passed"] for one in report["checks"]} == dict.fromkeys(
        (
            *("declared_before_start", "ended", "variants", "sample_ratio"),
            *("contamination", "sessions_over"),
        ),
        True,
    )
    assert report["verdict"]["outcome"] == "no_difference"
    missing = await client.get("/api/v1/experiments/none")
    assert (missing.status_code, missing.json()["error"][:19]) == (
        404,
        "There is no experim",
    )
