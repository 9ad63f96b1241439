"""Windows are the bots' local hours, days, weeks and months, and know if they ended."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from tests.exporters.timescale.metrics.conftest import Ask
from tests.support import derived_rows

_HALF_HOUR = timedelta(minutes=30)


def set_zone(db: psycopg.Connection[Any], bot: str, zone: str) -> None:
    db.execute(
        "INSERT INTO _turnspan.bot (name) VALUES (%s) ON CONFLICT DO NOTHING", (bot,)
    )
    db.execute(
        "INSERT INTO _turnspan.parameter (bot, name, value) VALUES (%s, %s, %s)",
        (bot, "timezone", json.dumps(zone)),
    )


def midnight(zone: str, day: date) -> datetime:
    """The first moment of a local day."""
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2025, 10, 26), 25),
        ("America/New_York", date(2026, 3, 8), 23),
        ("America/New_York", date(2025, 11, 2), 25),
        ("Australia/Lord_Howe", date(2025, 10, 5), 23.5),
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
        ("America/Havana", date(2025, 11, 2), 25),
        ("Asia/Kathmandu", date(2026, 3, 1), 24),
    ],
)
def test_a_day_is_one_day_however_long_it_is(
    db: psycopg.Connection[Any], ask: Ask, zone: str, day: date, hours: float
) -> None:
    """A session every half hour: the day has all of its own, the next day none."""
    set_zone(db, "support", zone)
    start = midnight(zone, day)
    end = midnight(zone, day + timedelta(days=1))
    at = start - _HALF_HOUR
    while at <= end:
        derived_rows.session(db, at)
        at += _HALF_HOUR
    assert end - start == timedelta(hours=hours)
    rows = ask("sessions", start, end, "day")
    assert [row[2] for row in rows] == [2 * hours]
    wider = ask("sessions", start - timedelta(hours=1), end + _HALF_HOUR, "day")
    assert [row[2] for row in wider] == [1, 2 * hours, 1]
    assert [row[0] for row in wider][1:] == [start, end]


def test_the_hour_that_comes_twice_is_two_hours(
    db: psycopg.Connection[Any], ask: Ask
) -> None:
    """In Berlin's October both hours from two to three have a row of their own."""
    set_zone(db, "support", "Europe/Berlin")
    first = datetime(2025, 10, 26, 0, tzinfo=UTC)
    for hour, sessions in ((0, 1), (1, 2)):
        for _ in range(sessions):
            derived_rows.session(db, first + timedelta(hours=hour, minutes=5))
    rows = ask(
        "sessions", first - timedelta(hours=1), first + timedelta(hours=2), "hour"
    )
    assert [(row[0], row[2]) for row in rows] == [
        (first - timedelta(hours=1), 0),
        (first, 1),
        (first + timedelta(hours=1), 2),
    ]


def test_hours_of_half_hour_zones_begin_on_their_own_hour(
    db: psycopg.Connection[Any], ask: Ask
) -> None:
    """India's hours begin at half past, UTC; rows of quarters compose to them."""
    set_zone(db, "support", "Asia/Kolkata")
    start = datetime(2026, 3, 1, 18, 30, tzinfo=UTC)
    for minutes in (0, 59, 60):
        derived_rows.session(db, start + timedelta(minutes=minutes))
    rows = ask("sessions", start, start + timedelta(hours=2), "hour")
    assert [(row[0], row[2]) for row in rows] == [
        (start, 2),
        (start + timedelta(hours=1), 1),
    ]


def test_weeks_begin_on_monday_and_months_on_the_first(
    db: psycopg.Connection[Any], ask: Ask
) -> None:
    """The buckets that a range touches are all there, with 0 where nothing was."""
    derived_rows.session(db, datetime(2026, 3, 2, tzinfo=UTC))
    start, end = datetime(2026, 2, 27, tzinfo=UTC), datetime(2026, 3, 10, tzinfo=UTC)
    assert [(row[0].date(), row[2]) for row in ask("sessions", start, end, "week")] == [
        (date(2026, 2, 23), 0),
        (date(2026, 3, 2), 1),
        (date(2026, 3, 9), 0),
    ]
    assert [
        (row[0].date(), row[2]) for row in ask("sessions", start, end, "month")
    ] == [
        (date(2026, 2, 1), 0),
        (date(2026, 3, 1), 1),
    ]


def test_bots_of_several_zones_meet_on_the_local_day(
    db: psycopg.Connection[Any], ask: Ask
) -> None:
    """Each session counts on the day its own bot's calendar showed."""
    set_zone(db, "auckland", "Pacific/Auckland")
    set_zone(db, "honolulu", "Pacific/Honolulu")
    at = datetime(
        2026, 3, 2, 12, tzinfo=UTC
    )  # the 3rd in Auckland, the 2nd in Honolulu
    derived_rows.session(db, at, bot="auckland")
    derived_rows.session(db, at, bot="honolulu")
    rows = ask(
        "sessions", at - timedelta(hours=12), at + timedelta(hours=12), "day", ("bot",)
    )
    assert {(row[0].date(), row[1]["bot"]): row[2] for row in rows if row[2]} == {
        (date(2026, 3, 3), "auckland"): 1,
        (date(2026, 3, 2), "honolulu"): 1,
    }


