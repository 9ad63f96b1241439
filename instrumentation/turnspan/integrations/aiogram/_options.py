"""What a bot's owner may choose, and the ids of buttons."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

CHANNEL: Final = "telegram"
CTA_CHARS_MAX: Final = 64
"""Telegram's own limit for callback data, in bytes."""
UNNAMED: Final = "button"
"""The id of a button whose data may tell a person."""

_SEPARATOR: Final = re.compile(r"[:;|,/#?=&\s]")
_NAME: Final = re.compile(r"[^\W\d_][\w.\-]*")
_NUMBER: Final = re.compile(r"[_.\-]*\d{5}.*")


def prefix(data: str) -> str:
    """Give a button's id: its data up to the first separator.

    Callback data often holds whose button it is after a separator (``order:4711``).
    What remains may still be a number that tells a person; five digits in a row and
    all that follows are cut, and what is then no name becomes ``button``.
    """
    head = _SEPARATOR.split(data, maxsplit=1)[0][:CTA_CHARS_MAX]
    name = _NUMBER.sub("", head)
    return name if _NAME.fullmatch(name) else UNNAMED


@dataclass(frozen=True)
class Options:
    """The options of ``instrument``."""

    name: str | Callable[[Any], str] | None = None
    channel: str = CHANNEL
    cta: Callable[[str], str | None] = prefix
    exclude_chats: frozenset[int] = frozenset()
    proactive: bool = True
