"""What requests may hold of memory before they are decoded, and while they are.

The bytes of a request are little beside what they become: the rows of 64 MiB take
several times that. Large requests are therefore decoded one after another, the bytes
that wait for it are bounded, and above a soft limit of resident memory nothing more is
let in. One request always is, so that memory which the allocator keeps stops nobody.
"""

from __future__ import annotations

import ctypes
import gc
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

from turnspan_collector.errors import DecodingLate, MemoryFull

__all__ = ["MemoryGuard", "resident_bytes", "tune_allocator"]

logger = logging.getLogger(__name__)

LARGE_BYTES: Final = 1024 * 1024
"""Requests up to this size are decoded as they come."""
READERS_MAX: Final = 8
"""Calls whose message gRPC gathers at a time: it has no other bound."""
READ_WAIT_SECONDS_MAX: Final = 5.0
LOOK_SECONDS: Final = 0.05
TRIM_SECONDS: Final = 1.0

_M_MMAP_THRESHOLD: Final = -3
_M_ARENA_MAX: Final = -8


class MemoryGuard:
    """Lets work in, or raises ``MemoryFull``; for every thread and transport."""

    def __init__(
        self,
        soft_bytes_max: int,
        held_bytes_max: int,
        resident: Callable[[], float] | None = None,
        decode_wait_seconds_max: float = 30.0,
    ) -> None:
        self._soft_bytes_max = soft_bytes_max
        self._held_bytes_max = held_bytes_max
        self._resident = resident or resident_bytes
        self._decode_wait_seconds_max = decode_wait_seconds_max
        self._large = threading.Lock()
        self._readers = threading.BoundedSemaphore(READERS_MAX)
        self._changed = threading.Lock()
        self._held = 0
        self._reading = 0
        self._looked_at = float("-inf")
        self._trimmed_at = float("-inf")
        self._seen = 0.0

    def check(self, *, busy: bool = True) -> None:
        """Raise ``MemoryFull`` above the soft limit, unless nothing is in work."""
        with self._changed:
            busy = busy or self._held > 0 or self._reading > 0
            used = self._look()
        if used > self._soft_bytes_max and busy:
            raise self._too_much(used)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """While a message is gathered that says its size only when it is there."""
        if not self._readers.acquire(timeout=READ_WAIT_SECONDS_MAX):
            raise MemoryFull("too many requests are being read: send this again later")
        try:
            with self._changed:
                self._reading += 1
            yield
        finally:
            with self._changed:
                self._reading -= 1
            self._readers.release()

    @contextmanager
    def decoding(
        self, size_bytes: int, is_busy: Callable[[], bool] = lambda: False
    ) -> Iterator[None]:
        """While a request of so many bytes is decoded; large ones take turns.

        ``is_busy`` says whether rows of others wait for the store: memory that they
        hold comes back, so that there is something to wait for.
        """
        self._hold(size_bytes)
        try:
            if size_bytes <= LARGE_BYTES:
                yield
                return
            with self._turn():
                self._before_large(size_bytes, is_busy)
                yield
        finally:
            with self._changed:
                self._held -= size_bytes

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """One large request after another, none of them waiting for ever."""
        seconds = self._decode_wait_seconds_max
        if not self._large.acquire(timeout=seconds):
            raise DecodingLate(
                f"the request waited {seconds:g} s for others to be decoded: send "
                "this again later, or smaller requests"
            )
        try:
            yield
        finally:
            self._large.release()

    def _before_large(self, size_bytes: int, is_busy: Callable[[], bool]) -> None:
        with self._changed:
            self._looked_at = float("-inf")
            others = self._held > size_bytes
            used = self._look()
        if used > self._soft_bytes_max and (others or is_busy()):
            raise self._too_much(used)

    def _too_much(self, used: float) -> MemoryFull:
        return MemoryFull(
            f"{used / 2**20:.0f} MiB of memory are in use and "
            f"{self._soft_bytes_max / 2**20:.0f} are allowed: send this again later"
        )

    def _hold(self, size_bytes: int) -> None:
        with self._changed:
            if self._held and self._held + size_bytes > self._held_bytes_max:
                raise MemoryFull(
                    f"{self._held} bytes of requests wait to be decoded: send this "
                    "again later"
                )
            self._held += size_bytes

    def _look(self) -> float:
        now = time.monotonic()
        if now - self._looked_at < LOOK_SECONDS:
            return self._seen
        self._seen = self._resident()
        if self._seen > self._soft_bytes_max and now - self._trimmed_at > TRIM_SECONDS:
            _trim()
            self._trimmed_at = now
            self._seen = self._resident()
        self._looked_at = now
        return self._seen


def resident_bytes() -> float:
    """The memory of this process that lies in RAM; 0 where that is not known."""
    try:
        with open("/proc/self/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:  # not Linux
        return 0.0


def tune_allocator() -> None:
    """Keep glibc from holding on to what large requests took; no-op elsewhere.

    It learns otherwise to keep blocks of up to 32 MiB, in an arena per thread.
    """
    with suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_M_MMAP_THRESHOLD, 256 * 1024)
        mallopt(_M_ARENA_MAX, 2)


def _trim() -> None:
    gc.collect()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
