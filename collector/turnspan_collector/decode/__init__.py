"""OTLP requests, in protobuf or JSON, decoded once into columns."""

from turnspan_collector.decode.requests import (
    Decoded,
    decode,
    decode_request,
    read_request,
)
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
    "decode_request",
    "read_request",
]
