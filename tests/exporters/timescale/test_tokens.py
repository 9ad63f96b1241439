"""Tokens in the database: hashes alone, and none that would allow nothing."""

from __future__ import annotations

import hashlib
from typing import Any

import psycopg
import pytest

from turnspan_exporters.timescale import tokens
from turnspan_exporters.timescale.tokens import TokenError


def test_only_the_hash_is_kept(db: psycopg.Connection[Any]) -> None:
    """The secret has 256 random bits behind a prefix that scanners find."""
    made, secret = tokens.create(db, bots=["shop"])
    _, other = tokens.create(db, bots=["shop"])
    assert secret != other
    assert secret.startswith("tsp_")
    assert len(secret) == 47
    assert made.sha256 == hashlib.sha256(secret.encode()).digest()
    (row,) = db.execute(
        "SELECT t::text FROM _turnspan.token AS t WHERE id = %s", (made.id,)
    ).fetchall()
    assert secret not in row[0]
    assert secret[4:] not in repr(made) + row[0]


def test_a_token_is_as_it_was_asked_for(db: psycopg.Connection[Any]) -> None:
    """Bots in order and once, rate, note and end; who manages reads."""
    made, _ = tokens.create(
        db,
        bots=["b", "a", "b"],
        may_manage=True,
        items_per_second=50,
        lasts_s=86_400,
        note="web",
    )
    assert (made.bots, made.may_read, made.may_manage) == (("b", "a"), True, True)
    assert (made.items_per_second, made.note, made.revoked_at) == (50, "web", None)
    assert made.expires_at is not None
    assert 86_399 < (made.expires_at - made.created_at).total_seconds() < 86_401
    assert tokens.in_force(db) == [made]


def test_what_is_revoked_or_expired_is_not_in_force(
    db: psycopg.Connection[Any],
) -> None:
    """It stays listed; revoking twice keeps the first time."""
    first, _ = tokens.create(db, bots=None)
    second, _ = tokens.create(db, bots=None, lasts_s=-1)
    third, _ = tokens.create(db, bots=None)
    assert tokens.revoke(db, first.id)
    (at,) = [one.revoked_at for one in tokens.ever(db) if one.id == first.id]
    assert tokens.revoke(db, first.id)
    assert at == tokens.ever(db)[0].revoked_at is not None
    assert [one.id for one in tokens.ever(db)] == [first.id, second.id, third.id]
    assert tokens.in_force(db) == [third]
    assert not tokens.revoke(db, 10**6)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "would allow nothing"),
        ({"bots": ["a" * 257]}, "is no bot's name: give 1 to 256 bytes"),
        ({"bots": [""]}, "is no bot's name"),
        ({"bots": [str(at) for at in range(101)]}, "names 101 bots: name at most 100"),
        ({"bots": None, "note": "n" * 201}, "has 201 characters: give at most 200"),
    ],
)
def test_a_token_that_cannot_be_is_refused(
    db: psycopg.Connection[Any], given: dict[str, Any], said: str
) -> None:
    """With a sentence, and nothing is kept."""
    with pytest.raises(TokenError, match=said):
        tokens.create(db, **given)
    assert tokens.ever(db) == []


def test_there_are_not_too_many(
    db: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every collector holds all of them in memory."""
    monkeypatch.setattr(tokens, "TOKENS_MAX", 1)
    made, _ = tokens.create(db, bots=None)
    with pytest.raises(TokenError, match="1 tokens are in force: revoke some"):
        tokens.create(db, bots=None)
    tokens.revoke(db, made.id)
    tokens.create(db, bots=None)
