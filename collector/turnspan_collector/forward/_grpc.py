"""OTLP over gRPC to one destination: one channel, raw bytes."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import grpc
from google.protobuf.message import DecodeError
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status

from turnspan_collector.decode import SIGNALS, Signal
from turnspan_collector.destinations import Destination
from turnspan_collector.forward._http import ANSWER_BYTES_MAX, client_context
from turnspan_collector.forward._outcome import Later, Outcome, delivered, of_code
from turnspan_collector.forward._via import VIA

__all__ = ["GrpcTransport"]

_DETAILS: Final = "grpc-status-details-bin"
_RECONNECT_MS: Final = (500, 10_000)
"""Between attempts to connect: at first, at most. The sender waits too."""


class GrpcTransport:
    """Calls Export; raises ``StartError`` where the TLS files cannot be used."""

    def __init__(self, destination: Destination) -> None:
        self._metadata = destination.header_pairs
        self._compression = (
            grpc.Compression.Gzip
            if destination.compression == "gzip"
            else grpc.Compression.NoCompression
        )
        first, most = _RECONNECT_MS
        options: list[tuple[str, Any]] = [
            ("grpc.max_send_message_length", -1),
            ("grpc.max_receive_message_length", ANSWER_BYTES_MAX),
            ("grpc.enable_retries", 0),
            ("grpc.initial_reconnect_backoff_ms", first),
            ("grpc.max_reconnect_backoff_ms", most),
            ("grpc.primary_user_agent", f"turnspan-collector/{version('turnspan')}"),
        ]
        host = destination.host
        target = f"{f'[{host}]' if ':' in host else host}:{destination.port}"
        credentials = _credentials(destination)
        self._channel = (
            grpc.insecure_channel(target, options)
            if credentials is None
            else grpc.secure_channel(target, credentials, options)
        )
        self._calls: dict[str, Callable[..., bytes]] = {
            signal.name: self._channel.unary_unary(signal.method, bytes, bytes)
            for signal in SIGNALS
        }

    def send(self, signal: Signal, body: bytes, via: str, timeout_s: float) -> Outcome:
        """Call Export with one request."""
        metadata = (*self._metadata, (VIA, via))
        try:
            answer = self._calls[signal.name](
                body,
                timeout=timeout_s,
                metadata=metadata,
                compression=self._compression,
            )
        except grpc.RpcError as error:
            if not isinstance(error, grpc.Call):
                return Later(type(error).__name__)
            return of_code(error.code(), _after(error.trailing_metadata() or ()))
        except ValueError:  # the channel was closed
            return Later("closed")
        return delivered(signal, answer)

    def close(self) -> None:
        """Cancel what is in work and let go of the channel."""
        self._channel.close()


def _credentials(destination: Destination) -> grpc.ChannelCredentials | None:
    if client_context(destination) is None:  # also looks whether the files fit
        return None
    chain = key = roots = None
    if destination.tls_ca:
        roots = Path(destination.tls_ca).read_bytes()
    if destination.tls_cert:
        chain = Path(destination.tls_cert).read_bytes()
        key = Path(destination.tls_key).read_bytes()
    return grpc.ssl_channel_credentials(roots, key, chain)


def _after(trailers: Any) -> float | None:
    """The delay of a RetryInfo in the status's details."""
    for name, value in trailers:
        if name != _DETAILS:
            continue
        try:
            details = Status.FromString(value).details
        except DecodeError:
            return None
        info = RetryInfo()
        for one in details:
            if one.Is(RetryInfo.DESCRIPTOR) and one.Unpack(info):
                return max(0.0, float(info.retry_delay.ToNanoseconds()) / 1e9)
    return None
