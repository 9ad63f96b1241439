"""Compressed bodies, opened piece by piece so that a bomb stops at the limit."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import zstandard

from turnspan_collector.errors import TooLarge
from turnspan_exporters.errors import Permanent

__all__ = ["ENCODINGS", "decompress"]

PIECE_BYTES = 256 * 1024
# A few bytes of zstd may stand for 128 KiB: little goes in at a time.
ZSTD_PIECE_BYTES = 512
GZIP_PIECE_BYTES = 64 * 1024
WINDOW_MAX = 2**27
# gzip files may be put end to end; each end costs work, however short the member.
MEMBERS_MAX = 4096


class _Out:
    """What came out so far, up to the limit."""

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, part: bytes) -> None:
        self._size += len(part)
        if self._size > self._bytes_max:
            raise TooLarge(
                f"the body has more than {self._bytes_max} bytes when decompressed: "
                "send smaller requests"
            )
        self._parts.append(part)

    def whole(self) -> bytes:
        return b"".join(self._parts)


def decompress(body: bytes, encoding: str, bytes_max: int) -> bytes:
    """The body as it was before ``encoding``, at most ``bytes_max`` bytes.

    Raises ``TooLarge`` beyond that and ``Permanent`` where the body is damaged.
    """
    out = _Out(bytes_max)
    try:
        ENCODINGS[encoding](body, out)
    except (zlib.error, zstandard.ZstdError, EOFError):
        raise Permanent(f"the body is not {encoding}, or is cut short") from None
    return out.whole()


def _identity(body: bytes, out: _Out) -> None:
    out.add(body)


def _gzip(body: bytes, out: _Out) -> None:
    if not body:
        raise EOFError
    at = 0
    for _ in range(MEMBERS_MAX):
        at = _gzip_member(body, at, out)
        if at == len(body):
            return
    raise Permanent(f"the body has more than {MEMBERS_MAX} gzip members: send one")


def _gzip_member(body: bytes, at: int, out: _Out) -> int:
    """Open one member from ``at``; returns where it ends.

    What follows a member is copied by zlib, so that little goes in at a time.
    """
    stream = zlib.decompressobj(16 + zlib.MAX_WBITS)
    while not stream.eof:
        piece = stream.unconsumed_tail
        if not piece:
            piece = body[at : at + GZIP_PIECE_BYTES]
            at += len(piece)
        part = stream.decompress(piece, PIECE_BYTES)
        out.add(part)
        if not (piece or part or stream.eof):
            raise EOFError
    return at - len(stream.unused_data)


def _deflate(body: bytes, out: _Out) -> None:
    """HTTP's deflate is zlib's format; some clients send the bare stream."""
    is_zlib = (
        body[:1] and body[0] & 15 == 8 and int.from_bytes(body[:2], "big") % 31 == 0
    )
    if _inflate(body, zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS, out):
        raise EOFError


def _inflate(body: bytes, window_bits: int, out: _Out) -> bytes:
    """Inflate one stream; returns what follows it."""
    stream = zlib.decompressobj(window_bits)
    part = stream.decompress(body, PIECE_BYTES)
    while part or not stream.eof:
        out.add(part)
        if stream.eof:
            break
        rest = stream.unconsumed_tail
        part = stream.decompress(rest, PIECE_BYTES)
        if not part and not stream.eof and stream.unconsumed_tail == rest:
            raise EOFError
    return stream.unused_data


def _zstd(body: bytes, out: _Out) -> None:
    if not body:
        raise EOFError
    at = 0
    for _ in range(MEMBERS_MAX):
        at = _zstd_frame(body, at, out)
        if at == len(body):
            return
    raise Permanent(f"the body has more than {MEMBERS_MAX} zstd frames: send one")


def _zstd_frame(body: bytes, at: int, out: _Out) -> int:
    """Open one frame from ``at``; returns where it ends."""
    frame = zstandard.ZstdDecompressor(max_window_size=WINDOW_MAX).decompressobj()
    while at < len(body):
        piece = body[at : at + ZSTD_PIECE_BYTES]
        out.add(frame.decompress(piece))
        at += len(piece)
        if frame.eof:
            return at - len(frame.unused_data)
    raise EOFError


ENCODINGS: dict[str, Callable[[bytes, _Out], None]] = {
    "": _identity,
    "identity": _identity,
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "zstd": _zstd,
}
