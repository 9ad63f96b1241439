"""Distinct users: exact, by local days, never added up."""

from __future__ import annotations

import json
import random
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from tests.exporters.timescale.metrics.conftest import Ask
from tests.support import derived_rows

FIRST = date(2026, 1, 5)


def at(day: int) -> datetime:
    """Midnight, so many days after the first."""
    return datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC) + timedelta(
        days=day
    )


def active(db: psycopg.Connection[Any], user: str, days: range) -> None:
    for day in days:
        derived_rows.user_day(db, FIRST + timedelta(days=day), user)


def test_ten_users_every_day_for_thirty_days(
    db: psycopg.Connection[Any], ask: Ask
) -> None:
    """DAU 10, MAU 10, stickiness 1.0."""
    for user in range(10):
        active(db, f"u{user}", range(30))
    assert ask("dau", at(0), at(30))[0][2] == 10
    assert ask("mau", at(0), at(30))[0][2] == 10
    assert ask("stickiness", at(0), at(30))[0][2:5] == (1.0, 10, 10)


def test_every_user_on_fifteen_of_thirty_days(
    db: psycopg.Connection[Any], ask: Ask
) -> None:
    """Stickiness 0.5."""
    for user in range(8):
        active(db, f"u{user}", range(user % 2, 30, 2))
    assert ask("stickiness", at(0), at(30))[0][2] == 0.5


def test_trailing_windows_equal_counting_by_hand(
    db: psycopg.Connection[Any], ask: Ask
) -> None:
    """DAU, WAU, MAU and stickiness of every day, by channel and not, equal sets."""
    seeded = random.Random(11)
    seen: set[tuple[int, str, str]] = set()
    for _ in range(400):
        day, user = seeded.randint(-35, 49), f"u{seeded.randint(0, 25)}"
        channel = seeded.choice(["web", "slack"])
        if (day, user, channel) not in seen:
            seen.add((day, user, channel))
            derived_rows.user_day(
                db, FIRST + timedelta(days=day), user, channel=channel
            )
    for name, days in (("dau", 1), ("wau", 7), ("mau", 30)):
        rows = ask(name, at(0), at(50), "day", ("channel",))
        assert {(row[0], row[1]["channel"]): row[2] for row in rows} == {
            (at(day), channel): len(
                {u for d, u, c in seen if day - days < d <= day and c == channel}
            )
            for day in range(50)
            for channel in ("web", "slack")
        }
        rows = ask(name, at(0), at(50), "day")
        assert [row[2] for row in rows] == [
            len({u for d, u, _ in seen if day - days < d <= day}) for day in range(50)
        ]
    rows = ask("stickiness", at(0), at(50), "day")
    for day, row in enumerate(rows):
        window = {(d, u) for d, u, _ in seen if day - 30 < d <= day}
        assert row[2] == pytest.approx(
            len(window) / 30 / len({u for _, u in window}), abs=1e-12
        )


def test_filters_reach_the_days_before_the_range(
    db: psycopg.Connection[Any], ask: Ask
) -> None:
    """The trailing days of the first day of a range are counted too."""
    active(db, "u1", range(-6, -5))
    active(db, "u2", range(-7, -6))
    assert ask("wau", at(0), at(1), filters={"channel": "web"})[0][2] == 1
    assert ask("wau", at(0), at(1), filters={"channel": "slack"})[0][2] == 0


def test_weeks_and_months_of_the_calendar(
    db: psycopg.Connection[Any], ask: Ask
) -> None:
    """wau by week and mau by month count the calendar's; else the last day's window."""
    active(db, "january", range(0, 1))
    active(db, "february", range(30, 31))
    end = datetime(2026, 3, 1, tzinfo=UTC)
    assert [row[2] for row in ask("mau", at(0), end, "month")] == [1, 1]
    assert [row[2] for row in ask("wau", at(0), at(14), "week")] == [1, 0]
    assert [row[2] for row in ask("dau", at(0), at(14), "week")] == [0, 0]


