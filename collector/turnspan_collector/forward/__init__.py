"""Sending on to other OTLP endpoints, with a queue on disk for each."""

from turnspan_collector.forward._forwarding import Forwarding, make_forwarding
from turnspan_collector.forward._metrics import ForwardMetrics
from turnspan_collector.forward._redact import Accepted, bots_of
from turnspan_collector.forward._via import VIA

__all__ = [
    "VIA",
    "Accepted",
    "ForwardMetrics",
    "Forwarding",
    "bots_of",
    "make_forwarding",
]
