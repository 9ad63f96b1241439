"""The gate before both doors and the page: whom a request's token lets do what.

It is asked with the request's headers alone, before any of its body is read.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Protocol

from turnspan_collector.decode import Decoded, Signal
from turnspan_collector.errors import Denied, Unauthenticated
from turnspan_collector.security.known_tokens import KnownTokens, read_tokens
from turnspan_collector.security.own_rows import own_rows
from turnspan_collector.security.rates import Bucket
from turnspan_exporters.timescale.tokens import Token

__all__ = ["Gate", "Grant", "OpenGate", "TokenGate", "make_gate"]

_HOW = "send the header authorization: Bearer, with a token of turnspan token create"


@dataclass(frozen=True, slots=True)
class Grant:
    """What one request may send: as these bots (``None``: all), at this rate."""

    bots: frozenset[str] | None = None
    bucket: Bucket | None = None

    def take(self, signal: Signal, decoded: Decoded) -> Decoded:
        """What the token lets in of a decoded request; the rest is rejected.

        Raises ``Denied`` where that leaves nothing.
        """
        if self.bucket is not None:
            self.bucket.spend(decoded.items)
        if self.bots is None:
            return decoded
        return own_rows(signal, decoded, self.bots)


class Gate(Protocol):
    """What the receivers and the page ask."""

    def open(self) -> None:
        """Be ready to be asked."""

    def close(self) -> None:
        """Be asked no more."""

    def admit_sender(self, authorization: str) -> Grant:
        """Let a request in by its header, which is empty where it has none.

        Raises ``Unauthenticated``, ``Denied``, ``Overloaded`` or ``Retryable``.
        """

    def admit_reader(self, authorization: str, changes: bool) -> None:
        """The same for the page and the API; ``changes``: more than reading."""


class OpenGate:
    """Lets everybody in: who reaches the port is trusted."""

    def open(self) -> None:
        """Nothing to know."""

    def close(self) -> None:
        """Nothing to end."""

    def admit_sender(self, authorization: str) -> Grant:
        """Anybody, as every bot."""
        return Grant()

    def admit_reader(self, authorization: str, changes: bool) -> None:
        """Anybody."""


class TokenGate:
    """Lets in who has a token for it."""

    def __init__(self, known: KnownTokens) -> None:
        self._known = known

    def open(self) -> None:
        """Know the tokens."""
        self._known.start()

    def close(self) -> None:
        """Read them no more."""
        self._known.stop()

    def admit_sender(self, authorization: str) -> Grant:
        """Who has a token that may send."""
        token = self._token(_bearer(authorization))
        if token.bots == ():
            raise Denied("this token may not send: make one with --bot")
        bucket = self._known.bucket(token)
        if bucket is not None:
            bucket.enter()
        bots = None if token.bots is None else frozenset(token.bots)
        return Grant(bots, bucket)

    def admit_reader(self, authorization: str, changes: bool) -> None:
        """Who has a token that may read, or manage; browsers send it as a password."""
        token = self._token(_bearer(authorization) or _password(authorization))
        if not token.may_read:
            raise Denied("this token may not read: make one with --read")
        if changes and not token.may_manage:
            raise Denied("this token may not change anything: make one with --manage")

    def _token(self, secret: str) -> Token:
        if not secret:
            raise Unauthenticated(f"a token is needed: {_HOW}")
        found = self._known.find(secret)
        if found is None:
            raise Unauthenticated(
                f"the token is not known, has expired or was revoked: {_HOW}"
            )
        return found


def make_gate(tokens: str, dsn: str) -> Gate:
    """The gate that the setting ``tokens`` asks for."""
    if tokens == "off":
        return OpenGate()
    return TokenGate(KnownTokens(lambda: read_tokens(dsn)))


def _bearer(authorization: str) -> str:
    scheme, _, secret = authorization.strip().partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else ""


def _password(authorization: str) -> str:
    """The password of HTTP's basic scheme, whatever the name."""
    scheme, _, encoded = authorization.strip().partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        pair = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return pair.partition(":")[2]
