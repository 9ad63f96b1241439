"""What serves a question can be asked, and is what the catalogue says."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from tests.exporters.timescale.metrics.conftest import Ask
from tests.support import derived_rows

from turnspan_exporters.timescale import migrate, settings
from turnspan_exporters.timescale._queries import query
from turnspan_exporters.timescale._refresh import refresh_late
from turnspan_exporters.timescale.metrics import CATALOGUE

START = datetime(2026, 3, 2, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def sources(
    db: psycopg.Connection[Any],
    name: str,
    start: datetime,
    end: datetime,
    bucket: str | None = None,
    by: tuple[str, ...] = (),
) -> list[Any]:
    """Relation and part of each part of an answer."""
    return db.execute(
        'SELECT relation, "from", "to" FROM turnspan.metric_source('
        '%s, %s, bucket => %s, "from" => %s, "to" => %s)',
        (name, list(by), bucket, start, end),
    ).fetchall()


def materialise(db: psycopg.Connection[Any], until: datetime) -> None:
    """Refresh every aggregate, the lower ones first."""
    for _, _, _, view, _ in db.execute(query("aggregates")).fetchall():
        db.execute(
            "CALL refresh_continuous_aggregate(%s, %s, %s)",
            (view, START - 7 * DAY, until),
        )


def test_rows_answer_where_nothing_is_stored(db: psycopg.Connection[Any]) -> None:
    """A dimension that no aggregate has is read from derived rows alone."""
    end = START + 9 * DAY
    assert sources(db, "sessions", START, end, by=("locale",)) == [
        ("fact_session", START, end)
    ]


@pytest.mark.usefixtures("timescale")
def test_the_widest_that_fits_serves(db: psycopg.Connection[Any]) -> None:
    """Days inside, quarters of an hour beside them, rows at the ragged ends."""
    for days in (0, 15):
        derived_rows.session(db, START + days * DAY)
    materialise(db, START + 20 * DAY)
    start, end = START + HOUR + timedelta(minutes=5), START + 9 * DAY + 2 * HOUR
    assert sources(db, "sessions", start, end) == [
        ("fact_session", start, START + HOUR + timedelta(minutes=15)),
        ("session_15m", START + HOUR + timedelta(minutes=15), START + DAY),
        ("session_1d", START + DAY, START + 9 * DAY),
        ("session_15m", START + 9 * DAY, end),
    ]
    by_intent = sources(db, "sessions", START, START + DAY, by=("intent",))
    assert by_intent == [("session_intent_bot_1d", START, START + DAY)]
    two = ("intent", "channel")
    assert sources(db, "sessions", START, START + DAY, by=two) == [
        ("session_intent_1d", START, START + DAY)
    ]
    by_both = sources(db, "sessions", START, START + DAY, by=("intent", "node"))
    assert by_both == [("session_15m", START, START + DAY)]
    by_hour = sources(db, "sessions", START, START + DAY, "hour")
    assert by_hour == [("session_1h", START, START + DAY)]


@pytest.mark.usefixtures("timescale")
@pytest.mark.parametrize(
    ("zone", "relation"),
    [
        ("UTC", "session_1d"),
        ("Africa/Abidjan", "session_1d"),
        ("Europe/London", "session_1h"),
        ("Europe/Berlin", "session_1h"),
        ("Asia/Kolkata", "session_15m"),
        ("Asia/Kathmandu", "session_15m"),
    ],
)
def test_local_days_compose_from_buckets_that_fit(
    db: psycopg.Connection[Any], zone: str, relation: str
) -> None:
    """Days of UTC serve where the clock shows it, also throughout a summer."""
    db.execute("INSERT INTO _turnspan.bot (name) VALUES ('support')")
    settings.change(db, "support", {"timezone": zone})
    for days in (0, 80):
        derived_rows.session(db, START + days * DAY)
    materialise(db, START + 90 * DAY)
    asked = sources(db, "sessions", START, START + 60 * DAY, "day")
    assert asked == [(relation, START, START + 60 * DAY)]


@pytest.mark.usefixtures("timescale")
def test_a_coarse_aggregate_serves_as_far_as_it_is_stored(
    db: psycopg.Connection[Any], ask: Ask
) -> None:
    """Beyond its watermark those of 15 minutes go on, and beyond theirs the rows."""
    for days in range(6):
        derived_rows.session(db, START + days * DAY)
    materialise(db, START + 3 * DAY)
    db.execute(
        "CALL refresh_continuous_aggregate('_turnspan.session_15m', %s, %s)",
        (START, START + 5 * DAY),
    )
    assert sources(db, "sessions", START, START + 6 * DAY, "day") == [
        ("session_1d", START, START + 3 * DAY),
        ("session_15m", START + 3 * DAY, START + 4 * DAY + HOUR / 4),
        ("fact_session", START + 4 * DAY + HOUR / 4, START + 6 * DAY),
    ]
    rows = ask("sessions", START, START + 6 * DAY, "day")
    assert [row[2] for row in rows] == [1] * 6


@pytest.mark.usefixtures("timescale")
@pytest.mark.parametrize(
    ("zone", "relation"),
    [("UTC", "confidence_all_1d"), ("Africa/Abidjan", "confidence_1d")],
)
def test_bots_that_share_a_zone_are_added_up_together(
    db: psycopg.Connection[Any], ask: Ask, zone: str, relation: str
) -> None:
    """An aggregate of all bots knows neither a bot nor whose day it is."""
    for bot, its in (("support", "UTC"), ("sales", zone)):
        db.execute("INSERT INTO _turnspan.bot (name) VALUES (%s)", (bot,))
        settings.change(db, bot, {"timezone": its})
        for day in (START, START + 2 * DAY):
            derived_rows.turn(db, day, bot=bot, intent_confidence=0.8)
    materialise(db, START + 3 * DAY)
    end = START + 2 * DAY
    by_channel = sources(db, "intent_confidence", START, end, by=("channel",))
    assert by_channel == [(relation, START, end)]
    by_bot = sources(db, "intent_confidence", START, end, by=("bot",))
    assert by_bot == [("confidence_1d", START, end)]
    assert sum(row[2] for row in ask("intent_confidence", START, end)) == 2
    one = ask("intent_confidence", START, end, filters={"bot": "sales"})
    assert sum(row[2] for row in one) == 1


@pytest.mark.usefixtures("timescale")
@pytest.mark.parametrize("by", ["intent", "node"])
def test_durations_of_all_bots_are_in_bins_by_intent_and_by_node(
    db: psycopg.Connection[Any], ask: Ask, by: str
) -> None:
    """Medians of days are within 1 % of the rows'; counts, and one bot's, are exact."""
    for number in range(60):
        derived_rows.session(
            db,
            START + (number % 3) * DAY + number * timedelta(minutes=7),
            bot=("support", "sales")[number % 2],
            duration_s=1.3**number / 1000,
            intent=("pay", "ask", None)[number % 5 % 3],
            node_id=("start", "end", None)[number % 5 % 3],
        )
    materialise(db, START + 3 * DAY)
    end = START + 3 * DAY
    stored = f"duration_{by}_all_1d"
    asked = sources(db, "session_duration", START, end, "day", (by,))
    assert asked == [(stored, START, end)]
    binned = ask("session_duration", START, end, "day", (by,))
    db.execute("SET turnspan.metric_source = 'facts'")
    exact = ask("session_duration", START, end, "day", (by,))
    assert [(*row[:2], *row[3:]) for row in binned] == [
        (*row[:2], *row[3:]) for row in exact
    ]
    assert [row[2] for row in binned] == pytest.approx(
        [row[2] for row in exact], rel=0.01
    )
    alone = ask("session_duration", START, end, "day", (by,), {"bot": "sales"})
    db.execute("RESET turnspan.metric_source")
    assert alone == ask("session_duration", START, end, "day", (by,), {"bot": "sales"})


@pytest.mark.usefixtures("timescale")
def test_a_new_aggregate_does_not_serve_before_it_has_caught_up(
    db: psycopg.Connection[Any], ask: Ask
) -> None:
    """Its policy makes the newest days; those before wait, and are read from rows."""
    for day in range(24):
        derived_rows.session(db, START + day * DAY)
    for view in ("session_15m", "session_1d"):
        db.execute(
            "CALL refresh_continuous_aggregate(%s, %s, %s)",
            (f"_turnspan.{view}", START + 22 * DAY, START + 24 * DAY),
        )
        db.cursor().executemany(
            "INSERT INTO _turnspan.touched_window (of_table, from_time, to_time) "
            "VALUES (%s, %s, %s)",
            [(view, START + day * DAY, START + day * DAY + HOUR) for day in range(22)],
        )
    end = START + 24 * DAY
    assert ask("sessions", START, end)[0][2] == 24
    refresh_late(db)
    assert sources(db, "sessions", START, end)[0][:2] == ("session_1d", START)
    assert ask("sessions", START, end)[0][2] == 24


@pytest.mark.usefixtures("timescale")
def test_an_aggregate_that_an_upgrade_made_does_not_serve_before_it_is_whole(
    db: psycopg.Connection[Any], ask: Ask
) -> None:
    """Whatever its policy made of it meanwhile, and though nothing names what lacks."""
    for day in range(24):
        derived_rows.session(db, START + day * DAY)
    db.execute("UPDATE _turnspan.installation SET always_sha256 = 'of before'")
    migrate(db.info.dsn)
    for view in ("session_15m", "session_1d"):
        db.execute(
            "CALL refresh_continuous_aggregate(%s, %s, %s)",
            (f"_turnspan.{view}", START + 22 * DAY, START + 24 * DAY),
        )
    end = START + 24 * DAY
    assert sources(db, "sessions", START, end) == [("fact_session", START, end)]
    assert ask("sessions", START, end)[0][2] == 24
    refresh_late(db)
    assert sources(db, "sessions", START, end)[0][:2] == ("session_1d", START)
    assert ask("sessions", START, end)[0][2] == 24


@pytest.mark.usefixtures("timescale")
@pytest.mark.parametrize("waiting", [(True, 1), (False, 21)])
def test_an_aggregate_that_is_not_whole_answers_for_what_was_dropped(
    db: psycopg.Connection[Any], ask: Ask, waiting: tuple[bool, int]
) -> None:
    """No rows are left of it, so that nothing but the aggregate knows."""
    for day in range(24):
        derived_rows.session(db, START + day * DAY)
    materialise(db, START + 24 * DAY)
    gone = START + 10 * DAY
    db.execute("DELETE FROM _turnspan.session WHERE start_time < %s", (gone,))
    db.execute(
        "INSERT INTO _turnspan.dropped (of_table, first_chunk, dropped_before) "
        "VALUES ('session', %s, %s) ON CONFLICT (of_table) DO UPDATE "
        "SET dropped_before = excluded.dropped_before",
        (gone, gone),
    )
    is_whole, windows = waiting
    for view in ("session_15m", "session_1d"):
        db.cursor().executemany(
            "INSERT INTO _turnspan.touched_window "
            "(of_table, from_time, to_time, is_whole) VALUES (%s, %s, %s, %s)",
            [(view, gone, gone + DAY, is_whole)] * windows,
        )
    end = START + 24 * DAY
    assert sources(db, "sessions", START, end) == [
        ("session_1d", START, gone),
        ("fact_session", gone, end),
    ]
    assert ask("sessions", START, end)[0][2] == 24


@pytest.mark.usefixtures("timescale")
def test_rows_stand_beside_days_that_have_no_quarters(
    db: psycopg.Connection[Any], ask: Ask
) -> None:
    """No aggregate of 15 minutes has a locale: the ends of a range are rows'."""
    for hours in (0, 30, 60, 75):
        derived_rows.node(
            db,
            START + hours * HOUR,
            derived_rows.session(db, START + hours * HOUR, locale="de"),
            "n1",
            is_last=hours == 30,
            locale="de",
        )
    materialise(db, START + 3 * DAY)
    start, end = START + HOUR, START + 4 * DAY
    assert sources(db, "dropoff", start, end, by=("locale",)) == [
        ("fact_node", start, START + DAY),
        ("node_locale_1d", START + DAY, START + 3 * DAY),
        ("fact_node", START + 3 * DAY, end),
    ]
    rows = ask("dropoff", start, end, by=("locale",))
    assert [(row[1], *row[3:5]) for row in rows] == [({"locale": "de"}, 1, 3)]


