"""Records that name no conversation: found by their turn or handoff, or kept alone."""

from __future__ import annotations

from turnspan_exporters.timescale import _scratch
from turnspan_exporters.timescale._between import between
from turnspan_exporters.timescale._connection import Connection
from turnspan_exporters.timescale._queries import query

__all__ = ["resolve"]

_SPANS = {
    "resolve_calls": "span_of_calls",
    "lone_turns_gone": "span_of_lone_turns_gone",
    "lone_handoffs_gone": "span_of_lone_handoffs_gone",
}
_STEPS = (
    "resolve_turns", "resolve_calls", "lone_spans", "lone_events", "lone_calls",
    "turns", "tokens", "touch_callers_of_lone", "lone_turn_rows", "lone_turns_gone",
    "lone_turns_new", "lone_handoff_ids", "lone_lives", "resolve_handoffs",
    "lone_handoff_rows", "lone_handoffs_gone", "lone_handoffs_new", "touch_users",
    "touch_windows", "derive_labels",
)  # fmt: skip
_ROWS = 4000


def resolve(connection: Connection) -> int:
    """Queue the conversations known now; derive turns and handoffs that have none."""
    found = connection.execute(query("resolve_claim"), {"rows": _ROWS}).rowcount
    if found:
        with connection.pipeline():
            for name in _STEPS:
                if name in _SPANS:
                    between(connection, _SPANS[name], name)
                else:
                    connection.execute(query(name), prepare=found <= _scratch.FEW_KEYS)
            _scratch.empty(connection)
    return found
