"""Rows that the database refuses, put aside with the reason."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import psycopg

from turnspan_exporters.errors import ExportError
from turnspan_exporters.timescale._connection import Connection, without_values
from turnspan_exporters.timescale._queries import query
from turnspan_exporters.timescale._wire import Row, Table

__all__ = ["bury"]

_TEXT_MAX = 100_000
_REASON_MAX = 500


def bury(connection: Connection, table: Table, row: Row, error: Exception) -> None:
    """Keep one refused row but for what is private, as readable as can be."""
    payload = {
        name: _readable(value)
        for name, value in zip(table.names, row, strict=True)
        if value is not None and name not in table.private
    }
    connection.execute(
        query("dead_letter"),
        {
            "received_at": datetime.now(UTC),
            "signal": table.of_batch,
            "reason": _reason(error),
            "payload": json.dumps(payload),
        },
    )


def _readable(value: Any) -> Any:
    if isinstance(value, bytes):
        return value[:_TEXT_MAX].hex()
    if isinstance(value, bool | int):
        return value
    text = value if isinstance(value, str) else repr(value)
    storable = text[:_TEXT_MAX].replace("\0", "\N{REPLACEMENT CHARACTER}")
    return storable.encode("utf-8", "replace").decode()


def _reason(error: Exception) -> str:
    """The refusal without the values that it may quote, which are in the payload."""
    name = type(error).__name__
    if isinstance(error, psycopg.Error):
        name = f"{name}: {without_values(error)}"
    elif isinstance(error, ExportError):
        name = f"{name}: {error}"
    return str(_readable(name))[:_REASON_MAX]