def test_a_limit_between_bins_is_held_against_the_rows(
    db: psycopg.Connection[Any], ask: Ask
) -> None:
    """Bins of 0.05 answer for 0.60, and not for 0.62, be it asked or a bot's own."""
    for confidence in (0.58, 0.61, 0.63):
        for bot in ("support", "sales"):
            derived_rows.turn(db, START, bot=bot, intent_confidence=confidence)
    for bot in ("support", "sales"):
        db.execute("INSERT INTO _turnspan.bot (name) VALUES (%s)", (bot,))
    end = START + DAY

    def below(**options: float) -> list[Any]:
        answers = []
        for source in ("facts", "aggregate"):
            db.execute(
                "SELECT set_config('turnspan.metric_source', %s, false)", (source,)
            )
            rows = ask("low_confidence_share", START, end, by=("bot",), **options)
            answers.append([(row[1]["bot"], *row[3:5]) for row in rows])
        assert answers[0] == answers[1]
        return answers[0]

    assert below() == [("sales", 1, 3), ("support", 1, 3)]
    assert below(theta=0.62) == [("sales", 2, 3), ("support", 2, 3)]
    for theta, k in ((0.65, 3), (0.62, 2)):
        settings.change(db, "sales", {"theta_alert": theta})
        assert below() == [("sales", k, 3), ("support", 1, 3)]


