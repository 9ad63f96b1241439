"""``turnspan tail``: arriving turns in the terminal, the newest at the bottom."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

import click

from turnspan.conventions import ROOT, TurnOutcome
from turnspan_collector.config import Listen
from turnspan_collector.errors import ExitCode, StartError

__all__ = ["TailError", "command", "follow", "line"]

_POLL_S = 1.0
_TIMEOUT_S = 10
_LAST_MAX = 500
_PATIENCE_S = 5.0
_CONVERSATION_CHARS = 8
_COLOURS: Mapping[str, str] = {
    TurnOutcome.ANSWERED: "green",
    TurnOutcome.CLARIFICATION: "cyan",
    TurnOutcome.FALLBACK: "yellow",
    TurnOutcome.HANDOFF: "magenta",
    TurnOutcome.NO_RESPONSE: "yellow",
    TurnOutcome.ERROR: "red",
}
_FIRST_RUN = """\
Nothing has arrived yet. In your bot, before it starts:

    import turnspan
    turnspan.setup(endpoint="http://{host}:4317")

and the decorator on the function that answers:

    @turnspan.turn(bot="my-bot", conversation="chat_id", user="user_id")

Waiting for the first turn …"""

Turn = Mapping[str, Any]


class TailError(StartError):
    """The collector cannot be asked; the message says what to do."""


@click.command("tail")
@click.option(
    "--url",
    default=f"http://127.0.0.1:{Listen().api_port}",
    show_default=True,
    envvar="TURNSPAN_URL",
    help="Where the collector's page and API are.",
)
@click.option("--bot", help="Only this bot's turns.")
@click.option("--channel", help="Only turns on this channel.")
@click.option(
    "--last",
    type=click.IntRange(0, _LAST_MAX),
    default=10,
    show_default=True,
    help="So many earlier turns first.",
)
@click.option("--json", "as_json", is_flag=True, help="A JSON object a line.")
@click.option("--once", is_flag=True, help="Print the earlier turns and leave.")
def command(
    url: str,
    bot: str | None,
    channel: str | None,
    last: int,
    as_json: bool,
    once: bool,
) -> None:
    """Print turns as they arrive."""
    show = _as_json if as_json else line
    turns = follow(url, bot=bot, channel=channel, last=last, once=once, idle=_idle(url))
    try:
        for turn in turns:
            click.echo(show(turn))
    except KeyboardInterrupt:
        click.echo(err=True)


def follow(
    url: str,
    *,
    bot: str | None = None,
    channel: str | None = None,
    last: int = 0,
    once: bool = False,
    idle: Callable[[bool, float], object] = lambda empty, seconds: None,
) -> Iterator[Turn]:
    """Turns as the collector derives them, each once, in order of arrival.

    ``idle`` is called after each look that found nothing, with whether the store is
    empty and the seconds since the start. Raises ``TailError`` when the collector
    does not answer, or answers with an error.
    """
    since = time.monotonic()
    filters = {"bot": bot, "channel": channel}
    answer = _ask(url, {**filters, "limit": _LAST_MAX})
    cursor = answer["cursor"]
    yield from reversed(answer["turns"][:last])
    while not once:
        empty = answer["last_turn_at"] is None
        if not answer["turns"]:
            idle(empty, time.monotonic() - since)
        time.sleep(_POLL_S)
        answer = _ask(url, {**filters, "limit": _LAST_MAX, "after": cursor})
        cursor = answer["cursor"] or cursor
        yield from reversed(answer["turns"])


def _ask(url: str, query: Mapping[str, Any]) -> Any:
    given = {key: value for key, value in query.items() if value is not None}
    where = f"{url.rstrip('/')}/api/v1/turns?{urllib.parse.urlencode(given)}"
    if not where.startswith(("http://", "https://")):
        raise TailError(
            f"--url is {url!r}: give an address that begins with http://.",
            ExitCode.USAGE,
        )
    try:
        with urllib.request.urlopen(where, timeout=_TIMEOUT_S) as answer:  # noqa: S310
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise TailError(
            f"the collector at {url} said: {_reason(error)}", ExitCode.USAGE
        ) from error
    except (OSError, ValueError) as error:
        raise TailError(
            f"no collector answers at {url}: start one with `turnspan collector`, or "
            "name another with --url.",
            ExitCode.DATABASE_UNREACHABLE,
        ) from error


def _reason(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(error)["error"])
    except (ValueError, KeyError, TypeError):
        return f"status {error.code}."


def _idle(url: str) -> Callable[[bool, float], None]:
    """Says once what to do when an empty store stays empty."""
    told = False

    def idle(empty: bool, seconds: float) -> None:
        nonlocal told
        if empty and seconds >= _PATIENCE_S and not told:
            told = True
            host = urllib.parse.urlsplit(url).hostname
            click.echo(_FIRST_RUN.format(host=host), err=True)

    return idle


def _as_json(turn: Turn) -> str:
    return json.dumps(turn, ensure_ascii=False)


def line(turn: Turn) -> str:
    """One turn for people: when, who, where, how it ended, what was understood."""
    outcome = str(turn["outcome"] or "unknown")
    cells = [
        _local_time(turn["time"]),
        _cell(turn["bot"], 12),
        _cell(turn["channel"], 10),
        _cell((turn["conversation_id"] or "")[:_CONVERSATION_CHARS], 8),
        click.style(_cell(outcome, 13), fg=_COLOURS.get(outcome)),
        _cell(_understood(turn), 24),
        _took(turn),
        *map(_event, turn.get("events", [])),
    ]
    return " ".join(cells).rstrip()


def _cell(text: str | None, width: int) -> str:
    shown = text or "-"
    return (shown if len(shown) <= width else shown[: width - 1] + "…").ljust(width)


def _local_time(text: str) -> str:
    return datetime.fromisoformat(text).astimezone().strftime("%H:%M:%S")


def _understood(turn: Turn) -> str:
    if turn["intent"] is None:
        return "" if turn["initiator"] == "user" else f"({turn['initiator']})"
    if turn["confidence"] is None:
        return str(turn["intent"])
    return f"{turn['intent']} {turn['confidence']:.2f}"


def _took(turn: Turn) -> str:
    if turn["duration_s"] is None:
        return " " * 8
    return f"{turn['duration_s']:6.2f} s"


def _event(event: Mapping[str, Any]) -> str:
    name = str(event["name"]).removeprefix(f"{ROOT}.")
    text = f"{name}={event['detail']}" if event.get("detail") else name
    return click.style(text, fg="blue")
