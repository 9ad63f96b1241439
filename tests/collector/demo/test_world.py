"""People come, come back, and are the same people in every replay."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime

from turnspan_collector.demo._sessions import sessions
from turnspan_collector.demo._support import SUPPORT
from turnspan_collector.demo._world import World

WORLD = World(date(2026, 3, 3))


def test_a_world_ends_where_it_is_told() -> None:
    """Ninety days later it is the midnight before the end."""
    world = World.ending(datetime(2026, 6, 1, 14, 30, tzinfo=UTC))
    assert world == WORLD
    assert world.date_of(90) == date(2026, 6, 1)
    assert world.at(90) == int(datetime(2026, 6, 1, tzinfo=UTC).timestamp()) * 10**9


def test_the_past_does_not_depend_on_the_end() -> None:
    """Played further, a world has the same beginning."""
    short = sessions(WORLD, WORLD.at(20))
    longer = sessions(WORLD, WORLD.at(40))
    edge = WORLD.at(20)
    assert short == [one for one in longer if one.first_ns < edge]
    assert len(longer) > len(short) > 100


def test_weekdays_are_busier_and_nights_are_quiet() -> None:
    """The week and the day have their rhythm."""
    found = sessions(WORLD, WORLD.at(70))
    days = Counter(WORLD.date_of(WORLD.day_of(s.first_ns)).weekday() for s in found)
    assert min(days[day] for day in range(4)) > 1.5 * max(days[5], days[6])
    hours = Counter(s.first_ns // 3_600_000_000_000 % 24 for s in found)
    assert sum(hours[hour] for hour in range(5)) < 0.05 * len(found)


def test_users_return_less_and_less() -> None:
    """More are back within the first week than within the fourth."""
    lives = [life for life in WORLD.visits(SUPPORT, WORLD.at(90)) if life]
    since = [visit.day - life[0].day for life in lives for visit in life]
    first_week = sum(1 <= days <= 7 for days in since)
    fourth_week = sum(22 <= days <= 28 for days in since)
    assert first_week > 2 * fourth_week > 20


def test_sessions_of_a_user_stay_apart() -> None:
    """No gap between two visits is short enough to make them one session."""
    last: dict[tuple[str, int], int] = {}
    for session in sessions(WORLD, WORLD.at(90)):
        if session.user is None:
            continue
        key = (session.bot, session.user.number)
        assert session.first_ns - last.get(key, 0) > 7200 * 10**9
        last[key] = session.last_ns
