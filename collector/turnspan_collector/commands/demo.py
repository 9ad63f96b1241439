"""``turnspan demo``: 90 days of three bots, then two live ones, on one page."""

from __future__ import annotations

import json
import signal
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import platformdirs

from turnspan_collector.demo import Sent, history
from turnspan_collector.demo._play import play
from turnspan_collector.demo._process import (
    PORTS,
    collector,
    free_ports,
    settle,
)
from turnspan_collector.demo._state import Progress
from turnspan_collector.demo._world import DAY_NS
from turnspan_collector.errors import ExitCode, StartError

from .tail import TailError, follow, line

if TYPE_CHECKING:
    from turnspan_collector.demo.live import Live

__all__ = ["command"]

_HOST = "127.0.0.1"
_SETTLE_S = 300


def _default_data() -> Path:
    return Path(platformdirs.user_data_dir("turnspan", appauthor=False)) / "demo"


@click.command("demo")
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=_default_data,
    show_default="the user's data directory",
    help="Folder of the demo's own PostgreSQL.",
)
@click.option("--once", is_flag=True, help="Play the history, print totals and leave.")
@click.option(
    "--duration",
    type=click.FloatRange(0, 86_400),
    metavar="SECONDS",
    help="Leave after so many seconds of live traffic.",
)
@click.option("--no-live", is_flag=True, help="Show the history alone.")
@click.option("--quiet", is_flag=True, help="Do not print live turns.")
def command(
    data: Path, once: bool, duration: float | None, no_live: bool, quiet: bool
) -> None:
    """Play 90 days of three bots, then watch live ones on the page."""
    try:
        with _interruptible(), collector(data, _ports()) as ports:
            page = f"http://{_HOST}:{ports['api']}"
            if not once:
                click.secho(f"  page      {page}  (it fills from now on)", bold=True)
            progress = _play(data, ports, live=not (no_live or once))
            if not once:
                click.secho(f"  page      {page}", bold=True)
                _stay(page, ports, duration, live=not no_live, quiet=quiet)
            _print_totals(page, progress)
    except KeyboardInterrupt:
        click.echo("\nThe demo has ended; the next one goes on from here.")


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let SIGTERM end the demo as Ctrl-C does."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _ports() -> Mapping[str, int]:
    ports = free_ports(_HOST)
    taken = [str(PORTS[name]) for name, port in ports.items() if port == 0]
    if taken:
        ports_are = "port is" if len(taken) == 1 else "ports are"
        click.echo(f"  {ports_are} taken: {', '.join(taken)}; others are picked")
    click.echo("  starting  a collector with a PostgreSQL of its own")
    return ports


def _play(data: Path, ports: Mapping[str, int], *, live: bool) -> Progress:
    """Bring the history up to now; what is there already is not sent again."""
    click.echo(f"  data      {data}")
    click.echo("  listening " + " ".join(f"{k}={v}" for k, v in ports.items()))
    now = datetime.now(UTC)
    progress = Progress.load(data, now)
    progress.save(data)
    until_ns = int(now.timestamp()) * 1_000_000_000
    began = time.monotonic()
    records = _send(progress, until_ns, ports)
    click.echo("  deriving  turns, sessions and handoffs")
    if live:
        _stage()  # the frameworks' imports take seconds: now they cost none
    settle(data, _SETTLE_S)
    progress = progress.played(until_ns)
    progress.save(data)
    seconds = time.monotonic() - began
    click.echo(
        f"  ready     {records:,} records of {_span(progress)} in {seconds:.1f} s"
    )
    return progress


def _span(progress: Progress) -> str:
    days = (progress.played_until_ns - progress.world.at(0)) / DAY_NS
    return f"{days:.0f} days"


def _send(progress: Progress, until_ns: int, ports: Mapping[str, int]) -> int:
    """Send what is new, with a bar of the days that have gone by."""
    world, from_ns = progress.world, progress.played_until_ns
    first, last = max(0, world.day_of(from_ns)), world.day_of(until_ns)
    with click.progressbar(length=last - first + 1, label="  history  ") as bar:

        def report(sent: Sent) -> None:
            bar.update(max(0, world.day_of(sent.until_ns) - first - bar.pos))

        requests = history(world, from_ns, until_ns)
        taken = play(requests, _HOST, ports["grpc"], ports["http"], report)
        bar.update(bar.length - bar.pos if bar.length else 0)
    return taken


def _stay(
    page: str,
    ports: Mapping[str, int],
    duration: float | None,
    *,
    live: bool,
    quiet: bool,
) -> None:
    """Keep the page up, with live bots unless they are not wanted."""
    ends = None if duration is None else time.monotonic() + duration
    click.echo("  Ctrl-C ends the demo.")
    if not live:
        _wait(ends)
        return
    stage = _stage()
    click.echo("  live      made-up people talk to two real bots:\n")
    with stage(f"http://{_HOST}:{ports['grpc']}") as shown:
        if not quiet:
            threading.Thread(target=_print_turns, args=(page,), daemon=True).start()
        _wait(ends)
    click.echo(f"\n  {shown.turns} live turns")


def _stage() -> Callable[[str], AbstractContextManager[Live]]:
    """The live bots, whose frameworks are an extra of their own."""
    try:
        from turnspan_collector.demo.live import live
    except ModuleNotFoundError as error:
        raise StartError(
            f"the live bots need {error.name}: pip install 'turnspan[demo]', or "
            "give --no-live.",
            ExitCode.USAGE,
        ) from error
    return live


def _wait(ends: float | None) -> None:
    while ends is None or time.monotonic() < ends:
        left = 3600.0 if ends is None else ends - time.monotonic()
        time.sleep(max(0.0, min(left, 1.0)))


def _print_turns(page: str) -> None:
    try:
        for turn in follow(page):
            click.echo("  " + line(turn))
    except TailError:
        return


def _print_totals(page: str, progress: Progress) -> None:
    """What the metrics say about the history, by bot."""
    first = progress.world.first_day.isoformat()
    for name in ("sessions", "turns", "handoff_rate", "fallback_rate"):
        url = f"{page}/api/v1/metrics/{name}?from={first}&by=bot"
        with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310
            rows = json.load(answer)["rows"]
        click.echo(f"  {name:13} " + "  ".join(map(_total, rows)))


def _total(row: Mapping[str, Any]) -> str:
    value = row["value"]
    if value is None:
        shown = "-"
    elif row["n"] is None:
        shown = f"{value:,.0f}"
    else:
        shown = f"{100 * value:.1f} %"
    return f"{row['group']['bot']} {shown}"