@pytest.mark.usefixtures("timescale")
def test_parts_of_open_sessions_are_read_from_rows(
    db: psycopg.Connection[Any], ask: Ask
) -> None:
    """Only finalised sessions count, and an aggregate of CTAs cannot tell."""
    for hours, finalised in ((0, True), (30, False), (40, True)):
        key = derived_rows.session(
            db,
            START + hours * HOUR,
            finalised=finalised,
            cta_impressions=1,
            cta_clicks=1,
        )
        derived_rows.cta(db, START + hours * HOUR, key, "buy", 1, 1)
    materialise(db, START + 3 * DAY)
    end = START + 3 * DAY
    assert sources(db, "ctr", START, end, by=("cta",)) == [
        ("cta_1d", START, START + DAY),
        ("cta_15m", START + DAY, START + 30 * HOUR),
        ("fact_cta", START + 30 * HOUR, end),
    ]
    assert [row[3:5] for row in ask("ctr", START, end, by=("cta",))] == [(2, 2)]
    provisional = ask("ctr", START, end, by=("cta",), provisional=True)
    assert [(*row[3:5], row[7]) for row in provisional] == [(3, 3, True)]


@pytest.mark.usefixtures("timescale")
def test_an_open_session_that_came_late_is_not_overlooked(
    db: psycopg.Connection[Any], ask: Ask
) -> None:
    """Before its day is made anew the aggregate of sessions does not know of it."""
    for hours in (0, 50):
        key = derived_rows.session(
            db, START + hours * HOUR, cta_impressions=1, cta_clicks=1
        )
        derived_rows.cta(db, START + hours * HOUR, key, "buy", 1, 1)
    materialise(db, START + 3 * DAY)
    late = START + 26 * HOUR
    key = derived_rows.session(db, late, finalised=False, cta_impressions=1)
    derived_rows.cta(db, late, key, "buy", 1, 0)
    db.execute(
        "INSERT INTO _turnspan.touched_window (of_table, from_time, to_time) "
        "VALUES ('session', %s, %s)",
        (late, late),
    )
    for name in ("cta_15m", "cta_1d"):
        db.execute(
            "CALL refresh_continuous_aggregate(%s, %s, %s)",
            (f"_turnspan.{name}", START, START + 3 * DAY),
        )
    end = START + 3 * DAY
    assert sources(db, "ctr", START, end, by=("cta",)) == [
        ("cta_1d", START, START + DAY),
        ("cta_15m", START + DAY, late),
        ("fact_cta", late, end),
    ]
    assert [row[3:5] for row in ask("ctr", START, end, by=("cta",))] == [(2, 2)]


