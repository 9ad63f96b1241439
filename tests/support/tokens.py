"""Tokens that stand in no database, and a gate that knows them."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from typing import Any

from turnspan_collector.security import KnownTokens, TokenGate
from turnspan_exporters.timescale.tokens import Token, digest

__all__ = ["NOW", "gate_of", "token"]

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
_NUMBERS = itertools.count(1)


def token(secret: str, **fields: Any) -> Token:
    """A token with this secret that may nothing, but for what ``fields`` say."""
    given: dict[str, Any] = {
        "id": next(_NUMBERS),
        "sha256": digest(secret),
        "bots": (),
        "may_read": False,
        "may_manage": False,
        "items_per_second": None,
        "note": "",
        "created_at": NOW,
        "expires_at": None,
        "revoked_at": None,
    }
    return Token(**{**given, **fields})


def gate_of(*tokens: Token) -> TokenGate:
    """A gate that knows these, and reads no more."""
    known = KnownTokens(lambda: tokens, clock=lambda: NOW)
    known.refresh()
    return TokenGate(known)
