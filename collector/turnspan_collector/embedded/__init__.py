"""A PostgreSQL of the collector's own, from a wheel: start, DSN, stop."""

from turnspan_collector.embedded.server import EmbeddedPostgres, running_dsn

__all__ = ["EmbeddedPostgres", "running_dsn"]
