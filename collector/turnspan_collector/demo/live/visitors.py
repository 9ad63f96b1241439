"""People who talk to the live bots: at human pace, until they are told to stop."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import uuid4

from aiogram import Bot, Dispatcher
from aiogram.types import Message
from aiohttp import ClientSession

import turnspan

from . import offline_telegram
from .assistant_app import NAME as ASSISTANT
from .offline_telegram import OfflineTelegram
from .support_bot import NAME as SUPPORT

__all__ = ["Pace", "Support", "ask_assistant", "visit_support"]

_NAMES = ("Ada", "Bruno", "Chen", "Dilek", "Elif", "Farid", "Grace", "Hana")
_TO_SUPPORT = (
    ("/start", "*track", "thanks, and when will my parcel arrive?"),
    ("where is my order", "is the package shipped", "great"),
    ("I want to return a broken lamp", "refund please", "mhm", "what", "*person"),
    ("/start", "*person"),
    ("can I have the invoice with vat", "when are you open on saturday"),
    ("hello?", "blorp", "talk to a human please"),
)
_TO_ASSISTANT = (
    ("what is a session", "and containment?", "how do I begin"),
    ("which ratings count", "tell me my password"),
    ("how do I instrument my bot",),
)


@dataclass(slots=True)
class Pace:
    """How long people think; ``factor`` below 1 hurries them."""

    stop: asyncio.Event
    factor: float = 1.0
    chance: random.Random = field(default_factory=random.Random)
    turns: int = 0

    async def think(self, low_s: float, high_s: float) -> bool:
        """Wait; False once it is time to stop."""
        seconds = self.chance.uniform(low_s, high_s) * self.factor
        try:
            await asyncio.wait_for(self.stop.wait(), seconds)
        except TimeoutError:
            return True
        return False


class Support:
    """The people behind the support bot, who take over after a while."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._busy: set[asyncio.Task[None]] = set()

    async def call(self, message: Message, handoff: str) -> None:
        """Somebody will come; the bot does not wait for that."""
        task = asyncio.create_task(self._come(handoff))
        self._busy.add(task)
        task.add_done_callback(self._busy.discard)

    async def _come(self, handoff: str) -> None:
        turnspan.handoff.queue(handoff, queue="support-en", bot=SUPPORT)
        if not await self._pace.think(4, 14):
            return
        turnspan.handoff.accept(handoff, bot=SUPPORT)
        if await self._pace.think(6, 15):
            turnspan.handoff.close(handoff, outcome="resolved", bot=SUPPORT)


async def visit_support(dispatcher: Dispatcher, bot: Bot, pace: Pace) -> None:
    """One person after the other writes to the bot on Telegram."""
    telegram = bot.session
    if not isinstance(telegram, OfflineTelegram):
        raise TypeError("The demo talks to the offline Telegram alone.")
    while await pace.think(1, 4):
        chat, name = pace.chance.randrange(10**6, 10**7), pace.chance.choice(_NAMES)
        for words in pace.chance.choice(_TO_SUPPORT):
            update = offline_telegram.text(chat, name, words)
            if words.startswith("*"):
                below = telegram.last[chat]
                update = offline_telegram.press(chat, name, below, words[1:])
            await dispatcher.feed_update(bot, update)
            pace.turns += 1
            if not await pace.think(2, 7):
                break


async def ask_assistant(url: str, pace: Pace) -> None:
    """One person after the other asks the assistant on the web."""
    async with ClientSession(url) as web:
        while await pace.think(1, 5):
            conversation = uuid4().hex
            for question in _questions(pace, conversation):
                async with web.post("/chat", json=question) as answer:
                    await answer.read()
                pace.turns += 1
                if not await pace.think(3, 9):
                    break
            thumb = {"conversation_id": conversation, "up": pace.chance.random() < 0.8}
            async with web.post("/feedback", json=thumb):
                pass


def _questions(pace: Pace, conversation: str) -> Iterator[dict[str, str]]:
    user = f"{ASSISTANT}-{pace.chance.randrange(40)}"
    for words in pace.chance.choice(_TO_ASSISTANT):
        yield {"conversation_id": conversation, "user_id": user, "text": words}
