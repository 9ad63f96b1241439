"""Raw user ids of other instrumentations: dropped, or made the user key."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from turnspan import conventions as names
from turnspan_collector.processors.attributes import remove
from turnspan_exporters.records import Batch

__all__ = ["DROPPED", "IDS", "drop_users", "key_of", "pseudonymise_users"]

IDS = (names.USER_ID, "enduser.id")
DROPPED = frozenset(
    {*IDS, "user.email", "user.name", "user.full_name", "user.hash", "enduser.email"}
)


def drop_users(batch: Batch) -> Batch:
    """Without raw user ids, names and addresses."""
    remove(batch, DROPPED.__contains__)
    return batch


def pseudonymise_users(batch: Batch, *, secret: bytes) -> Batch:
    """Records without a user key get one made of their raw id, as the bot makes it.

    The key is HMAC-SHA256(secret, channel NUL id) in hexadecimal.
    """
    for columns in (batch.spans, batch.events):
        for at, attributes in enumerate(columns.attributes):
            if columns.user_key[at] is None and attributes:
                columns.user_key[at] = key_of(attributes, columns.channel[at], secret)
    return batch


def key_of(
    attributes: Mapping[str, Any], channel: str | None, secret: bytes
) -> str | None:
    """The user key that follows from a raw id among the attributes, if there is one."""
    for name in IDS:
        raw = attributes.get(name)
        if isinstance(raw, str) and raw:
            said = f"{channel or ''}\0{raw}".encode()
            return hmac.new(secret, said, hashlib.sha256).hexdigest()
    return None
