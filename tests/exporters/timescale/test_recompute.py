"""Recomputing: history under new parameters, as if it had come in under them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from tests.support.busy import BOTS, busy, facts, numbers
from tests.support.chat import BASE, Chat, derived
from tests.support.postgres import Databases

from turnspan_exporters.timescale import (
    TimescaleExporter,
    Worker,
    _recompute,
    settings,
    settle,
)
from turnspan_exporters.timescale._connection import connect
from turnspan_exporters.timescale._recompute import RecomputeError
from turnspan_exporters.timescale._scripts import SCHEMA
from turnspan_exporters.timescale.metrics import DEFINITION_VERSION

Connection = psycopg.Connection[Any]
START = BASE - timedelta(days=2)
END = BASE + timedelta(days=12)


@pytest.fixture
def other_dsn(databases: Databases, template_dsn: str) -> Iterator[str]:
    """A second migrated database."""
    made = databases.create(template_dsn)
    yield made
    databases.drop(made)


def recompute(dsn: str, start: datetime = START, **asked: Any) -> _recompute.Job:
    """Ask and do it, in this thread."""
    with connect(dsn) as connection:
        id = _recompute.ask(connection, start, **asked)
    return _recompute.run(dsn, id)


def fresh(dsn: str, values: dict[str, Any], *chats: Chat) -> None:
    """The same records under the parameters from the start."""
    with connect(dsn) as connection:
        for bot in BOTS:
            settings.change(connection, bot, values)
    derived(dsn, *chats)


@pytest.mark.parametrize(
    "values",
    [
        {"session_timeout": "45m"},
        {"session_timeout": "10m", "timezone": "America/New_York"},
        {"handoff_pending_max": "5m", "handoff_human_max": "0s"},
        {"came_back_within": "1h", "click_window": "1h"},
        {"session_timeout": "2h", "handoff_pending_max": "1m"},
    ],
    ids=lambda values: "-".join(values),
)
def test_it_equals_a_fresh_ingest(
    migrated_dsn: str, other_dsn: str, values: dict[str, Any]
) -> None:
    """Every derived row and every metric, as under the parameters from the start."""
    derived(migrated_dsn, busy(1))
    before = facts(migrated_dsn)
    done = recompute(migrated_dsn, bots=BOTS, values=values)
    fresh(other_dsn, values, busy(1))
    assert (done.state, done.records_done) == ("done", done.records_total)
    assert facts(migrated_dsn) == facts(other_dsn)
    assert facts(migrated_dsn) != before
    assert numbers(migrated_dsn, START, END) == numbers(other_dsn, START, END)


def test_an_upgrade_derives_again_what_rows_learn(migrated_dsn: str) -> None:
    """Rows that were derived before there were the columns have their values later."""
    derived(migrated_dsn, busy(1))
    before = facts(migrated_dsn)
    entry = (
        "source = NULL, device = NULL, country = NULL, medium = NULL, campaign = NULL"
    )
    script = SCHEMA / "once/0760_entries_of_sessions.sql"
    asked = script.read_text("utf-8").partition("-- What is derived already")[2]
    with connect(migrated_dsn) as connection:
        connection.execute(f"UPDATE _turnspan.turn SET {entry}")
        connection.execute(
            "UPDATE _turnspan.handoff "
            f"SET session_intent = NULL, user_kind = NULL, {entry}"
        )
        assert facts(migrated_dsn) != before
        connection.execute("--" + asked)
    settle(migrated_dsn, timeout_s=60)
    assert facts(migrated_dsn) == before


def test_it_runs_beside_ingest(migrated_dsn: str, other_dsn: str) -> None:
    """A writer and a worker go on meanwhile; in the end nothing tells who was first."""
    values = {"session_timeout": "50m", "timezone": "Asia/Tokyo"}
    derived(migrated_dsn, busy(1))
    stop = threading.Event()
    worker = threading.Thread(target=Worker(migrated_dsn, concurrency=2).run,
                              args=(stop,))  # fmt: skip
    writer = threading.Thread(target=_write, args=(migrated_dsn, range(2, 12)))
    worker.start()
    writer.start()
    try:
        assert recompute(migrated_dsn, bots=BOTS, values=values).state == "done"
        writer.join()
    finally:
        stop.set()
        worker.join()
    settle(migrated_dsn, timeout_s=60)
    fresh(other_dsn, values, *(busy(seed) for seed in range(1, 12)))
    assert facts(migrated_dsn) == facts(other_dsn)


def _write(dsn: str, seeds: range) -> None:
    exporter = TimescaleExporter(dsn, migrates=False)
    exporter.open()
    for seed in seeds:
        exporter.export([busy(seed).batch()])
    exporter.close()


def test_it_goes_on_where_it_was_stopped(
    migrated_dsn: str, other_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked again in the same words it is the same one, with what is left to do."""
    monkeypatch.setattr(_recompute, "_CHUNK", 2)
    values = {"session_timeout": "45m"}
    derived(migrated_dsn, busy(1))
    with connect(migrated_dsn) as connection:
        id = _recompute.ask(connection, START, bots=BOTS, values=values)
        seen: list[int] = []
        half = _recompute.run(
            migrated_dsn,
            id,
            lambda progress: seen.append(progress.done * (progress.step == "deriving")),
            lambda: max(seen, default=0) > 0,
        )
        assert half.state == "deriving"
        assert 0 < half.records_done < (half.records_total or 0)
        assert _recompute.ask(connection, START, bots=BOTS, values=values) == id
        assert _recompute.run(migrated_dsn, id).state == "done"
        again = _recompute.ask(connection, START, bots=BOTS, values=values)
        assert again != id
    fresh(other_dsn, values, busy(1))
    assert facts(migrated_dsn) == facts(other_dsn)


