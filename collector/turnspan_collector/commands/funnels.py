"""``turnspan funnels``: checks, declares and lists funnels and goals."""

from __future__ import annotations

from pathlib import Path

import click

from turnspan_collector import funnel_file
from turnspan_collector._database_option import database_dsn, database_options
from turnspan_collector.errors import ExitCode, StartError
from turnspan_collector.funnel_file import FunnelFileError
from turnspan_collector.store import start_error
from turnspan_exporters.errors import ExportError
from turnspan_exporters.timescale import declarations
from turnspan_exporters.timescale._connection import connect
from turnspan_exporters.timescale.declarations import Declaration

__all__ = ["command"]

_FILE = click.argument("path", metavar="FILE", type=click.Path(path_type=Path))


@click.group("funnels")
def command() -> None:
    """Declare funnels and goals in a YAML file; see docs/funnels.md."""


@command.command("check")
@_FILE
def check(path: Path) -> None:
    """Say whether FILE is right, without a database."""
    click.echo(f"{_counted(_read(path))} in {path.name}")


@command.command("apply")
@database_options
@_FILE
def apply(path: Path, file: Path | None, data: str | None, dsn: str | None) -> None:
    """Declare what FILE says, and withdraw what it said before and says no longer.

    Holds at once, for all of the past, without a restart.
    """
    wanted = _read(path)
    try:
        with connect(database_dsn(file, data, dsn), name="turnspan funnels") as found:
            changes = declarations.apply(found, wanted, path.name)
    except ExportError as error:
        raise start_error(error) from error
    for one in changes:
        click.echo(" ".join([one.kind, _called(one.name, one.bot), one.change]))
    if not changes:
        click.echo("nothing to do")


@command.command("list")
@database_options
def list_(file: Path | None, data: str | None, dsn: str | None) -> None:
    """List the funnels and goals that hold now, and the files that declare them."""
    try:
        with connect(database_dsn(file, data, dsn), name="turnspan funnels") as found:
            rows = declarations.declared(found)
    except ExportError as error:
        raise start_error(error) from error
    for one in rows:
        click.echo(f"{one.kind} {_called(one.name, one.bot)} ({one.source})")


def _read(path: Path) -> list[Declaration]:
    try:
        return funnel_file.read_file(path)
    except FunnelFileError as error:
        raise StartError(str(error), ExitCode.USAGE) from error


def _called(name: str, bot: str) -> str:
    return f"{name} of {bot}" if bot else name


def _counted(found: list[Declaration]) -> str:
    funnels = sum(one.kind == "funnel" for one in found)
    goals = len(found) - funnels
    return f"{funnels} funnel{'s' * (funnels != 1)}, {goals} goal{'s' * (goals != 1)}"
