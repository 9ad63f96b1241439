"""Health: 200 when all is well, 503 and the reasons when not, whatever hangs."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from turnspan_collector.health import Health, HealthApp, MetricsApp, StoreProbe
from turnspan_collector.selfmetrics import CONTENT_TYPE, SelfMetrics


async def get(app: Any, path: str = "/") -> httpx.Response:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        return await client.get(path)


async def test_it_is_not_ready_until_it_is_told() -> None:
    """Receivers open only when the store is ready; so does this (C53, C62)."""
    health = Health()
    response = await get(HealthApp(health))
    assert response.status_code == 503
    assert response.json() == {
        "status": "not ready",
        "reasons": {"collector": "starting"},
    }
    health.watch("collector", lambda: "")
    response = await get(HealthApp(health))
    assert (response.status_code, response.json()) == (200, {"status": "ready"})


async def test_every_part_that_complains_is_named() -> None:
    """By its own words, as long as they last."""
    said = ["the database is away"]
    health = Health()
    health.watch("collector", lambda: "")
    health.watch("store", lambda: said[0])
    response = await get(HealthApp(health))
    assert response.json()["reasons"] == {"store": "the database is away"}
    said[0] = ""
    assert (await get(HealthApp(health))).status_code == 200


async def test_what_is_mentioned_makes_nothing_unready() -> None:
    """A destination that is away, for one; nothing is mentioned where all is well."""
    said = ["it has taken nothing"]
    health = Health()
    health.watch("collector", lambda: "")
    health.mention("forward.there", lambda: said[0])
    response = await get(HealthApp(health))
    notes = {"forward.there": "it has taken nothing"}
    assert response.status_code == 200
    assert response.json() == {"status": "ready", "notes": notes}
    said[0] = ""
    assert (await get(HealthApp(health))).json() == {"status": "ready"}


async def test_what_the_spool_takes_is_accepted() -> None:
    """A load balancer asks whether requests are taken, not whether all is well."""
    spool = [""]
    health = Health()
    health.watch("collector", lambda: "")
    health.watch("store", lambda: "the database is away")
    assert (await get(HealthApp(health), "/accepting")).status_code == 503
    health.watch("spool", lambda: spool[0])
    assert (await get(HealthApp(health), "/accepting")).status_code == 200
    assert (await get(HealthApp(health))).status_code == 503
    spool[0] = "the spool holds 9 of 9 bytes"
    full = await get(HealthApp(health), "/accepting")
    assert full.json()["reasons"] == {
        "store": "the database is away",
        "spool": "the spool holds 9 of 9 bytes",
    }


def test_a_database_that_is_silent_is_a_complaint(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also where the probe itself hangs (C36)."""
    now = [100.0]
    monkeypatch.setattr("turnspan_collector.health.time.monotonic", lambda: now[0])
    probe = StoreProbe("")
    assert probe.complaint() == ""
    now[0] += 9
    assert probe.complaint() == "the database has not answered for 9 s"


async def test_the_counters_are_served_as_prometheus_asks() -> None:
    """All of them from the start, at 0, so that dashboards find them (C63)."""
    response = await get(MetricsApp(SelfMetrics().text, CONTENT_TYPE), "/metrics")
    assert response.headers["content-type"] == CONTENT_TYPE
    for item in ("spans", "metric_points", "log_records"):
        labels = '{receiver="otlp",transport="grpc"}'
        for kind in ("accepted", "refused"):
            line = f"otelcol_receiver_{kind}_{item}_total{labels} 0.0"
            assert line in response.text
    assert "_created" not in response.text
    assert (await get(MetricsApp(bytes, CONTENT_TYPE), "/x")).status_code == 404
