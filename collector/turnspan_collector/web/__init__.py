"""The collector's own page: boards and conversations, in the reader's browser."""

from turnspan_collector.web._mount import mount

__all__ = ["mount"]
