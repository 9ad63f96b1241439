"""``turnspan token``: makes, lists and revokes the tokens that collectors ask for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from turnspan_collector._database_option import database_dsn, database_options
from turnspan_collector.errors import ExitCode, StartError
from turnspan_collector.store import start_error
from turnspan_exporters.errors import ExportError
from turnspan_exporters.timescale import settings, tokens
from turnspan_exporters.timescale._connection import (
    Connection,
    connect,
    sorted_errors,
)
from turnspan_exporters.timescale.tokens import Token

__all__ = ["command"]

_DAY_S = 86_400
_LASTS_S = (60, 3650 * _DAY_S)
_RATE_MAX = 1_000_000


@click.group("token")
def command() -> None:
    """Make, list and revoke bearer tokens; see docs/security.md."""


@command.command("create")
@click.option("--bot", "bots", multiple=True, help="May send as it; may be repeated.")
@click.option("--all-bots", is_flag=True, help="May send as every bot.")
@click.option("--read", is_flag=True, help="May read the page and the API.")
@click.option("--manage", is_flag=True, help="May change things by the API; reads too.")
@click.option("--expires", help="How long it holds, like 90d; for good without it.")
@click.option(
    "--rate",
    type=click.IntRange(1, _RATE_MAX),
    help="Items a second that it may send, at each collector.",
)
@click.option("--note", default="", help="What it is for; up to 200 characters.")
@database_options
def create(
    file: Path | None,
    data: str | None,
    dsn: str | None,
    bots: tuple[str, ...],
    all_bots: bool,
    read: bool,
    manage: bool,
    expires: str | None,
    rate: int | None,
    note: str,
) -> None:
    """Make a token and show its secret, this once.

    turnspan token create --bot shop --expires 90d --note "the shop's web chat"
    """
    if bots and all_bots:
        raise StartError("give --bot or --all-bots, not both.", ExitCode.USAGE)
    lasts_s = None if expires is None else _lasts_s(expires)
    with _connected(file, data, dsn, "making a token") as connection:
        made, secret = tokens.create(
            connection,
            bots=None if all_bots else bots,
            may_read=read,
            may_manage=manage,
            items_per_second=rate,
            lasts_s=lasts_s,
            note=note,
        )
    click.echo(f"token {_described(made)}", err=True)
    click.echo("Its secret is shown this once:", err=True)
    click.echo(secret)


@command.command("list")
@click.option("--all", "everything", is_flag=True, help="Revoked and expired ones too.")
@database_options
def list_(
    file: Path | None, data: str | None, dsn: str | None, everything: bool
) -> None:
    """List the tokens that hold now; never their secrets."""
    with _connected(file, data, dsn, "listing tokens") as connection:
        found = tokens.ever(connection) if everything else tokens.in_force(connection)
    for one in found:
        click.echo(_described(one))


@command.command("revoke")
@click.argument("number", metavar="ID", type=click.IntRange(1, 2**63 - 1))
@database_options
def revoke(file: Path | None, data: str | None, dsn: str | None, number: int) -> None:
    """End a token; collectors refuse it within 5 seconds."""
    with _connected(file, data, dsn, "revoking a token") as connection:
        known = tokens.revoke(connection, number)
    if not known:
        raise StartError(
            f"there is no token {number}: turnspan token list shows them.",
            ExitCode.USAGE,
        )
    click.echo(f"token {number} is revoked")


@contextmanager
def _connected(
    file: Path | None, data: str | None, dsn: str | None, doing: str
) -> Iterator[Connection]:
    try:
        with (
            connect(database_dsn(file, data, dsn), name="turnspan token") as found,
            sorted_errors(doing),
        ):
            yield found
    except tokens.TokenError as error:
        raise StartError(str(error), ExitCode.USAGE) from error
    except ExportError as error:
        raise start_error(error) from error


def _lasts_s(text: str) -> float:
    try:
        return settings.duration_s("--expires", text, *_LASTS_S)
    except settings.SettingError as error:
        raise StartError(str(error), ExitCode.USAGE) from error


def _described(one: Token) -> str:
    """One line: number, scopes, rate, times, note."""
    if one.bots is None:
        scopes = ["sends as every bot"]
    else:
        scopes = [f"sends as {', '.join(one.bots)}"] if one.bots else []
    if one.may_read:
        scopes.append("manages" if one.may_manage else "reads")
    if one.items_per_second:
        scopes.append(f"{one.items_per_second} items/s")
    times = [f"made {_day(one.created_at)}"]
    if one.expires_at:
        times.append(f"expires {_day(one.expires_at)}")
    if one.revoked_at:
        times.append(f"revoked {_day(one.revoked_at)}")
    note = f" ({one.note})" if one.note else ""
    return f"{one.id}: {'; '.join([*scopes, *times])}{note}"


def _day(at: datetime) -> str:
    return at.astimezone(UTC).date().isoformat()
