"""Any metric can be split by whether the bot's people were there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from tests.exporters.timescale.metrics.conftest import Ask
from tests.support import derived_rows

from turnspan_exporters.timescale import settings
from turnspan_exporters.timescale._connection import is_timescale
from turnspan_exporters.timescale.metrics import CATALOGUE

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
WEEK = timedelta(days=7)
BY = ("business_hours",)


def opened(db: psycopg.Connection[Any], bot: str, **values: str) -> None:
    """A bot with settings of its own."""
    db.execute("INSERT INTO _turnspan.bot (name) VALUES (%s)", (bot,))
    settings.change(db, bot, values)


def split(rows: list[Any]) -> dict[str, float]:
    return {row[1]["business_hours"]: row[2] for row in rows}


def test_the_bots_hours_and_zone_decide(db: psycopg.Connection[Any], ask: Ask) -> None:
    """Nine is open and five is not, on the bot's clock; other days are closed."""
    opened(db, "support", timezone="Europe/Berlin", opening_hours="mon-fri 09:00-17:00")
    for days, hour, minute in (
        (0, 7, 59),  # 08:59 in Berlin
        (0, 8, 0),
        (0, 15, 59),
        (0, 16, 0),
        (5, 10, 0),  # a Saturday
    ):
        at = MONDAY + timedelta(days=days, hours=hour, minutes=minute)
        derived_rows.session(db, at)
    assert split(ask("sessions", MONDAY, MONDAY + WEEK, by=BY)) == {
        "closed": 3,
        "open": 2,
    }
    only = ask("sessions", MONDAY, MONDAY + WEEK, filters={"business_hours": "open"})
    assert [row[2] for row in only] == [2]


def test_daylight_saving_moves_the_hours(db: psycopg.Connection[Any], ask: Ask) -> None:
    """Seven o'clock UTC is nine in Berlin's summer, and eight in its winter."""
    opened(db, "support", timezone="Europe/Berlin", opening_hours="mon 09:00-10:00")
    for weeks in (0, 4):  # 2 and 30 March, around the 29th
        derived_rows.session(db, MONDAY + weeks * WEEK + timedelta(hours=7))
    rows = ask("sessions", MONDAY, MONDAY + 5 * WEEK, "week", BY)
    assert [row[1]["business_hours"] for row in rows if row[2]] == ["closed", "open"]


def test_a_bot_without_hours_is_always_open(
    db: psycopg.Connection[Any], ask: Ask
) -> None:
    """Each bot's own hours, the installation's for others, and none means open."""
    opened(db, "night", opening_hours="mon-sun 20:00-24:00")
    opened(db, "always")
    for bot in ("night", "always"):
        derived_rows.session(db, MONDAY + timedelta(hours=12), bot=bot)
    rows = ask("sessions", MONDAY, MONDAY + WEEK, by=("bot", *BY))
    assert {row[1]["bot"]: row[1]["business_hours"] for row in rows if row[2]} == {
        "night": "closed",
        "always": "open",
    }
    settings.change(db, "", {"opening_hours": "tue 09:00-10:00"})
    rows = ask("sessions", MONDAY, MONDAY + WEEK, by=BY)
    assert split(rows) == {"closed": 2}


@pytest.mark.parametrize(
    ("hours", "width"),
    [
        ("mon-fri 09:00-17:00", "1 hour"),
        ("mon-fri 09:15-17:00", "15 minutes"),
        ("mon-fri 09:10-17:00", None),
    ],
)
def test_aggregates_serve_where_hours_fit_their_buckets(
    db: psycopg.Connection[Any], hours: str, width: str | None
) -> None:
    """A bucket that is half open and half closed is of no use."""
    opened(db, "support", opening_hours=hours)
    db.execute("SELECT set_config('turnspan.metric_source', 'aggregate', false)")
    row = db.execute(
        "SELECT plan #>> '{fine,width}', plan #>> '{coarse,width}' "
        "FROM _turnspan.metric_plan('sessions', '2026-03-01', '2026-04-01', NULL, "
        "'{business_hours}', '{}', '{}') AS plan"
    ).fetchone()
    fine = width and "15 minutes"
    coarse = "1 hour" if is_timescale(db) and width == "1 hour" else None
    assert row == (fine, coarse)


def test_every_metric_of_a_moment_can_be_split() -> None:
    """Users' days have no moment, and the others are of no conversation's."""
    without = {
        name
        for name, metric in CATALOGUE.items()
        if "business_hours" not in metric.fact.dimensions
    }
    assert without == {
        *("dau", "wau", "mau", "stickiness", "new_users", "returning_users"),
        *("identified_share", "retention", "experiment", "loss_rate"),
    }
