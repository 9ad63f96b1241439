"""``turnspan collector``: receives OTLP and stores it.

Without --dsn the collector keeps a PostgreSQL of its own in --data. It prints one
line when it accepts data: ready grpc=… http=… health=… metrics=… api=…
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from turnspan_collector import config, destinations, logs
from turnspan_collector.errors import ExitCode, StartError

__all__ = ["command"]


def _with_settings(function: Any) -> Any:
    for one in reversed(list(config.all_settings())):
        function = click.option(
            one.flag,
            one.name,
            metavar="N" if one.is_number else "TEXT",
            help=f"{one.about} [{one.variable}]",
        )(function)
    return function


@click.command("collector")
@click.option(
    "--config",
    "file",
    type=click.Path(path_type=Path),
    envvar="TURNSPAN_CONFIG",
    help="TOML file of settings. [TURNSPAN_CONFIG]",
)
@_with_settings
@click.option(
    destinations.FLAG,
    destinations.SECTION,
    multiple=True,
    metavar="NAME.KEY=VALUE",
    help="A setting of a destination to send on to, as docs/settings.md lists them; "
    f"may be given several times. [{destinations.VARIABLE}NAME_KEY]",
)
def command(file: Path | None, **flags: Any) -> None:
    """Receive OTLP and store it."""
    try:
        settings = config.load(flags, file=file)
    except config.SettingError as error:
        raise StartError(str(error), ExitCode.USAGE) from error
    logs.configure(settings.log)
    from turnspan_collector.process import Collector

    Collector(settings).run()
