"""Requests on disk while the store is away: appended, synced, replayed, released."""

from turnspan_collector.spool._metrics import SpoolMetrics
from turnspan_collector.spool._place import note_open, open_spool, was_open
from turnspan_collector.spool._records import Request
from turnspan_collector.spool._spool import Counts, Entry, Spool, Ticket

__all__ = [
    "Counts",
    "Entry",
    "Request",
    "Spool",
    "SpoolMetrics",
    "Ticket",
    "note_open",
    "open_spool",
    "was_open",
]
