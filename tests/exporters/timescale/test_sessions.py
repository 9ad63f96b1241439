"""Sessions as the metric contract cuts them, to the microsecond."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from tests.support.chat import BASE, Chat, derived

from turnspan import conventions as names
from turnspan_exporters.timescale import settings as bot_settings

Connection = psycopg.Connection[Any]

T = 1800.0
HOUR = 3600.0
DAY = 86400.0


def sessions(db: Connection, columns: str = "user_turns, duration_s") -> list[Any]:
    """The chosen columns of all sessions, in order of their start."""
    return db.execute(
        f"SELECT {columns} FROM _turnspan.session ORDER BY start_time, session_id"
    ).fetchall()


@pytest.mark.parametrize(
    ("gap", "expected"),
    [
        (T - 1e-6, [(2, T - 1e-6 + 2)]),
        (T, [(2, T + 2)]),
        (T + 1e-6, [(1, 1.0), (1, 1.0)]),
    ],
)
def test_a_gap_longer_than_the_timeout_splits(
    migrated_dsn: str, db: Connection, gap: float, expected: list[tuple[int, float]]
) -> None:
    """A gap of exactly T does not split; one microsecond more does."""
    chat = Chat()
    talk = chat.talk("c1", user="u1")
    talk.turn(0, "t1", 1)
    talk.turn(1 + gap, "t2", 1)
    derived(migrated_dsn, chat)
    assert sessions(db) == expected


def test_midnight_does_not_split(migrated_dsn: str, db: Connection) -> None:
    """A session may span two days."""
    chat = Chat()
    talk = chat.talk("c1", user="u1")
    talk.turn(14 * HOUR - 60, "t1", 1)
    talk.turn(14 * HOUR + 60, "t2", 1)
    derived(migrated_dsn, chat)
    assert sessions(db) == [(2, 121.0)]


def test_a_late_row_joins_two_sessions(migrated_dsn: str, db: Connection) -> None:
    """What arrives later and lies between makes one of two."""
    chat = Chat()
    talk = chat.talk("c1", user="u1")
    talk.turn(0, "t1", 1)
    talk.turn(T + 100, "t3", 1)
    derived(migrated_dsn, chat)
    assert len(sessions(db)) == 2
    talk.turn(900, "t2", 1)
    derived(migrated_dsn, chat)
    assert sessions(db) == [(3, T + 101)]


def test_two_bots_may_use_the_same_conversation_id(
    migrated_dsn: str, db: Connection
) -> None:
    """The bot, the channel and the platform's session are parts of the key."""
    chat = Chat()
    for number, common in enumerate(
        [
            {"bot": "a"},
            {"bot": "b"},
            {"bot": "b", "channel": "sms"},
            {"bot": "b", "session_id": "s1"},
            {"bot": "b", "session_id": "s2"},
        ]
    ):
        chat.talk("c1", user="u1", **common).turn(number, f"t{number}", 0.5)
    derived(migrated_dsn, chat)
    assert len(sessions(db)) == 4


def test_a_record_without_channel_makes_no_key(
    migrated_dsn: str, db: Connection
) -> None:
    """A record that lacks channel and session id joins those around it."""
    chat = Chat()
    chat.talk("c1", user="u1", session_id="s1").turn(0, "t1", 1)
    chat.talk("c1", user="u1", channel=None).message(5, "bot")
    derived(migrated_dsn, chat)
    assert sessions(db, "channel, session_id, bot_messages") == [("web", "s1", 1)]


def test_a_pending_handoff_bridges_an_hour(migrated_dsn: str, db: Connection) -> None:
    """Waiting does not count as a gap, for 60 minutes at most."""
    chat = Chat()
    for number, gap in enumerate([HOUR + T, HOUR + T + 1e-6]):
        talk = chat.talk(f"c{number}", user=f"u{number}")
        talk.handoff("request", 0, f"h{number}")
        talk.turn(gap, f"t{number}", 0)
    derived(migrated_dsn, chat)
    rows = sessions(db, "conversation_id, user_turns")
    assert sorted(rows) == [("c0", 1), ("c1", 0), ("c1", 1)]


