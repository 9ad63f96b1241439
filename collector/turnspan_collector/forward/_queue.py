"""What waits for one destination: on disk, synced before the client is answered.

A thread appends what was handed over meanwhile in one go, so that requests share a
sync; the sender reads, and releases what became of it. Where the reader stood is
noted in a file, so that an ordinary restart sends nothing twice.
"""

from __future__ import annotations

import logging
import math
import os
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from turnspan_collector.forward._tally import Tally
from turnspan_collector.spool import Entry, Request, Spool
from turnspan_exporters.errors import Overloaded, Retryable

__all__ = ["Queue"]

logger = logging.getLogger(__name__)

INBOX_BYTES_MAX: Final = 64 * 1024 * 1024
"""What may wait in memory to be appended, unless it is one request."""
_SEGMENTS: Final = 16
_SEGMENT_BYTES: Final = (4096, 16 * 1024 * 1024)
_POSITION: Final = "position"
_FLAGS: Final = os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class _Given:
    request: Request
    items: int
    then: Callable[[], None]


class Queue:
    """A spool of one destination; ``offer`` never blocks and never raises.

    What finds no room is dropped and counted: what waits already is older, and what
    clients send now is not held up.
    """

    def __init__(
        self,
        directory: Path,
        name: str,
        *,
        bytes_max: int,
        tally: Tally,
        wake: Callable[[], None],
    ) -> None:
        least, most = _SEGMENT_BYTES
        self._spool = Spool(
            directory,
            bytes_max=bytes_max,
            age_s_max=math.inf,
            segment_bytes=min(max(bytes_max // _SEGMENTS, least), most),
        )
        self._position = directory / _POSITION
        self._resume()
        self._tally = tally
        self._wake = wake
        self._inbox: deque[_Given] = deque()
        self._inbox_bytes = 0
        self._changed = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(
            target=self._run, name=f"queue-{name}", daemon=True
        )

    @property
    def bytes(self) -> int:
        """What it takes on the disk."""
        return self._spool.bytes

    @property
    def requests(self) -> int:
        """Requests that wait."""
        return self._spool.entries

    @property
    def oldest_s(self) -> float:
        """Seconds since the oldest of them was received; 0 without one."""
        return self._spool.oldest_s

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to read."""
        return self._spool.is_empty

    @property
    def set_aside(self) -> int:
        """Pieces that could not be read."""
        return self._spool.counts.set_aside.total()

    def start(self) -> None:
        """Append what is offered."""
        self._thread.start()

    def offer(self, request: Request, items: int, then: Callable[[], None]) -> None:
        """Queue a request; ``then`` is called when it is synced, or dropped."""
        size = request.stored_bytes
        with self._changed:
            held = self._inbox_bytes
            room = not held or held + size <= INBOX_BYTES_MAX
            if room and not self._closing:
                self._inbox.append(_Given(request, items, then))
                self._inbox_bytes += size
                self._changed.notify()
                return
        self._tally.not_queued(request.signal, items, "full")
        then()

    def read(self, bytes_max: int, count_max: int) -> list[Entry]:
        """The oldest requests; nothing moves."""
        return self._spool.read(bytes_max, count_max)

    def release(self, entries: Sequence[Entry]) -> None:
        """The oldest ones are done with; the place behind them is noted."""
        self._spool.release(entries)
        name, offset = self._spool.position
        part = self._position.with_suffix(".part")
        try:
            with os.fdopen(os.open(part, _FLAGS, 0o600), "w") as into:
                into.write(f"{name} {offset}\n")
            part.rename(self._position)
        except OSError as error:
            logger.warning("where a queue stands cannot be noted: %s", error.strerror)

    def close(self, seconds_max: float) -> None:
        """Append what was offered, and take nothing more."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._thread.ident is not None:
            self._thread.join(seconds_max)

    def let_go(self) -> None:
        """Close the files: nobody reads any more."""
        self._spool.close()

    def _resume(self) -> None:
        with suppress(OSError, ValueError):
            name, _, offset = self._position.read_text("ascii").strip().partition(" ")
            self._spool.resume(name, int(offset))

    def _run(self) -> None:
        while given := self._next():
            try:
                self._append(given)
            except Exception:
                logger.exception("a queue failed in an unknown way")
                self._drop(given, "error")
            for one in given:
                one.then()
            self._wake()

    def _next(self) -> list[_Given]:
        """Wait for something to append; nothing at the end."""
        with self._changed:
            while not self._inbox and not self._closing:
                self._changed.wait()
            given = list(self._inbox)
            self._inbox.clear()
            self._inbox_bytes = 0
            return given

    def _append(self, given: Sequence[_Given]) -> None:
        reason = "full"
        try:
            done = len(self._spool.append([one.request for one in given]))
        except Overloaded:
            done = 0
        except Retryable:
            reason, done = "disk", 0
        self._drop(given[done:], reason)

    def _drop(self, given: Sequence[_Given], reason: str) -> None:
        for one in given:
            self._tally.not_queued(one.request.signal, one.items, reason)
