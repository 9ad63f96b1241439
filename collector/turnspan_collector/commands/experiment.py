"""``turnspan experiment``: declares experiments before they start, and reports them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click

from turnspan_collector._database_option import database_dsn, database_options
from turnspan_collector.errors import ExitCode, StartError
from turnspan_collector.store import start_error
from turnspan_exporters.errors import ExportError
from turnspan_exporters.timescale import experiments
from turnspan_exporters.timescale._connection import (
    Connection,
    connect,
    sorted_errors,
)
from turnspan_exporters.timescale.costs import midnight
from turnspan_exporters.timescale.settings import SettingError

__all__ = ["command"]

_DAY = click.DateTime(["%Y-%m-%d"])


@click.group("experiment")
def command() -> None:
    """Declare experiments before they start, and report them."""


@command.command("declare")
@click.option("--primary", required=True, help="The rate that the verdict is about.")
@click.option("--control", required=True, help="The variant to compare with.")
@click.option("--variants", required=True, help="Weights, such as A=0.5,B=0.5.")
@click.option("--n", type=int, help="Users of all variants at which it ends.")
@click.option("--until", type=_DAY, help="The day on which it has ended.")
@click.option("--start", type=_DAY, help="Users assigned before it do not take part.")
@click.option("--goal", help="The goal, where the primary is goal_completion.")
@click.option(
    "--contamination-max",
    type=float,
    default=0.01,
    show_default=True,
    help="Share of users in two variants, 0 to 1.",
)
@click.option("--bot", default="", help="The bot; without it, all that have the flag.")
@database_options
@click.argument("name")
def declare(
    file: Path | None,
    data: str | None,
    dsn: str | None,
    bot: str,
    contamination_max: float,
    goal: str | None,
    start: datetime | None,
    until: datetime | None,
    n: int | None,
    variants: str,
    control: str,
    primary: str,
    name: str,
) -> None:
    """Declare what an experiment shall show, and when it ends: before it starts.

    turnspan experiment declare greeting --primary resolution_broad --control A
    --variants A=0.5,B=0.5 --n 2000
    """
    with _database(file, data, dsn) as connection:
        plan = experiments.Plan(
            primary=primary,
            control=control,
            variants=_weights(variants),
            n=n,
            until=until and midnight(connection, until.date(), bot),
            start=start and midnight(connection, start.date(), bot),
            contamination_max=contamination_max,
            goal=goal,
        )
        made = experiments.declare(connection, name, plan, bot=bot)
    if made.late:
        click.echo("declared, after its first assignment: it gives no verdict")
    else:
        click.echo("declared")


@command.command("list")
@database_options
def list_(file: Path | None, data: str | None, dsn: str | None) -> None:
    """List the experiments that were declared or seen."""
    with _database(file, data, dsn) as connection:
        for one in experiments.experiments(connection):
            begun = "not begun" if one.begun is None else f"since {one.begun:%Y-%m-%d}"
            declared = "declared" if one.is_declared else "not declared"
            click.echo(f"{one.name}: {begun}, {one.users} users, {declared}")


@command.command("report")
@click.option("--bot", default="", help="The bot; without it, all that have the flag.")
@database_options
@click.argument("name")
def report(
    file: Path | None, data: str | None, dsn: str | None, bot: str, name: str
) -> None:
    """Show every metric of an experiment, its checks, and the verdict they allow."""
    with _database(file, data, dsn) as connection:
        found = experiments.report(connection, name, bot=bot)
    if found is None:
        raise StartError(
            f"There is no experiment {name[:64]!r}: turnspan experiment list shows "
            "those there are.",
            ExitCode.USAGE,
        )
    for line in _lines(found):
        click.echo(line)


@contextmanager
def _database(
    file: Path | None, data: str | None, dsn: str | None
) -> Iterator[Connection]:
    try:
        with (
            connect(database_dsn(file, data, dsn), name="turnspan experiment") as found,
            sorted_errors("asking of experiments"),
        ):
            yield found
    except SettingError as error:
        raise StartError(str(error), ExitCode.USAGE) from error
    except ExportError as error:
        raise start_error(error) from error


def _weights(text: str) -> dict[str, float]:
    weights: dict[str, float] = {}
    for one in text.split(","):
        variant, _, weight = one.strip().partition("=")
        try:
            weights[variant] = float(weight)
        except ValueError:
            raise SettingError(
                f"variants={text[:64]} are no weights: write A=0.5,B=0.5."
            ) from None
    return weights


def _lines(found: experiments.Report) -> Iterator[str]:
    since = "not begun" if found.start is None else f"from {found.start:%Y-%m-%d %H:%M}"
    yield f"{found.name}: {since} to {found.end:%Y-%m-%d %H:%M}"
    yield found.verdict.sentence
    for check in found.checks:
        yield f"  {'ok' if check.passed else 'FAILED'} {check.name}: {check.sentence}"
    for result in found.results:
        yield f"{result.metric}{' (primary)' if result.primary else ''}"
        for arm in result.arms:
            yield f"  {arm.variant} {arm.k}/{arm.n} {_share(arm.rate)}{_against(arm)}"


def _against(arm: experiments.Arm) -> str:
    if arm.difference is None:
        return ""
    low, high = _share(arm.difference_low), _share(arm.difference_high)
    p = "unknown" if arm.p is None else f"{arm.p:.4f}"
    return f", difference {_share(arm.difference)} ({low} to {high}), p {p}"


def _share(value: float | None) -> str:
    return "unknown" if value is None else f"{100 * value:.2f}%"