def test_a_part_of_history_leaves_no_overlap(migrated_dsn: str) -> None:
    """A session that reaches into the range is cut anew whole, others stay."""
    chat = Chat()
    talk = chat.talk("c1", user="u1")
    for number, at in enumerate((0, 1200, 2400, 90_000)):
        talk.turn(at, f"t{number}", 1)
    derived(migrated_dsn, chat)
    recompute(
        migrated_dsn,
        chat.time(2000),
        end=chat.time(3000),
        bots=["support"],
        values={"session_timeout": "15m"},
    )
    with connect(migrated_dsn) as connection:
        rows = connection.execute(
            "SELECT start_time, user_turns, parameters -> 'session_timeout' "
            "FROM _turnspan.session ORDER BY start_time"
        ).fetchall()
    assert rows == [
        (chat.time(0), 1, 900.0),
        (chat.time(1200), 1, 900.0),
        (chat.time(2400), 1, 900.0),
        (chat.time(90_000), 1, 1800.0),
    ]


@pytest.mark.parametrize(
    ("days", "asked", "sentence"),
    [
        (-500, {}, r"from: .* lies behind the raw rows, .* raw_retention"),
        (1, {}, r"from: .* lies in the future"),
        (-3, {"end": timedelta(days=-3)}, r"from: .* is not before to"),
        (-3, {"end": timedelta(days=9)}, r"to: .* lies in the future"),
        (-3, {"bots": ["nobody"]}, r'bot: "nobody" never sent anything'),
        (-3, {"values": {"theta_alert": 1}}, r"theta_alert does not shape rows"),
        (-3, {"values": {"session_timeout": "5s"}}, r"session_timeout=5s is outside"),
    ],
)
def test_what_cannot_be_is_refused(
    db: Connection, days: int, asked: dict[str, Any], sentence: str
) -> None:
    """By a sentence with the field, the value and the limit; nothing is set."""
    now = datetime.now(UTC)
    if "end" in asked:
        asked = {**asked, "end": now + asked["end"]}
    with pytest.raises((RecomputeError, settings.SettingError), match=sentence):
        _recompute.ask(db, now + timedelta(days=days), **asked)
    assert settings.history(db) == []


def test_raw_rows_that_are_gone_are_the_limit_too(
    migrated_dsn: str, db: Connection
) -> None:
    """Where retention was shorter once, raw rows begin later than it says now."""
    derived(migrated_dsn, busy(1))
    db.execute(
        "DELETE FROM _turnspan.span WHERE start_time < %(at)s",
        {"at": BASE + timedelta(days=3)},
    )
    db.execute(
        "DELETE FROM _turnspan.event WHERE time < %(at)s",
        {"at": BASE + timedelta(days=3)},
    )
    with pytest.raises(RecomputeError, match="lies behind the raw rows"):
        _recompute.ask(db, START)


def test_old_numbers_are_kept(migrated_dsn: str, db: Connection) -> None:
    """Each metric's daily values, with when and why, and how they had been made."""
    derived(migrated_dsn, busy(1))
    first = "SELECT min(start_time)::date FROM _turnspan.turn WHERE bot = 'support'"
    (day,) = db.execute(first).fetchall()[0]
    low = datetime(day.year, day.month, day.day, tzinfo=UTC)
    high = low + timedelta(days=8)
    filters = '{"bot": ["support"]}'
    before = numbers(migrated_dsn, low, high, filters)
    asked_at = datetime.now(UTC)
    done = recompute(migrated_dsn, bots=["support"], values={"session_timeout": "1h"})
    kept: dict[str, list[tuple[Any, ...]]] = {}
    rows = db.execute(
        "SELECT name, day::timestamp AT TIME ZONE 'UTC', \"group\"::text, value, k, n, "
        "low, high, reason, definition_version, parameters ->> 'session_timeout', "
        "published_at BETWEEN %s AND now() FROM turnspan.published_metrics "
        "WHERE bot = 'support' AND day >= %s AND day < %s",
        (asked_at, low.date(), high.date()),
    )
    for name, *row in rows.fetchall():
        kept.setdefault(name, []).append(tuple(row[:7]))
        assert row[7:] == ["recompute session_timeout=3600.0", 1, "1800.0", True]
    for name, values in before.items():
        if isinstance(values, str):
            assert name in done.unpublished
        elif values and values[0][0] is not None:
            said = [row for row in values if row[2:5] != (None, None, None)]
            assert sorted(kept.get(name, []), key=repr) == said, name
    assert numbers(migrated_dsn, low, high, filters) != before


