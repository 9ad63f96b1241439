"""Funnels over the API: declared in YAML or JSON, listed, withdrawn."""

from __future__ import annotations

import httpx
import pytest

from turnspan_collector.funnel_file import BYTES_MAX

FILE = """\
funnels:
  - {name: checkout, bot: shop, window: 7d, steps: [{intent: order}, {cta: pay}]}
"""


async def test_a_body_declares_what_it_says(client: httpx.AsyncClient) -> None:
    """Under the source of the path; an empty one withdraws it."""
    answer = await client.put("/api/v1/funnels/shop", content=FILE)
    assert answer.status_code == 200
    (found,) = answer.json()["declarations"]
    assert found.pop("valid_from").endswith("Z")
    assert found == {
        "kind": "funnel",
        "bot": "shop",
        "name": "checkout",
        "definition": {
            "unit": "user",
            "window_s": 604800.0,
            "steps": [
                {"by": "intent", "of": "order", "name": "intent:order"},
                {"by": "cta", "of": "pay", "name": "cta:pay"},
            ],
        },
        "source": "shop",
    }
    goals = {"goals": [{"name": "paid", "cta": "pay"}]}
    answer = await client.put("/api/v1/funnels/other", json=goals)
    names = [one["name"] for one in answer.json()["declarations"]]
    assert names == ["checkout", "paid"]
    await client.put("/api/v1/funnels/shop", content="")
    answer = await client.get("/api/v1/funnels")
    assert [one["name"] for one in answer.json()["declarations"]] == ["paid"]


async def test_a_declared_funnel_can_be_asked_at_once(
    client: httpx.AsyncClient,
) -> None:
    """By its name; without one, all are shown."""
    await client.put("/api/v1/funnels/shop", content=FILE)
    asked = {"from": "2026-03-01", "to": "2026-03-08"}
    for options in ({"funnel": "checkout"}, {}):
        answer = await client.get("/api/v1/metrics/funnel", params=asked | options)
        rows = answer.json()["rows"]
        steps = [(row["group"]["step"], row["group"]["name"]) for row in rows]
        assert steps == [(1, "intent:order"), (2, "cta:pay")]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("funnels: 3", 'shop, line 1: funnels is "3": give a list.'),
        (
            "#" * (BYTES_MAX + 1),
            "shop, line 1: it has more than 1048576 bytes: split it.",
        ),
    ],
)
async def test_a_mistake_is_refused(
    client: httpx.AsyncClient, content: str, said: str
) -> None:
    """With its line, and nothing is declared."""
    answer = await client.put("/api/v1/funnels/shop", content=content)
    assert (answer.status_code, answer.json()) == (422, {"error": said})
    assert (await client.get("/api/v1/funnels")).json() == {"declarations": []}


async def test_the_document_names_both_forms(client: httpx.AsyncClient) -> None:
    """YAML and JSON, in the OpenAPI document."""
    document = (await client.get("/api/openapi.json")).json()
    put = document["paths"]["/api/v1/funnels/{source}"]["put"]
    assert [*put["requestBody"]["content"]] == ["application/yaml", "application/json"]
