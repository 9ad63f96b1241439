"""Rows that the database refuses, put aside with the reason, and read back.

A letter keeps the columns that are not null, as JSON that people can read and from
which the row can be made again: bytes are hexadecimal, numbers that JSON cannot hold
are text. A value of more than a megabyte is cut, and named under ``CUT``: such a row
cannot be replayed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import orjson
import psycopg

from turnspan_exporters.errors import ExportError
from turnspan_exporters.timescale._connection import Connection, without_values
from turnspan_exporters.timescale._queries import query
from turnspan_exporters.timescale._wire import Row, Table

__all__ = ["CUT", "Unreadable", "bury", "read_row"]

CUT: Final = "turnspan.cut"
"""Under which a letter lists the columns whose values were cut."""

_VALUE_MAX: Final = 1_000_000
_REASON_MAX: Final = 500


class Unreadable(ValueError):
    """A letter from which its row cannot be made again; the text says why."""


def bury(
    connection: Connection, table: Table, refused: Iterable[tuple[Row, Exception]]
) -> None:
    """Keep refused rows but for what is private, as readable as can be."""
    letters = (_letter(table, row, error) for row, error in refused)
    connection.cursor().executemany(query("dead_letter"), letters)


def _letter(table: Table, row: Row, error: Exception) -> dict[str, Any]:
    kept = {
        name: value
        for name, value in zip(table.names, row, strict=True)
        if value is not None and name not in table.private
    }
    payload = {name: _readable(value) for name, value in kept.items()}
    if cut := [name for name, value in kept.items() if _is_long(value)]:
        payload[CUT] = cut
    return {
        "received_at": datetime.now(UTC),
        "signal": table.of_batch,
        "reason": _reason(error),
        "payload": json.dumps(payload),
    }


def _readable(value: Any) -> Any:
    if isinstance(value, bytes):
        return value[:_VALUE_MAX].hex()
    if isinstance(value, bool | int):
        return value
    text = value if isinstance(value, str) else repr(value)
    storable = text[:_VALUE_MAX].replace("\0", "\N{REPLACEMENT CHARACTER}")
    return storable.encode("utf-8", "replace").decode()


def _is_long(value: Any) -> bool:
    return isinstance(value, str | bytes) and len(value) > _VALUE_MAX


def read_row(table: Table, payload: Mapping[str, Any]) -> dict[str, Any]:
    """The row's values by column, of the types that a batch has.

    JSON columns are decoded; raises ``Unreadable`` where the letter does not hold the
    whole row, or holds what is no value of a column's kind.
    """
    if table.private:
        raise Unreadable(
            f"private columns were not kept: {', '.join(sorted(table.private))}"
        )
    if cut := payload.get(CUT):
        raise Unreadable(f"columns were too long to be kept whole: {', '.join(cut)}")
    found: dict[str, Any] = {}
    for name, kind, _ in table.columns:
        try:
            found[name] = _value(kind, payload.get(name))
        except (ValueError, TypeError):
            raise Unreadable(f"column {name} is no {kind}") from None
    return found


def _value(kind: str, kept: Any) -> Any:
    if kept is None:
        return None
    if kind == "uuid":
        return bytes.fromhex(kept)
    if kind == "json":
        return orjson.loads(bytes.fromhex(kept)[1:])  # after the format's version
    if kind == "float":
        return float(kept)
    wanted = {"text": str, "bool": bool}.get(kind, int)
    if type(kept) is not wanted:
        raise TypeError
    return kept


def _reason(error: Exception) -> str:
    """The refusal without the values that it may quote, which are in the payload."""
    name = type(error).__name__
    if isinstance(error, psycopg.Error):
        name = f"{name}: {without_values(error)}"
    elif isinstance(error, ExportError):
        name = f"{name}: {error}"
    return str(_readable(name))[:_REASON_MAX]
