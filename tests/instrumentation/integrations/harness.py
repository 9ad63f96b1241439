"""What the conformance suite asks of an adapter's test bed, and how it finds them."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import AsyncIterator, Callable
from typing import Any, Final, Protocol

from opentelemetry.trace import Tracer
from tests.instrumentation.integrations import harnesses

CANARY: Final = "canary-7f3a-of-the-user"
ANSWER_CANARY: Final = "canary-91bd-of-the-bot"
MODEL_SPAN: Final = "chat model"


class Boom(Exception):
    """What the handler raises."""


class Harness(Protocol):
    """A bot on the real framework, offline, whose handler is ``replies``."""

    adapter: str
    """The package below turnspan.integrations."""
    framework: str
    """The top-level module that the adapter must not import by itself."""
    repeats: bool
    """Whether the platform may deliver a message twice, with its id."""
    buttons: bool
    """Whether the platform has buttons."""

    def __init__(self, tracer: Tracer) -> None:
        """Make the bot, its handler's model spans going to the tracer."""

    def instrument(self) -> None:
        """Switch the adapter on for this bot."""

    def uninstrument(self) -> None:
        """Switch it off."""

    def conversation(self, user: int) -> str:
        """Give the conversation's id as it must leave the process."""

    async def say(self, user: int, text: str, *, message: int = 1) -> str:
        """Say something as a user and give the whole answer.

        Raises:
            Boom: The handler's own, when the framework lets it through.
        """

    async def press(self, user: int, button: str) -> None:
        """Press a button."""


async def replies(tracer: Tracer, text: str) -> AsyncIterator[str]:
    """Answer as every bot under test does.

    ``boom`` raises, ``silence`` says nothing, ``stream`` answers in three parts, and
    everything else asks the model and answers once.
    """
    if text == "boom":
        raise Boom
    if text == "silence":
        return
    with tracer.start_as_current_span(MODEL_SPAN):
        pass
    parts = ("one ", "two ", "three") if text == "stream" else (f"{ANSWER_CANARY} yes",)
    for part in parts:
        yield part


def found() -> list[Callable[..., Any]]:
    """Find every harness."""
    classes: list[Callable[..., Any]] = []
    for info in pkgutil.iter_modules(harnesses.__path__, harnesses.__name__ + "."):
        classes += importlib.import_module(info.name).HARNESSES
    return classes
