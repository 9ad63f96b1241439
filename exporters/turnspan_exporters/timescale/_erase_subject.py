"""Who is to be erased: from a key, or from a raw id and the secret that keys it."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from turnspan_exporters.errors import Permanent
from turnspan_exporters.timescale._connection import Connection
from turnspan_exporters.timescale._erase_tables import Subject, Table
from turnspan_exporters.timescale._queries import query

__all__ = ["Asked", "SubjectError", "subject"]

_KEY: Final = re.compile(r"[0-9a-f]{64}")
_USER_CHARS_MAX: Final = 1000
_CONVERSATION: Final = "conversation"
"""What the bots put before the id of a private chat, so that it is no user key."""


class SubjectError(Permanent):
    """Nobody can be told by what was given; the text names the field and what to do."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is known of somebody.

    ``user`` is a user key, or the platform's id where ``is_raw``, and may be either
    where there is a ``secret``, the one that the bots make their keys with. Without
    ``channels`` all that ever came up are tried; without ``bots`` all are meant.
    """

    user: str
    is_raw: bool = False
    secret: bytes | None = None
    bots: Sequence[str] = ()
    channels: Sequence[str] = ()


def subject(connection: Connection, tables: Sequence[Table], asked: Asked) -> Subject:
    """The keys and ids that tell the user; raises ``SubjectError``."""
    if not asked.user or len(asked.user) > _USER_CHARS_MAX or "\0" in asked.user:
        raise SubjectError(
            f"user: it has {len(asked.user)} characters; give 1 to {_USER_CHARS_MAX}."
        )
    if asked.is_raw and asked.secret is None:
        raise SubjectError(
            "user: a raw id cannot be told from its key without the secret that the "
            "bots key their users with; set TURNSPAN_USER_KEY to it, or name the file "
            "that holds it with --key-file, or give the user key itself."
        )
    known = [name for (name,) in connection.execute(query("recompute_bots"))]
    strange = sorted(set(asked.bots) - set(known))
    if strange:
        raise SubjectError(f'bot: "{strange[0][:64]}" never sent anything.')
    is_key = _KEY.fullmatch(asked.user) is not None and not asked.is_raw
    keys = [] if asked.is_raw else [asked.user]
    named = [asked.user] if is_key else []
    if asked.secret is not None and not is_key:
        for channel in asked.channels or _channels(connection, tables):
            keys.append(_keyed(asked.secret, channel, asked.user))
            named.append(_keyed(asked.secret, _CONVERSATION, channel, asked.user))
            named.append(keys[-1])  # a user without a conversation stands in for it
    return Subject(
        keys=keys,
        raw=[asked.user] if not is_key else [],
        named=named,
        bots=sorted(set(asked.bots)) or known,
        every_bot=not asked.bots,
    )


def _keyed(secret: bytes, *parts: str) -> str:
    text = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hmac.digest(secret, text, hashlib.sha256).hex()


def _channels(connection: Connection, tables: Sequence[Table]) -> list[str]:
    found = {""}
    for table in tables:
        if table.has("channel", "user_key"):
            statement = query("erase_channels").format(table=table.qualified)
            found |= {name for (name,) in connection.execute(statement)}
    return sorted(found)
