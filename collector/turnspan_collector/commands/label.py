"""``turnspan label``: draws turns to label, takes labels, and compares labellers."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from turnspan_collector._database_option import database_dsn, database_options
from turnspan_collector.errors import ExitCode, StartError
from turnspan_collector.store import start_error
from turnspan_exporters.errors import ExportError
from turnspan_exporters.timescale import label_files, labels, settings
from turnspan_exporters.timescale._connection import (
    Connection,
    connect,
    sorted_errors,
)

__all__ = ["command"]

_DAYS = 30
_FILE_BYTES_MAX = 64 * 1024 * 1024


@click.group("label")
def command() -> None:
    """Draw turns to label, take labels, and compare labellers."""


@command.command("sample")
@click.option(
    "--n",
    type=click.IntRange(1, labels.SAMPLE_MAX),
    default=100,
    show_default=True,
    help="Turns to draw.",
)
@click.option(
    "--strategy",
    type=click.Choice(labels.STRATEGIES),
    default="uniform",
    show_default=True,
    help="Which turns are drawn more often than others.",
)
@click.option("--bot", "bots", multiple=True, help="Only this bot; may be repeated.")
@click.option("--from", "start", help="Turns from this date or time; 30 days before.")
@click.option("--to", "end", help="Turns before this date or time; now.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), help="Draw the same again.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write; standard output without it.",
)
@database_options
def sample(
    file: Path | None,
    data: str | None,
    dsn: str | None,
    n: int,
    strategy: labels.Strategy,
    bots: tuple[str, ...],
    start: str | None,
    end: str | None,
    seed: int | None,
    out: Path | None,
) -> None:
    """Draw NLU turns and write them as CSV, with their sampling weights.

    turnspan label sample --n 100 --strategy low-confidence --out turns.csv
    """
    with _connected(file, data, dsn) as connection:
        since, until = _range(connection, start, end, bots)
        drawn = labels.sample(connection, n, strategy, since, until, bots, seed)
    if out is None:
        label_files.write(drawn.turns, sys.stdout)
    else:
        with out.open("w", encoding="utf-8", newline="") as target:
            label_files.write(drawn.turns, target)
    click.echo(
        f"{len(drawn.turns)} of {drawn.population} turns, --seed {drawn.seed}", err=True
    )


@command.command("import")
@click.option("--bot", help="The bot, where a line names none.")
@click.option("--labeller", help="Who labelled, where a line names nobody.")
@click.argument("path", type=click.Path(path_type=Path), metavar="FILE.csv")
@database_options
def import_(
    file: Path | None,
    data: str | None,
    dsn: str | None,
    bot: str | None,
    labeller: str | None,
    path: Path,
) -> None:
    """Take the labels of a CSV file: all of them, or none where one is wrong.

    turnspan label import turns.csv --labeller eva
    """
    read = _read(path, bot, labeller)
    with _connected(file, data, dsn) as connection:
        added = labels.add(connection, read, "cli")
    click.echo(f"{added.stored} labels stored, {added.known} known before")
    if added.waiting:
        click.echo(f"{added.waiting} of the turns are not known, or not yet", err=True)


@command.command("agreement")
@click.option("--bot", "bots", multiple=True, help="Only this bot; may be repeated.")
@click.option("--from", "start", help="Turns from this date or time; all without it.")
@click.option("--to", "end", help="Turns before this date or time.")
@database_options
def agreement(
    file: Path | None,
    data: str | None,
    dsn: str | None,
    bots: tuple[str, ...],
    start: str | None,
    end: str | None,
) -> None:
    """Show Cohen's kappa of each pair of labellers, and the mean of all."""
    with _connected(file, data, dsn) as connection:
        zone = _zone(connection, bots)
        since = _moment("--from", start, zone) if start else None
        until = _moment("--to", end, zone) if end else None
        found = labels.agreement(connection, since, until, bots)
    if not found:
        click.echo("no two labellers have labelled the same turn")
    for one in found:
        pair = "all" if one.labeller is None else f"{one.labeller or '-'} {one.other}"
        kappa = "-" if one.kappa is None else f"{one.kappa:.4f}"
        click.echo(f"{pair}: kappa {kappa}, {one.agreed} of {one.turns} turns alike")


@contextmanager
def _connected(
    file: Path | None, data: str | None, dsn: str | None
) -> Iterator[Connection]:
    """The database; what a label or a date is wrong in is the caller's mistake."""
    try:
        with (
            connect(database_dsn(file, data, dsn), name="turnspan label") as connection,
            sorted_errors("working on labels"),
        ):
            yield connection
    except labels.LabelError as error:
        raise StartError(str(error), ExitCode.USAGE) from error
    except ExportError as error:
        raise start_error(error) from error


def _read(path: Path, bot: str | None, labeller: str | None) -> list[labels.Label]:
    try:
        size = path.stat().st_size
        if size > _FILE_BYTES_MAX:
            raise StartError(
                f"{path} has {size} bytes, the limit is {_FILE_BYTES_MAX}: split it.",
                ExitCode.USAGE,
            )
        with path.open(encoding="utf-8", newline="") as source:
            return label_files.read(source, bot=bot, labeller=labeller)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise StartError(
            f"{path} cannot be read ({reason}): give a CSV file in UTF-8.",
            ExitCode.USAGE,
        ) from error
    except labels.LabelError as error:
        raise StartError(f"{path}: {error}", ExitCode.USAGE) from error


def _zone(connection: Connection, bots: tuple[str, ...]) -> ZoneInfo:
    """The bots' time zone where they share one, else the installation's."""
    zones = {settings.current(connection, bot)["timezone"] for bot in bots}
    if len(zones) != 1:
        zones = {settings.current(connection)["timezone"]}
    return ZoneInfo(zones.pop())


def _range(
    connection: Connection, start: str | None, end: str | None, bots: tuple[str, ...]
) -> tuple[datetime, datetime]:
    zone = _zone(connection, bots)
    until = _moment("--to", end, zone) if end else datetime.now(UTC)
    if start:
        since = _moment("--from", start, zone)
    else:
        day = until.astimezone(zone).date() - timedelta(days=_DAYS)
        since = datetime(day.year, day.month, day.day, tzinfo=zone)
    if since >= until:
        raise labels.LabelError(f"--from: {since} is not before --to, {until}.")
    return since, until


def _moment(option: str, text: str, zone: ZoneInfo) -> datetime:
    """A date at its local midnight, or a time; one without an offset is local."""
    try:
        if len(text) == len("2026-03-31"):
            day = date.fromisoformat(text)
            return datetime(day.year, day.month, day.day, tzinfo=zone)
        at = datetime.fromisoformat(text)
    except ValueError:
        raise labels.LabelError(
            f'{option}: "{text[:64]}" is neither a date (2026-03-31) nor a time of '
            "RFC 3339 (2026-03-31T12:00:00Z)."
        ) from None
    return at if at.tzinfo else at.replace(tzinfo=zone)
