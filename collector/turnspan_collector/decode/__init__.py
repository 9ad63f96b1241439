"""OTLP requests, in protobuf or JSON, decoded once into columns."""

from turnspan_collector.decode.requests import Decoded, decode
from turnspan_collector.decode.signals import (
    LOGS,
    METRICS,
    SIGNALS,
    TRACES,
    Encoding,
    Signal,
)

__all__ = [
    "LOGS",
    "METRICS",
    "SIGNALS",
    "TRACES",
    "Decoded",
    "Encoding",
    "Signal",
    "decode",
]
