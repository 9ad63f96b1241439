"""Runs the two live bots and their visitors in a thread, until it is left."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn

import turnspan

from . import offline_telegram
from .assistant_app import app
from .support_bot import dispatcher
from .visitors import Pace, Support, ask_assistant, visit_support

__all__ = ["Live", "live"]

_STOP_S = 5.0
_FLUSH_S = 10.0
_TELEGRAM_S = 0.12
_USER_KEY = "the demo's people are made up"


@dataclass(slots=True)
class Live:
    """What the live bots have done so far."""

    pace: Pace

    @property
    def turns(self) -> int:
        """Turns that visitors have had."""
        return self.pace.turns


@contextmanager
def live(endpoint: str, factor: float = 1.0) -> Iterator[Live]:
    """Let people talk to the bots, which report to ``endpoint`` over OTLP/gRPC.

    ``factor`` below 1 makes them think faster. When the block is left they finish
    their turns within 5 s, and then what they reported is sent within 10 s; a failure
    of the bots is raised after that.
    """
    turnspan.configure(user_key=_USER_KEY)
    telemetry = turnspan.setup(endpoint)
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()
    shown = Live(Pace(stop, factor))
    failures: list[BaseException] = []

    def run() -> None:
        try:
            loop.run_until_complete(_bots(shown.pace))
        except Exception as error:
            failures.append(error)
        finally:
            loop.close()

    thread = threading.Thread(target=run, name="demo-live", daemon=True)
    thread.start()
    try:
        yield shown
    finally:
        if not loop.is_closed():
            loop.call_soon_threadsafe(stop.set)
        thread.join(_STOP_S)
        telemetry.shutdown(_FLUSH_S)
    if failures:
        raise failures[0]


async def _bots(pace: Pace) -> None:
    telegram = offline_telegram.bot(_TELEGRAM_S)
    support = dispatcher(Support(pace).call)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        config = uvicorn.Config(app, log_level="warning", access_log=False)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            await asyncio.gather(
                visit_support(support, telegram, pace), ask_assistant(url, pace)
            )
        finally:
            server.should_exit = True
            await serving
