"""PostgreSQL, with TimescaleDB or plain: writer, derivation, settings, migrator."""

from turnspan_exporters.timescale._connection import is_timescale
from turnspan_exporters.timescale._migrate import migrate
from turnspan_exporters.timescale._writer import TimescaleExporter

__all__ = ["TimescaleExporter", "is_timescale", "migrate"]
