"""Progress: one moving line for people, plain lines for logs."""

from __future__ import annotations

import io
import re

from turnspan_collector._progress import ProgressLine


class Terminal(io.StringIO):
    """A stream that says it is one."""

    def isatty(self) -> bool:
        return True


def test_a_log_gets_lines() -> None:
    """The first of a step and its last, whatever the time between."""
    stream = io.StringIO()
    line = ProgressLine(stream)
    line.show("counting")
    for done in (0, 500, 2000):
        line.show("deriving", done, 2000, "rows")
    line.end()
    assert stream.getvalue().splitlines() == [
        "counting",
        "deriving: 0 of 2,000 rows (0.0%)",
        "deriving: 2,000 of 2,000 rows (100.0%)",
    ]


def test_a_terminal_gets_one_line_over_and_over() -> None:
    """What was longer before is blotted out; the end leaves the line."""
    stream = Terminal()
    line = ProgressLine(stream)
    line.show("counting the rows")
    line.show("deriving", 0, 0)
    line.end()
    assert stream.getvalue() == "\rcounting the rows\rderiving         \n"


def test_the_time_left_follows_from_the_pace() -> None:
    """Counted from where this run began, not from what was done before."""
    line = ProgressLine(io.StringIO())
    line.show("deriving", 1000, 5000, "rows")
    text = line._text(2000, 5000, "rows", 20.0)
    assert re.fullmatch(r"deriving: 2,000 of 5,000 rows \(40.0%\), 0:01:00 left", text)
