"""Messages: one line of text, or one JSON object, on standard error."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from turnspan_collector.config import Log
from turnspan_collector.logs import configure
from turnspan_exporters.errors import Permanent


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    """The root logger as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def say(caught: pytest.CaptureFixture[str], settings: Log) -> str:
    configure(settings)
    record = logging.makeLogRecord(
        {"name": "n", "levelname": "INFO", "levelno": 20, "msg": "a %s", "args": ("b",)}
    )
    record.created = 1_769_860_800.25
    logging.getLogger("n").handle(record)
    return caught.readouterr().err


def test_text_has_time_level_and_message(capsys: pytest.CaptureFixture[str]) -> None:
    """In UTC, to the millisecond."""
    assert say(capsys, Log()) == "2026-01-31T12:00:00.250Z info a b\n"


def test_json_has_the_same_parts(capsys: pytest.CaptureFixture[str]) -> None:
    """One object a line."""
    assert json.loads(say(capsys, Log(log_format="json"))) == {
        "time": "2026-01-31T12:00:00.250Z",
        "level": "info",
        "logger": "n",
        "message": "a b",
    }


def test_less_severe_messages_are_left_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """As the setting says."""
    configure(Log(log_level="warning"))
    logging.getLogger("n").info("quiet")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_traceback_does_not_repeat_what_others_say(
    capsys: pytest.CaptureFixture[str], log_format: str
) -> None:
    """It says where and of what kind; our own sentences are whole (C61)."""
    configure(Log(log_format=log_format))
    try:
        try:
            raise ValueError(" ".join(["canary", "of", "the", "payload"]))
        except ValueError as error:
            raise Permanent("The database refused.") from error
    except Permanent as error:
        logging.getLogger("n").error("it failed", exc_info=error)
    said = capsys.readouterr().err
    assert "canary of" not in said
    assert said.index("ValueError") < said.index("Permanent: The database refused.")
    assert "test_logs.py" in said
