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
from turnspan_collector.security.tls import Certificates, make_certificates

__all__ = [
    "Certificates",
    "Gate",
    "Grant",
    "KnownTokens",
    "OpenGate",
    "PageGuard",
    "TokenGate",
    "make_certificates",
    "make_gate",
]
