"""``turnspan settle``: waits until everything received is derived and refreshed."""

from __future__ import annotations

from pathlib import Path

import click

from turnspan_collector._database_option import database_dsn, database_options
from turnspan_collector.errors import ExitCode, StartError
from turnspan_collector.store import start_error
from turnspan_exporters.errors import ExportError, Retryable
from turnspan_exporters.timescale import settle

__all__ = ["command"]


@click.command("settle")
@database_options
@click.option(
    "--timeout",
    "timeout_seconds",
    type=click.FloatRange(0, 86_400),
    default=60.0,
    show_default=True,
    help="Seconds to wait at most.",
)
def command(
    file: Path | None, data: str | None, dsn: str | None, timeout_seconds: float
) -> None:
    """Wait until everything received is derived and refreshed."""
    try:
        settle(database_dsn(file, data, dsn), timeout_seconds)
    except ExportError as error:
        if isinstance(error, Retryable) and error.__cause__ is None:
            raise StartError(
                f"{error} Give --timeout more, or look at the collector's log.",
                ExitCode.NOT_SETTLED,
            ) from error
        raise start_error(error) from error
    click.echo("settled")
