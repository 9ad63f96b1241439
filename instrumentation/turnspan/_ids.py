"""Ids: of turns, records and handoffs, and the process's own sequence."""

from __future__ import annotations

import hashlib
import itertools
import os
import time
from typing import Final

_MILLIS: Final = 1_000_000
_counter = itertools.count(1)
_process = os.urandom(8).hex()


def new_id() -> str:
    """Make a UUID of version 7 in 32 hexadecimal digits, sortable by time."""
    random = int.from_bytes(os.urandom(10), "big")
    head = (time.time_ns() // _MILLIS) & 0xFFFF_FFFF_FFFF
    number = head << 80 | 0x7 << 76 | (random >> 68) << 64
    number |= 0b10 << 62 | random & 0x3FFF_FFFF_FFFF_FFFF
    return f"{number:032x}"


def derived_id(*parts: str) -> str:
    """Make an id that is the same for the same parts, in 32 hexadecimal digits."""
    text = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.sha256(text).hexdigest()[:32]


def next_seq() -> int:
    """Give the next number of this process; counting is atomic in CPython."""
    return next(_counter)


def process_id() -> str:
    """Give the id of this process, whose records ``next_seq`` numbers."""
    return _process


def _restart() -> None:
    global _counter, _process
    _counter = itertools.count(1)
    _process = os.urandom(8).hex()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_restart)