def test_users_are_of_a_bot_and_test_traffic_is_out(
    db: psycopg.Connection[Any], ask: Ask
) -> None:
    """One key at two bots is two users, at two channels of one bot it is one."""
    for columns in ({"bot": "a"}, {"bot": "b"}, {"bot": "b", "channel": "slack"}):
        derived_rows.user_day(db, FIRST, "u", **columns)
    derived_rows.user_day(db, FIRST, "t", test=True)
    assert ask("dau", at(0), at(1))[0][2] == 2
    rows = ask("dau", at(0), at(1), by=("bot", "channel"))
    assert [(row[1], row[2]) for row in rows] == [
        ({"bot": "a", "channel": "web"}, 1),
        ({"bot": "b", "channel": "slack"}, 1),
        ({"bot": "b", "channel": "web"}, 1),
    ]


def test_the_last_complete_day_of_a_range(
    db: psycopg.Connection[Any], ask: Ask
) -> None:
    """Half a day at its end is not it, nor is today; a range without one is NULL."""
    active(db, "u1", range(0, 1))
    noon = timedelta(hours=12)
    assert ask("dau", at(0), at(1) + noon)[0][2] == 1
    assert ask("dau", at(0), at(0) + noon)[0][2] is None
    today = datetime.now(UTC).date()
    derived_rows.user_day(db, today, "now")
    derived_rows.user_day(db, today - timedelta(days=1), "then")
    derived_rows.user_day(db, today - timedelta(days=1), "too")
    start = datetime.now(UTC) - timedelta(days=3)
    assert ask("dau", start, datetime.now(UTC))[0][2:] == (2, *(None,) * 4, False)
    days = ask("dau", start, datetime.now(UTC), "day")
    assert [row[2] for row in days] == [0, 0, 2, None]
    days = ask("dau", start, datetime.now(UTC), "day", provisional=True)
    assert [(row[2], row[7]) for row in days[2:]] == [(2, False), (1, True)]


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata"])
def test_users_of_several_bots_by_locale_equal_counting_by_hand(
    db: psycopg.Connection[Any], ask: Ask, zone: str
) -> None:
    """Users of two known bots, new and returning, of months; a first day is local."""
    zones = {"support": "UTC", "sales": zone}
    for bot in zones:
        db.execute("INSERT INTO _turnspan.bot (name) VALUES (%s)", (bot,))
        db.execute(
            "INSERT INTO _turnspan.parameter (bot, name, value) "
            "VALUES (%s, 'timezone', %s)",
            (bot, json.dumps(zones[bot])),
        )
    seeded = random.Random(7)
    firsts: dict[tuple[str, str], datetime] = {}
    seen: set[tuple[tuple[str, str], str, date]] = set()
    for bot in zones:
        for number in range(30):
            user = (bot, f"u{number}")
            firsts[user] = at(0) + timedelta(hours=seeded.randint(-600, 1200))
            derived_rows.first_seen(db, user[1], firsts[user], bot=bot)
            first = firsts[user].astimezone(ZoneInfo(zones[bot])).date()
            for _ in range(8):
                day = first + timedelta(days=seeded.randint(0, 40))
                row = (user, seeded.choice(["de", "en"]), day)
                if row not in seen:
                    seen.add(row)
                    derived_rows.user_day(db, day, user[1], bot=bot, locale=row[1])

    def by_hand(new: bool) -> list[tuple[int, str, int]]:
        counted: dict[tuple[int, str], set[tuple[str, str]]] = {}
        for user, locale, day in seen:
            first = firsts[user].astimezone(ZoneInfo(zones[user[0]])).date()
            if day.year == 2026 and day.month < 3:
                of = counted.setdefault((day.month, locale), set())
                if (first >= date(2026, day.month, 1)) is new:
                    of.add(user)
        return [(*key, len(users)) for key, users in sorted(counted.items())]

    start, end = datetime(2025, 11, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)
    for name in ("new_users", "returning_users"):
        rows = ask(name, start, end, "month", ("locale",))
        noons = [(row[0] + timedelta(hours=12), row) for row in rows]
        told = [
            (noon.month, row[1]["locale"], row[2])
            for noon, row in noons
            if noon.month < 3
        ]
        assert told == by_hand(name == "new_users"), name
