"""The tokens in force, in memory: read every few seconds, by hash.

A new token holds, and a revoked one is refused, within ``REFRESH_SECONDS``. While the
database is away those that were known go on to hold, until they expire.
"""

from __future__ import annotations

import hmac
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from psycopg import conninfo

from turnspan_collector.security.rates import Bucket
from turnspan_exporters.errors import ExportError, Retryable
from turnspan_exporters.timescale import tokens
from turnspan_exporters.timescale._connection import connect, sorted_errors
from turnspan_exporters.timescale.tokens import Token, digest

__all__ = ["REFRESH_SECONDS", "KnownTokens", "read_tokens"]

logger = logging.getLogger(__name__)

REFRESH_SECONDS = 3.0
# A database that is gone without a word is noticed after this time.
SILENT_SECONDS_MAX = 10
SECRET_CHARACTERS_MAX = 256


def read_tokens(dsn: str) -> list[Token]:
    """The tokens in force, from the database; raises ``ExportError``."""
    answering = conninfo.make_conninfo(dsn, tcp_user_timeout=SILENT_SECONDS_MAX * 1000)
    with (
        connect(answering, name="turnspan tokens") as connection,
        sorted_errors("reading tokens"),
    ):
        return tokens.in_force(connection)


class KnownTokens:
    """Finds the token of a secret. ``read`` gives all that are in force.

    ``start`` reads once before it returns, and goes on in a thread; ``stop`` ends it.
    """

    def __init__(
        self,
        read: Callable[[], Sequence[Token]],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._read = read
        self._clock = clock
        self._by_hash: Mapping[bytes, Token] | None = None
        self._buckets: Mapping[int, Bucket] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tokens", daemon=True)

    def start(self) -> None:
        """Know the tokens when it returns, unless the database is away."""
        self.refresh()
        self._thread.start()

    def stop(self) -> None:
        """Read no more."""
        self._stop.set()

    def find(self, secret: str) -> Token | None:
        """The token in force with this secret.

        Raises ``Retryable`` where the tokens could not be read since the start.
        """
        if self._by_hash is None:
            raise Retryable("the tokens cannot be read now: send this again")
        if len(secret) > SECRET_CHARACTERS_MAX:
            return None
        hashed = digest(secret)
        found = self._by_hash.get(hashed)
        if found is None or not hmac.compare_digest(found.sha256, hashed):
            return None
        if found.expires_at is not None and found.expires_at <= self._clock():
            return None
        return found

    def bucket(self, token: Token) -> Bucket | None:
        """The bucket of a token that has a rate."""
        return self._buckets.get(token.id)

    def refresh(self) -> None:
        """Read the tokens once; a failure leaves those that are known."""
        try:
            found = self._read()
        except ExportError as error:
            logger.warning("the tokens are as they were read last: %s", error)
            return
        except Exception:
            logger.exception("the tokens could not be read, in an unknown way")
            return
        self._buckets = {
            one.id: self._buckets.get(one.id) or Bucket(one.items_per_second)
            for one in found
            if one.items_per_second
        }
        self._by_hash = {one.sha256: one for one in found}

    def _run(self) -> None:
        while not self._stop.wait(REFRESH_SECONDS):
            self.refresh()
