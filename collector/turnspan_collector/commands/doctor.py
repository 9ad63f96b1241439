"""``turnspan doctor``: says in plain words what is wrong, and what to do."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Final

import click

from turnspan_collector._database_option import database_dsn, database_options
from turnspan_collector.config import Listen
from turnspan_collector.doctor import (
    Finding,
    Severity,
    check_bot,
    check_collector,
    check_store,
    worst,
)
from turnspan_collector.errors import ExitCode, StartError

__all__ = ["command"]

_MARKS: Final = {
    Severity.FINE: ("ok", "green"),
    Severity.NOTE: ("note", "cyan"),
    Severity.WARNING: ("warning", "yellow"),
    Severity.ALARM: ("ALARM", "red"),
}
_CODES: Final = {
    Severity.WARNING: ExitCode.DOCTOR_WARNS,
    Severity.ALARM: ExitCode.DOCTOR_ALARMS,
}
_PARTS: Final = ("bot", "collector", "store")


@click.command("doctor")
@database_options
@click.option(
    "--health-url",
    default=f"http://127.0.0.1:{Listen().health_port}/",
    show_default=True,
    envvar="TURNSPAN_HEALTH_URL",
    help="The collector's health check. [TURNSPAN_HEALTH_URL]",
)
@click.option(
    "--only",
    "parts",
    type=click.Choice(_PARTS),
    multiple=True,
    help="Check this part alone; may be given several times.",
)
@click.option("--json", "as_json", is_flag=True, help="Print findings as JSON.")
def command(
    file: Path | None,
    data: str | None,
    dsn: str | None,
    health_url: str,
    parts: tuple[str, ...],
    as_json: bool,
) -> int:
    """Check the bot's environment, the collector and the store.

    Exits with 10 where something should be looked at, with 11 where data is lost or
    wrong or will be soon.
    """
    findings: list[Finding] = []
    for part in parts or _PARTS:
        match part:
            case "bot":
                found: Iterable[Finding] = check_bot(os.environ)
            case "collector":
                found = check_collector(health_url)
            case _:
                found = _store(file, data, dsn)
        for one in found:
            findings.append(one)
            if not as_json:
                _show(one)
    if as_json:
        shown = [{**asdict(one), "severity": one.severity.name.lower()}
                 for one in findings]  # fmt: skip
        click.echo(json.dumps(shown, indent=2))
    return int(_CODES.get(worst(findings), ExitCode.DONE))


def _store(file: Path | None, data: str | None, dsn: str | None) -> Iterator[Finding]:
    try:
        found = database_dsn(file, data, dsn)
    except StartError as error:
        yield Finding(Severity.ALARM, "store", str(error))
        return
    yield from check_store(found)


def _show(one: Finding) -> None:
    word, colour = _MARKS[one.severity]
    click.echo(f"{click.style(f'{word:>7}', fg=colour)}  {one.part}: {one.says}")
    if one.remedy:
        click.echo(f"{'':>7}  → {one.remedy}")
