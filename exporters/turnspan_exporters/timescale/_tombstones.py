"""Keep rows of erased users from coming back with a replay.

A tombstone is a keyed hash of a user, a conversation, a turn, a trace or a handoff. The
writer holds them all, and reads them anew in the transaction that sees a newer one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, Final

from turnspan_exporters.exporter import Count, Stored
from turnspan_exporters.records import Batch, Columns, TimeFlag
from turnspan_exporters.timescale._connection import Connection, one_row
from turnspan_exporters.timescale._queries import query

__all__ = ["Tombstones"]

_SEPARATOR: Final = "\x1f"
_HASH_BYTES: Final = 16
_ALWAYS: Final = float("inf")


class Tombstones:
    """What one writer knows of them; used by one thread at a time."""

    def __init__(self) -> None:
        self._newest: datetime | None = None
        self._secret = b""
        self._until_s: dict[bytes, float] = {}

    def look(self, connection: Connection) -> None:
        """Read what is new, within the transaction that is to store rows."""
        (newest,) = one_row(connection, query("newest_tombstone"))
        if newest == self._newest:
            return
        (self._secret,) = one_row(connection, query("tombstone_secret"))
        rows = connection.execute(query("tombstones"))
        self._until_s = {bytes(hash): float(until) for hash, until in rows}
        self._newest = newest

    def without(self, batches: Sequence[Batch]) -> tuple[list[Batch], Stored]:
        """The batches without what was erased, and how many records that leaves out."""
        if not self._until_s:
            return [*batches], Stored()
        look = _Lookup(self._until_s, self._secret)
        for batch in batches:
            look.mark(batch)
        kept = [_without(batch, look) for batch in batches]
        counts = [
            Count(erased=sum(len(getattr(b, of)) for b in batches)
                  - sum(len(getattr(b, of)) for b in kept))
            for of in ("spans", "events")
        ]  # fmt: skip
        return kept, Stored(*counts)


class _Lookup:
    """Until when each id is erased; every id is hashed once."""

    def __init__(self, until_s: dict[bytes, float], secret: bytes) -> None:
        self._until_s = until_s
        self._secret = secret
        self._known: dict[tuple[str, str, str], float] = {}

    def mark(self, batch: Batch) -> None:
        """What comes with a row that stays out and names nobody stays out too."""
        for columns, time in ((batch.spans, "start_ns"), (batch.events, "time_ns")):
            rows = [*_rows(columns, time)]
            stays = [_stays(self.until, *row) for row in rows]
            for row, kept in zip(rows, stays, strict=True):
                if not kept:
                    self._known |= dict.fromkeys(_tied(*row), _ALWAYS)

    def until(self, kind: str, bot: str, value: str | None) -> float:
        """Seconds since 1970; 0 where it is not erased."""
        if value is None:
            return 0
        key = (kind, bot, value)
        known = self._known.get(key)
        if known is None:
            text = _SEPARATOR.join(key).encode("utf-8", "surrogatepass")
            digest = hashlib.sha256(self._secret + text).digest()[:_HASH_BYTES]
            known = self._known[key] = self._until_s.get(digest, 0)
        return known


def _without(batch: Batch, look: _Lookup) -> Batch:
    spans = _kept(batch.spans, "start_ns", look)
    events = _kept(batch.events, "time_ns", look)
    if all(spans) and all(events):
        return batch
    gone_uids = {
        uid for uid, stays in zip(batch.events.uid, events, strict=True) if not stays
    }
    ids = zip(batch.spans.trace_id, batch.spans.span_id, spans, strict=True)
    gone_spans = {(trace, span) for trace, span, stays in ids if not stays}
    said = zip(batch.texts.uid, batch.texts.trace_id, batch.texts.span_id, strict=True)
    texts = [
        uid not in gone_uids if uid is not None else (trace, span) not in gone_spans
        for uid, trace, span in said
    ]
    return Batch(
        batch.received_ns,
        spans=_only(batch.spans, spans),
        events=_only(batch.events, events),
        points=batch.points,
        texts=_only(batch.texts, texts),
        resources=batch.resources,
        scopes=batch.scopes,
    )


def _kept(columns: Any, time: str, look: _Lookup) -> list[bool]:
    """Whether each row stays: those of somebody else do, and those that are younger."""
    return [_stays(look.until, *row) for row in _rows(columns, time)]


def _rows(columns: Any, time: str) -> Iterator[tuple[Any, ...]]:
    return zip(
        columns.bot, columns.user_key, columns.conversation_id, columns.turn_id,
        columns.trace_id, getattr(columns, "handoff_id", [None] * len(columns)),
        columns.time_flags, getattr(columns, time), strict=True,
    )  # fmt: skip


def _tied(
    bot: str,
    user: str | None,
    talk: str | None,
    turn: str | None,
    trace: bytes | None,
    handoff: str | None,
    *_: int,
) -> list[tuple[str, str, str]]:
    """The ids by which rows without a user belong to this one."""
    found = [
        ("turn", bot, turn),
        ("trace", "", trace.hex() if trace else None),
        ("handoff", bot, handoff),
    ]
    return [(kind, of, id) for kind, of, id in found if id is not None]


def _stays(
    until: Callable[[str, str, str | None], float],
    bot: str,
    user: str | None,
    talk: str | None,
    turn: str | None,
    trace: bytes | None,
    handoff: str | None,
    flags: int,
    at_ns: int,
) -> bool:
    if user is not None:
        limit = max(until("user", "", user), until("user", bot, user))
    else:
        limit = max(
            until("conversation", bot, talk),
            until("turn", bot, turn),
            until("trace", "", trace.hex() if trace else None),
            until("handoff", bot, handoff),
        )
    if limit and flags & TimeFlag.START_CLAMPED:
        limit = _ALWAYS  # its own time is not known: it may have been there before
    return at_ns / 1e9 > limit


def _only(columns: Any, stays: list[bool]) -> Any:
    made: Columns = type(columns)()
    for one in fields(columns):
        values = getattr(columns, one.name)
        setattr(made, one.name, [v for v, kept in zip(values, stays, strict=True)
                                 if kept])  # fmt: skip
    return made
