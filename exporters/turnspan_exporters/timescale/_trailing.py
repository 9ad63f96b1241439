"""Counts of users and visits follow their rows, one bot in a transaction."""

from __future__ import annotations

import time
from typing import Final

from turnspan_exporters.timescale._connection import Connection
from turnspan_exporters.timescale._queries import query

__all__ = ["count_trailing_users"]

_COUNTS: Final = ("user_trailing", "visits")


def count_trailing_users(connection: Connection, deadline: float) -> int:
    """Bring the bots up to yesterday that are behind; returns how many were.

    Begins no further bot after ``deadline`` (of ``time.monotonic``). A question about
    a bot that is behind counts the rows themselves, so that nothing is ever wrong.
    """
    done = 0
    for counts in _COUNTS:
        for (bot,) in connection.execute(query(f"stale_{counts}")).fetchall():
            if done and time.monotonic() > deadline:
                return done
            connection.execute(query(f"refresh_{counts}"), {"bot": bot})
            done += 1
    return done
