"""The store: reachable, of this version, kept up, and fed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any, Final

import psycopg

from turnspan_collector.doctor.findings import Finding, Severity
from turnspan_exporters.errors import ExportError, Permanent
from turnspan_exporters.timescale import connect, status

__all__ = ["check_store"]

PART: Final = "store"
SKEW_SECONDS: Final = 5.0
LAG_SECONDS: Final = 60.0
LAG_SECONDS_MAX: Final = 300.0
QUIET_SECONDS: Final = 3600.0
_SCOPE: Final = "turnspan"
_NAMED: Final = 5
_SETUP: Final = (
    "In the bot: turnspan.setup(endpoint=…) and the decorator; run turnspan doctor "
    "where the bot runs."
)

Connection = psycopg.Connection[Any]


def check_store(
    dsn: str, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Iterator[Finding]:
    """Every check that the store allows; one that cannot be made says why."""
    try:
        connection = connect(dsn, name="turnspan doctor")
    except ExportError as error:
        yield Finding(Severity.ALARM, PART, str(error))
        return
    with connection:
        try:
            yield from _all(connection, clock)
        except ExportError as error:
            yield Finding(Severity.ALARM, PART, str(error))


def _all(connection: Connection, clock: Callable[[], datetime]) -> Iterator[Finding]:
    row = connection.execute("SELECT to_regclass('_turnspan.installation')").fetchone()
    if row == (None,):
        yield Finding(
            Severity.ALARM,
            PART,
            "The database has no turnspan schema.",
            "Run turnspan migrate, or start a collector on it.",
        )
        return
    yield from _installation(connection, clock)
    broken = list(_schema(connection))
    yield from broken
    if not broken:
        yield from _work(connection)
        yield from _dead_letters(connection)
        yield from _aggregates(connection)
        yield from _received(connection)


def _installation(
    connection: Connection, clock: Callable[[], datetime]
) -> Iterator[Finding]:
    found = status.installation(connection)
    with_extension = (
        f", TimescaleDB {found.timescale_version}" if found.timescale_version else ""
    )
    yield Finding(
        Severity.FINE,
        PART,
        f"PostgreSQL {found.server_version}{with_extension}, in mode {found.mode}.",
    )
    if found.mode == "plain" and found.timescale_available:
        yield Finding(
            Severity.NOTE,
            PART,
            "The server has TimescaleDB, and these tables were made without.",
            "To change over, migrate a new database and send the data there.",
        )
    skew = (found.now - clock()).total_seconds()
    if abs(skew) > SKEW_SECONDS:
        yield Finding(
            Severity.WARNING,
            PART,
            f"The database's clock is {abs(skew):.0f} s "
            f"{'ahead of' if skew > 0 else 'behind'} this machine's.",
            "Synchronise both (NTP): times of receipt decide what is late.",
        )


def _schema(connection: Connection) -> Iterator[Finding]:
    try:
        missing = status.missing_migrations(connection)
    except Permanent as error:
        yield Finding(Severity.ALARM, PART, str(error))
        return
    if missing:
        yield Finding(
            Severity.ALARM,
            PART,
            f"The schema is older than this program ({version('turnspan')}): it lacks "
            f"{_some(missing)}.",
            "Run turnspan migrate, or restart the collector with this version.",
        )
    forbidden = status.forbidden_tables(connection)
    if forbidden:
        yield Finding(
            Severity.ALARM,
            PART,
            f'Role "{connection.info.user}" may not read and write {_some(forbidden)}.',
            "Connect as the role that ran turnspan migrate, or grant it.",
        )


def _work(connection: Connection) -> Iterator[Finding]:
    found = status.work(connection)
    waiting = found.conversations + found.users
    if not waiting:
        yield Finding(Severity.FINE, PART, "Everything received is derived.")
        return
    says = (
        f"{found.conversations} conversations and {found.users} users wait to be "
        f"derived, the first for {found.oldest_s:.0f} s"
    )
    if not found.workers:
        yield Finding(
            Severity.ALARM,
            PART,
            f"{says}, and no collector is at work on this database.",
            "Start one on it (turnspan collector), or run turnspan settle.",
        )
    elif found.oldest_s > LAG_SECONDS:
        late = found.oldest_s > LAG_SECONDS_MAX
        yield Finding(
            Severity.ALARM if late else Severity.WARNING,
            PART,
            f"{says}.",
            "Give the collector more --derive-workers, or the database more of the "
            "machine.",
        )
    else:
        yield Finding(Severity.FINE, PART, f"{says}.")


def _dead_letters(connection: Connection) -> Iterator[Finding]:
    for one in status.dead_letters(connection):
        yield Finding(
            Severity.WARNING,
            PART,
            f"{one.count} rows of {one.signal} were set aside since "
            f"{one.oldest:%Y-%m-%d %H:%M} UTC, because the database refused them.",
            "`turnspan deadletter list` has the reasons, and replay brings them back.",
        )


def _aggregates(connection: Connection) -> Iterator[Finding]:
    states = status.aggregates(connection)
    failed = [one.name for one in states if one.failed]
    stale = [
        one.name
        for one in states
        if not one.failed
        and one.refreshed_s is not None
        and one.refreshed_s > 3 * one.every_s
    ]
    for names, what in ((failed, "failed to refresh"), (stale, "are not refreshed")):
        if names:
            yield Finding(
                Severity.WARNING,
                PART,
                f"{len(names)} aggregates {what}: {_some(names)}.",
                "See timescaledb_information.job_errors, and whether "
                "timescaledb.max_background_workers is enough.",
            )


def _received(connection: Connection) -> Iterator[Finding]:
    bots = status.received(connection)
    if not bots:
        yield Finding(
            Severity.WARNING, PART, "Nothing was received within a day.", _SETUP
        )
        return
    if not status.has_turns(connection):
        yield Finding(
            Severity.WARNING,
            PART,
            f"Records came of {_some([one.bot for one in bots])} within a day, and no "
            "turn: there are no sessions to count.",
            _SETUP,
        )
    now = status.installation(connection).now
    for one in bots:
        yield from _of_bot(one, now)
    yield from _versions(status.instrumentations(connection, _SCOPE))


def _of_bot(one: status.Received, now: datetime) -> Iterator[Finding]:
    quiet = (now - one.newest).total_seconds()
    yield Finding(
        Severity.NOTE if quiet > QUIET_SECONDS else Severity.FINE,
        PART,
        f"{one.bot}: {one.records} records within a day, the last "
        f"{quiet / 60:.0f} min ago.",
    )
    if one.ahead_s > SKEW_SECONDS:
        yield Finding(
            Severity.WARNING,
            PART,
            f"{one.bot}: a clock is {one.ahead_s:.0f} s ahead of the collector's.",
            "Synchronise the bot's machine (NTP): its sessions are cut at wrong gaps.",
        )
    if one.clamped:
        yield Finding(
            Severity.WARNING,
            PART,
            f"{one.bot}: {one.clamped} records had a time that cannot be (0, before "
            "2000 or more than a day ahead) and got the time of receipt.",
            "Mend the clock or the sender; original_times keeps what it said.",
        )


def _versions(sent: list[str]) -> Iterator[Finding]:
    own = version("turnspan")
    others = [one for one in sent if _series(one) != _series(own)]
    if others:
        yield Finding(
            Severity.NOTE,
            PART,
            f"Bots send with turnspan {_some(others)}; this is {own}.",
            "Bring both to one version when you can.",
        )


def _series(text: str) -> list[str]:
    return text.split(".")[:2]


def _some(names: list[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
