"""The newest turns: what happened in them, and a cursor of what was seen lately.

Turns arrive out of order, since each is sent when it has ended and by batches. So the
cursor looks back a little behind the newest turn, and knows by a checksum which of the
turns there have been shown.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, Self

from turnspan import conventions as names
from turnspan_exporters.timescale._connection import Connection
from turnspan_exporters.timescale._queries import query
from turnspan_exporters.timescale.reader_rows import TailEvent, TailTurn

__all__ = ["SEEN_MAX", "Cursor", "with_events"]

_LOOK_BACK: Final = timedelta(minutes=2)
SEEN_MAX: Final = 500
"""How many turns a cursor knows; behind the oldest of them it does not look."""
_EVENTS: Final = (
    f"{names.ROOT}.handoff.%",
    f"{names.ROOT}.cta.%",
    names.EVENT_GOAL,
    names.EVENT_FEEDBACK,
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Cursor:
    """``since``: turns that began earlier are not asked again. ``seen``: checksums."""

    since: datetime = _EPOCH
    seen: frozenset[int] = frozenset()

    @property
    def size(self) -> int:
        """How many turns it remembers."""
        return len(self.seen)

    def has_seen(self, turn: TailTurn) -> bool:
        """Whether ``turn`` was given before."""
        return _checksum(turn) in self.seen

    def after(self, turns: Sequence[TailTurn]) -> Self:
        """The cursor when ``turns``, the newest first, have been given."""
        if not turns:
            return self
        kept = turns[:SEEN_MAX]
        since = max(self.since, turns[0].time - _LOOK_BACK)
        if len(turns) > SEEN_MAX:
            since = max(since, kept[-1].time)
        return type(self)(
            since, frozenset(_checksum(turn) for turn in kept if turn.time >= since)
        )

    def text(self) -> str:
        """The cursor as a caller keeps it."""
        since = (self.since - _EPOCH) // _MICROSECOND
        packed = since.to_bytes(8, "big") + b"".join(
            one.to_bytes(4, "big") for one in sorted(self.seen)
        )
        return base64.urlsafe_b64encode(packed).decode().rstrip("=")

    @classmethod
    def read(cls, text: str | None) -> Self:
        """The cursor a caller kept; ``ValueError`` when it is none."""
        if not text:
            return cls()
        try:
            packed = base64.b64decode(
                text + "=" * (-len(text) % 4), altchars=b"-_", validate=True
            )
            since = _EPOCH + int.from_bytes(packed[:8], "big") * _MICROSECOND
        except (binascii.Error, OverflowError) as error:
            raise ValueError("not a cursor") from error
        rest = packed[8:]
        if len(packed) < 8 or len(rest) % 4 or len(rest) // 4 > SEEN_MAX:
            raise ValueError("not a cursor")
        parts = (rest[at : at + 4] for at in range(0, len(rest), 4))
        return cls(since, frozenset(int.from_bytes(part, "big") for part in parts))


def _checksum(turn: TailTurn) -> int:
    return zlib.crc32(f"{turn.bot}\0{turn.turn_id}".encode())


def with_events(connection: Connection, turns: Sequence[TailTurn]) -> list[TailTurn]:
    """The turns with the handoffs, clicks, goals and ratings that were said in them."""
    if not turns:
        return []
    said: defaultdict[tuple[str, str], list[TailEvent]] = defaultdict(list)
    asked = {
        "bots": list({turn.bot for turn in turns}),
        "conversations": list({turn.conversation_id for turn in turns}),
        "turns": [turn.turn_id for turn in turns],
        "start": min(turn.time for turn in turns),
        "end": max(turn.end_time for turn in turns),
        "names": list(_EVENTS),
    }
    for bot, turn_id, *event in connection.execute(query("read_tail_events"), asked):
        said[bot, turn_id].append(TailEvent(*event))
    return [replace(turn, events=said[turn.bot, turn.turn_id]) for turn in turns]
