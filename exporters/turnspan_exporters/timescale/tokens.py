"""Bearer tokens: made once, shown once, kept as a hash, revoked by their number."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from turnspan_exporters.timescale._connection import Connection
from turnspan_exporters.timescale._queries import query

__all__ = [
    "BOTS_MAX",
    "PREFIX",
    "TOKENS_MAX",
    "Token",
    "TokenError",
    "create",
    "digest",
    "ever",
    "in_force",
    "revoke",
]

PREFIX: Final = "tsp_"
"""How every secret begins, so that scanners of code and logs know one."""

TOKENS_MAX: Final = 10_000
"""Tokens that may be in force at a time; every collector knows them all."""

BOTS_MAX: Final = 100
"""Bots that one token may name."""

NOTE_CHARACTERS_MAX: Final = 200
_BOT_BYTES_MAX: Final = 256
_RANDOM_BYTES: Final = 32


class TokenError(ValueError):
    """A token that cannot be made; the text is one sentence for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token as it is kept, without its secret.

    It may send as the ``bots`` it names; ``None`` is every bot, () is none.
    ``items_per_second`` is its rate, ``None`` without a limit.
    """

    id: int
    sha256: bytes = field(repr=False)
    bots: tuple[str, ...] | None
    may_read: bool
    may_manage: bool
    items_per_second: int | None
    note: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


def digest(secret: str) -> bytes:
    """What is kept of a secret, in 32 bytes."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()


def create(
    connection: Connection,
    *,
    bots: Sequence[str] | None = (),
    may_read: bool = False,
    may_manage: bool = False,
    items_per_second: int | None = None,
    lasts_s: float | None = None,
    note: str = "",
) -> tuple[Token, str]:
    """Make a token; returns it and its secret, which nobody can ask for again.

    Who may manage may read. Raises ``TokenError`` where it would allow nothing, names
    a bot that cannot be, or is one too many.
    """
    _check(bots, may_read or may_manage, note)
    if len(in_force(connection)) >= TOKENS_MAX:
        raise TokenError(
            f"{TOKENS_MAX} tokens are in force: revoke some before you make another."
        )
    secret = PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)
    values = {
        "sha256": digest(secret),
        "bots": None if bots is None else list(dict.fromkeys(bots)),
        "may_read": may_read or may_manage,
        "may_manage": may_manage,
        "items_per_second": items_per_second,
        "note": note,
        "lasts_s": lasts_s,
    }
    (made,) = _tokens(connection, "create_token", values)
    return made, secret


def in_force(connection: Connection) -> list[Token]:
    """Tokens that are neither revoked nor expired, at most ``TOKENS_MAX``."""
    return _tokens(connection, "tokens_in_force", {"most": TOKENS_MAX})


def ever(connection: Connection) -> list[Token]:
    """Every token that was made."""
    return _tokens(connection, "tokens_ever", {})


def revoke(connection: Connection, number: int) -> bool:
    """End a token for good; whether there is one of this number."""
    rows = connection.execute(query("revoke_token"), {"id": number}).fetchall()
    return bool(rows)


def _tokens(
    connection: Connection, name: str, values: Mapping[str, object]
) -> list[Token]:
    rows = connection.execute(query(name), values).fetchall()
    return [
        Token(
            id=row[0],
            sha256=bytes(row[1]),
            bots=None if row[2] is None else tuple(row[2]),
            may_read=row[3],
            may_manage=row[4],
            items_per_second=row[5],
            note=row[6],
            created_at=row[7],
            expires_at=row[8],
            revoked_at=row[9],
        )
        for row in rows
    ]


def _check(bots: Sequence[str] | None, may_read: bool, note: str) -> None:
    if bots is not None and not bots and not may_read:
        raise TokenError(
            "the token would allow nothing: give --bot, --all-bots, --read or --manage."
        )
    if bots is not None and len(bots) > BOTS_MAX:
        raise TokenError(
            f"the token names {len(bots)} bots: name at most {BOTS_MAX}, or give "
            "--all-bots."
        )
    for bot in bots or ():
        if not bot or "\0" in bot or len(bot.encode()) > _BOT_BYTES_MAX:
            raise TokenError(
                f"--bot {bot[:32]!r} is no bot's name: give 1 to {_BOT_BYTES_MAX} "
                "bytes without NUL."
            )
    if len(note) > NOTE_CHARACTERS_MAX or "\0" in note:
        raise TokenError(
            f"--note has {len(note)} characters: give at most {NOTE_CHARACTERS_MAX}, "
            "without NUL."
        )