@pytest.mark.usefixtures("timescale")
@pytest.mark.parametrize(
    ("by", "relation"),
    [
        ((), "session_confidence_all_1d"),
        (("locale", "intent"), "session_confidence_all_1d"),
        (("bot",), "session_confidence_1d"),
        (("device",), "fact_session_confidence"),
    ],
)
def test_sessions_of_a_bin_are_stored_by_the_day(
    db: psycopg.Connection[Any], ask: Ask, by: tuple[str, ...], relation: str
) -> None:
    """Days say what their sessions say; no day where one of these does not know."""
    for hours in range(0, 72, 5):
        derived_rows.session(
            db,
            START + hours * HOUR,
            bot="sales" if hours % 2 else "support",
            channel="slack" if hours % 3 else "",
            locale="de" if hours % 4 else None,
            intent="buy" if hours % 5 else None,
            finalised=hours % 7 < 5,
            lowest_confidence=hours / 70 if hours < 71 else math.inf,
        )
    derived_rows.session(db, START + 2 * DAY, lowest_confidence=math.inf)
    derived_rows.session(db, START + 4 * DAY, lowest_confidence=None)
    materialise(db, START + 5 * DAY)
    asked = "threshold_what_if_sessions"
    start, end = START + HOUR, START + 3 * DAY

    def answers() -> list[Any]:
        return [
            ask(asked, start, end, bucket, by, provisional=provisional)
            for bucket in (None, "day")
            for provisional in (False, True)
        ]

    used = [one for one, _, _ in sources(db, asked, start, end, by=by)]
    assert relation in used
    late = sources(db, asked, start, end + 2 * DAY, by=by)
    assert [one for one, _, _ in late] == ["fact_session_confidence_of_turns"]
    found = answers()
    db.execute("SELECT set_config('turnspan.metric_source', 'facts', false)")
    assert found == answers()


