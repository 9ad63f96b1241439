"""Telegram without a network: aiogram's own code runs, nothing leaves the process."""

from __future__ import annotations

import asyncio
import itertools
from collections import defaultdict
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Any

from aiogram import Bot
from aiogram.client.session.base import BaseSession
from aiogram.methods import AnswerCallbackQuery, SendMessage, TelegramMethod
from aiogram.methods.base import TelegramType
from aiogram.types import Chat, InlineKeyboardMarkup, Message, Update

__all__ = ["OfflineTelegram", "bot", "press", "text"]

_TOKEN = "42:offline"  # noqa: S105
_NUMBERS = itertools.count(int(datetime.now(UTC).timestamp()) * 1000)


class OfflineTelegram(BaseSession):
    """Answers what a bot asks of Telegram, and keeps the last message of each chat."""

    def __init__(self, latency_s: float = 0.0) -> None:
        super().__init__()
        self._latency_s = latency_s
        self.last: dict[int, Message] = {}
        self.sent: defaultdict[int, int] = defaultdict(int)

    async def close(self) -> None:
        """Nothing is open."""

    async def make_request(
        self,
        bot: Bot,
        method: TelegramMethod[TelegramType],
        timeout: int | None = None,
    ) -> TelegramType:
        """Answer as Telegram would."""
        answer: Any = True
        await asyncio.sleep(self._latency_s)
        if isinstance(method, SendMessage):
            chat = int(method.chat_id)
            keyboard = method.reply_markup
            answer = Message(
                message_id=next(_NUMBERS),
                date=datetime.now(UTC),
                chat=Chat(id=chat, type="private"),
                text=method.text,
                reply_markup=keyboard
                if isinstance(keyboard, InlineKeyboardMarkup)
                else None,
            )
            self.last[chat] = answer
            self.sent[chat] += 1
        elif not isinstance(method, AnswerCallbackQuery):
            raise NotImplementedError(f"The offline Telegram has no {method!r}.")
        return answer  # type: ignore[no-any-return]

    async def stream_content(
        self,
        url: str,
        headers: dict[str, Any] | None = None,
        timeout: int = 30,
        chunk_size: int = 65536,
        raise_for_status: bool = True,
    ) -> AsyncGenerator[bytes, None]:
        """There are no files here."""
        raise NotImplementedError("The offline Telegram has no files.")
        yield b""


def bot(latency_s: float = 0.0) -> Bot:
    """A bot whose Telegram is this process, and takes this long for a call."""
    return Bot(_TOKEN, session=OfflineTelegram(latency_s))


def text(chat: int, name: str, words: str) -> Update:
    """The update that Telegram sends when somebody writes."""
    return Update.model_validate(
        {"update_id": next(_NUMBERS), "message": _message(chat, name, words)}
    )


def press(chat: int, name: str, below: Message, data: str) -> Update:
    """The update that Telegram sends when somebody presses a button."""
    query = {
        "id": str(next(_NUMBERS)),
        "from": {"id": chat, "is_bot": False, "first_name": name},
        "chat_instance": str(chat),
        "message": below.model_dump(mode="json", exclude_none=True),
        "data": data,
    }
    return Update.model_validate({"update_id": next(_NUMBERS), "callback_query": query})


def _message(chat: int, name: str, words: str) -> dict[str, Any]:
    return {
        "message_id": next(_NUMBERS),
        "date": int(datetime.now(UTC).timestamp()),
        "chat": {"id": chat, "type": "private", "first_name": name},
        "from": {
            "id": chat,
            "is_bot": False,
            "first_name": name,
            "language_code": "en",
        },
        "text": words,
    }