def test_what_is_not_over_is_null(db: psycopg.Connection[Any], ask: Ask) -> None:
    """Today and the future are NULL in every column; yesterday is a number."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    day = timedelta(days=1)
    derived_rows.session(db, today - day)
    derived_rows.session(db, today)
    for name in ("sessions", "engagement_rate", "turns_per_session", "outcome_share"):
        rows = ask(name, today - day, today + 2 * day, "day")
        shown = [row for row in rows if row[0] == today - day]
        hidden = [row for row in rows if row[0] >= today]
        assert all(row[2] is not None for row in shown)
        assert {row[2:] for row in hidden} == {(None,) * 5 + (False,)}
    assert ask("sessions", today - day, today + day)[0][2] is None
    assert ask("sessions", today - day, datetime.now(UTC), "day")[-1][2] is None


def test_provisional_rows_show_what_runs(db: psycopg.Connection[Any], ask: Ask) -> None:
    """Open sessions and today count, and their rows say so; tomorrow stays NULL."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    day = timedelta(days=1)
    derived_rows.session(db, today - 2 * day)
    derived_rows.session(db, today - day)
    derived_rows.session(db, today - day, finalised=False)
    derived_rows.session(db, today, finalised=False)
    start, end = today - 2 * day, today + 2 * day
    assert [row[2] for row in ask("sessions", start, end, "day")] == [1, 1, None, None]
    rows = ask("sessions", start, end, "day", provisional=True)
    assert [(row[2], row[7]) for row in rows] == [
        (1, False),
        (2, True),
        (1, True),
        (None, True),
    ]


def test_rates_of_nothing_are_null_and_counts_are_zero(
    db: psycopg.Connection[Any], ask: Ask
) -> None:
    """In a window that is over, n = 0 gives NULL with its k and n; a count gives 0."""
    start = datetime(2026, 3, 2, tzinfo=UTC)
    end = start + timedelta(days=2)
    derived_rows.session(db, start, engaged=True)
    assert [row[2:7] for row in ask("sessions", start, end, "day")] == [
        (1, None, None, None, None),
        (0, None, None, None, None),
    ]
    first, second = ask("engagement_rate", start, end, "day")
    assert first[2:5] == (1, 1, 1)
    assert second[2:] == (None, 0, 0, None, None, False)


def test_each_group_has_each_bucket(db: psycopg.Connection[Any], ask: Ask) -> None:
    """A channel that was silent on a day has a 0 there; the unknown is a group."""
    start = datetime(2026, 3, 2, tzinfo=UTC)
    derived_rows.session(db, start, channel="web")
    derived_rows.session(db, start + timedelta(days=1), channel="")
    rows = ask("sessions", start, start + timedelta(days=2), "day", ("channel",))
    assert [(row[0].day, row[1]["channel"], row[2]) for row in rows] == [
        (2, "unknown", 0),
        (2, "web", 1),
        (3, "unknown", 1),
        (3, "web", 0),
    ]


def test_test_traffic_and_the_ends_of_the_range(
    db: psycopg.Connection[Any], ask: Ask
) -> None:
    """[from, to) to the microsecond, and test sessions never."""
    start = datetime(2026, 3, 2, 0, 7, 3, 5, tzinfo=UTC)
    end = start + timedelta(hours=2, microseconds=9)
    step = timedelta(microseconds=1)
    for at in (start - step, start, end - step, end):
        derived_rows.session(db, at)
        derived_rows.session(db, at, test=True)
    for source in ("facts", "aggregate"):
        db.execute("SELECT set_config('turnspan.metric_source', %s, false)", (source,))
        assert ask("sessions", start, end)[0][2] == 2
        assert ask("sessions", start, start + step)[0][2] == 1


def test_active_now_is_of_this_moment(db: psycopg.Connection[Any], ask: Ask) -> None:
    """Open sessions with an event in the last half hour, whatever range is asked."""
    now = datetime.now(UTC)
    hour = timedelta(hours=1)
    for minutes, columns in (
        (5, {"finalised": False}),
        (25, {"finalised": False}),
        (35, {"finalised": False}),
        (5, {"finalised": True}),
        (5, {"finalised": False, "user_turns": 0}),
        (5, {"finalised": False, "test": True}),
    ):
        end = now - timedelta(minutes=minutes)
        derived_rows.session(db, end - hour, end_time=end, **columns)
    for start in (now - hour, now + hour, datetime(2020, 1, 1, tzinfo=UTC)):
        assert ask("active_now", start, start + hour)[0][2] == 2
