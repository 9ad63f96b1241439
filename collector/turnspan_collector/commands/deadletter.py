"""``turnspan deadletter``: lists, shows, replays and drops rows that were set aside."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import click

from turnspan_collector._database_option import database_dsn, database_options
from turnspan_collector.errors import ExitCode, StartError
from turnspan_collector.store import start_error
from turnspan_exporters.errors import ExportError
from turnspan_exporters.timescale import letters
from turnspan_exporters.timescale._connection import (
    Connection,
    connect,
    sorted_errors,
)
from turnspan_exporters.timescale.letters import SIGNALS, Letter, Outcome

__all__ = ["command"]

_LIST_MAX: Final = 10_000
_SETTLED: Final = ("stored", "queued")


@click.group("deadletter")
def command() -> None:
    """List, show, replay and drop rows that the database refused."""


_signal = click.option(
    "--signal", type=click.Choice(SIGNALS), help="Only letters of this signal."
)
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, one a line.")
_all = click.option("--all", "every", is_flag=True, help="Every letter there is.")


@command.command("list")
@database_options
@_signal
@click.option(
    "--limit",
    type=click.IntRange(1, _LIST_MAX),
    default=100,
    show_default=True,
    help="Letters to list, the oldest first.",
)
@click.option("--after", type=int, default=0, help="Go on after the letter of this id.")
@_json
def list_(
    file: Path | None,
    data: str | None,
    dsn: str | None,
    signal: str | None,
    limit: int,
    after: int,
    as_json: bool,
) -> None:
    """List letters: id, time, signal, bot and why the row was refused."""
    with _database(database_dsn(file, data, dsn)) as connection:
        found = letters.letters(connection, signal=signal, after=after, rows=limit)
        total = letters.total(connection, signal)
    for one in found:
        click.echo(json.dumps(_plain(one)) if as_json else _line(one))
    if not as_json:
        click.echo(f"{len(found)} of {total} dead letters", err=True)


@command.command("show")
@database_options
@click.argument("ids", type=int, nargs=-1, required=True)
def show(
    file: Path | None, data: str | None, dsn: str | None, ids: tuple[int, ...]
) -> None:
    """Print letters with the columns that were kept, as JSON.

    They may hold keys of users, and attributes as they were sent.
    """
    with _database(database_dsn(file, data, dsn)) as connection:
        for id in ids:
            found = letters.letter(connection, id)
            if found is None:
                raise StartError(_unknown(id), ExitCode.USAGE)
            click.echo(json.dumps(_plain(found), indent=2, ensure_ascii=False))


@command.command("replay")
@database_options
@_signal
@_all
@_json
@click.argument("ids", type=int, nargs=-1)
def replay(
    file: Path | None,
    data: str | None,
    dsn: str | None,
    signal: str | None,
    every: bool,
    as_json: bool,
    ids: tuple[int, ...],
) -> None:
    """Store rows that were refused, or queue again what could not be derived.

    A row that is refused again stays, with the reason of this time; then the command
    ends with 13.
    """
    database = database_dsn(file, data, dsn)
    counts: Counter[str] = Counter()
    try:
        for outcome in letters.replay(database, _asked(database, ids, every, signal)):
            counts[outcome.result] += 1
            _tell(outcome, as_json)
    except ExportError as error:
        raise start_error(error) from error
    if not as_json:
        said = ", ".join(f"{count} {what}" for what, count in sorted(counts.items()))
        click.echo(said or "there are no dead letters", err=True)
    if counts["refused"]:
        raise StartError(
            f"{counts['refused']} rows are refused again: mend what their reasons "
            "name, or drop them with `turnspan deadletter drop`.",
            ExitCode.LETTERS_LEFT,
        )


@command.command("drop")
@database_options
@_signal
@_all
@click.argument("ids", type=int, nargs=-1)
def drop(
    file: Path | None,
    data: str | None,
    dsn: str | None,
    signal: str | None,
    every: bool,
    ids: tuple[int, ...],
) -> None:
    """Throw letters away for good."""
    database = database_dsn(file, data, dsn)
    wanted = _asked(database, ids, every, signal)
    with _database(database) as connection:
        count = letters.drop(connection, wanted)
    click.echo(f"dropped {count} dead letters")


def _asked(
    dsn: str, ids: tuple[int, ...], every: bool, signal: str | None
) -> list[int]:
    """The ids that are meant: those given, or all of now."""
    if bool(ids) == (every or signal is not None):
        raise StartError(
            "say which dead letters: give ids, or --all, or --signal.", ExitCode.USAGE
        )
    with _database(dsn) as connection:
        if not ids:
            return letters.ids(connection, signal)
        for id in ids:
            if letters.letter(connection, id) is None:
                raise StartError(_unknown(id), ExitCode.USAGE)
    return [*ids]


@contextmanager
def _database(dsn: str) -> Iterator[Connection]:
    try:
        with connect(dsn) as connection, sorted_errors("reading dead letters"):
            yield connection
    except ExportError as error:
        raise start_error(error) from error


def _unknown(id: int) -> str:
    return f"there is no dead letter {id}: `turnspan deadletter list` has them all."


def _tell(outcome: Outcome, as_json: bool) -> None:
    if as_json:
        said = {"id": outcome.id, "result": outcome.result, "reason": outcome.reason}
        click.echo(json.dumps(said))
    elif outcome.result not in _SETTLED:
        reason = f": {outcome.reason}" if outcome.reason else ""
        click.echo(f"{outcome.id} {outcome.result}{reason}")


def _line(one: Letter) -> str:
    at = f"{one.received_at:%Y-%m-%dT%H:%M:%SZ}"
    return f"{one.id:>8}  {at}  {one.signal:<10}  {one.bot or '-'}  {one.reason}"


def _plain(one: Letter) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": one.id,
        "received_at": f"{one.received_at:%Y-%m-%dT%H:%M:%SZ}",
        "signal": one.signal,
        "bot": one.bot,
        "reason": one.reason,
    }
    return found if one.payload is None else {**found, "payload": dict(one.payload)}
