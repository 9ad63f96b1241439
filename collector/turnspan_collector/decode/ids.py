"""Trace, span and record ids."""

from __future__ import annotations

import uuid

from turnspan_collector.decode.values import digest

__all__ = ["is_span_id", "is_trace_id", "record_id", "span_number"]

NO_TRACE = bytes(16)
NO_SPAN = bytes(8)
ULID_DIGITS = {digit: at for at, digit in enumerate("0123456789ABCDEFGHJKMNPQRSTVWXYZ")}


def is_trace_id(value: bytes) -> bool:
    """Whether it is 16 bytes that are not all zero."""
    return len(value) == 16 and value != NO_TRACE


def is_span_id(value: bytes) -> bool:
    """Whether it is 8 bytes that are not all zero."""
    return len(value) == 8 and value != NO_SPAN


def span_number(value: bytes) -> int:
    """The span id as PostgreSQL's bigint: signed, big-endian."""
    return int.from_bytes(value, "big", signed=True)


def record_id(text: str, bot: str) -> tuple[bytes, bool]:
    """16 bytes for a ``log.record.uid`` and whether they say all of it.

    UUIDs and ULIDs have 128 bits; any other text is hashed with the bot's name, so
    that two bots may both count from 1.
    """
    if len(text) == 26 and (ulid := _ulid(text)) is not None:
        return ulid, True
    if len(text) in (32, 36):
        try:
            return uuid.UUID(text).bytes, True
        except ValueError:
            pass  # an id of another making
    return digest("uid", bot, text), False


def _ulid(text: str) -> bytes | None:
    number = 0
    for digit in text.upper():
        if digit not in ULID_DIGITS:
            return None
        number = number * 32 + ULID_DIGITS[digit]
    return number.to_bytes(16, "big") if number < 2**128 else None
