"""Structured messages on standard error: a line of text or a JSON object each.

A traceback says where, and of what kind; the texts of others' exceptions are left out,
since they may quote what was received.
"""

from __future__ import annotations

import logging
import sys
import traceback
from datetime import UTC, datetime

import orjson

from turnspan_collector.config import Log
from turnspan_collector.errors import StartError
from turnspan_exporters.errors import ExportError

__all__ = ["configure"]

_BEHIND_MAX = 10


class _Text(logging.Formatter):
    """``2026-01-31T12:00:00.000Z info message``, and a traceback where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        line = f"{_time(record)} {record.levelname.lower()} {record.getMessage()}"
        if record.exc_info:
            line += "\n" + _traceback(record.exc_info[1])
        return line


class _Json(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        content = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            content["exception"] = _traceback(record.exc_info[1])
        return orjson.dumps(content).decode()


def _traceback(error: BaseException | None) -> str:
    """Where an exception and those behind it were raised, the first of them first."""
    parts: list[str] = []
    while error is not None:
        kind = type(error).__qualname__
        ours = isinstance(error, ExportError | StartError)
        said = f"{kind}: {error}" if ours else kind
        parts.append("".join(traceback.format_tb(error.__traceback__)) + said)
        error = error.__cause__ or error.__context__
    return "\nthen\n".join(reversed(parts[:_BEHIND_MAX]))


def _time(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def configure(settings: Log) -> None:
    """Send every logger's messages to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if settings.log_format == "json" else _Text())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    for noisy in ("asyncio", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
