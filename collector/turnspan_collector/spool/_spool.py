"""Append-only segments of requests: durable when appended, gone when released.

One thread appends, another reads and releases, and now and then puts the first request
behind the last; both ends move forward only. A segment
is deleted when all of it is released, so that a crash between the store's commit and
the release replays requests that are stored already: their ids make that harmless.

Nothing is dropped in silence. A piece that cannot be read is kept in ``aside/`` and
counted; a spool that is full, by bytes or by age, takes nothing more.
"""

from __future__ import annotations

import errno
import logging
import os
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import IO, Final

from turnspan_collector.errors import SpoolFailed, SpoolFull
from turnspan_collector.spool._records import (
    HEADER_BYTES,
    MARKER_BYTES,
    Record,
    Request,
)
from turnspan_collector.spool._segment import (
    PIECE_BYTES,
    Segment,
    create,
    segment_name,
    segments_in,
    sync_directory,
)

__all__ = ["Counts", "Entry", "Spool", "Ticket"]

logger = logging.getLogger(__name__)

ASIDE: Final = "aside"
_SEGMENT_BYTES: Final = 16 * 1024 * 1024
_COMPLAINT_S: Final = 30
"""Seconds for which a failed write is a complaint: only another write would tell."""
_FULL_DISK: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

Ticket = tuple[int, int]
"""A record by its segment's number and its offset there."""


@dataclass(slots=True)
class Counts:
    """What happened since the start."""

    spooled: int = 0
    replayed: int = 0
    discarded: int = 0
    refused: int = 0
    postponed: int = 0
    set_aside: Counter[str] = field(default_factory=Counter)
    """Pieces by reason: ``cut`` off at the end, ``damaged``, ``refused`` by the store,
    ``failing`` there again and again."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A request that was read, and where the reader goes on behind it."""

    ticket: Ticket
    end: int
    request: Request


