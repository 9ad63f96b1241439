"""Tokens in memory: refreshed soon, and kept while the database is away."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
import pytest
from tests.support.running import eventually
from tests.support.tokens import token

from turnspan_collector.security import KnownTokens
from turnspan_collector.security.known_tokens import read_tokens
from turnspan_exporters.errors import Retryable
from turnspan_exporters.timescale import tokens
from turnspan_exporters.timescale.tokens import Token


class Source:
    """A database of tokens that can go away."""

    def __init__(self, *given: Token) -> None:
        self.tokens: Sequence[Token] = given
        self.away = False
        self.error: Exception = Retryable("away")

    def __call__(self) -> Sequence[Token]:
        if self.away:
            raise self.error
        return self.tokens


def test_known_tokens_hold_while_the_database_is_away() -> None:
    """And nobody is let in whom nobody knows."""
    source = Source(token("old", bots=None))
    known = KnownTokens(source)
    known.refresh()
    source.away = True
    known.refresh()
    assert known.find("old") is not None
    assert known.find("new") is None


def test_a_failure_of_any_kind_leaves_the_known_ones() -> None:
    """Else revocations would stop to count, without a word."""
    source = Source(token("old", bots=None))
    known = KnownTokens(source)
    known.refresh()
    source.away, source.error = True, RuntimeError("a bug")
    known.refresh()
    assert known.find("old") is not None


def test_before_the_first_reading_senders_come_again() -> None:
    """A sender with a good token is not told that it is bad."""
    source = Source(token("old", bots=None))
    source.away = True
    known = KnownTokens(source)
    known.refresh()
    with pytest.raises(Retryable, match="send this again"):
        known.find("old")


def test_a_refresh_keeps_what_is_in_the_buckets() -> None:
    """Else a rate would be a burst every few seconds; who is gone has no bucket."""
    slow = token("slow", bots=None, items_per_second=5)
    source = Source(slow)
    known = KnownTokens(source)
    known.refresh()
    bucket = known.bucket(slow)
    known.refresh()
    assert known.bucket(slow) is bucket is not None
    source.tokens = ()
    known.refresh()
    assert known.bucket(slow) is None


def test_a_revoked_token_ends_and_a_new_one_begins(
    migrated_dsn: str, db: psycopg.Connection[object]
) -> None:
    """Within the time of a refresh, read from the database."""
    first, secret = tokens.create(db, bots=None)
    known = KnownTokens(lambda: read_tokens(migrated_dsn))
    known.start()
    try:
        assert known.find(secret) == first
        second, other = tokens.create(db, bots=["shop"])
        assert tokens.revoke(db, first.id)
        eventually(lambda: known.find(other) == second and not known.find(secret), 10)
    finally:
        known.stop()
