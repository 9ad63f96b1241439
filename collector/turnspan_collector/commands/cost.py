"""``turnspan cost``: declares what things cost, from which date on, and lists it."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import click

from turnspan_collector._database_option import database_dsn, database_options
from turnspan_collector.errors import ExitCode, StartError
from turnspan_collector.store import start_error
from turnspan_exporters.errors import ExportError
from turnspan_exporters.timescale import costs
from turnspan_exporters.timescale._connection import (
    Connection,
    connect,
    sorted_errors,
)
from turnspan_exporters.timescale.settings import SettingError

__all__ = ["command"]

_COLUMNS: Final = ("kind", "name", "bot", "from")
_FILE_BYTES_MAX: Final = 16 * 1024 * 1024


@click.group("cost")
def command() -> None:
    """Declare what things cost, and list it."""


def _of_a_bot(function: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--bot", default="", help="The bot; without it, every bot.")(
        function
    )


def _dated(function: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--from",
        "since",
        default="now",
        show_default=True,
        help="A date (local midnight), an RFC 3339 time, now, or always.",
    )(function)


@command.command("set")
@_of_a_bot
@_dated
@database_options
@click.argument("kind", type=click.Choice([*costs.COSTS]))
@click.argument("words", nargs=-1, required=True, metavar="[NAME] FIELD=VALUE...")
def set_(
    file: Path | None,
    data: str | None,
    dsn: str | None,
    bot: str,
    since: str,
    kind: str,
    words: tuple[str, ...],
) -> None:
    """Declare a cost from a date on. An entry replaces the one before it whole.

    turnspan cost set price gpt-4o input=2.5 output=10 --from 2026-03-01
    """
    name = words[0] if "=" not in words[0] else ""
    fields = _fields(words[1:] if name else words)
    with _database(file, data, dsn) as connection:
        costs.declare(
            connection, [costs.entry(kind, name, fields, bot=bot, since=since)]
        )
    click.echo("declared")


@command.command("unset")
@_of_a_bot
@_dated
@database_options
@click.argument("kind", type=click.Choice([*costs.COSTS]))
@click.argument("name", default="")
def unset(
    file: Path | None,
    data: str | None,
    dsn: str | None,
    bot: str,
    since: str,
    kind: str,
    name: str,
) -> None:
    """Withdraw a cost from a date on; what was before stays."""
    with _database(file, data, dsn) as connection:
        costs.declare(connection, [costs.entry(kind, name, {}, bot=bot, since=since)])
    click.echo("withdrawn")


@command.command("import")
@database_options
@click.argument("table", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_(file: Path | None, data: str | None, dsn: str | None, table: Path) -> None:
    """Declare the costs of a CSV file, all of them or none.

    Its columns are kind, name, bot, from and the fields, such as input and output.
    """
    with _database(file, data, dsn) as connection:
        entries = [*_entries(table)]
        costs.declare(connection, entries)
    click.echo(f"{len(entries)} declared")


@command.command("list")
@click.option("--bot", default=None, help="Only this bot's, and every bot's.")
@click.option("--history", is_flag=True, help="Also what held before or will hold.")
@click.option("--model", default=None, help="The default prices of this model.")
@database_options
def list_(
    file: Path | None,
    data: str | None,
    dsn: str | None,
    bot: str | None,
    history: bool,
    model: str | None,
) -> None:
    """List the costs that hold now."""
    with _database(file, data, dsn) as connection:
        found = (
            costs.declared(connection, bot)
            if model is None
            else costs.default_prices(connection, model)
        )
    for one in found:
        if one.holds or history:
            click.echo(_line(one))


@command.command("sensitivity")
@click.option("--bot", default=None, help="Only this bot.")
@click.option(
    "--change",
    type=click.FloatRange(0, 100),
    default=10.0,
    show_default=True,
    help="Percent.",
)
@click.option("--from", "start", type=click.DateTime(["%Y-%m-%d"]), required=True)
@click.option("--to", "end", type=click.DateTime(["%Y-%m-%d"]), required=True)
@database_options
@click.argument(
    "metric",
    type=click.Choice(costs.SWINGING),
)
def sensitivity(
    file: Path | None,
    data: str | None,
    dsn: str | None,
    bot: str | None,
    change: float,
    start: datetime,
    end: datetime,
    metric: str,
) -> None:
    """Show how a number moves when each cost is some percent lower or higher."""
    with _database(file, data, dsn) as connection:
        swings = costs.sensitivity(
            connection,
            metric,
            costs.midnight(connection, start.date(), bot or ""),
            costs.midnight(connection, end.date(), bot or ""),
            change,
            {"bot": bot} if bot else None,
        )
    click.echo(f"parameter -{change:g}% declared +{change:g}%")
    for one in swings:
        numbers = " ".join(_shown(value) for value in (one.low, one.value, one.high))
        click.echo(f"{one.parameter} {numbers}")


@contextmanager
def _database(
    file: Path | None, data: str | None, dsn: str | None
) -> Iterator[Connection]:
    try:
        with (
            connect(database_dsn(file, data, dsn), name="turnspan cost") as connection,
            sorted_errors("declaring costs"),
        ):
            yield connection
    except SettingError as error:
        raise StartError(str(error), ExitCode.USAGE) from error
    except ExportError as error:
        raise start_error(error) from error


def _fields(words: tuple[str, ...]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for one in words:
        name, equals, value = one.partition("=")
        if not equals or not name:
            raise StartError(
                f"{one!r} is no FIELD=VALUE: write for example input=2.5.",
                ExitCode.USAGE,
            )
        fields[name] = value
    return fields


def _entries(table: Path) -> Iterator[costs.Entry]:
    size = table.stat().st_size
    if size > _FILE_BYTES_MAX:
        raise SettingError(
            f"{table.name} has {size} bytes, the limit is {_FILE_BYTES_MAX}."
        )
    with table.open(encoding="utf-8-sig", newline="") as lines:
        for number, row in enumerate(csv.DictReader(lines), 2):
            fields = {
                name: value
                for name, value in row.items()
                if name not in _COLUMNS and value
            }
            try:
                yield costs.entry(
                    row.get("kind") or "",
                    row.get("name") or "",
                    fields,
                    bot=row.get("bot") or "",
                    since=row.get("from") or "now",
                )
            except SettingError as error:
                raise SettingError(f"{table.name}, line {number}: {error}") from error


def _line(one: costs.Declared) -> str:
    since = "always" if one.valid_from == costs.ALWAYS else f"{one.valid_from:%Y-%m-%d}"
    what = " ".join(part for part in (one.kind, one.name) if part)
    values = one.values or {"withdrawn": True}
    known = [*costs.COSTS[one.kind].fields, "currency"]
    named = sorted(values, key=lambda name: known.index(name) if name in known else 99)
    fields = " ".join(f"{name}={values[name]}" for name in named)
    return f"{one.bot or '*'} {what} from {since}: {fields}"


def _shown(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.6g}"
