"""The catalogue and the metrics over HTTP, as the public contract has them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest
from tests.support import derived_rows

from turnspan_exporters.timescale import settings
from turnspan_exporters.timescale.metrics import CATALOGUE

START = datetime(2026, 3, 2, tzinfo=UTC)


async def test_the_catalogue_lists_every_metric(client: httpx.AsyncClient) -> None:
    """Name, unit and definition version, and what may be asked."""
    answer = await client.get("/api/v1/metrics")
    assert answer.status_code == 200
    body = answer.json()
    assert body["definition_version"] == 1
    assert [entry["name"] for entry in body["metrics"]] == [*CATALOGUE]
    entry = next(one for one in body["metrics"] if one["name"] == "handoff_wait")
    assert entry == {
        "name": "handoff_wait",
        "title": "Handoff wait",
        "family": "handoff",
        "unit": "s",
        "kind": "survival",
        "sentence": CATALOGUE["handoff_wait"].sentence,
        "formula": "smallest t with S(t) ≤ 1 − q",
        "better": "lower",
        "thresholds": {"warn": 120, "alert": 600},
        "dimensions": [*CATALOGUE["handoff_wait"].fact.dimensions],
        "buckets": ["hour", "day", "week", "month"],
        "options": ["q", "provisional"],
        "own_key": None,
        "default_q": 0.5,
        "aggregates": [],
        "raw": False,
    }


async def test_a_rate_by_day_and_channel(
    client: httpx.AsyncClient, db: psycopg.Connection[Any]
) -> None:
    """Rows as in the public contract, to the last digit of the interval."""
    for hour, outcome in enumerate(
        ("escalated", "abandoned", "abandoned", "escalated")
    ):
        at = START + timedelta(hours=hour)
        derived_rows.session(db, at, outcome=outcome, channel="web")
    answer = await client.get(
        "/api/v1/metrics/handoff_rate?from=2026-03-02&to=2026-03-03&bucket=day"
        "&by=channel&bot=support"
    )
    assert answer.json() == {
        "name": "handoff_rate",
        "unit": "1",
        "definition_version": 1,
        "rows": [
            {
                "bucket": "2026-03-02T00:00:00Z",
                "group": {"channel": "web"},
                "value": 0.5,
                "k": 2,
                "n": 4,
                "low": pytest.approx(0.15003898915214947),
                "high": pytest.approx(0.8499610108478506),
                "provisional": False,
            }
        ],
    }


async def test_a_period_is_compared(
    client: httpx.AsyncClient, db: psycopg.Connection[Any]
) -> None:
    """With compare, each row has the value of the period before, and the change."""
    for day, sessions in ((1, 2), (2, 3)):
        for hour in range(sessions):
            derived_rows.session(db, datetime(2026, 3, day, hour, tzinfo=UTC))
    url = "/api/v1/metrics/sessions?from=2026-03-02&to=2026-03-03&compare="
    (row,) = (await client.get(url + "previous")).json()["rows"]
    assert (row["value"], row["previous"], row["change"]) == (3, 2, 0.5)
    answer = await client.get(url + "last%20year")
    assert answer.status_code == 422
    assert answer.json()["error"] == (
        'compare: "last year" is not "previous", the only period that there is to '
        "compare with."
    )


async def test_a_bin_is_a_number(
    client: httpx.AsyncClient, db: psycopg.Connection[Any]
) -> None:
    """Keys of group that are numbers stay numbers; there is never a NaN."""
    derived_rows.turn(db, START, intent_confidence=0.15)
    answer = await client.get(
        "/api/v1/metrics/intent_confidence?from=2026-03-02&to=2026-03-03"
    )
    rows = answer.json()["rows"]
    assert [row["group"] for row in rows] == [{"bin": bin / 20} for bin in range(20)]
    assert [row["value"] for row in rows] == [float(bin == 3) for bin in range(20)]
    answer = await client.get("/api/v1/metrics/intent_confidence?q=0.5&from=2026-03-02")
    assert [row["value"] for row in answer.json()["rows"]] == [0.15]


async def test_filters_repeat_or_have_commas(
    client: httpx.AsyncClient, db: psycopg.Connection[Any]
) -> None:
    """Any dimension is a parameter; an empty one filters nothing."""
    for channel in ("web", "slack", "teams"):
        derived_rows.session(db, START, channel=channel)
    url = "/api/v1/metrics/sessions?from=2026-03-02&to=2026-03-03"
    for filters, sessions in (
        ("&channel=web,slack", 2),
        ("&channel=web&channel=teams,none", 2),
        ("&channel=", 3),
        ("&channel=web&outcome=abandoned&locale=unknown", 1),
    ):
        answer = await client.get(url + filters)
        assert answer.json()["rows"][0]["value"] == sessions


async def test_dates_are_midnights_of_the_bot(
    client: httpx.AsyncClient, db: psycopg.Connection[Any]
) -> None:
    """In Berlin the 29th of March has 23 hours, and its bucket has Berlin's offset."""
    db.execute("INSERT INTO _turnspan.bot (name) VALUES ('support')")
    settings.change(db, "support", {"timezone": "Europe/Berlin"})
    first = datetime(2026, 3, 28, 23, tzinfo=UTC)
    for hours in (-0.01, 0, 22.9, 23):
        derived_rows.session(db, first + timedelta(hours=hours))
    for times in (
        "from=2026-03-29&to=2026-03-30",
        "from=2026-03-29T00:00:00&to=2026-03-30T00:00:00",
        "from=2026-03-28T23:00:00Z&to=2026-03-30T00:00:00%2B02:00",
        "from=2026-03-29T00:00:00+01:00&to=2026-03-30T00:00:00+02:00",
    ):
        answer = await client.get(
            f"/api/v1/metrics/sessions?{times}&bucket=day&bot=support"
        )
        assert [(row["bucket"], row["value"]) for row in answer.json()["rows"]] == [
            ("2026-03-29T00:00:00+01:00", 2)
        ]


