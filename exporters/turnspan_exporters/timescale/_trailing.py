"""Counts of trailing users follow the days of users, one bot in a transaction."""

from __future__ import annotations

import time

from turnspan_exporters.timescale._connection import Connection
from turnspan_exporters.timescale._queries import query

__all__ = ["count_trailing_users"]


def count_trailing_users(connection: Connection, deadline: float) -> int:
    """Bring the bots up to yesterday that are behind; returns how many were.

    Begins no further bot after ``deadline`` (of ``time.monotonic``). A question about
    a bot that is behind counts the users themselves, so that nothing is ever wrong.
    """
    done = 0
    for (bot,) in connection.execute(query("stale_user_trailing")).fetchall():
        if done and time.monotonic() > deadline:
            break
        connection.execute(query("refresh_user_trailing"), {"bot": bot})
        done += 1
    return done
