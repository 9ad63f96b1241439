"""Which database a command means: --dsn, or the running collector's in --data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from turnspan_collector import config
from turnspan_collector.errors import ExitCode, StartError

__all__ = ["database_dsn", "database_options"]


def database_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add --config, --data and --dsn to a command."""
    for flag, text in (
        ("--dsn", "The database. [TURNSPAN_DSN]"),
        ("--data", "Directory of a running collector. [TURNSPAN_DATA]"),
    ):
        function = click.option(flag, help=text)(function)
    return click.option(
        "--config",
        "file",
        type=click.Path(path_type=Path),
        envvar="TURNSPAN_CONFIG",
        help="TOML file of settings. [TURNSPAN_CONFIG]",
    )(function)


def database_dsn(file: Path | None, data: str | None, dsn: str | None) -> str:
    """The DSN that the options mean; ``StartError`` where there is no database."""
    from turnspan_collector.embedded import running_dsn

    try:
        store = config.load({"data": data, "dsn": dsn}, file=file).store
    except config.SettingError as error:
        raise StartError(str(error), ExitCode.USAGE) from error
    if store.dsn and not (data and not dsn):
        return store.dsn
    return running_dsn(Path(store.data))
