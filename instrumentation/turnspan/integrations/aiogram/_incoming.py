"""Updates: which of them are a user's, and what they tell of the conversation."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from aiogram.types import CallbackQuery, Chat, Message, Update, User

PRIVATE: Final = "private"

_SPOKEN: Final = frozenset(
    {
        *("text", "animation", "audio", "document", "live_photo", "paid_media"),
        *("photo", "sticker", "story", "video", "video_note", "voice", "checklist"),
        *("contact", "dice", "game", "poll", "venue", "location", "web_app_data"),
        *("users_shared", "chat_shared", "rich_message"),
    }
)
"""Contents of a message that a user sends; the others are notices of the platform."""


class Place(NamedTuple):
    """A chat, or one of its threads, as the platform names it."""

    chat_id: int | None
    conversation: str
    private: bool


class Incoming(NamedTuple):
    """What a user sent."""

    place: Place
    user: User
    message_id: str
    text: str | None
    button: str | None
    """The data of the button that was pressed; None for a message."""


def incoming(update: Update) -> Incoming | None:
    """Give what a user sent, or None for edits, posts, queries and notices."""
    if update.callback_query is not None:
        return _click(update.callback_query)
    message = (
        update.message
        or update.business_message
        or getattr(update, "guest_message", None)
    )
    return None if message is None else _message(message)


def place(
    chat_id: int | None,
    *,
    private: bool,
    thread_id: int | None = None,
    business: str | None = None,
) -> Place:
    """Name a conversation: the chat, its topic, and the business account."""
    parts = [part for part in (business, chat_id, thread_id) if part is not None]
    return Place(chat_id, ":".join(map(str, parts)), private)


def _message(message: Message) -> Incoming | None:
    user = message.from_user
    if user is None or user.is_bot or message.sender_chat is not None:
        return None
    if str(getattr(message.content_type, "value", message.content_type)) not in _SPOKEN:
        return None
    return Incoming(
        place=_place_of(message),
        user=user,
        message_id=str(message.message_id),
        text=message.text or message.caption,
        button=None,
    )


def _click(query: CallbackQuery) -> Incoming:
    return Incoming(
        place=_place_of_click(query),
        user=query.from_user,
        message_id=query.id,
        text=None,
        button=query.data or query.game_short_name or "",
    )


def _place_of(message: Message) -> Place:
    topic = message.message_thread_id if message.is_topic_message else None
    return place(
        message.chat.id,
        private=_is_private(message.chat),
        thread_id=topic,
        business=message.business_connection_id,
    )


def _place_of_click(query: CallbackQuery) -> Place:
    message: Any = query.message
    if message is None:
        return Place(None, query.chat_instance, private=False)
    if isinstance(message, Message):
        return _place_of(message)
    return place(message.chat.id, private=_is_private(message.chat))


def _is_private(chat: Chat) -> bool:
    return str(getattr(chat.type, "value", chat.type)) == PRIVATE
