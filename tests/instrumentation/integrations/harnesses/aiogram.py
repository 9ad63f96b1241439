"""An aiogram bot that is fed updates as its dispatcher's polling feeds them."""

from __future__ import annotations

from typing import Any, Final

from aiogram import Dispatcher
from aiogram.types import CallbackQuery, Message
from opentelemetry.trace import Tracer
from tests.instrumentation.integrations.harness import replies
from tests.support.telegram import click, message, offline_bot

from turnspan import private_conversation
from turnspan.integrations.aiogram import instrument, uninstrument


class Aiogram:
    """Answers in the chat; a streamed answer is edited into its first message."""

    adapter = "aiogram"
    framework = "aiogram"
    repeats = True
    buttons = True

    def __init__(self, tracer: Tracer) -> None:
        self.bot, self.server = offline_bot()
        self.dispatcher = Dispatcher()
        self.dispatcher.message.register(self._heard)
        self.dispatcher.callback_query.register(self._pressed)
        self._tracer = tracer

    def instrument(self) -> None:
        """By the function, for this dispatcher."""
        instrument(self.dispatcher, self.bot, name="bot")

    def uninstrument(self) -> None:
        """By the function, with all of its bots."""
        uninstrument(self.dispatcher)

    def conversation(self, user: int) -> str:
        """A private chat's id is the user's, so it is keyed."""
        return str(private_conversation(user, "telegram"))

    async def say(self, user: int, text: str, *, message: int = 1) -> str:
        """Feed a message."""
        before = len(self.server.sent)
        await self._feed(user, text, message)
        mine = self.server.sent[before:]
        texts = [getattr(m, "text", "") for m in mine if m_chat(m) == user]
        return texts[-1] if texts else ""

    async def press(self, user: int, button: str) -> None:
        """Feed a click; the upper half of Telegram's query ids is the user's id."""
        query = str((user << 32) | 7)
        await self.dispatcher.feed_update(self.bot, click(user, button, id=query))

    async def _feed(self, user: int, text: str, id: int) -> None:
        await self.dispatcher.feed_update(self.bot, message(user, text, id=id))

    async def _heard(self, heard: Message) -> None:
        said: Any = None
        whole = ""
        async for part in replies(self._tracer, heard.text or ""):
            whole += part
            if said is None:
                said = await heard.answer(whole)
            else:
                await said.edit_text(whole)

    async def _pressed(self, query: CallbackQuery) -> None:
        await query.answer("done")


def m_chat(method: Any) -> object:
    """Give the chat that a method went to."""
    return getattr(method, "chat_id", None)


HARNESSES: Final = [Aiogram]