class Spool:
    """A directory of segments that this process has locked.

    ``append`` raises ``SpoolFull`` where there is no room by ``bytes_max`` or the
    oldest request waits longer than ``age_s_max``, and ``SpoolFailed`` where the disk
    does not take it. ``lock`` is closed with the spool.
    """

    def __init__(
        self,
        directory: Path,
        lock: IO[bytes] | None = None,
        *,
        bytes_max: int,
        age_s_max: float,
        segment_bytes: int = _SEGMENT_BYTES,
        clock_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self.directory = directory
        self.bytes_max = bytes_max
        self.counts = Counts()
        self._lock_file = lock
        self._age_s_max = age_s_max
        self._segment_bytes = segment_bytes
        self._clock_ns = clock_ns
        self._lock = threading.RLock()
        self._write_lock = threading.Lock()
        self._segments: list[Segment] = []
        self._next_number = 1
        self._appending = False
        self._at = 0
        """Where in the first segment the oldest request begins."""
        self._discarded: set[Ticket] = set()
        self._entries = 0
        self._oldest_ns: int | None = None
        self._aside_bytes = 0
        self._complaint = ""
        self._failed_at = 0.0
        self._open()

    @property
    def entries(self) -> int:
        """Requests that wait to be stored."""
        return self._entries

    @property
    def bytes(self) -> int:
        """What it takes on the disk, with what is set aside."""
        with self._lock:
            return sum(one.size for one in self._segments) + self._aside_bytes

    @property
    def oldest_s(self) -> float:
        """Seconds since the oldest waiting request was received; 0 without one."""
        oldest_ns = self._oldest_ns
        if oldest_ns is None:
            return 0.0
        return max(0.0, (self._clock_ns() - oldest_ns) / 1e9)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to read."""
        with self._lock:
            left = sum(one.size for one in self._segments) - self._at
            return left <= 0

    def complaint(self) -> str:
        """Why it would not take a request now; empty while it would."""
        failed_s = time.monotonic() - self._failed_at
        return self._full(HEADER_BYTES) or (
            self._complaint if failed_s < _COMPLAINT_S else ""
        )

    def check_room(self, size_bytes: int) -> None:
        """Raise ``SpoolFull`` where so many bytes more are too many."""
        if full := self._full(size_bytes):
            self.counts.refused += 1
            raise SpoolFull(f"{full}: send this again later", 3.0)

    def _full(self, size_bytes: int) -> str:
        held = self.bytes
        if held + size_bytes > self.bytes_max:
            return f"the spool holds {held} of {self.bytes_max} bytes"
        if self.oldest_s > self._age_s_max:
            most = f"{self._age_s_max:.0f} s"
            return f"the spool's oldest request waits for more than {most}"
        return ""

    def append(self, requests: Sequence[Request]) -> list[Ticket]:
        """Make requests durable; a ticket for each, in order.

        The first ones that fit, at least one: fewer tickets than requests mean that
        the spool is full.
        """
        with self._write_lock:
            return self._append(self._fitting(requests))

    def _append(self, fit: Sequence[Request]) -> list[Ticket]:
        with self._lock:
            segment = self._active()
            self._appending = True
        try:
            tickets = segment.append(fit)
        except OSError as error:
            with self._lock:
                self._appending = False
                self._abandon(segment)
            raise self._unwritable(error) from error
        with self._lock:
            self._appending = False
            segment.size += sum(one.stored_bytes for one in fit)
            if segment.size >= self._segment_bytes:
                segment.seal()
            if self._oldest_ns is None:
                self._oldest_ns = fit[0].received_ns
            self._entries += len(fit)
            self.counts.spooled += len(fit)
            self._complaint = ""
        return tickets

    def read(self, bytes_max: int, count_max: int) -> list[Entry]:
        """The oldest requests, at least one where there is one; nothing moves.

        What cannot be read is set aside on the way.
        """
        found: list[Entry] = []
        size = 0
        for segment, start in self._extents():
            offset = start
            while offset < segment.size and len(found) < count_max:
                record, entry = self._next(segment, offset)
                if record is None:
                    offset = segment.size
                    break
                if entry is not None:
                    size += record.length
                    if found and size > bytes_max:
                        return found
                    found.append(entry)
                offset = record.end
            if offset < segment.size or len(found) >= count_max:
                break
            if not found:
                self._move(segment.number, offset)
        return found

    def release(self, entries: Sequence[Entry]) -> None:
        """The oldest ones, as ``read`` gave them, are durable in the store."""
        if not entries:
            return
        with self._lock:
            self._entries = max(0, self._entries - len(entries))
            self.counts.replayed += len(entries)
            self._move(entries[-1].ticket[0], entries[-1].end)

    @property
    def position(self) -> tuple[str, int]:
        """The file and the offset of what was not released; no file: nothing is."""
        with self._lock:
            name = self._segments[0].path.name if self._segments else ""
            return name, self._at

    def resume(self, name: str, offset: int) -> None:
        """Go on at a ``position`` of the process before; ignored where it is none."""
        with self._lock:
            for at, segment in enumerate(self._segments):
                if segment.path.name != name or not 0 <= offset <= segment.size:
                    continue
                behind = sum(one.headers() for one in self._segments[at + 1 :])
                here = segment.headers(offset) if offset < segment.size else 0
                self._move(segment.number, offset)
                self._entries = here + behind
                return

    def discard(self, tickets: Sequence[Ticket]) -> None:
        """Requests that the store took by another way need no replay."""
        with self._lock:
            self._discarded.update(tickets)
            self._entries = max(0, self._entries - len(tickets))
            self.counts.discarded += len(tickets)

    def set_aside(self, entry: Entry, reason: str) -> None:
        """Keep the oldest request in ``aside/``, and go on behind it."""
        with self._lock:
            segment = self._segment(entry.ticket[0])
            self._put_aside(segment, entry.ticket[1], entry.end, reason)
            self.release([entry])
            self.counts.replayed -= 1

    def postpone(self, entry: Entry) -> None:
        """Put the oldest request behind all others; raises ``SpoolFailed``.

        It takes no more room than it gives back, so there is no limit for it.
        """
        with self._write_lock:
            self._append([entry.request])
        with self._lock:
            self.release([entry])
            self.counts.replayed -= 1
            self.counts.spooled -= 1
            self.counts.postponed += 1

    def close(self) -> None:
        """Let go of the directory."""
        with self._lock:
            for segment in self._segments:
                segment.seal()
            if self._lock_file is not None:
                self._lock_file.close()
                self._lock_file = None

    def _open(self) -> None:
        for path in segments_in(self.directory):
            number, _, marker = path.stem.partition("-")
            segment = Segment(path, int(number), bytes.fromhex(marker))
            segment.size = path.stat().st_size
            self._next_number = segment.number + 1
            if not segment.size:
                path.unlink()
                continue
            self._segments.append(segment)
            self._entries += segment.headers()
        aside = self.directory / ASIDE
        if aside.is_dir():
            self._aside_bytes = sum(one.stat().st_size for one in aside.iterdir())
        self._look_for_oldest()

    def _fitting(self, requests: Sequence[Request]) -> list[Request]:
        self.check_room(requests[0].stored_bytes)
        room = self.bytes_max - self.bytes
        ends = accumulate(one.stored_bytes for one in requests)
        fit = [one for one, end in zip(requests, ends, strict=True) if end <= room]
        self.counts.refused += len(requests) - len(fit)
        return fit

    def _active(self) -> Segment:
        """The segment that is appended to; a new one where there is none."""
        if self._segments and self._segments[-1].fd is not None:
            return self._segments[-1]
        marker = secrets.token_bytes(MARKER_BYTES)
        path = self.directory / segment_name(self._next_number, marker)
        segment = Segment(path, self._next_number, marker)
        self._next_number += 1
        try:
            segment.fd = create(path, os.O_EXCL | os.O_APPEND)
            sync_directory(self.directory)
        except OSError as error:
            segment.seal()
            with suppress(OSError):
                segment.path.unlink()
            raise self._unwritable(error) from error
        self._segments.append(segment)
        return segment

    def _unwritable(self, error: OSError) -> SpoolFailed:
        self._complaint = f"the spool cannot be written ({error.strerror})"
        self._failed_at = time.monotonic()
        again = 3.0 if error.errno in _FULL_DISK else 1.0
        return SpoolFailed(f"{self._complaint}: send this again later", again)

    def _abandon(self, segment: Segment) -> None:
        """After a failed write or sync nothing more goes into this file.

        What the kernel says of it later is not to be trusted; what was synced before
        stays. Of what is left behind nothing was answered.
        """
        if segment.fd is not None:
            with suppress(OSError):
                os.ftruncate(segment.fd, segment.size)
        segment.seal()
        if not segment.size:
            self._segments.remove(segment)
            with suppress(OSError):
                segment.path.unlink()

    def _extents(self) -> list[tuple[Segment, int]]:
        with self._lock:
            return [
                (one, 0 if at else self._at) for at, one in enumerate(self._segments)
            ]

    def _next(
        self, segment: Segment, offset: int
    ) -> tuple[Record | None, Entry | None]:
        """The next record and its request; ``None`` for one that is set aside."""
        try:
            return self._read(segment, offset)
        except OSError as error:
            logger.warning("a segment of the spool cannot be read: %s", error)
            segment.keep = True
            return None, None

    def _read(
        self, segment: Segment, offset: int
    ) -> tuple[Record | None, Entry | None]:
        with segment.path.open("rb") as file:
            record = segment.find(file, offset)
            if record is None:
                self._put_aside(segment, offset, segment.size, "cut")
                return None, None
            if record.offset > offset:
                self._put_aside(segment, offset, record.offset, "damaged")
            ticket = (segment.number, record.offset)
            if ticket in self._discarded:
                return record, None
            request = record.request(file.fileno())
        if request is None:
            self._put_aside(segment, record.offset, record.end, "damaged")
            return record, None
        return record, Entry(ticket, record.end, request)

    def _put_aside(self, segment: Segment, start: int, end: int, reason: str) -> None:
        """Keep a piece of a segment in a file of its own, once."""
        aside = self.directory / ASIDE
        target = aside / f"{segment.path.stem}-{start}.{reason}"
        if target.exists() or segment.keep:
            return
        logger.warning(
            "%d bytes of the spool are set aside (%s): %s", end - start, reason, target
        )
        self.counts.set_aside[reason] += 1
        try:
            aside.mkdir(mode=0o700, exist_ok=True)
            part = target.with_suffix(".part")
            with (
                segment.path.open("rb") as source,
                os.fdopen(create(part, os.O_TRUNC), "wb") as into,
            ):
                source.seek(start)
                for at in range(start, end, PIECE_BYTES):
                    into.write(source.read(min(PIECE_BYTES, end - at)))
                into.flush()
                os.fsync(into.fileno())
            part.rename(target)
            sync_directory(aside)
            self._aside_bytes += end - start
        except OSError as error:
            logger.warning("the whole segment is kept instead: %s", error)
            segment.keep = True

    def _move(self, number: int, offset: int) -> None:
        """Everything before is done with: delete what ends there."""
        with self._lock:
            while self._segments and self._segments[0].number < number:
                self._drop(self._segments[0])
            if self._segments and self._segments[0].number == number:
                self._at = offset
                done = offset >= self._segments[0].size
                if done and not (self._appending and len(self._segments) == 1):
                    self._drop(self._segments[0])
            if not self._segments:
                self._entries = 0
            self._look_for_oldest()

    def _drop(self, segment: Segment) -> None:
        segment.seal()
        self._segments.remove(segment)
        self._at = 0
        if self._discarded:
            self._discarded = {
                one for one in self._discarded if one[0] > segment.number
            }
        try:
            if segment.keep:
                aside = self.directory / ASIDE
                aside.mkdir(mode=0o700, exist_ok=True)
                segment.path.rename(aside / segment.path.name)
                self._aside_bytes += segment.size
            else:
                segment.path.unlink()
        except OSError as error:
            logger.warning("a segment of the spool stays, to be replayed: %s", error)

    def _segment(self, number: int) -> Segment:
        return next(one for one in self._segments if one.number == number)

    def _look_for_oldest(self) -> None:
        self._oldest_ns = None
        for segment, start in self._extents():
            with suppress(OSError):
                with segment.path.open("rb") as file:
                    record = segment.find(file, start)
                if record is not None:
                    self._oldest_ns = record.received_ns
                    return
