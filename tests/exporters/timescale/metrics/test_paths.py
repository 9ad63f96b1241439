"""The aggregates and the derived rows give the same numbers."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from tests.exporters.timescale.metrics.conftest import Ask
from tests.support import derived_rows

from turnspan_exporters.timescale._connection import is_timescale
from turnspan_exporters.timescale._queries import query
from turnspan_exporters.timescale.metrics import CATALOGUE, Metric, Option

START = datetime(2026, 3, 1, tzinfo=UTC)
DAYS = 4
OUTCOMES = (
    "escalated",
    "resolved_confirmed",
    "resolved_implied",
    "abandoned",
)


def fill(db: psycopg.Connection[Any], seeded: random.Random) -> None:
    """Sessions and turns at random times, with dimensions known and not."""
    for _ in range(150):
        at = START + timedelta(seconds=seeded.uniform(0, DAYS * 86400))
        common = {
            "bot": seeded.choice(["support", "sales"]),
            "channel": seeded.choice(["web", "slack", ""]),
            "environment": seeded.choice(["prod", None]),
            "version": seeded.choice(["1", "2", None]),
            "variant": None,
            "locale": seeded.choice(["de", "en", None]),
            "test": seeded.random() < 0.1,
        }
        _session(db, at, common, seeded)
        _turn(db, at, common, seeded)
        derived_rows.handoff(
            db,
            at,
            timedelta(seconds=seeded.uniform(0, 300)),
            seeded.choice(["accepted", "withdrawn", "declined"]),
            **common,
            reason=seeded.choice(["other", "policy"]),
            resolution=seeded.choice(["resolved", None]),
            turn_number=seeded.randint(1, 5),
        )


def _session(
    db: psycopg.Connection[Any],
    at: datetime,
    common: dict[str, Any],
    seeded: random.Random,
) -> None:
    """A session and its parts; one of the last day may be open."""
    turns = seeded.choice([0, 1, 2, 5, 12])
    ctas = [seeded.choice(["buy", "call"])] if turns and seeded.random() < 0.5 else []
    clicks = len(ctas) and seeded.choice([0, 1, 2])
    rated = turns > 0 and seeded.random() < 0.3
    key = derived_rows.session(
        db,
        at,
        **common,
        user_turns=turns,
        intent=seeded.choice(["order", None]),
        node_id=seeded.choice(["n1", None]),
        outcome=seeded.choice(OUTCOMES) if turns else "unengaged",
        engaged=seeded.random() < 0.5,
        duration_s=round(seeded.uniform(0, 900), 3),
        user_messages=turns,
        bot_messages=turns,
        cta_impressions=len(ctas),
        cta_clicks=clicks,
        ratings=int(rated),
        finalised=at < START + timedelta(days=DAYS - 1) or seeded.random() < 0.5,
    )
    for cta in ctas:
        derived_rows.cta(db, at, key, cta, 1, clicks, cta_type="button", **common)
    if turns:
        derived_rows.node(db, at, key, "n1", is_last=seeded.random() < 0.5, **common)
    if rated:
        verdict = seeded.choice([1, 0, -1])
        derived_rows.feedback(db, at, key, verdict=verdict, **common)


def _turn(
    db: psycopg.Connection[Any],
    at: datetime,
    common: dict[str, Any],
    seeded: random.Random,
) -> None:
    derived_rows.turn(
        db,
        at,
        **common,
        intent_name=seeded.choice(["order", "refund", None]),
        intent_confidence=(sure := seeded.choice([None, round(seeded.random(), 3)])),
        runner_up_confidence=sure and seeded.choice([None, round(sure / 3, 3)]),
        answer_source=seeded.choice(["rag", None]),
        intent_source=seeded.choice(["nlu", "button", None]),
        intent_model_version=seeded.choice(["m1", None]),
        model=seeded.choice(["gpt", None]),
        node_id=seeded.choice(["n1", "n2", None]),
        initiator=seeded.choice(["user", "user", "bot"]),
        outcome=seeded.choice(["answered", "error", "no_response", None]),
        sentiment_label=seeded.choice(["negative", "positive", None]),
        is_fallback=seeded.random() < 0.3,
        timed=seeded.random() < 0.9,
        input_tokens=seeded.choice([10, None]),
        duration_s=round(seeded.lognormvariate(0, 1), 6),
        first_response_s=seeded.choice([None, round(seeded.random(), 6)]),
    )


def refresh_half(db: psycopg.Connection[Any]) -> None:
    """On TimescaleDB: one half is materialised, the other read from the rows."""
    if is_timescale(db):
        for _, _, _, view, _ in db.execute(query("aggregates")).fetchall():
            db.execute(
                "CALL refresh_continuous_aggregate(%s, %s, %s)",
                (view, START, START + timedelta(days=DAYS / 2)),
            )


def questions(metric: Metric, seeded: random.Random) -> list[dict[str, Any]]:
    """Ranges with ragged edges, groups and filters that the aggregate has."""
    asked = []
    for bucket in (None, *(one for one in ("day", "hour") if one in metric.buckets)):
        dimensions = [
            one
            for one in seeded.choice(metric.aggregates).dimensions
            if one in metric.fact.dimensions
        ]
        start = START + timedelta(seconds=seeded.uniform(0, 86400))
        asked.append(
            {
                "start": start,
                "end": start + timedelta(seconds=seeded.uniform(1, 3 * 86400)),
                "bucket": bucket,
                "by": tuple(
                    seeded.sample(
                        dimensions, seeded.randint(0, min(2, len(dimensions)))
                    )
                ),
                "filters": seeded.choice(
                    [{}, {"bot": "sales"}, {"channel": ["web", "unknown"]}]
                ),
            }
        )
    return asked


def options_of(metric: Metric) -> list[dict[str, Any]]:
    """Quantiles and the mean where it has them, and open sessions."""
    asked: list[dict[str, Any]] = [{}, {"provisional": True}]
    if Option.Q in metric.options:
        asked += [{"q": 0.9}, {"q": "mean"}]
    return asked


def test_both_ways_give_the_same_numbers(db: psycopg.Connection[Any], ask: Ask) -> None:
    """Every metric with an aggregate: counts equal, quantiles to within the bin."""
    seeded = random.Random(5)
    fill(db, seeded)
    refresh_half(db)
    for metric in CATALOGUE.values():
        if not metric.aggregates:
            continue
        for question in questions(metric, seeded):
            for options in options_of(metric):
                facts = _from(db, "facts", ask, metric.name, question, options)
                stored = _from(db, "aggregate", ask, metric.name, question, options)
                assert [row[:2] for row in stored] == [row[:2] for row in facts]
                for mine, theirs in zip(stored, facts, strict=True):
                    assert (mine[2] is None) == (theirs[2] is None)
                    if theirs[2] is not None:
                        assert mine[2] == _close(metric, theirs[2])
                    assert _floats(mine[3:7]) == pytest.approx(_floats(theirs[3:7]))
                    assert mine[7] == theirs[7]


def test_what_the_aggregate_lacks_is_read_from_the_rows(
    db: psycopg.Connection[Any], ask: Ask
) -> None:
    """A dimension that is not aggregated serves from the derived rows by itself."""
    derived_rows.session(db, START, locale="de")
    db.execute("SELECT set_config('turnspan.metric_source', 'aggregate', false)")
    rows = ask("sessions", START, START + timedelta(days=1), by=("locale",))
    assert [(row[1], row[2]) for row in rows] == [({"locale": "de"}, 1)]


def test_the_installation_reads_what_is_stored(db: psycopg.Connection[Any]) -> None:
    """TimescaleDB's aggregates are stored and read; plain views would be slower."""
    row = db.execute(
        "SELECT mode = 'timescale', _turnspan.aggregates_stored(), "
        "(_turnspan.metric_plan('sessions', '2026-01-01', '2026-02-01', NULL, '{}', "
        "'{}', '{}') ->> 'stored') FROM _turnspan.installation"
    ).fetchone()
    assert row in (
        (True, True, "session_15m"),
        (False, False, None),
    )


def _from(
    db: psycopg.Connection[Any],
    source: str,
    ask: Ask,
    name: str,
    question: dict[str, Any],
    options: dict[str, Any],
) -> list[Any]:
    db.execute("SELECT set_config('turnspan.metric_source', %s, false)", (source,))
    return ask(name, **question, **options)


def _close(metric: Metric, value: float) -> Any:
    if metric.name == "intent_confidence":
        return pytest.approx(value, abs=0.05)
    return pytest.approx(value, rel=0.01 if metric.fact.binned else 1e-9)


def _floats(values: Any) -> list[float | None]:
    return [None if value is None else float(value) for value in values]
