"""OTLP over HTTP to one destination: one connection, kept open, in protobuf."""

from __future__ import annotations

import gzip
import http.client
import socket
import ssl
import time
from contextlib import suppress
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from typing import Final

from turnspan_collector.decode import Encoding, Signal
from turnspan_collector.destinations import Destination
from turnspan_collector.errors import ExitCode, StartError
from turnspan_collector.forward._outcome import (
    Later,
    Outcome,
    delivered,
    of_status,
)
from turnspan_collector.forward._via import VIA

__all__ = ["HttpTransport", "client_context"]

ANSWER_BYTES_MAX: Final = 4 * 1024 * 1024
_GZIP_LEVEL: Final = 1
_PIECE_BYTES: Final = 64 * 1024


class HttpTransport:
    """Posts requests; raises ``StartError`` where the TLS files cannot be used."""

    def __init__(self, destination: Destination) -> None:
        self._host, self._port = destination.host, destination.port
        self._context = client_context(destination)
        self._path = destination.url.path.rstrip("/")
        self._gzip = destination.compression == "gzip"
        self._headers = {
            "content-type": Encoding.PROTOBUF.value,
            "user-agent": f"turnspan-collector/{version('turnspan')}",
            **dict(destination.header_pairs),
        }
        if self._gzip:
            self._headers["content-encoding"] = "gzip"
        self._connection: http.client.HTTPConnection | None = None

    def send(self, signal: Signal, body: bytes, via: str, timeout_s: float) -> Outcome:
        """Post one request; redirects are not followed."""
        headers = {**self._headers, VIA: via}
        if self._gzip:
            body = gzip.compress(body, _GZIP_LEVEL, mtime=0)
        ends = time.monotonic() + timeout_s
        kept = self._connection is not None
        try:
            try:
                return self._post(signal, body, headers, ends)
            except (ConnectionError, http.client.BadStatusLine):
                # A connection that was kept may have been closed meanwhile.
                self.close()
                if not kept:
                    raise
                return self._post(signal, body, headers, ends)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            return Later(_named(error))

    def close(self) -> None:
        """Let go of the connection."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        with suppress(
            OSError, AttributeError
        ):  # wakes a thread that waits for an answer
            connection.sock.shutdown(socket.SHUT_RDWR)
        connection.close()

    def _post(
        self, signal: Signal, body: bytes, headers: dict[str, str], ends: float
    ) -> Outcome:
        connection = self._connected(ends)
        connection.request("POST", self._path + signal.path, body, headers)
        _limit(connection, ends)
        response = connection.getresponse()
        answer = self._read(connection, response, ends)
        if 200 <= response.status < 300:
            return delivered(signal, answer if _is_protobuf(response) else b"")
        after_s = _after(response.getheader("retry-after", ""))
        return of_status(response.status, after_s)

    def _connected(self, ends: float) -> http.client.HTTPConnection:
        if self._connection is None:
            left = max(0.001, ends - time.monotonic())
            if self._context is None:
                made = http.client.HTTPConnection(self._host, self._port, timeout=left)
            else:
                made = http.client.HTTPSConnection(
                    self._host, self._port, timeout=left, context=self._context
                )
            made.connect()
            self._connection = made
        _limit(self._connection, ends)
        return self._connection

    def _read(
        self,
        connection: http.client.HTTPConnection,
        response: http.client.HTTPResponse,
        ends: float,
    ) -> bytes:
        """The answer, of 4 MiB at most; one that is longer ends the connection."""
        pieces: list[bytes] = []
        size = 0
        while piece := response.read1(_PIECE_BYTES):
            size += len(piece)
            if size > ANSWER_BYTES_MAX:
                self.close()
                return b""
            pieces.append(piece)
            if connection.sock is not None:
                _limit(connection, ends)
        response.read()  # nothing is left; this says so to the connection
        if response.will_close:
            self.close()
        return b"".join(pieces)


def _limit(connection: http.client.HTTPConnection, ends: float) -> None:
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError
    connection.sock.settimeout(left)


def _is_protobuf(response: http.client.HTTPResponse) -> bool:
    media_type = response.getheader("content-type", "").partition(";")[0].strip()
    return media_type.lower() == Encoding.PROTOBUF.value


def _after(text: str) -> float | None:
    """The seconds of a Retry-After, which may be a date."""
    if text.strip().isdecimal():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None


def _named(error: Exception) -> str:
    """The kind of a failure, without what the other side says."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ssl.SSLError):
        return f"TLS: {error.reason or type(error).__name__}"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return type(error).__name__


def client_context(destination: Destination) -> ssl.SSLContext | None:
    """TLS 1.2 at least as the settings have it; ``None`` where it is not encrypted."""
    if not destination.is_encrypted:
        return None
    where = f"forward.{destination.name}"
    try:
        context = ssl.create_default_context(cafile=destination.tls_ca or None)
    except (OSError, ssl.SSLError):
        raise StartError(
            f"{where}.tls_ca {destination.tls_ca} cannot be used: give a readable PEM "
            "file of certificates.",
            ExitCode.USAGE,
        ) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if destination.tls_cert:
        try:
            # A key with a password fails here, rather than ask the terminal for it.
            context.load_cert_chain(
                destination.tls_cert, destination.tls_key, password=""
            )
        except (OSError, ssl.SSLError):
            raise StartError(
                f"{where}.tls_cert {destination.tls_cert} and its tls_key cannot be "
                "used: give a readable PEM chain and its key, without a password.",
                ExitCode.USAGE,
            ) from None
    return context
