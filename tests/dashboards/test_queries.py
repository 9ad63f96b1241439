"""Every panel's SQL, as Grafana sends it, answers with data on the demo's history."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row
from tests.support.demo import DemoCollector
from tests.support.grafana_macros import ALL, Asked, expanded

from turnspan_dashboards.generate import FOLDER

DASHBOARDS = {path.stem: json.loads(path.read_text()) for path in FOLDER.glob("*.json")}
DIMENSIONS = ("bot", "channel", "environment")
QUERIES = {
    f"{board}-{panel['id']}-{target['refId']}": (panel, target)
    for board, made in sorted(DASHBOARDS.items())
    for panel in made["panels"]
    for target in panel.get("targets", ())
}
EVERY_QUERY = pytest.mark.parametrize(
    ("panel", "target"), list(QUERIES.values()), ids=list(QUERIES)
)

Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def connection(
    demo_collector: DemoCollector,
) -> Iterator[psycopg.Connection[dict[str, Any]]]:
    """A connection to the demo's database."""
    with psycopg.connect(
        demo_collector.dsn, autocommit=True, row_factory=dict_row
    ) as made:
        yield made


def _asked(bucket: str = "day", **values: list[str]) -> Asked:
    now = datetime.now(UTC)
    chosen = {name: values.get(name, [ALL]) for name in DIMENSIONS}
    return Asked(
        now - timedelta(days=30),
        now,
        {**chosen, "bucket": [bucket]},
        dict.fromkeys(DIMENSIONS, "NULL"),
    )


def _rows(
    connection: psycopg.Connection[dict[str, Any]], sql: str, asked: Asked
) -> Rows:
    return connection.execute(expanded(sql, asked).encode()).fetchall()


def _numbers(rows: Rows) -> list[float]:
    names = ("time", "metric", "name", "bin")
    return [
        value
        for row in rows
        for key, value in row.items()
        if key not in names and value is not None
    ]


@EVERY_QUERY
def test_no_panel_is_empty(
    connection: psycopg.Connection[dict[str, Any]],
    panel: dict[str, Any],
    target: dict[str, Any],
) -> None:
    """For all bots over 30 days there are rows with numbers in them."""
    rows = _rows(connection, target["rawSql"], _asked())
    assert _numbers(rows)
    if target["format"] == "time_series":
        times = [row["time"] for row in rows]
        assert times == sorted(times)


@EVERY_QUERY
def test_no_panel_errs_on_any_choice(
    connection: psycopg.Connection[dict[str, Any]],
    panel: dict[str, Any],
    target: dict[str, Any],
) -> None:
    """Several bots, an unknown name with a quote in it, and every bucket work."""
    several = _asked("week", bot=["support", "sales"], channel=["o'hara"])
    _rows(connection, target["rawSql"], several)
    for bucket in ("day", "month"):
        _rows(connection, target["rawSql"], _asked(bucket, bot=["llm"]))


def test_variables_offer_what_there_is(
    connection: psycopg.Connection[dict[str, Any]],
) -> None:
    """The bots of the demo can be chosen, and the channels of one bot."""
    variables = {
        one["name"]: one["query"]
        for one in DASHBOARDS["engagement"]["templating"]["list"]
    }
    bots = [row["value"] for row in _rows(connection, variables["bot"], _asked())]
    assert bots == sorted({"support", "sales", "llm"})
    everywhere = _rows(connection, variables["channel"], _asked())
    of_one = _rows(connection, variables["channel"], _asked(bot=["llm"]))
    assert of_one
    assert len(of_one) <= len(everywhere)


def test_annotations_can_be_asked(
    connection: psycopg.Connection[dict[str, Any]],
) -> None:
    """The marks of all bots and of one have a time, a text and a tag."""
    [mark] = DASHBOARDS["engagement"]["annotations"]["list"]
    for asked in (_asked(), _asked(bot=["support"])):
        rows = _rows(connection, mark["target"]["rawSql"], asked)
        assert all(list(row) == ["time", "text", "tags"] for row in rows)
