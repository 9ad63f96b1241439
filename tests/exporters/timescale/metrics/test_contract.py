"""Numbers that must come out, from events through the whole write path."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.exporters.timescale.metrics.conftest import Ask
from tests.support.chat import BASE, Chat, derived

from turnspan import conventions as names

FIRST = (BASE - timedelta(days=30)).replace(hour=0)
DAY_S = 86400


def test_ten_users_active_every_day_for_thirty_days(
    migrated_dsn: str, ask: Ask
) -> None:
    """DAU 10, MAU 10, stickiness 1.0; all of them new, on the first day."""
    chat = Chat(base=FIRST)
    for user in range(10):
        for day in range(30):
            talk = chat.talk(f"c{user}-{day}", user=f"u{user}")
            talk.turn(day * DAY_S + 3600 + user, f"t{user}-{day}")
    derived(migrated_dsn, chat)
    end = FIRST + timedelta(days=30)
    assert [row[2] for row in ask("dau", FIRST, end, "day")] == [10] * 30
    assert ask("mau", FIRST, end)[0][2] == 10
    assert ask("stickiness", FIRST, end)[0][2] == 1.0
    assert [row[2] for row in ask("new_users", FIRST, end, "day")] == [10] + [0] * 29
    returning = ask("returning_users", FIRST, end, "day")
    assert [row[2] for row in returning] == [0] + [10] * 29


def test_every_user_active_on_fifteen_of_thirty_days(
    migrated_dsn: str, ask: Ask
) -> None:
    """Stickiness 0.5, whichever fifteen they are."""
    chat = Chat(base=FIRST)
    for user in range(4):
        for day in range(user, user + 30, 2):
            talk = chat.talk(f"c{user}-{day}", user=f"u{user}")
            talk.turn((day % 30) * DAY_S + user, f"t{user}-{day}")
    derived(migrated_dsn, chat)
    assert ask("stickiness", FIRST, FIRST + timedelta(days=30))[0][2] == 0.5


def test_a_cohort_of_a_hundred(migrated_dsn: str, ask: Ask) -> None:
    """35, 20 and 10 return on day 1, 7 and 30; a day to come is NULL."""
    chat = Chat(base=FIRST)
    for day, users in ((0, 100), (1, 35), (7, 20), (30, 10)):
        for user in range(users):
            talk = chat.talk(f"c{user}-{day}", user=f"u{user}")
            talk.turn(day * DAY_S + user, f"t{user}-{day}")
    derived(migrated_dsn, chat)
    end = FIRST + timedelta(days=1)
    shares = [ask("retention", FIRST, end, day=day)[0][2:5] for day in (1, 7, 30)]
    assert shares == [(0.35, 35, 100), (0.2, 20, 100), (0.1, 10, 100)]
    assert ask("retention", FIRST, end, day=60)[0][2] is None
    assert ask("retention", FIRST, end, "day", day=60)[0][2] is None
    ((_, group, value, *_),) = ask("retention", FIRST, end, by=("cohort",), day=60)
    assert (group, value) == ({"cohort": f"{FIRST:%Y-%m-%d}"}, None)


def test_session_lengths_and_depths(migrated_dsn: str, ask: Ask) -> None:
    """3, 60, 10, 14 and 10 minutes have the mean 00:19:24; turns 2, 2, 8, 12 mean 6."""
    chat = Chat(base=FIRST)
    for number, minutes in enumerate((3, 60, 10, 14, 10)):
        talk = chat.talk(f"length{number}", channel="length")
        for step in range(4):
            at = number * 7200 + minutes * 20 * step
            talk.turn(at, f"l{number}-{step}", lasts=0)
    for number, turns in enumerate((2, 2, 8, 12)):
        talk = chat.talk(f"depth{number}", channel="depth")
        for step in range(turns):
            talk.turn(number * 3600 + step, f"d{number}-{step}", lasts=0)
    derived(migrated_dsn, chat)
    end = FIRST + timedelta(days=1)
    length, depth = {"channel": "length"}, {"channel": "depth"}
    rows = ask("session_duration", FIRST, end, filters=length, q="mean")
    assert timedelta(seconds=rows[0][2]) == timedelta(minutes=19, seconds=24)
    assert ask("turns_per_session", FIRST, end, filters=depth)[0][2] == 6
    groups = ask("depth", FIRST, end, filters=depth)
    assert {row[1]["depth"]: row[2] for row in groups} == {
        "1": 0,
        "2": 2,
        "3-9": 1,
        "10+": 1,
    }


def test_two_requests_in_one_of_four_sessions(migrated_dsn: str, ask: Ask) -> None:
    """The handoff rate is 25 %, containment 75 %, and they are one together."""
    chat = Chat(base=FIRST)
    for number in range(4):
        chat.talk(f"c{number}").turn(number * 60, f"t{number}")
    talk = chat.talk("c0")
    talk.handoff("request", 5, "h1", reason="low_confidence")
    talk.handoff("request", 9, "h2", reason="low_confidence")
    derived(migrated_dsn, chat)
    end = FIRST + timedelta(days=1)
    ((_, _, rate, k, n, low, high, _),) = ask("handoff_rate", FIRST, end)
    assert (rate, k, n) == (0.25, 1, 4)
    assert (low, high) == pytest.approx((0.0455872608, 0.6993581574), abs=1e-9)
    ((_, _, contained, *_),) = ask("containment", FIRST, end)
    assert rate + contained == 1


def test_a_funnel_of_100_60_35_25(migrated_dsn: str, ask: Ask) -> None:
    """60 %, 58.3 % and 71.4 % of the step before; 25 % of the first."""
    chat = Chat(base=FIRST)
    for number in range(100):
        talk = chat.talk(f"c{number}")
        talk.turn(number * 60, f"t{number}")
        for step, reach in enumerate((100, 60, 35, 25)):
            if number < reach:
                goal = {names.GOAL_ID: f"g{step}"}
                talk.event(names.EVENT_GOAL, number * 60 + step + 1, attributes=goal)
    derived(migrated_dsn, chat)
    end = FIRST + timedelta(days=1)
    asked = "goal:g0,goal:g1,goal:g2,goal:g3"
    rows = ask("funnel", FIRST, end, funnel=asked)
    assert [(row[3], row[4]) for row in rows] == [
        (100, 100),
        (60, 100),
        (35, 60),
        (25, 35),
    ]
    assert [round(row[2], 3) for row in rows] == [1, 0.6, 0.583, 0.714]
    overall = ask("funnel", FIRST, end, funnel=asked, of="first")
    assert overall[-1][2:5] == (0.25, 25, 100)


def test_ratings_5_4_2_of_ten_asked(migrated_dsn: str, ask: Ask) -> None:
    """CSAT 66.7 %, response rate 30 %."""
    chat = Chat(base=FIRST)
    for number, score in enumerate((5, 4, 2, *[None] * 7)):
        talk = chat.talk(f"c{number}")
        talk.turn(number * 60, f"t{number}")
        asked = {names.GEN_AI_EVALUATION_NAME: "csat"}
        talk.event(names.EVENT_FEEDBACK_REQUEST, number * 60 + 5, attributes=asked)
        if score is not None:
            talk.rate(number * 60 + 9, score, kind="csat")
    derived(migrated_dsn, chat)
    end = FIRST + timedelta(days=1)
    assert ask("csat", FIRST, end)[0][2:5] == (pytest.approx(2 / 3), 2, 3)
    assert ask("csat_response_rate", FIRST, end)[0][2:5] == (0.3, 3, 10)


def test_three_views_by_two_users(migrated_dsn: str, ask: Ask) -> None:
    """Views 3, unique 2."""
    chat = Chat(base=FIRST)
    for at, user in enumerate(("ann", "ben", "ann")):
        view = {names.VIEW_NAME: "widget"}
        chat.talk("c1", user=user).event(names.EVENT_VIEW, at, attributes=view)
    derived(migrated_dsn, chat)
    end = FIRST + timedelta(days=1)
    assert ask("views", FIRST, end)[0][2] == 3
    assert ask("unique_views", FIRST, end)[0][2] == 2


def test_shares_of_a_whole_sum_to_one(migrated_dsn: str, ask: Ask) -> None:
    """Outcomes, intents and reasons: k adds up to n, the unknown among them."""
    chat = Chat(base=FIRST)
    for number, intent in enumerate(("a", "b", None, "a", "c", None, "a")):
        talk = chat.talk(f"c{number}")
        talk.turn(number * 60, f"t{number}", intent_name=intent)
        if number % 3 == 0:
            talk.handoff("request", number * 60 + 5, f"h{number}", reason=intent or "x")
    chat.talk("c9").message(0, "bot")
    derived(migrated_dsn, chat)
    end = FIRST + timedelta(days=1)
    for name, total in (
        ("outcome_share", 8),
        ("intent_share", 7),
        ("handoff_reasons", 3),
    ):
        rows = ask(name, FIRST, end)
        assert sum(row[3] for row in rows) == total
        assert {row[4] for row in rows} == {total}
        assert sum(row[2] for row in rows) == pytest.approx(1, abs=1e-15)
