"""``turnspan migrate``: brings a database's schema to this program's version."""

from __future__ import annotations

from pathlib import Path

import click

from turnspan_collector._database_option import database_dsn, database_options
from turnspan_collector.store import start_error
from turnspan_exporters.errors import ExportError
from turnspan_exporters.timescale import migrate

__all__ = ["command"]


@click.command("migrate")
@database_options
def command(file: Path | None, data: str | None, dsn: str | None) -> None:
    """Bring a database's schema to this program's version."""
    try:
        applied = migrate(database_dsn(file, data, dsn))
    except ExportError as error:
        raise start_error(error) from error
    for name in applied:
        click.echo(name)
    click.echo(f"{len(applied)} files applied" if applied else "nothing to do")
