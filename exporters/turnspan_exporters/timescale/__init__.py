"""PostgreSQL, with TimescaleDB or plain: writer, derivation, settings, migrator."""

from turnspan_exporters.timescale._connection import is_timescale
from turnspan_exporters.timescale._migrate import migrate
from turnspan_exporters.timescale._worker import Worker, pending, settle
from turnspan_exporters.timescale._writer import TimescaleExporter

__all__ = [
    "TimescaleExporter",
    "Worker",
    "is_timescale",
    "migrate",
    "pending",
    "settle",
]
