"""``turnspan forget``: erases a user from every table, and proves it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Final

import click

from turnspan_collector._database_option import database_dsn, database_options
from turnspan_collector._progress import ProgressLine
from turnspan_collector.errors import ExitCode, StartError
from turnspan_collector.store import start_error
from turnspan_exporters.errors import ExportError
from turnspan_exporters.timescale._erase_subject import Asked, SubjectError
from turnspan_exporters.timescale._forget import forget

__all__ = ["command"]

_SECRET: Final = "TURNSPAN_USER_KEY"  # noqa: S105 - the variable's name
_SECRET_BYTES_MAX: Final = 4096


@click.command("forget")
@database_options
@click.option("--user", required=True, help="A user key, or the platform's own id.")
@click.option("--bot", "bots", multiple=True, help="Only this bot; may be repeated.")
@click.option(
    "--channel",
    "channels",
    multiple=True,
    help="The id is of this channel; may be repeated. Else every channel is tried.",
)
@click.option("--raw", is_flag=True, help="--user is the platform's id, not a key.")
@click.option(
    "--key-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help=f"The file of the secret that keys users; else {_SECRET}.",
)
@click.option("--dry-run", is_flag=True, help="Say what would go, and change nothing.")
@click.option(
    "--certificate",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the certificate to this file too, as JSON.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the JSON alone.")
def command(
    file: Path | None,
    data: str | None,
    dsn: str | None,
    user: str,
    bots: tuple[str, ...],
    channels: tuple[str, ...],
    raw: bool,
    key_file: Path | None,
    dry_run: bool,
    certificate: Path | None,
    as_json: bool,
) -> None:
    """Erase a user from every table, and prove it.

    The secret that the bots key their users with turns a platform's id into the user
    key; it is read from --key-file or TURNSPAN_USER_KEY.
    """
    asked = Asked(user, raw, _secret(key_file), bots, channels)
    line = ProgressLine()
    try:
        found = forget(
            database_dsn(file, data, dsn), asked, dry_run=dry_run, progress=line.show
        )
    except SubjectError as error:
        raise StartError(str(error), ExitCode.USAGE) from error
    except ExportError as error:
        raise start_error(error) from error
    finally:
        line.end()
    text = json.dumps(found, indent=2)
    if certificate is not None:
        certificate.write_text(f"{text}\n", "utf-8")
    click.echo(text if as_json else f"{readable(found)}\n\n{text}")
    if found["search"] and found["search"]["rows_left"]:
        raise StartError(
            f"something is left in {', '.join(found['search']['rows_left'])}: run it "
            "again, and look at those rows if it stays.",
            ExitCode.NOT_ERASED,
        )


def _secret(key_file: Path | None) -> bytes | None:
    if key_file is None:
        return os.environ.get(_SECRET, "").encode() or None
    try:
        with key_file.open("rb") as file:
            secret = file.read(_SECRET_BYTES_MAX).strip()
    except OSError as error:
        raise StartError(
            f"--key-file {key_file} cannot be read: {error.strerror}.", ExitCode.USAGE
        ) from error
    return secret or None


def readable(found: dict[str, Any]) -> str:
    """The certificate for people."""
    talks, search = found["conversations"], found["search"]
    rows = [f"  {name:<24} {count:>10,}" for name, count in found["rows"].items()]
    bots = found["bots"] if isinstance(found["bots"], str) else ", ".join(found["bots"])
    lines = [
        "Would be erased" if found["erasure"] is None
        else f"Certificate of erasure {found['erasure']}",
        f"{found['program']}, {found['database']}, {found['finished_at']}",
        f"Of {bots}: {talks['erased']} conversations, {found['turns']} turns, "
        f"{found['traces']} traces; the user's part of {talks['shared_with_others']} "
        "conversations with others",
        "Rows:" if rows else "Rows: none were there",
        *rows,
    ]  # fmt: skip
    if search is not None:
        left = search["rows_left"]
        lines += [
            f"Searched {search['columns']} columns of {search['tables']} tables for "
            f"{search['ids']} ids: "
            + (f"left in {', '.join(left)}" if left else "nothing is left"),
            f"{found['tombstones']} tombstones keep a replay out",
            *(f"Not covered: {one}" for one in found["not_covered"]),
        ]
    return "\n".join(lines)
