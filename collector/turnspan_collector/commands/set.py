"""``turnspan set``: shows or changes the settings of a bot, such as its time zone."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import click

from turnspan_collector._database_option import database_dsn, database_options
from turnspan_collector.errors import ExitCode, StartError
from turnspan_collector.store import start_error
from turnspan_exporters.errors import ExportError
from turnspan_exporters.timescale import settings as bot_settings
from turnspan_exporters.timescale._connection import connect
from turnspan_exporters.timescale._queries import query

__all__ = ["command"]

_QUEUED: Final = (
    "history is being derived again: the collector keeps the numbers as they are, and "
    "then goes by the new values; `turnspan settle` waits for it"
)


@click.command("set")
@click.option("--bot", default="", help="The bot; without it, the defaults of all.")
@database_options
@click.argument("assignments", nargs=-1, metavar="[KEY=VALUE]...")
def command(
    file: Path | None,
    data: str | None,
    dsn: str | None,
    bot: str,
    assignments: tuple[str, ...],
) -> None:
    """Show or change the settings of a bot, such as its time zone.

    turnspan set --bot shop timezone=Europe/Berlin session_timeout=30m
    """
    values = _parsed(assignments)
    try:
        with connect(database_dsn(file, data, dsn), name="turnspan set") as connection:
            if values:
                bot_settings.change(connection, bot, values)
            for name, value in bot_settings.current(connection, bot).items():
                click.echo(f"{name}={value}")
            if connection.execute(query("recompute_waiting")).fetchone():
                click.echo(_QUEUED, err=True)
    except bot_settings.SettingError as error:
        raise StartError(str(error), ExitCode.USAGE) from error
    except ExportError as error:
        raise start_error(error) from error


def _parsed(assignments: tuple[str, ...]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for one in assignments:
        name, equals, value = one.partition("=")
        if not equals or not name:
            raise StartError(
                f"{one!r} is no KEY=VALUE: write for example timezone=Europe/Berlin.",
                ExitCode.USAGE,
            )
        values[name] = value
    return values
