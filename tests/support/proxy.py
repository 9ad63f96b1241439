"""A TCP proxy in front of a database, which can be cut, hang and delay."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from psycopg import conninfo

__all__ = ["Proxy", "proxied"]

_PIECE_BYTES = 64 * 1024


class Proxy:
    """Passes bytes on between clients and one server, as it is told to."""

    def __init__(self, dsn: str) -> None:
        parts = conninfo.conninfo_to_dict(dsn)
        self._host = str(parts.get("host", "127.0.0.1"))
        self._server_port = int(parts.get("port") or 5432)
        self._flows = threading.Event()
        self._flows.set()
        self._delay_s = 0.0
        self._pairs: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listener = self._listen(0)
        self.port = int(self._listener.getsockname()[1])
        self.dsn = conninfo.make_conninfo(dsn, host="127.0.0.1", port=self.port)

    def cut(self) -> None:
        """Refuse new connections and reset those that are there."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._reset()

    def hang(self) -> None:
        """Pass nothing on, and refuse nobody."""
        self._flows.clear()

    def delay(self, seconds: float) -> None:
        """Pass every piece to the server on so much later."""
        self._delay_s = seconds

    def restore(self) -> None:
        """Be as if nothing had been."""
        self._delay_s = 0.0
        self._flows.set()
        if self._listener.fileno() < 0:
            self._listener = self._listen(self.port)

    def close(self) -> None:
        """End all of it."""
        self.cut()
        self._flows.set()

    def _listen(self, port: int) -> socket.socket:
        listener = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        return listener

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            try:
                server = self._connect()
            except OSError:
                client.close()
                continue
            with self._lock:
                self._pairs |= {client, server}
            for source, target, delayed in (
                (client, server, True),
                (server, client, False),
            ):
                threading.Thread(
                    target=self._pass, args=(source, target, delayed), daemon=True
                ).start()

    def _connect(self) -> socket.socket:
        if not self._host.startswith("/"):
            return socket.create_connection((self._host, self._server_port))
        server = socket.socket(socket.AF_UNIX)
        server.connect(str(Path(self._host) / f".s.PGSQL.{self._server_port}"))
        return server

    def _pass(
        self, source: socket.socket, target: socket.socket, delayed: bool
    ) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(_PIECE_BYTES):
                if delayed and self._delay_s:
                    time.sleep(self._delay_s)
                self._flows.wait()
                target.sendall(piece)
        for one in (source, target):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
            with self._lock:
                self._pairs.discard(one)

    def _reset(self) -> None:
        with self._lock:
            pairs = list(self._pairs)
        for one in pairs:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


@contextmanager
def proxied(dsn: str) -> Iterator[Proxy]:
    """A proxy in front of the server of ``dsn``."""
    proxy = Proxy(dsn)
    try:
        yield proxy
    finally:
        proxy.close()
