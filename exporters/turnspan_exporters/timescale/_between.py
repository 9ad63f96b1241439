"""Changes within the times that they concern, told to the database as values.

The columnstore makes rows again of every batch that an update or delete cannot rule
out before it runs; a join rules out nothing.
"""

from __future__ import annotations

from turnspan_exporters.timescale._connection import Connection, one_row
from turnspan_exporters.timescale._queries import query

__all__ = ["between"]


def between(connection: Connection, span: str, change: str) -> None:
    """Run a change from the first to the last time it concerns, if there are any."""
    low, high = one_row(connection, query(span))
    if low is not None:
        connection.execute(query(change), {"low": low, "high": high})
