"""How far a long command is, on standard error: one line that moves, or plain lines."""

from __future__ import annotations

import sys
import time
from typing import Final, TextIO

__all__ = ["ProgressLine"]

_MOVING_S: Final = 0.2
_PLAIN_S: Final = 5.0


class ProgressLine:
    """Shows counts with their share and the time left.

    On a terminal one line is written over; elsewhere a line comes at most every five
    seconds, and at the end of each step.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._moves = self._stream.isatty()
        self._step = ""
        self._began = self._shown = time.monotonic()
        self._from = 0
        self._width = 0

    def show(self, step: str, done: int = 0, total: int = 0, unit: str = "") -> None:
        """Say that ``done`` of ``total`` are done; 0 where nobody knows how many."""
        now = time.monotonic()
        is_new = step != self._step
        if is_new:
            self._step, self._began, self._from = step, now, done
        every = _MOVING_S if self._moves else _PLAIN_S
        if is_new or now - self._shown >= every or (total and done >= total):
            self._shown = now
            self._write(self._text(done, total, unit, now - self._began))

    def end(self) -> None:
        """Leave the line, so that what follows stands on its own."""
        if self._moves and self._width:
            self._stream.write("\n")
            self._stream.flush()
        self._width = 0

    def _text(self, done: int, total: int, unit: str, elapsed_s: float) -> str:
        if not total:
            return self._step
        text = f"{self._step}: {done:,} of {total:,} {unit} ({done / total:.1%})"
        made = done - self._from
        if made > 0 and done < total:
            left = round(elapsed_s * (total - done) / made)
            text += f", {left // 3600}:{left // 60 % 60:02}:{left % 60:02} left"
        return text

    def _write(self, text: str) -> None:
        if self._moves:
            self._stream.write(f"\r{text.ljust(self._width)}")
            self._width = len(text)
        else:
            self._stream.write(f"{text}\n")
        self._stream.flush()