def test_a_number_as_of_a_time(migrated_dsn: str, db: Connection) -> None:
    """What was shown then: the first publication after it, if there is one."""
    chat = Chat()
    talk = chat.talk("c1", user="u1")
    talk.turn(0, "t1", 1)
    talk.turn(2400, "t2", 1)
    derived(migrated_dsn, chat)
    times = [datetime.now(UTC)]
    for timeout in ("1h", "30m"):
        recompute(migrated_dsn, values={"session_timeout": timeout})
        times.append(datetime.now(UTC))
    query = (
        "SELECT value FROM turnspan.published('sessions', %s, %s, ARRAY['support'], %s)"
    )
    day = BASE.replace(hour=0)
    asked = [
        db.execute(query, (day, day + timedelta(days=1), at)).fetchall() for at in times
    ]
    assert asked == [[(2.0,)], [(1.0,)], []]
    assert db.execute(query, (day, day + timedelta(days=1), None)).fetchall() == [
        (2.0,),
        (1.0,),
    ]


def test_a_changed_setting_keeps_the_numbers_first(
    migrated_dsn: str, db: Connection
) -> None:
    """It is accepted at once, and in force once the numbers made before are kept."""
    chat = Chat()
    talk = chat.talk("c1", user="u1")
    talk.turn(0, "t1", 1)
    talk.turn(2400, "t2", 1)
    derived(migrated_dsn, chat)
    settings.change(db, "support", {"session_timeout": "1h", "theta_alert": 0.5})
    settings.change(db, "support", {"came_back_within": "2h"})
    in_force = (
        "SELECT extract(epoch FROM session_timeout), theta_alert "
        "FROM _turnspan.bot_setting WHERE bot = 'support'"
    )
    assert settings.current(db, "support")["session_timeout"] == 3600
    assert db.execute(in_force).fetchall() == [(1800, 0.5)]
    settle(migrated_dsn)
    assert db.execute(in_force).fetchall() == [(3600, 0.5)]
    rows = db.execute(
        "SELECT value, reason FROM turnspan.published_metrics "
        "WHERE name = 'sessions' AND day = %s",
        (BASE.date(),),
    ).fetchall()
    assert rows == [(2.0, "set came_back_within=7200.0 session_timeout=3600.0")]
    assert db.execute("SELECT user_turns FROM _turnspan.session").fetchall() == [(2,)]


def test_a_setting_that_does_not_change_rebuilds_nothing(
    migrated_dsn: str, db: Connection
) -> None:
    """Nor does one that no row depends on."""
    derived(migrated_dsn, busy(1, talks=1))
    settings.change(db, "support", {"session_timeout": "30m", "theta_review": 0.1})
    assert db.execute("SELECT * FROM turnspan.recomputations").fetchall() == []


def test_rows_say_which_definition_made_them(migrated_dsn: str, db: Connection) -> None:
    """turnspan.versions counts them by version and parameters."""
    chat = Chat()
    for day in range(4):
        chat.talk(f"c{day}").turn(86400 * day, f"t{day}", 1)
        chat.talk(f"c{day}", bot="sales").turn(86400 * day, f"t{day}", 1)
    derived(migrated_dsn, chat)
    recompute(migrated_dsn, BASE + timedelta(days=2), bots=["support"],
              values={"session_timeout": "1h"})  # fmt: skip
    rows = db.execute(
        "SELECT bot, parameters -> 'session_timeout', definition_version, count "
        "FROM turnspan.versions WHERE rows = 'sessions' ORDER BY 1, 2"
    ).fetchall()
    assert rows == [
        ("sales", 1800.0, 1, 4),
        ("support", 1800.0, 1, 2),
        ("support", 3600.0, 1, 2),
    ]


def test_a_new_definition_is_written_by_deriving_again(
    migrated_dsn: str, db: Connection
) -> None:
    """SQL and the catalogue name the same version; old rows keep theirs until then."""
    version = "SELECT _turnspan.definition_version()"
    assert db.execute(version).fetchall() == [(DEFINITION_VERSION,)]
    chat = Chat()
    for day in range(2):
        chat.talk(f"c{day}").turn(86400 * day, f"t{day}", 1)
    derived(migrated_dsn, chat)
    db.execute(
        "CREATE OR REPLACE FUNCTION _turnspan.definition_version() RETURNS smallint "
        "LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN 7::smallint"
    )
    recompute(migrated_dsn, BASE + timedelta(hours=12))
    rows = db.execute(
        "SELECT rows, definition_version, count FROM turnspan.versions ORDER BY 1, 2"
    ).fetchall()
    assert rows == [
        ("sessions", 1, 1), ("sessions", 7, 1), ("turns", 1, 1), ("turns", 7, 1),
    ]  # fmt: skip
