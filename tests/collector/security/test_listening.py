"""Binding: this machine alone, unless TLS, tokens or a word allows more (C58)."""

from __future__ import annotations

import logging

import pytest

from turnspan_collector.config import Settings, load
from turnspan_collector.errors import ExitCode, StartError
from turnspan_collector.security.listening import is_loopback, refuse_open_listening

TLS = {"tls_cert": "a", "tls_key": "b"}


def settings(**flags: str) -> Settings:
    return load(flags, {})


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("127.0.0.1", True),
        ("127.8.9.10", True),
        ("localhost", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.0.2.1", False),
        ("::ffff:192.0.2.1", False),
    ],
)
def test_an_address_is_this_machines_or_not(host: str, own: bool) -> None:
    """By what it resolves to, not by how it is written."""
    assert is_loopback(host) is own


def test_the_default_is_this_machine() -> None:
    """Nothing has to be set for it."""
    assert is_loopback(Settings().listen.host)
    refuse_open_listening(Settings())


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_an_open_collector_does_not_start(host: str) -> None:
    """One sentence that says what would help, and an exit code of its own."""
    with pytest.raises(StartError) as refused:
        refuse_open_listening(settings(host=host))
    assert refused.value.exit_code is ExitCode.OPEN_TO_OTHERS
    assert str(refused.value) == (
        f"--host is {host!r}, where others can reach it, and there are neither TLS nor "
        "tokens: give --tls-cert and --tls-key, or --tokens required, or "
        "--insecure-listen on where something else keeps others out."
    )


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ({"insecure_listen": "on"}, "without TLS and tokens"),
        ({"tokens": "required"}, "tokens travel readable"),
        (TLS, "without tokens and tls_client_ca"),
        ({**TLS, "tokens": "required"}, ""),
        ({**TLS, "tls_client_ca": "c"}, ""),
    ],
)
def test_tls_or_tokens_or_a_word_lets_it_start(
    flags: dict[str, str], said: str, caplog: pytest.LogCaptureFixture
) -> None:
    """What is missing is logged; of all there is nothing to say."""
    with caplog.at_level(logging.WARNING):
        refuse_open_listening(settings(host="0.0.0.0", **flags))
    assert len(caplog.messages) == bool(said)
    assert said in " ".join(caplog.messages)