def test_an_accepted_handoff_bridges_a_day(migrated_dsn: str, db: Connection) -> None:
    """From accept to close or return does not count, for 24 hours at most."""
    chat = Chat()
    cases: list[tuple[float | None, float]] = [
        (None, 60 + DAY + T),
        (None, 60 + DAY + T + 1e-6),
        (5 * HOUR, 5 * HOUR + T),
        (5 * HOUR, 5 * HOUR + T + 1e-6),
    ]
    for number, (closed, after) in enumerate(cases):
        talk = chat.talk(f"c{number}", user=f"u{number}")
        talk.handoff("request", 0, f"h{number}")
        talk.handoff("accept", 60, f"h{number}")
        if closed is not None:
            talk.handoff("close", closed, f"h{number}")
        talk.turn(after, f"t{number}", 0)
    derived(migrated_dsn, chat)
    counts = db.execute(
        "SELECT conversation_id, count(*) FROM _turnspan.session GROUP BY 1 ORDER BY 1"
    ).fetchall()
    assert counts == [("c0", 1), ("c1", 2), ("c2", 1), ("c3", 2)]


def test_a_step_that_comes_late_changes_the_cut(
    migrated_dsn: str, db: Connection
) -> None:
    """An accept that arrives after the turns joins what had been two sessions."""
    chat = Chat()
    talk = chat.talk("c1", user="u1")
    talk.handoff("request", 0)
    talk.turn(10 * HOUR, "t1", 0)
    derived(migrated_dsn, chat)
    assert len(sessions(db)) == 2
    chat.talk(None).handoff("accept", 60)
    derived(migrated_dsn, chat)
    assert sessions(db, "user_turns, handoffs") == [(1, 1)]


def test_an_end_event_closes(migrated_dsn: str, db: Connection) -> None:
    """What follows an explicit end begins a new session, however soon."""
    chat = Chat()
    talk = chat.talk("c1", user="u1")
    talk.turn(0, "t1", 1)
    talk.event(names.EVENT_CONVERSATION_END, 5)
    talk.turn(6, "t2", 1)
    derived(migrated_dsn, chat)
    assert sessions(db, "user_turns, ended_by, closes_at - end_time = '0'") == [
        (1, "event", True),
        (1, "timeout", False),
    ]


def test_the_turn_that_says_the_end_belongs_to_it(
    migrated_dsn: str, db: Connection
) -> None:
    """The answer after the end event, in the same turn, opens nothing."""
    chat = Chat()
    talk = chat.talk("c1", user="u1")
    talk.turn(0, "t1", 3)
    talk.event(names.EVENT_CONVERSATION_END, 1, "t1")
    talk.message(2, "bot", "t1")
    derived(migrated_dsn, chat)
    assert sessions(db, "user_turns, bot_messages, duration_s, ended_by") == [
        (1, 1, 3.0, "event")
    ]


def test_without_a_user_message_it_is_proactive(
    migrated_dsn: str, db: Connection
) -> None:
    """A bot that speaks alone makes a session that is unengaged and nothing else."""
    chat = Chat()
    talk = chat.talk("c1", user="u1")
    talk.message(0, "bot")
    talk.handoff("request", 1)
    talk.resolve(2, "resolved")
    derived(migrated_dsn, chat)
    assert sessions(db, "user_turns, outcome, engaged, escalated") == [
        (0, "unengaged", False, False)
    ]


def test_what_attaches_neither_opens_nor_extends(
    migrated_dsn: str, db: Connection
) -> None:
    """Feedback, resolutions and goals belong to the session before them."""
    chat = Chat()
    talk = chat.talk("c1", user="u1")
    talk.turn(0, "t1", 1)
    talk.event(names.EVENT_GOAL, 5 * DAY, goal_id="g1")
    talk.resolve(6 * DAY, "resolved")
    talk.turn(8 * DAY, "t2", 1)
    talk.rate(9 * DAY, 0.0, "t1")
    chat.talk("c2").event(names.EVENT_GOAL, 0, goal_id="g2")
    derived(migrated_dsn, chat)
    assert sessions(db, "conversation_id, duration_s, goals, outcome") == [
        ("c1", 1.0, 1, "abandoned"),
        ("c1", 1.0, 0, "resolved_implied"),
    ]


