"""Requests on disk while the store is away: appended, synced, replayed, released."""

from turnspan_collector.spool._metrics import SpoolMetrics
from turnspan_collector.spool._place import claim, note_open, open_spool, was_open
from turnspan_collector.spool._records import Request
from turnspan_collector.spool._segment import segment_name, segments_in
from turnspan_collector.spool._spool import Counts, Entry, Spool, Ticket

__all__ = [
    "Counts",
    "Entry",
    "Request",
    "Spool",
    "SpoolMetrics",
    "Ticket",
    "claim",
    "note_open",
    "open_spool",
    "segment_name",
    "segments_in",
    "was_open",
]
