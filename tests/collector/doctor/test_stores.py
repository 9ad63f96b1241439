"""What is wrong with a store is found and said, and a healthy one is not accused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from click.testing import CliRunner
from tests.support.chat import Chat, derived

from turnspan_collector.commands.doctor import command
from turnspan_collector.doctor import Finding, Severity, check_store
from turnspan_collector.errors import ExitCode
from turnspan_exporters.timescale import TimescaleExporter

Connection = psycopg.Connection[Any]


def said(dsn: str, severity: Severity, **options: Any) -> list[str]:
    """The sentences of one severity."""
    found = check_store(dsn, **options)
    return [one.says for one in found if one.severity is severity]


def chat_now(db: Connection) -> Chat:
    """A chat whose base is the database's present second."""
    row = db.execute("SELECT now()").fetchone()
    assert row is not None
    return Chat(base=row[0].replace(microsecond=0))


def test_a_healthy_store_is_fine(migrated_dsn: str, db: Connection) -> None:
    """Fed a minute ago, and derived."""
    chat = chat_now(db)
    chat.talk("c1", user="u1").turn(-60, "t1")
    derived(migrated_dsn, chat)
    findings = list(check_store(migrated_dsn))
    assert [one for one in findings if one.severity > Severity.NOTE] == []
    says = [one.says for one in findings]
    assert "Everything received is derived." in says
    assert "support: 1 records within a day, the last 0 min ago." in says


def test_a_store_that_cannot_be_reached_is_one_sentence() -> None:
    """And no other check is tried."""
    (one,) = check_store("postgresql://nobody@127.0.0.1:1/none")
    assert one.severity is Severity.ALARM
    assert "The database is away" in one.says


def test_a_database_without_the_schema_is_told_what_to_do(dsn: str) -> None:
    """Before anything else is asked of it."""
    (one,) = check_store(dsn)
    assert one == Finding(
        Severity.ALARM,
        "store",
        "The database has no turnspan schema.",
        "Run turnspan migrate, or start a collector on it.",
    )


def test_an_older_and_a_newer_schema_are_told_apart(
    migrated_dsn: str, db: Connection
) -> None:
    """One is to be migrated; for the other the program is too old."""
    db.execute(
        "DELETE FROM _turnspan.migration WHERE position = "
        "(SELECT max(position) FROM _turnspan.migration)"
    )
    (older,) = said(migrated_dsn, Severity.ALARM)
    assert older.startswith("The schema is older than this program (")
    db.execute(
        "INSERT INTO _turnspan.migration (name, sha256, program_version) "
        "VALUES ('once/9999_future.sql', 'x', '99.0')"
    )
    (newer,) = said(migrated_dsn, Severity.ALARM)
    assert newer.startswith("The schema is newer than this program (")


def test_what_waits_without_a_worker_is_an_alarm(
    migrated_dsn: str, db: Connection
) -> None:
    """Since when, and that nobody is at it."""
    db.execute(
        "INSERT INTO _turnspan.touched (bot, conversation_id, from_time, to_time, "
        "touched_at) VALUES ('b', 'c', now(), now(), now() - interval '90 seconds')"
    )
    (one,) = said(migrated_dsn, Severity.ALARM)
    assert one.startswith("1 conversations and 0 users wait to be derived, the first")
    assert one.endswith("and no collector is at work on this database.")
    with psycopg.connect(migrated_dsn, application_name="turnspan worker"):
        (one,) = (
            text
            for text in said(migrated_dsn, Severity.WARNING)
            if "conversations" in text
        )
    assert "the first for 9" in one


def test_what_was_set_aside_and_what_never_came_are_warnings(
    migrated_dsn: str, db: Connection
) -> None:
    """Each in a sentence with its number."""
    db.execute(
        "INSERT INTO _turnspan.dead_letter (received_at, signal, reason, payload) "
        "VALUES ('2026-03-02 09:00Z', 'logs', 'because', '{}')"
    )
    assert said(migrated_dsn, Severity.WARNING) == [
        "1 rows of logs were set aside since 2026-03-02 09:00 UTC, because the "
        "database refused them.",
        "Nothing was received within a day.",
    ]


def test_spans_without_turns_are_seen(migrated_dsn: str, db: Connection) -> None:
    """Another library's spans arrive, and the decorator is missing."""
    chat = chat_now(db)
    chat.talk("c1").span(-60, name="GET /", operation=None)
    derived(migrated_dsn, chat)
    (one,) = said(migrated_dsn, Severity.WARNING)
    assert one.startswith("Records came of support within a day, and no turn:")


def test_clocks_that_differ_are_seen(migrated_dsn: str, db: Connection) -> None:
    """The bot's against the collector's, and the database's against this machine's."""
    chat = chat_now(db)
    chat.talk("c1", user="u1").turn(40, "t1", time_flags=0)
    exporter = TimescaleExporter(migrated_dsn, migrates=False)
    exporter.open()
    exporter.export([chat.batch()])
    exporter.close()
    derived(migrated_dsn)
    behind = datetime.now(UTC) - timedelta(seconds=100)
    skewed, bots = said(migrated_dsn, Severity.WARNING, clock=lambda: behind)
    assert skewed == "The database's clock is 100 s ahead of this machine's."
    assert bots == "support: a clock is 40 s ahead of the collector's."


def test_the_command_exits_by_severity(migrated_dsn: str, db: Connection) -> None:
    """Warnings 10, alarms 11; JSON holds the same findings."""
    arguments = ["--only", "store", "--dsn", migrated_dsn, "--json"]

    def run() -> tuple[int, str]:
        result = CliRunner().invoke(command, arguments, standalone_mode=False)
        return result.return_value, result.output

    code, output = run()
    assert code == ExitCode.DOCTOR_WARNS
    assert '"says": "Nothing was received within a day."' in output
    chat = chat_now(db)
    chat.talk("c1", user="u1").turn(-60, "t1")
    derived(migrated_dsn, chat)
    assert run()[0] == ExitCode.DONE
    db.execute("DELETE FROM _turnspan.migration")
    assert run()[0] == ExitCode.DOCTOR_ALARMS