def test_what_attaches_may_come_before_its_session_is_known(
    migrated_dsn: str, db: Connection
) -> None:
    """A session that arrives late takes over what had gone to an earlier one."""
    chat = Chat()
    talk = chat.talk("c1", user="u1")
    talk.turn(0, "t1", 1)
    talk.event(names.EVENT_GOAL, 2 * DAY, goal_id="g1")
    derived(migrated_dsn, chat)
    assert sessions(db, "goals") == [(1,)]
    talk.turn(DAY, "t2", 1)
    derived(migrated_dsn, chat)
    assert sessions(db, "goals") == [(0,), (1,)]


def test_feedback_finds_its_turn_without_a_conversation(
    migrated_dsn: str, db: Connection
) -> None:
    """A rating that knows the turn alone, days later, reaches its session."""
    chat = Chat()
    talk = chat.talk("c1", user="u1")
    talk.turn(0, "t1", 1, outcome="fallback")
    derived(migrated_dsn, chat)
    chat.talk(None, channel=None).rate(3 * DAY, 1.0, "t1")
    derived(migrated_dsn, chat)
    assert sessions(db, "outcome") == [("resolved_confirmed",)]


def test_a_click_credits_the_latest_impression(
    migrated_dsn: str, db: Connection
) -> None:
    """Within seven days it counts where the button was shown; else it is flagged."""
    chat = Chat()
    talk = chat.talk("c1", user="u1")
    talk.event(names.EVENT_CTA_IMPRESSION, 0, cta_id="buy", cta_type="button")
    talk.event(names.EVENT_CTA_CLICK, 7 * DAY, cta_id="buy")
    talk.event(names.EVENT_CTA_CLICK, 7 * DAY + 1, cta_id="buy")
    derived(migrated_dsn, chat)
    rows = db.execute(
        "SELECT cta_id, cta_type, impressions, clicks, unattributed_clicks "
        "FROM _turnspan.session_cta ORDER BY session_start"
    ).fetchall()
    assert rows == [("buy", "button", 1, 1, 0), ("buy", None, 0, 0, 1)]
    assert sessions(db, "cta_clicks") == [(1,), (0,)]


def test_a_platform_delivers_twice(migrated_dsn: str, db: Connection) -> None:
    """Two spans and messages of one turn id are one turn, timed by the first."""
    chat = Chat()
    talk = chat.talk("c1", user="u1")
    for at in (0, 2 * HOUR):
        talk.message(at, turn="t1")
        talk.turn(at, "t1", 1)
    derived(migrated_dsn, chat)
    assert sessions(db) == [(1, 1.0)]
    turns = db.execute("SELECT turn_id, duration_s FROM _turnspan.turn").fetchall()
    assert turns == [("t1", 1.0)]


def test_open_sessions_are_finalised_when_they_come_due(
    migrated_dsn: str, db: Connection
) -> None:
    """A session counts once its gap exceeds the timeout; until then it is open."""
    from datetime import UTC, datetime, timedelta

    from turnspan_exporters.timescale import settle

    chat = Chat(base=datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=60))
    chat.talk("c1", user="u1").turn(0, "t1", 1)
    derived(migrated_dsn, chat)
    assert sessions(db, "finalised, closes_at = end_time + '30 min'") == [(False, True)]
    assert db.execute("SELECT count(*) FROM _turnspan.outcome_history").fetchone() == (
        0,
    )
    db.execute("UPDATE _turnspan.session SET closes_at = now() - interval '1 s'")
    settle(migrated_dsn)
    assert sessions(db, "finalised") == [(True,)]
    assert db.execute("SELECT outcome FROM _turnspan.outcome_history").fetchall() == [
        ("resolved_implied",)
    ]


def _changes(zone: ZoneInfo) -> list[date]:
    """The last two days on which the clocks of a zone were put on or back."""
    days = (BASE.date() - timedelta(days=back) for back in range(360))
    return list(islice((day for day in days if _hours(day, zone) != 24), 2))


def _hours(day: date, zone: ZoneInfo) -> float:
    return (_midnight(day + timedelta(days=1), zone) - _midnight(day, zone)) / HOUR


