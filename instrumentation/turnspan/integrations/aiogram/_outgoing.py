"""What a bot sends: which methods a user sees, where to, and with which buttons."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any, Final

from aiogram.methods import TelegramMethod
from aiogram.types import InlineKeyboardMarkup

from turnspan import _problems
from turnspan.conventions import InstrumentationErrorKind as Kind
from turnspan.integrations.aiogram._incoming import Place, place

BUTTONS_MAX: Final = 100
"""So many buttons of one message are looked at; Telegram allows no more."""


class Shown(Enum):
    """How a user sees a method."""

    MESSAGE = "message"
    EDIT = "edit"
    DRAFT = "draft"
    NOTICE = "notice"


_DRAFTS: Final = ("sendMessageDraft", "sendRichMessageDraft")
_MESSAGES: Final = (
    *("copyMessage", "copyMessages", "forwardMessage", "forwardMessages"),
    *("answerWebAppQuery", "answerGuestQuery"),
)
_UNSEEN: Final = ("sendChatAction", "sendChatJoinRequestWebApp")


def shown(method: TelegramMethod[Any]) -> Shown | None:
    """Tell how a user sees a method; None when it shows nothing."""
    name = method.__api_method__
    if name in _UNSEEN:
        return None
    if name in _DRAFTS:
        return Shown.DRAFT
    if name in _MESSAGES or name.startswith("send"):
        return Shown.MESSAGE
    if name.startswith(("editMessage", "editEphemeralMessage")):
        return Shown.EDIT
    if name == "answerCallbackQuery" and getattr(method, "text", None):
        return Shown.NOTICE
    return None


def target(method: TelegramMethod[Any]) -> int | str | None:
    """Give the chat that a method goes to, as a number where it has one."""
    chat = getattr(method, "chat_id", None)
    if isinstance(chat, str) and chat.lstrip("-").isdecimal():
        return int(chat)
    return chat if isinstance(chat, int | str) else None


def destination(method: TelegramMethod[Any], chat_id: int) -> Place:
    """Name the conversation that a method goes to; users' ids are positive."""
    return place(
        chat_id,
        private=chat_id > 0,
        thread_id=getattr(method, "message_thread_id", None),
        business=getattr(method, "business_connection_id", None),
    )


def text(method: TelegramMethod[Any]) -> str | None:
    """Give the text that a method shows."""
    for name in ("text", "caption"):
        value = getattr(method, name, None)
        if isinstance(value, str) and value:
            return value
    return None


def buttons(
    method: TelegramMethod[Any], cta: Callable[[str], str | None]
) -> list[tuple[str, int]]:
    """List the ids of a method's buttons, each once, with their places from 1.

    Only buttons whose click the bot hears count; links would lower every rate.
    """
    markup = getattr(method, "reply_markup", None)
    if not isinstance(markup, InlineKeyboardMarkup):
        return []
    found: dict[str, int] = {}
    for position, data in enumerate(_data(markup), 1):
        if position > BUTTONS_MAX:
            break
        if data and (id := button_id(data, cta)) is not None:
            found.setdefault(id, position)
    return list(found.items())


def button_id(data: str, cta: Callable[[str], str | None]) -> str | None:
    """Give a button's id; None when it is no call to action."""
    try:
        return cta(data)
    except Exception as error:
        _problems.report(
            Kind.EXTRACTOR,
            "cta",
            f"the extractor of cta failed with {type(error).__name__}; correct it",
        )
        return None


def message_id(result: object) -> int | None:
    """Give the id of the message that a method sent, the first of several."""
    first = result[0] if isinstance(result, list) and result else result
    id = getattr(first, "message_id", None)
    return id if isinstance(id, int) else None


def _data(markup: InlineKeyboardMarkup) -> Iterator[str | None]:
    for row in markup.inline_keyboard:
        for button in row:
            yield button.callback_data
