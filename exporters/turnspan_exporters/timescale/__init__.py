"""PostgreSQL, with TimescaleDB or plain: writer, derivation, settings, migrator."""

from turnspan_exporters.timescale._connection import connect, is_timescale
from turnspan_exporters.timescale._migrate import migrate
from turnspan_exporters.timescale._worker import Worker, pending, settle
from turnspan_exporters.timescale._writer import TimescaleExporter

__all__ = [
    "TimescaleExporter",
    "Worker",
    "connect",
    "is_timescale",
    "migrate",
    "pending",
    "settle",
]
