"""Settings come from the environment or from code; wrong ones are told."""

from __future__ import annotations

import logging

import pytest
from tests.support.telemetry import Captured

import turnspan
from turnspan import _settings
from turnspan._settings import ContentMode, Settings, TurnEnd, from_environment


def test_every_setting_has_a_variable_but_the_hook() -> None:
    """What is data can be set without code."""
    fields = set(Settings.__dataclass_fields__)
    assert fields - set(_settings.VARIABLES) == {"redact"}
    assert fields == set(_settings.MEANINGS)


def test_the_environment_gives_the_defaults() -> None:
    """Each variable is read in its own type, in any case."""
    environ = {
        "TURNSPAN_BOT": "b",
        "TURNSPAN_TURN_END": "Always",
        "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "span_only",
        "TURNSPAN_TEST": "TRUE",
        "TURNSPAN_CAPTURE_URLS": "0",
    }
    assert from_environment(environ) == Settings(
        bot="b",
        turn_end=TurnEnd.ALWAYS,
        content=ContentMode.SPAN_ONLY,
        test=True,
        capture_urls=False,
    )
    off = {"OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "false"}
    assert from_environment(off) == Settings()


def test_a_wrong_variable_is_left_out_and_logged(
    captured: Captured, caplog: pytest.LogCaptureFixture
) -> None:
    """Content stays off when the mode is not known."""
    environ = {
        "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "everything",
        "TURNSPAN_TEST": "perhaps",
    }
    with caplog.at_level(logging.WARNING):
        assert from_environment(environ) == Settings()
    assert [record.getMessage() for record in caplog.records] == [
        "turnspan: TURNSPAN_TEST must be true or false; set one of them",
        "turnspan: content must be one of NO_CONTENT, SPAN_ONLY, EVENT_ONLY, "
        "SPAN_AND_EVENT; set one of them",
    ]


def test_configure_raises_at_once(captured: Captured) -> None:
    """It is called by a developer, at start."""
    with pytest.raises(ValueError, match="turn_end must be one of unsampled, always"):
        turnspan.configure(turn_end="sometimes")
    with pytest.raises(ValueError, match="redact must be a callable"):
        turnspan.configure(redact="x")  # type: ignore[arg-type]
