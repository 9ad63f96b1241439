"""Telegram's side of an aiogram bot, in memory: updates in, messages out."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Any, Final

from aiogram import Bot
from aiogram.client.session.base import BaseSession
from aiogram.methods import TelegramMethod
from aiogram.types import CallbackQuery, Chat, Message, Update, User

NOW: Final = datetime(2026, 11, 22, 12, tzinfo=UTC)
TOKEN: Final = "42:offline"


class Server(BaseSession):
    """A session that keeps what a bot sends and answers as Telegram would."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[TelegramMethod[Any]] = []
        self.fails_with: Exception | None = None

    def texts(self) -> list[str]:
        """List the texts that were sent."""
        return [text for one in self.sent if (text := getattr(one, "text", None))]

    async def make_request(
        self, bot: Bot, method: TelegramMethod[Any], timeout: int | None = None
    ) -> Any:
        """Keep a request and make its result."""
        if self.fails_with is not None:
            raise self.fails_with
        self.sent.append(method)
        chat_id = getattr(method, "chat_id", None)
        shows = method.__api_method__.startswith(("send", "edit"))
        if not shows or not isinstance(chat_id, int):
            return True
        kind = "private" if chat_id > 0 else "supergroup"
        kind = "channel" if chat_id <= -2_000_000_000_000 else kind
        result = Message(
            message_id=9_000 + len(self.sent),
            date=NOW,
            chat=Chat(id=chat_id, type=kind),
            text=getattr(method, "text", None),
        )
        return result.as_(bot)

    async def close(self) -> None:
        """Nothing is open."""

    async def stream_content(
        self, *args: Any, **kwargs: Any
    ) -> AsyncGenerator[bytes, None]:
        """Give no content; no test downloads any."""
        yield b""


def offline_bot() -> tuple[Bot, Server]:
    """Make a bot whose server is in memory."""
    server = Server()
    return Bot(TOKEN, session=server), server


def message(
    user: int,
    text: str = "hi",
    *,
    id: int = 1,
    chat: int | None = None,
    language: str | None = None,
    **more: Any,
) -> Update:
    """Make the update of a message; without a chat in the user's private one."""
    return Update(
        update_id=id,
        message=Message(
            message_id=id,
            date=NOW,
            chat=_chat(user if chat is None else chat),
            from_user=_user(user, language),
            text=text,
            **more,
        ),
    )


def click(user: int, data: str, *, id: str = "1", chat: int | None = None) -> Update:
    """Make the update of a button's click."""
    shown = Message(
        message_id=1, date=NOW, chat=_chat(user if chat is None else chat), text="?"
    )
    return Update(
        update_id=int(id),
        callback_query=CallbackQuery(
            id=id, from_user=_user(user), chat_instance="1", data=data, message=shown
        ),
    )


def _chat(id: int) -> Chat:
    return Chat(id=id, type="private" if id > 0 else "supergroup")


def _user(id: int, language: str | None = None) -> User:
    return User(id=id, is_bot=False, first_name="Ada", language_code=language)