async def test_the_range_has_a_default(
    client: httpx.AsyncClient, db: psycopg.Connection[Any]
) -> None:
    """The last 30 days until now: a session of a week ago is in, one of 40 days not."""
    now = datetime.now(UTC)
    derived_rows.session(db, now - timedelta(days=7))
    derived_rows.session(db, now - timedelta(days=40))
    answer = await client.get("/api/v1/metrics/sessions")
    assert answer.json()["rows"][0]["value"] == 1
    answer = await client.get("/api/v1/metrics/sessions?bucket=day")
    rows = answer.json()["rows"]
    assert [row["value"] for row in rows[-2:]] == [0, None]
    assert len(rows) == 31
    answer = await client.get("/api/v1/metrics/sessions?bucket=day&provisional=true")
    assert answer.json()["rows"][-1]["provisional"] is True


@pytest.mark.parametrize(
    ("path", "status", "sentence"),
    [
        (
            "metrics/sesions",
            404,
            f'There is no metric "sesions"; /api/v1/metrics lists the {len(CATALOGUE)} '
            "there are.",
        ),
        (
            "metrics/dau?colour=red",
            422,
            '"colour" is no parameter here; these are: from, to, bucket, by, compare, '
            "provisional, bot, channel, environment, version, variant, locale.",
        ),
        (
            "metrics/dau?from=yesterday",
            422,
            'from: "yesterday" is neither a date (2026-03-31) nor a time of RFC 3339 '
            "(2026-03-31T12:00:00Z).",
        ),
        (
            "metrics/dau?from=2026-02-30",
            422,
            'from: "2026-02-30" is neither a date (2026-03-31) nor a time of RFC 3339 '
            "(2026-03-31T12:00:00Z).",
        ),
        (
            "metrics/dau?from=2026-03-03&to=2026-03-03",
            422,
            "from: 2026-03-03 00:00:00 is not before to, 2026-03-03 00:00:00; a range "
            "is [from, to).",
        ),
        (
            "metrics/dau?bucket=hour",
            422,
            'bucket: "hour" is not one that dau takes: day, week, month.',
        ),
        (
            "metrics/dau?bucket=day&bucket=week",
            422,
            "bucket: it is given 2 times; give it once.",
        ),
        (
            "metrics/response_latency?q=high",
            422,
            'q: "high" is not a number from 0 to 1, or "mean".',
        ),
        (
            "metrics/response_latency?q=nan",
            422,
            'q: "nan" is not a number from 0 to 1, or "mean".',
        ),
        ("metrics?x=1", 422, '"x" is no parameter here; there is none.'),
        (
            "nothing",
            404,
            "There is nothing at this path; /api/openapi.json lists what is.",
        ),
    ],
)
async def test_a_mistake_is_one_sentence(
    client: httpx.AsyncClient, path: str, status: int, sentence: str
) -> None:
    """The status, and {"error": …} that names field, value and limit."""
    answer = await client.get(f"/api/v1/{path}")
    assert (answer.status_code, answer.json()) == (status, {"error": sentence})


async def test_a_wrong_method_is_one_sentence(client: httpx.AsyncClient) -> None:
    """Starlette's own refusal has the same shape."""
    answer = await client.delete("/api/v1/metrics")
    assert answer.status_code == 405
    assert answer.json() == {"error": "DELETE is not for this path; it takes GET."}


async def test_openapi_is_complete(client: httpx.AsyncClient) -> None:
    """Every path has a typed answer and says how it fails."""
    document = (await client.get("/api/openapi.json")).json()
    paths = {path: of for path, of in document["paths"].items() if "/api/" in path}
    assert {
        "/api/v1/metrics",
        "/api/v1/metrics/{name}",
        "/api/v1/conversations",
        "/api/v1/conversations/{conversation_id}",
        "/api/v1/turns",
        "/api/v1/annotations",
        "/api/v1/bots",
        "/api/v1/bots/{bot}/settings",
    } <= {*paths}
    for path, of in paths.items():
        if path == "/api/v1/boards":
            continue
        for operation in of.values():
            answers = operation["responses"]
            assert "$ref" in answers["200"]["content"]["application/json"]["schema"]
            assert {"404", "422", "503"} <= {*answers}
