"""How a request lies in a segment: a header with checksums, and the body as it came.

Little-endian: marker (8 bytes, of this segment alone), length of note and body (4),
their CRC-32 (4), when the request was received in ns (8), signal (1), encoding (1),
length of the note (4), CRC-32 of the header so far (4); then the note and the body. The
note says in JSON which bots the sender may write (a list), or also through which
collectors the request came (an object), and is empty where there is nothing to say. The
marker is random, and stands in the file's name too: what a client sends cannot be taken
for a header.
"""

from __future__ import annotations

import mmap
import os
import struct
import zlib
from dataclasses import dataclass
from typing import Final

import orjson

from turnspan_collector.decode import SIGNALS, Encoding, Signal

__all__ = ["HEADER_BYTES", "MARKER_BYTES", "Record", "Request", "find", "header_of"]

_FIELDS: Final = struct.Struct("<8sIIqBBI")
_SUM: Final = struct.Struct("<I")
HEADER_BYTES: Final = _FIELDS.size + _SUM.size
MARKER_BYTES: Final = 8

_SIGNALS: Final = dict(enumerate(SIGNALS, 1))
_ENCODINGS: Final = dict(enumerate(Encoding, 1))
_SIGNAL_CODES: Final = {signal.name: code for code, signal in _SIGNALS.items()}
_ENCODING_CODES: Final = {encoding: code for code, encoding in _ENCODINGS.items()}


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came, decompressed; decoded again it gives the same rows."""

    signal: Signal
    encoding: Encoding
    received_ns: int
    body: bytes
    bots: frozenset[str] | None = None
    """Whose rows it may bring; ``None``: everybody's."""
    via: tuple[str, ...] = ()
    """The collectors that sent it on, first to last."""

    @property
    def note(self) -> bytes:
        """What goes before the body."""
        bots = None if self.bots is None else sorted(self.bots)
        if self.via:
            return orjson.dumps({"bots": bots, "via": self.via})
        return b"" if bots is None else orjson.dumps(bots)

    @property
    def stored_bytes(self) -> int:
        """What it takes on the disk."""
        return HEADER_BYTES + len(self.note) + len(self.body)


@dataclass(frozen=True, slots=True)
class Record:
    """A header that was read and found whole."""

    offset: int
    length: int
    checksum: int
    received_ns: int
    signal: Signal
    encoding: Encoding
    note_length: int

    @property
    def end(self) -> int:
        """Where the next one begins."""
        return self.offset + HEADER_BYTES + self.length

    def request(self, fd: int) -> Request | None:
        """Read note and body; ``None`` where they are not what was written."""
        start = self.offset + HEADER_BYTES
        note = os.pread(fd, self.note_length, start)
        body = os.pread(fd, self.length - len(note), start + len(note))
        if zlib.crc32(body, zlib.crc32(note)) != self.checksum:
            return None
        bots, via = _of_note(note)
        return Request(self.signal, self.encoding, self.received_ns, body, bots, via)


def _of_note(note: bytes) -> tuple[frozenset[str] | None, tuple[str, ...]]:
    said = orjson.loads(note) if note else None
    bots, via = (said["bots"], said["via"]) if isinstance(said, dict) else (said, ())
    return (None if bots is None else frozenset(bots)), tuple(via)


def header_of(request: Request, marker: bytes) -> bytes:
    """What goes before the request's body: the header and the note."""
    note = request.note
    fields = _FIELDS.pack(
        marker,
        len(note) + len(request.body),
        zlib.crc32(request.body, zlib.crc32(note)),
        request.received_ns,
        _SIGNAL_CODES[request.signal.name],
        _ENCODING_CODES[request.encoding],
        len(note),
    )
    return fields + _SUM.pack(zlib.crc32(fields)) + note


def _parse(header: bytes, offset: int, marker: bytes) -> Record | None:
    if len(header) < HEADER_BYTES or header[:MARKER_BYTES] != marker:
        return None
    fields = header[: _FIELDS.size]
    if _SUM.unpack_from(header, _FIELDS.size)[0] != zlib.crc32(fields):
        return None
    _, length, checksum, received_ns, signal, encoding, note = _FIELDS.unpack(fields)
    if signal not in _SIGNALS or encoding not in _ENCODINGS or note > length:
        return None
    return Record(
        offset,
        length,
        checksum,
        received_ns,
        _SIGNALS[signal],
        _ENCODINGS[encoding],
        note,
    )


def find(fd: int, offset: int, size: int, marker: bytes) -> Record | None:
    """The first whole header at ``offset`` or behind it, within ``size`` bytes.

    A record whose body would reach behind ``size`` is not whole.
    """
    found = _parse(os.pread(fd, HEADER_BYTES, offset), offset, marker)
    if found is not None and found.end <= size:
        return found
    if size <= offset + 1:
        return None
    with mmap.mmap(fd, size, access=mmap.ACCESS_READ) as content:
        at = content.find(marker, offset + 1)
        while at >= 0:
            found = _parse(content[at : at + HEADER_BYTES], at, marker)
            if found is not None and found.end <= size:
                return found
            at = content.find(marker, at + 1)
    return None
