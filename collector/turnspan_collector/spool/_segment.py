"""One file of the spool, and the directory that it lies in."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from turnspan_collector.spool._records import Record, Request, find, header_of

__all__ = [
    "PIECE_BYTES",
    "Segment",
    "create",
    "segment_name",
    "segments_in",
    "sync_directory",
]

PIECE_BYTES: Final = 1024 * 1024
_NAME: Final = re.compile(r"\d{10}-[0-9a-f]{16}\.spool")


@dataclass(slots=True)
class Segment:
    """A file of records, of which ``size`` bytes are durable."""

    path: Path
    number: int
    marker: bytes
    size: int = 0
    fd: int | None = None
    """Open while it is appended to."""
    keep: bool = False
    """Whether it holds what could neither be read nor copied."""

    def append(self, requests: Sequence[Request]) -> list[tuple[int, int]]:
        """Write and sync; where each begins. ``size`` is the caller's to move."""
        assert self.fd is not None  # noqa: S101 - for the type checker
        tickets: list[tuple[int, int]] = []
        offset = written = self.size
        held: list[bytes] = []
        for one in requests:
            tickets.append((self.number, offset))
            offset += one.stored_bytes
            held += [header_of(one, self.marker), one.body]
            if offset - written >= PIECE_BYTES:
                _write_all(self.fd, held)
                held, written = [], offset
        _write_all(self.fd, held)
        os.fsync(self.fd)
        return tickets

    def seal(self) -> None:
        """Append nothing more."""
        fd, self.fd = self.fd, None
        if fd is not None:
            with suppress(OSError):
                os.close(fd)

    def find(self, file: IO[bytes], offset: int) -> Record | None:
        """The first whole record at ``offset`` or behind it."""
        return find(file.fileno(), offset, self.size, self.marker)

    def headers(self, start: int = 0) -> int:
        """How many whole headers it has, at ``start`` and behind."""
        count = 0
        with self.path.open("rb") as file:
            record = self.find(file, start)
            while record is not None:
                count += 1
                at_end = record.end >= self.size
                record = None if at_end else self.find(file, record.end)
        return count


def create(path: Path, flags: int) -> int:
    """Open a file of the owner's alone to write it."""
    return os.open(path, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC | flags, 0o600)


def _write_all(fd: int, parts: Sequence[bytes]) -> None:
    """Write every byte, however few the system takes at a time."""
    for part in parts if len(parts) == 2 else [b"".join(parts)]:
        left = memoryview(part)
        while left:
            left = left[os.write(fd, left) :]


def segment_name(number: int, marker: bytes) -> str:
    """A segment's file, which sorts by its number."""
    return f"{number:010d}-{marker.hex()}.spool"


def segments_in(directory: Path) -> list[Path]:
    """The segments that lie in a directory, oldest first."""
    return sorted(one for one in directory.iterdir() if _NAME.fullmatch(one.name))


def sync_directory(directory: Path) -> None:
    """Make the names in a directory as durable as the files."""
    fd = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
