"""The catalogue is whole: each entry can be asked all that it says it takes."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from tests.exporters.timescale.metrics.conftest import Ask

from turnspan_exporters.timescale.metrics import (
    CATALOGUE,
    OPTION_TYPES,
    Kind,
    Metric,
    Option,
)

START = datetime(2026, 3, 2, tzinfo=UTC)
END = datetime(2026, 3, 4, tzinfo=UTC)

FIRST_TEN = {
    "sessions",
    "turns_per_session",
    "dau",
    "mau",
    "engagement_rate",
    "handoff_rate",
    "handoff_wait",
    "fallback_rate",
    "intent_confidence",
    "ctr",
    "response_latency",
}


def test_the_first_ten_are_there() -> None:
    """Handoff rate comes with the wait, so they are eleven names."""
    assert {*CATALOGUE} >= FIRST_TEN


@pytest.mark.parametrize("metric", CATALOGUE.values(), ids=CATALOGUE)
def test_an_entry_answers_whatever_it_takes(ask: Ask, metric: Metric) -> None:
    """Every dimension, as group and as filter, every bucket and option; no rows."""
    for first in range(0, len(metric.fact.dimensions), 5):
        dimensions = metric.fact.dimensions[first : first + 5]
        filters = {one: ["a", "unknown"] for one in dimensions}
        ask(metric.name, START, END, None, dimensions, filters)
        ask(metric.name, START, END, None, dimensions)
    for bucket in metric.buckets:
        ask(metric.name, START, END, bucket)
    for option in metric.options:
        ask(metric.name, START, END, **{option: OPTION_TYPES[option].example})
        if option is Option.Q and metric.kind is not Kind.SURVIVAL:
            ask(metric.name, START, END, **{option: "mean"})


def test_no_answer_keeps_the_server_from_working_in_parallel(
    db: psycopg.Connection[Any],
) -> None:
    """One function that is not said to be safe, and a whole answer has one process."""
    unsafe = {
        name
        for (name,) in db.execute(
            "SELECT proname FROM pg_proc WHERE proparallel = 'u' "
            "AND pronamespace = '_turnspan'::regnamespace"
        )
    }
    views = dict(
        db.execute(
            "SELECT viewname, definition FROM pg_views WHERE schemaname = '_turnspan'"
        ).fetchall()
    )
    found = {}
    for metric in CATALOGUE.values():
        options = {one: OPTION_TYPES[one].example for one in metric.options}
        row = db.execute(
            "SELECT _turnspan.metric_query(_turnspan.metric_plan("
            "%s, %s, %s, NULL, '{bot}', '{}', %s))",
            (metric.name, START, END, json.dumps(options)),
        ).fetchone()
        assert row is not None
        found[metric.name] = _called(row[0], views) & unsafe
    assert {name: called for name, called in found.items() if called} == {}


def _called(statement: str, views: dict[str, str]) -> set[str]:
    """The functions that a statement names, and those of the views in it."""
    names = set(re.findall(r"\w+", statement))
    called = set(re.findall(r"(\w+)\(", statement))
    rest = {name: text for name, text in views.items() if name not in names}
    for name in names & {*views}:
        called |= _called(views[name], rest)
    return called


@pytest.mark.parametrize("metric", CATALOGUE.values(), ids=CATALOGUE)
def test_an_entry_says_what_it_is(metric: Metric) -> None:
    """Sentences end with a full stop, rates have both measures, users have days.

    Each says how others define it, or that they do not.
    """
    assert metric.sentence.endswith(".")
    assert metric.title
    assert metric.formula
    assert metric.example.asked
    assert metric.elsewhere.endswith(".")
    if metric.kind in (Kind.RATE, Kind.RATIO, Kind.SESSION_RATE, Kind.DISTRIBUTION):
        assert metric.numerator
        assert metric.denominator
    if metric.kind in (Kind.USERS, Kind.STICKINESS):
        assert metric.days
    for aggregate in metric.fact.aggregates:
        assert {*aggregate.dimensions} <= {*metric.fact.dimensions}


def test_the_public_view_lists_the_catalogue(db: psycopg.Connection[Any]) -> None:
    """turnspan.metrics shows name, kind and the aggregates that serve it."""
    rows = db.execute("SELECT name, kind, aggregates FROM turnspan.metrics").fetchall()
    assert {name: (kind, aggregates) for name, kind, aggregates in rows} == {
        metric.name: (metric.kind.value, [one.name for one in metric.aggregates])
        for metric in CATALOGUE.values()
    }


def test_names_are_unique_across_families() -> None:
    """Every name is one metric, and lower case with underscores."""
    assert all(name == metric.name for name, metric in CATALOGUE.items())
    assert [one for one in CATALOGUE if not re.fullmatch("[a-z][a-z0-9_]*", one)] == []
