"""What keeps people out of telemetry: keyed ids, redaction, URLs without queries."""

from __future__ import annotations

import hashlib
import hmac
import os
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from turnspan import _keyfile, _problems, _settings
from turnspan._limits import identifier
from turnspan.conventions import ENDUSER_PSEUDO_ID, GEN_AI_CONVERSATION_ID, MESSAGE_ID
from turnspan.conventions import InstrumentationErrorKind as Kind

_EPHEMERAL: Final = os.urandom(32)
"""Keys conversations when there is no secret to keep: unlinkable after a restart."""


def user_key(user: object, channel: str | None) -> str | None:
    """HMAC-SHA256(secret, channel NUL id) in hexadecimal; None without a secret."""
    text = identifier(ENDUSER_PSEUDO_ID, user)
    secret = _keyfile.secret()
    if text is None or secret is None:
        return None
    return _keyed(secret, channel or "", text)


def key_id() -> str | None:
    """Name the secret without telling it: eight digits of a hash of its own."""
    secret = _keyfile.secret()
    return None if secret is None else _key_id(secret)


def private_conversation(
    conversation: object, channel: str | None = None
) -> str | None:
    """Key the id of a private chat, which on messengers is the user's own id.

    Args:
        conversation: The platform's chat id.
        channel: The channel's name, as given to the turn.

    Returns:
        64 hexadecimal digits, the same wherever the secret is the same.
    """
    text = identifier(GEN_AI_CONVERSATION_ID, conversation)
    if text is None:
        return None
    secret = _keyfile.secret() or _EPHEMERAL
    return _keyed(secret, "conversation", channel or "", text)


def private_message(message: object, channel: str | None = None) -> str | None:
    """Key a message's id that tells the user, as those of Telegram's buttons do."""
    text = identifier(MESSAGE_ID, message)
    if text is None:
        return None
    secret = _keyfile.secret() or _EPHEMERAL
    return _keyed(secret, "message", channel or "", text)


def redacted(text: object) -> str | None:
    """Give a text as the redaction hook leaves it; None when there is nothing left."""
    if not isinstance(text, str) or not text:
        return None
    hook = _settings.current().redact
    if hook is None:
        return text
    try:
        result = hook(text)
    except Exception:
        _problems.report(
            Kind.REDACTION, "redact", "the redaction hook raised; the text was left out"
        )
        return None
    return result if isinstance(result, str) and result else None


def bare_url(url: object) -> str | None:
    """Give a URL without user, query and fragment; None when it is not one."""
    if not isinstance(url, str):
        return None
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        return urlunsplit((parts.scheme, host, parts.path, "", "")) or None
    except ValueError:
        return None


def _keyed(secret: bytes, *parts: str) -> str:
    text = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hmac.digest(secret, text, "sha256").hex()


@lru_cache(maxsize=8)
def _key_id(secret: bytes) -> str:
    return hashlib.sha256(b"turnspan user key\0" + secret).hexdigest()[:8]
