"""Who may send and read, over what kind of connection, and how much."""

from turnspan_collector.security.gate import (
    Gate,
    Grant,
    OpenGate,
    TokenGate,
    make_gate,
)
from turnspan_collector.security.known_tokens import KnownTokens
from turnspan_collector.security.page_guard import PageGuard

__all__ = [
    "Gate",
    "Grant",
    "KnownTokens",
    "OpenGate",
    "PageGuard",
    "TokenGate",
    "make_gate",
]