def _midnight(day: date, zone: ZoneInfo) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize(
    "name", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]
)
def test_daylight_saving_splits_nothing(
    migrated_dsn: str, db: Connection, name: str, which: int
) -> None:
    """A day of 23, 25 or 24.5 hours is one day, and a session goes on through it."""
    zone = ZoneInfo(name)
    day = _changes(zone)[which]
    began = datetime.fromtimestamp(_midnight(day, zone) - HOUR, ZoneInfo("UTC"))
    db.execute("INSERT INTO _turnspan.bot (name) VALUES ('support')")
    bot_settings.change(db, "support", {"timezone": name})
    chat = Chat(base=began)
    talk = chat.talk("c1", user="u1")
    step = 1200
    at = range(0, int(28 * HOUR), step)
    for number, second in enumerate(at):
        talk.turn(second, f"t{number}", 1)
    derived(migrated_dsn, chat)
    assert sessions(db) == [(len(at), at[-1] + 1.0)]
    days = db.execute("SELECT day, user_turns FROM _turnspan.user_day").fetchall()
    local = (chat.time(second).astimezone(zone).date() for second in at)
    assert dict(days) == Counter(local)
    hours = dict(days)[day] * step / HOUR
    assert hours == pytest.approx(_hours(day, zone), abs=step / HOUR)
    assert _hours(day, zone) in (23, 23.5, 24.5, 25)


def test_a_late_row_inside_a_session_splits_nothing(
    migrated_dsn: str, db: Connection
) -> None:
    """Late rows inside and just before a session leave it one; far ones are others."""
    chat = Chat()
    talk = chat.talk("c1", user="u1")
    talk.turn(0, "t2", 1)
    talk.turn(1000, "t4", 1)
    derived(migrated_dsn, chat)
    key = sessions(db, "session_key")
    talk.turn(500, "t3", 1)
    derived(migrated_dsn, chat)
    assert sessions(db) == [(3, 1001.0)]
    assert sessions(db, "session_key") == key
    talk.turn(-T, "t1", 1)
    talk.turn(-T - 2 * HOUR, "t0", 1)
    talk.turn(1001 + T + 1, "t5", 1)
    derived(migrated_dsn, chat)
    assert sessions(db) == [(1, 1.0), (4, 1001 + T), (1, 1.0)]
    numbers = db.execute(
        "SELECT turn_id, turn_number FROM _turnspan.turn ORDER BY turn_id"
    ).fetchall()
    assert numbers == [
        ("t0", 1), ("t1", 1), ("t2", 2), ("t3", 3), ("t4", 4), ("t5", 1),
    ]  # fmt: skip


def test_a_late_end_splits(migrated_dsn: str, db: Connection) -> None:
    """An end that arrives after what follows it makes two sessions of one."""
    chat = Chat()
    talk = chat.talk("c1", user="u1")
    talk.turn(0, "t1", 1)
    talk.turn(60, "t2", 1)
    derived(migrated_dsn, chat)
    assert sessions(db, "user_turns") == [(2,)]
    talk.event(names.EVENT_CONVERSATION_END, 30)
    derived(migrated_dsn, chat)
    assert sessions(db, "user_turns, ended_by") == [(1, "event"), (1, "timeout")]


@pytest.mark.parametrize(
    ("step", "after"),
    [("close", 5 * HOUR + T), ("decline", 120 + T), ("withdraw", 120 + T)],
)
def test_a_handoff_that_ended_earlier_than_known_splits(
    migrated_dsn: str, db: Connection, step: str, after: float
) -> None:
    """A step that comes late takes the bridge from under what follows it."""
    chat = Chat()
    talk = chat.talk("c1", user="u1")
    talk.handoff("request", 0)
    if step == "close":
        talk.handoff("accept", 60)
    talk.turn(after + 1e-6, "t1", 0)
    derived(migrated_dsn, chat)
    assert sessions(db, "user_turns") == [(1,)]
    talk.handoff(step, 5 * HOUR if step == "close" else 120)
    derived(migrated_dsn, chat)
    assert sessions(db, "user_turns") == [(0,), (1,)]


def test_what_is_older_than_raw_rows_are_kept_holds_nothing_up(
    migrated_dsn: str, db: Connection
) -> None:
    """A conversation that came with years at once is derived from where it is whole."""
    chat = Chat()
    talk = chat.talk("c1", user="u1")
    talk.turn(-600 * DAY, "t1", 1)
    talk.turn(0, "t2", 1)
    derived(migrated_dsn, chat)
    assert sessions(db, "start_time") == [(chat.time(0),)]
