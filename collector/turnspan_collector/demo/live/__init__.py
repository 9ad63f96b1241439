"""Two live bots, as a bot developer would write them, and people who use them."""

from ._stage import Live, live

__all__ = ["Live", "live"]
