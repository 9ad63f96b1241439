"""Records that name no conversation: found by their turn or handoff, or kept alone."""

from __future__ import annotations

from turnspan_exporters.timescale._connection import Connection
from turnspan_exporters.timescale._queries import query

__all__ = ["resolve"]

_STEPS = ("resolve_claim", "resolve_turns", "resolve_handoffs", "lone_turns")
_ROWS = 4000


def resolve(connection: Connection) -> int:
    """Queue the conversations that are known now; derive the turns that have none."""
    found = connection.execute(query("resolve_claim"), {"rows": _ROWS}).rowcount
    if found:
        for name in _STEPS[1:]:
            connection.execute(query(name))
    return found
