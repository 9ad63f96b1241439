"""The collector's own page: boards and conversations, in the reader's browser."""

from turnspan_collector.web._mount import boards, mount

__all__ = ["boards", "mount"]
