"""The gate: who has a token for what, told by the header alone."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest
from tests.support.tokens import NOW, gate_of, token

from turnspan_collector.errors import Denied, Unauthenticated
from turnspan_collector.security import Grant, OpenGate, make_gate
from turnspan_exporters.errors import Overloaded

GATE = gate_of(
    token("shop", bots=("shop", "sales")),
    token("any", bots=None),
    token("reader", may_read=True),
    token("manager", may_read=True, may_manage=True),
    token("ended", bots=None, expires_at=NOW),
    token("lasting", bots=None, expires_at=NOW + timedelta(seconds=1)),
    token("slow", bots=None, items_per_second=1),
)


def basic(secret: str, name: str = "") -> str:
    return "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()


@pytest.mark.parametrize(
    ("header", "bots"),
    [
        ("Bearer shop", frozenset({"shop", "sales"})),
        ("bearer  any ", None),
        ("BEARER lasting", None),
    ],
)
def test_a_token_that_may_send_sends(header: str, bots: frozenset[str] | None) -> None:
    """As the bots that it names, or as every bot; the scheme's case does not count."""
    assert GATE.admit_sender(header) == Grant(bots)


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "shop", "Basic shop", basic("shop"), "Bearer\tshop"],
)
def test_without_a_token_nobody_sends(header: str) -> None:
    """Neither with a scheme of another kind."""
    with pytest.raises(Unauthenticated, match="a token is needed"):
        GATE.admit_sender(header)


@pytest.mark.parametrize(
    "secret", ["Shop", "shopp", "sho", "ended", "ü", "\udcff", "x" * 100_000]
)
def test_a_token_that_does_not_hold_is_refused(secret: str) -> None:
    """Without a word of which of the reasons it is, or of what was sent."""
    with pytest.raises(Unauthenticated) as refused:
        GATE.admit_sender(f"Bearer {secret}")
    assert str(refused.value) == (
        "the token is not known, has expired or was revoked: send the header "
        "authorization: Bearer, with a token of turnspan token create"
    )


def test_a_token_that_may_only_read_does_not_send() -> None:
    """It is known, and that is not enough."""
    with pytest.raises(Denied, match="may not send"):
        GATE.admit_sender("Bearer reader")


@pytest.mark.parametrize("header", ["Bearer reader", basic("reader", "eva")])
def test_a_reader_reads_and_changes_nothing(header: str) -> None:
    """By a header, or by the password that a browser asks for."""
    GATE.admit_reader(header, changes=False)
    with pytest.raises(Denied, match="may not change"):
        GATE.admit_reader(header, changes=True)
    GATE.admit_reader("Bearer manager", changes=True)


@pytest.mark.parametrize("header", ["", "Basic ?", basic(""), basic("other")])
def test_nobody_else_reads(header: str) -> None:
    """Nor does a token that may only send."""
    with pytest.raises(Unauthenticated):
        GATE.admit_reader(header, changes=False)
    with pytest.raises(Denied, match="may not read"):
        GATE.admit_reader("Bearer any", changes=False)


def test_a_rate_refuses_before_anything_is_read() -> None:
    """Ten seconds' worth at once, then with a delay."""
    for _ in range(10):
        GATE.admit_sender("Bearer slow")
    with pytest.raises(Overloaded, match="1 items a second"):
        GATE.admit_sender("Bearer slow")


def test_tokens_off_lets_everybody_in() -> None:
    """As every bot."""
    gate = make_gate("off", "")
    assert isinstance(gate, OpenGate)
    assert gate.admit_sender("") == Grant()
    gate.admit_reader("", changes=True)
