"""``turnspan recompute``: derives a range of history again, under new parameters."""

from __future__ import annotations

import json
import re
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

import click

from turnspan_collector._database_option import database_dsn, database_options
from turnspan_collector._progress import ProgressLine
from turnspan_collector.errors import ExitCode, StartError
from turnspan_collector.store import start_error
from turnspan_exporters.errors import ExportError
from turnspan_exporters.timescale import settings
from turnspan_exporters.timescale._connection import Connection, connect, one_row
from turnspan_exporters.timescale._queries import query
from turnspan_exporters.timescale._recompute import (
    PARAMETERS,
    Job,
    Progress,
    RecomputeError,
    ask,
    run,
)

__all__ = ["command"]

_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_INTERRUPTED: Final = 130


def _parameter_options(function: Any) -> Any:
    for name in reversed(PARAMETERS):
        about = settings.SETTINGS[name].sentence
        flag = f"--{name.replace('_', '-')}"
        function = click.option(flag, name, help=f"Set it first: {about}.")(function)
    return function


@click.command("recompute")
@database_options
@click.option(
    "--from", "start", required=True, help="A date or a time; it begins here."
)
@click.option("--to", "end", help="A date or a time that it ends before; else now.")
@click.option("--bot", "bots", multiple=True, help="Only this bot; may be repeated.")
@_parameter_options
def command(
    file: Path | None,
    data: str | None,
    dsn: str | None,
    start: str,
    end: str | None,
    bots: tuple[str, ...],
    **given: str | None,
) -> None:
    """Derive turns, sessions and handoffs of a range again from its raw rows.

    The numbers as they were are kept first. Dates are midnights of the bots' time
    zone. Interrupted, the same command goes on where it was.
    """
    values = {name: value for name, value in given.items() if value is not None}
    try:
        where = database_dsn(file, data, dsn)
        with connect(where, name="turnspan recompute") as connection:
            zone = _zone(connection, bots, values.get("timezone"))
            begin = _moment("from", start, zone)
            until = _moment("to", end, zone) if end else None
            id = ask(connection, begin, until, bots=bots, values=values)
        _report(*_followed(where, id))
    except (RecomputeError, settings.SettingError) as error:
        raise StartError(str(error), ExitCode.USAGE) from error
    except ExportError as error:
        raise start_error(error) from error


def _followed(dsn: str, id: int) -> tuple[Job, float]:
    line = ProgressLine()
    began = time.monotonic()
    try:
        with _interruptible() as interrupted:
            done = run(dsn, id, lambda now: _show(line, now), interrupted.is_set)
    finally:
        line.end()
    return done, time.monotonic() - began


@contextmanager
def _interruptible() -> Iterator[threading.Event]:
    """SIGINT and SIGTERM let the chunk at hand finish."""
    interrupted = threading.Event()
    before = {
        one: signal.signal(one, lambda *_: interrupted.set())
        for one in (signal.SIGINT, signal.SIGTERM)
        if threading.current_thread() is threading.main_thread()
    }
    try:
        yield interrupted
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _show(line: ProgressLine, now: Progress) -> None:
    match now.step:
        case "waiting":
            line.show("waiting for another recomputation")
        case "keeping":
            step = f"keeping the numbers of {now.bot}" if now.bot else "keeping numbers"
            line.show(step, now.done, now.total, "metrics")
        case "counting":
            line.show("counting raw rows")
        case "deriving":
            line.show("deriving", now.done, now.total, "raw rows")
        case "refreshing":
            line.show("refreshing the aggregates")


def _report(done: Job, seconds: float) -> None:
    if done.state == "failed":
        raise StartError(f"It was given up: {done.error}", ExitCode.UNEXPECTED)
    if done.state != "done":
        click.echo(
            f"interrupted after {done.records_done:,} raw rows: run the same command "
            "again to go on",
            err=True,
        )
        raise click.exceptions.Exit(_INTERRUPTED)
    if done.unpublished:
        click.echo(f"no daily values: {', '.join(sorted(done.unpublished))}", err=True)
    click.echo(
        f"derived {done.records_done:,} raw rows of {done.start:%Y-%m-%dT%H:%MZ} to "
        f"{done.end:%Y-%m-%dT%H:%MZ} again in {seconds:.1f} s"
    )


def _zone(connection: Connection, bots: tuple[str, ...], given: str | None) -> ZoneInfo:
    if given in available_timezones():
        return ZoneInfo(given)
    asked = {"bots": json.dumps(bots) if bots else None}
    (name,) = one_row(connection, query("recompute_zone"), asked)
    return ZoneInfo(name)


def _moment(field: str, text: str, zone: ZoneInfo) -> datetime:
    try:
        if _DATE.fullmatch(text):
            day = date.fromisoformat(text)
            moment = datetime(day.year, day.month, day.day)
        else:
            moment = datetime.fromisoformat(text)
        local = moment if moment.tzinfo else moment.replace(tzinfo=zone)
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        raise RecomputeError(
            f'{field}: "{text[:64]}" is neither a date (2026-03-31) nor a time of RFC '
            "3339 (2026-03-31T12:00:00Z)."
        ) from None
