"""PostgreSQL, with TimescaleDB or plain: writer, derivation, settings, migrator."""

from turnspan_exporters.timescale._connection import is_timescale
from turnspan_exporters.timescale._migrate import migrate

__all__ = ["is_timescale", "migrate"]
