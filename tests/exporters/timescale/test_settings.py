"""Settings: read from what people write, within limits, kept with history."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from turnspan_exporters.timescale import settings

Connection = psycopg.Connection[Any]


@pytest.mark.parametrize(
    ("name", "written", "read"),
    [
        ("session_timeout", "30m", 1800.0),
        ("session_timeout", "1h30m", 5400.0),
        ("session_timeout", 600, 600.0),
        ("timezone", "Europe/Berlin", "Europe/Berlin"),
        ("theta_alert", "0.5", 0.5),
        ("opening_hours", "always", None),
        (
            "opening_hours",
            "fri-mon 09:00-12:00, Mon 13:00-24:00",
            {
                "mon": [["09:00", "12:00"], ["13:00", "24:00"]],
                "fri": [["09:00", "12:00"]],
                "sat": [["09:00", "12:00"]],
                "sun": [["09:00", "12:00"]],
            },
        ),
        ("opening_hours", {"tue": [["08:00", "09:00"]]}, {"tue": [["08:00", "09:00"]]}),
    ],
)
def test_a_value_is_read(name: str, written: Any, read: Any) -> None:
    """Durations, zones, shares and hours are taken as people write them."""
    assert settings.parse(name, written) == read


@pytest.mark.parametrize(
    ("name", "written", "sentence"),
    [
        ("session_timeout", "5s", "session_timeout=5s is outside 1m to 1d"),
        ("session_timeout", "soon", "is no duration"),
        ("session_timeout", "1h30", "is no duration"),
        ("timezone", "Berlin", "Berlin is no IANA time zone"),
        ("theta_alert", "2", "theta_alert=2 is outside 0 to 1"),
        ("theta_alert", "nan", "theta_alert=nan is outside 0 to 1"),
        ("theta_alert", "high", "is no number"),
        ("opening_hours", "mon 12:00-09:00", "closing after it opens"),
        ("colour", "red", "colour is no setting: take one of timezone"),
    ],
)
def test_a_wrong_value_is_a_sentence(name: str, written: str, sentence: str) -> None:
    """It names the setting, the value and what would do."""
    with pytest.raises(settings.SettingError, match=sentence):
        settings.parse(name, written)


def test_some_settings_hold_for_the_installation() -> None:
    """No bot can have a retention of its own."""
    with pytest.raises(settings.SettingError, match="whole installation"):
        settings.parse("raw_retention", "30d", bot="support")


def test_a_bots_value_goes_before_the_installations(
    migrated_dsn: str, db: Connection
) -> None:
    """The bot's own, else the installation's, else the default; with history."""
    db.execute("INSERT INTO _turnspan.bot (name) VALUES ('a'), ('b')")
    settings.change(db, "", {"session_timeout": "20m", "theta_alert": 0.5})
    settings.change(db, "a", {"session_timeout": "10m"})
    settings.change(db, "a", {"session_timeout": "15m"})
    assert settings.current(db, "a")["session_timeout"] == 900.0
    rows = db.execute(
        "SELECT bot, session_timeout::text, theta_alert, theta_review, timezone "
        "FROM _turnspan.bot_setting ORDER BY bot"
    ).fetchall()
    assert rows == [
        ("a", "00:15:00", 0.5, 0.7, "UTC"),
        ("b", "00:20:00", 0.5, 0.7, "UTC"),
    ]
    changes = [(one.name, one.value) for one in settings.history(db, "a")]
    assert changes == [("session_timeout", 600.0), ("session_timeout", 900.0)]


def test_one_wrong_value_changes_nothing(db: Connection) -> None:
    """All values of a call are set, or none."""
    with pytest.raises(settings.SettingError):
        settings.change(db, "", {"timezone": "Asia/Tokyo", "theta_alert": 7})
    assert settings.history(db) == []


@pytest.mark.usefixtures("timescale")
def test_policies_follow_the_settings(db: Connection) -> None:
    """A changed retention is the policy's at once."""
    settings.change(db, "", {"raw_retention": "100d", "columnstore_raw_after": "9d"})
    rows = db.execute(
        "SELECT proc_name, coalesce(config ->> 'drop_after', "
        "config ->> 'compress_after')::interval = make_interval(days => 0, hours => "
        "CASE proc_name WHEN 'policy_retention' THEN 2400 ELSE 216 END) "
        "FROM timescaledb_information.jobs WHERE hypertable_schema = '_turnspan' "
        "AND hypertable_name = 'span' ORDER BY proc_name"
    ).fetchall()
    assert rows == [("policy_compression", True), ("policy_retention", True)]
