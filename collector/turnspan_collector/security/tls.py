"""TLS for the doors and the page, from files that may change while they are open.

Each new connection looks whether the files changed, and takes what is there then. New
files that do not fit together leave the old ones in force, and a line in the log.
"""

from __future__ import annotations

import logging
import os
import ssl
import stat
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc

from turnspan_collector.config import Security
from turnspan_collector.errors import ExitCode, StartError

__all__ = ["Certificates", "make_certificates"]

logger = logging.getLogger(__name__)

_OTHERS = stat.S_IRWXO | stat.S_IWGRP
_FILE_BYTES_MAX = 1024 * 1024

_Stamp = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class _Loaded:
    """What the files held at one time, for both libraries."""

    stamp: _Stamp
    context: ssl.SSLContext
    configuration: Any


class Certificates:
    """A certificate chain, its key, and who signs clients; all PEM files.

    Raises ``StartError`` where they cannot be used. With ``client_ca`` every client
    has to show a certificate that one of its certificates signed.
    """

    def __init__(self, cert: str, key: str, client_ca: str = "") -> None:
        self._cert, self._key = Path(cert), Path(key)
        self._client_ca = Path(client_ca) if client_ca else None
        self._lock = threading.Lock()
        self._loaded = self._load()
        self._failed: _Stamp | None = None

    def context(self) -> ssl.SSLContext:
        """For asyncio: a context that hands each connection to the current one."""
        made = _Current(ssl.PROTOCOL_TLS_SERVER)
        made.certificates = self
        return made

    def credentials(self) -> grpc.ServerCredentials:
        """For grpcio, which asks at each connection."""
        given = [self.current().configuration]

        def fetch() -> Any:
            found = self.current().configuration
            if found is given[0]:
                return None
            given[0] = found
            return found

        return grpc.dynamic_ssl_server_credentials(
            given[0], fetch, require_client_authentication=self._client_ca is not None
        )

    def current(self) -> _Loaded:
        """What the files hold now, or held when they last could be used."""
        with self._lock:
            try:
                stamp = self._stamp()
                if stamp not in (self._loaded.stamp, self._failed):
                    self._failed = stamp
                    self._loaded = self._load()
                    logger.info("the TLS certificate was read again")
            except (OSError, StartError) as error:
                logger.warning("the TLS certificate stays as it was: %s", error)
            return self._loaded

    def _files(self) -> list[tuple[str, Path]]:
        files = [("tls_cert", self._cert), ("tls_key", self._key)]
        if self._client_ca is not None:
            files.append(("tls_client_ca", self._client_ca))
        return files

    def _stamp(self) -> _Stamp:
        found = [os.stat(file) for _, file in self._files()]
        return tuple((one.st_ino, one.st_size, one.st_mtime_ns) for one in found)

    def _load(self) -> _Loaded:
        for setting, file in self._files():
            _check_readable(setting, file)
        _check_private(self._key)
        stamp = self._stamp()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            # A key with a password fails here, rather than ask the terminal for it.
            context.load_cert_chain(self._cert, self._key, password="")
        except ssl.SSLError as error:
            raise _useless(
                f"tls_cert {self._cert} and tls_key {self._key} cannot be used "
                f"({error.reason or 'no PEM'}): give a PEM chain and its key, without "
                "a password"
            ) from None
        roots = None
        if self._client_ca is not None:
            context.verify_mode = ssl.CERT_REQUIRED
            roots = self._client_ca.read_bytes()
            try:
                context.load_verify_locations(self._client_ca)
            except ssl.SSLError:
                raise _useless(
                    f"tls_client_ca {self._client_ca} holds no certificate: give PEM"
                ) from None
        pair = (self._key.read_bytes(), self._cert.read_bytes())
        if self._stamp() != stamp:
            raise _useless("the files changed while they were read")
        configuration = grpc.ssl_server_certificate_configuration([pair], roots)
        return _Loaded(stamp, context, configuration)


class _Current(ssl.SSLContext):
    """Every connection is wrapped by the context that is current when it comes."""

    certificates: Certificates

    def wrap_bio(self, *arguments: Any, **options: Any) -> ssl.SSLObject:
        """As ``SSLContext.wrap_bio``."""
        current = self.certificates.current().context
        return current.wrap_bio(*arguments, **options)


def make_certificates(settings: Security) -> Certificates | None:
    """The certificates of the settings; ``None`` where TLS is off."""
    if not settings.tls_cert:
        return None
    return Certificates(settings.tls_cert, settings.tls_key, settings.tls_client_ca)


def _check_readable(setting: str, file: Path) -> None:
    try:
        with file.open("rb") as opened:
            size = len(opened.read(_FILE_BYTES_MAX + 1))
    except OSError as error:
        raise _useless(
            f"{setting} {file} cannot be read ({error.strerror}): give a file that "
            "the collector's account may read"
        ) from None
    if size > _FILE_BYTES_MAX:
        raise _useless(
            f"{setting} {file} has more than {_FILE_BYTES_MAX} bytes: give PEM"
        )


def _check_private(key: Path) -> None:
    mode = stat.S_IMODE(key.stat().st_mode)
    if mode & _OTHERS:
        raise _useless(
            f"tls_key {key} has mode {mode:04o}, so that others may read or change "
            "it: run chmod 600 on it, or 640 for a group of its own"
        )


def _useless(sentence: str) -> StartError:
    return StartError(f"{sentence}.", ExitCode.USAGE)