def test_a_rate_of_sessions_with_ctas(db: psycopg.Connection[Any], ask: Ask) -> None:
    """A session counts once over all CTAs, and once for each of them."""
    key = derived_rows.session(db, START, cta_impressions=3, cta_clicks=1)
    derived_rows.cta(db, START, key, "buy", 1, 1)
    derived_rows.cta(db, START, key, "call", 2, 0)
    for source in ("facts", "aggregate"):
        db.execute("SELECT set_config('turnspan.metric_source', %s, false)", (source,))
        for filters, by, expected in (
            ({}, (), [(1, 1)]),
            ({}, ("cta",), [(1, 1), (0, 1)]),
            ({"cta": "call"}, (), [(0, 1)]),
            ({"cta": ["buy", "call"]}, (), [(1, 1)]),
            ({}, ("cta_type",), [(1, 1)]),
        ):
            rows = ask("ctr", START, START + DAY, by=by, filters=filters)
            assert [row[3:5] for row in rows] == expected


def test_the_catalogue_says_who_reads_raw_rows(db: psycopg.Connection[Any]) -> None:
    """All others can be asked for as long as derived rows are kept."""
    found = db.execute("SELECT name FROM turnspan.metrics WHERE raw").fetchall()
    assert {name for (name,) in found} == {
        name for name, metric in CATALOGUE.items() if metric.fact.raw
    }
    end = START + DAY
    row = db.execute(
        "SELECT raw FROM turnspan.metric_source('messages', '{}', \"from\" => %s, "
        '"to" => %s)',
        (START + timedelta(minutes=1), end),
    ).fetchall()
    assert (True,) in row
