"""Labels over HTTP: given, listed, drawn for, and compared."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest
from tests.support import derived_rows

START = datetime(2026, 3, 2, tzinfo=UTC)
RANGE = {"from": "2026-03-02", "to": "2026-03-03"}


def given(turn: str, labelled: str, **more: Any) -> dict[str, Any]:
    """A label as a caller writes it."""
    return {"bot": "support", "turn_id": turn, "labelled": labelled, **more}


async def test_labels_are_stored_once_and_listed(
    client: httpx.AsyncClient, db: psycopg.Connection[Any]
) -> None:
    """With what is known of the turn; the same again changes nothing."""
    turn = derived_rows.turn(db, START, intent_name="order", intent_confidence=0.5)
    at = "2026-03-02T12:00:00+00:00"
    body = {
        "labels": [
            given(turn, "refund", labeller="eva", labelled_at=at, probability=0.05),
            given("none", "menu", labelled_at="2026-03-02T11:00:00Z"),
        ]
    }
    first = await client.post("/api/v1/labels", json=body)
    assert first.json() == {"stored": 2, "known": 0, "waiting": 1}
    again = await client.post("/api/v1/labels", json=body)
    assert again.json() == {"stored": 0, "known": 2, "waiting": 1}
    answer = await client.get("/api/v1/labels", params=RANGE)
    assert answer.json()["labels"] == [
        {
            "labelled_at": "2026-03-02T12:00:00Z",
            "bot": "support",
            "turn_id": turn,
            "start_time": "2026-03-02T00:00:00Z",
            "conversation_id": "c1",
            "predicted": "order",
            "confidence": 0.5,
            "labelled": "refund",
            "labeller": "eva",
            "weight": 20.0,
            "source": "api",
            "is_latest": True,
            "agreed": "refund",
        },
        {
            "labelled_at": "2026-03-02T11:00:00Z",
            "bot": "support",
            "turn_id": "none",
            "start_time": None,
            "conversation_id": None,
            "predicted": None,
            "confidence": None,
            "labelled": "menu",
            "labeller": "",
            "weight": 1.0,
            "source": "api",
            "is_latest": True,
            "agreed": None,
        },
    ]
    by_eva = await client.get("/api/v1/labels", params={**RANGE, "labeller": "eva"})
    assert [one["turn_id"] for one in by_eva.json()["labels"]] == [turn]
    accuracy = await client.get("/api/v1/metrics/nlu_accuracy", params=RANGE)
    (row,) = accuracy.json()["rows"]
    assert (row["value"], row["k"], row["n"]) == (0, 0, 20)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"weight": 0}, "labels.1.weight: Input should be greater than 0."),
        ({"probability": 2}, "labels.1.probability: Input should be less than or"),
        (
            {"probability": 1e-320},
            "labels.1.probability: Input should be greater than or",
        ),
        ({"labelled": ""}, "labels.1.labelled: String should have at least 1"),
        ({"turn_id": "a\0b"}, "labels.1.turn_id: String should match pattern"),
        ({"labelled_at": "2026-03-02T12:00:00"}, "labels.1.labelled_at: Input should"),
        ({"intent": "a"}, "labels.1.intent: Extra inputs are not permitted."),
        (
            {"weight": 3, "probability": 0.5},
            "labels.1.weight: 3 is not 1 / probability, which is 2; give one of the",
        ),
        ({"turn_id": "t1", "labelled": "b"}, 'turn_id: "t1" has two labels of the'),
    ],
)
async def test_one_wrong_label_stores_none(
    client: httpx.AsyncClient,
    db: psycopg.Connection[Any],
    wrong: dict[str, Any],
    said: str,
) -> None:
    """The sentence names the field of the label by its place."""
    body = {"labels": [given("t1", "a"), given("t2", "a") | wrong]}
    answer = await client.post("/api/v1/labels", json=body)
    assert answer.status_code == 422
    assert answer.json()["error"].startswith(said)
    assert db.execute("SELECT count(*) FROM _turnspan.label").fetchone() == (0,)


async def test_a_sample_says_how_it_was_drawn(
    client: httpx.AsyncClient, db: psycopg.Connection[Any]
) -> None:
    """Two of four turns, each for two; the seed draws them again."""
    for number in range(4):
        at = START + timedelta(minutes=number)
        derived_rows.turn(db, at, turn_id=f"t{number}", intent_name="order")
    params: dict[str, Any] = {**RANGE, "n": 2}
    body = (await client.get("/api/v1/labels/sample", params=params)).json()
    assert body["population"] == 4
    assert len({one["turn_id"] for one in body["turns"]}) == 2
    first = body["turns"][0]
    assert {key: first[key] for key in first if key not in ("turn_id", "time")} == {
        "bot": "support",
        "conversation_id": "c1",
        "predicted": "order",
        "confidence": None,
        "probability": 0.5,
        "weight": 2.0,
        "text": None,
    }
    again = {**params, "seed": body["seed"]}
    assert (await client.get("/api/v1/labels/sample", params=again)).json() == body
    wrong = await client.get("/api/v1/labels/sample", params={"strategy": "best"})
    assert wrong.status_code == 422
    assert wrong.json()["error"].startswith("strategy: Input should be 'uniform', ")


async def test_agreement_is_kappa_of_each_pair(
    client: httpx.AsyncClient, db: psycopg.Connection[Any]
) -> None:
    """Three of four alike: kappa is one half."""
    for number, given_by in enumerate(("aa", "aa", "ab", "bb")):
        turn = derived_rows.turn(db, START + timedelta(minutes=number))
        for labeller, intent in zip(("ann", "ben"), given_by, strict=True):
            await client.post(
                "/api/v1/labels",
                json={"labels": [given(turn, intent, labeller=labeller)]},
            )
    answer = await client.get("/api/v1/labels/agreement", params=RANGE)
    kappa = {"turns": 4, "agreed": 3, "kappa": 0.5}
    assert answer.json()["pairs"] == [
        {"labeller": "ann", "other": "ben", **kappa},
        {"labeller": None, "other": None, **kappa},
    ]
