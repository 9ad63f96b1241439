"""Ports taken before anything else, so that a taken one is known at once."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable

from turnspan_collector.config import Listen, Setting, all_settings
from turnspan_collector.errors import ExitCode, StartError

__all__ = ["Ports"]

NAMES = ("grpc_port", "http_port", "health_port", "metrics_port", "api_port")


class Ports:
    """The five ports, bound and not yet listening: nobody is let in too early."""

    def __init__(self, listen: Listen) -> None:
        self.host = listen.host
        self.sockets: dict[str, socket.socket] = {}
        try:
            for name in NAMES:
                self.sockets[name] = _bind(listen.host, getattr(listen, name), name)
        except BaseException:
            self.close()
            raise

    def number(self, name: str) -> int:
        """The port's number, also where 0 was asked for."""
        return int(self.sockets[name].getsockname()[1])

    def address(self, name: str) -> str:
        """Host and port as gRPC writes them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.number(name)}"

    def hand_over(self, name: str, bind: Callable[[str], int]) -> None:
        """Give a port to a library that binds by itself."""
        number, address = self.number(name), self.address(name)
        self.sockets[name].close()
        try:
            bind(address)
        except OSError as error:
            error.errno = errno.EADDRINUSE
            raise _refused(error, self.host, number, _setting(name)) from None

    def close(self) -> None:
        """Give all ports back."""
        for one in self.sockets.values():
            one.close()

    def ready_line(self) -> str:
        """The line that tells scripts where everything is."""
        shown = (f"{name.removesuffix('_port')}={self.number(name)}" for name in NAMES)
        return "ready " + " ".join(shown)


def _bind(host: str, port: int, name: str) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror:
        raise StartError(
            f"--host is {host!r}, which is no address of this machine: give one, such "
            "as 127.0.0.1.",
            ExitCode.USAGE,
        ) from None
    bound = socket.socket(family, kind, protocol)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind(address)
    except OSError as error:
        bound.close()
        raise _refused(error, host, port, _setting(name)) from None
    return bound


def _setting(name: str) -> Setting:
    return next(one for one in all_settings() if one.name == name)


def _refused(error: OSError, host: str, port: int, setting: Setting) -> StartError:
    flag, variable = setting.flag, setting.variable
    if error.errno == errno.EADDRINUSE:
        return StartError(
            f"port {port} on {host} is in use: stop the other program, or give "
            f"{flag} (or {variable}) another port, or 0 for a free one.",
            ExitCode.PORT_IN_USE,
        )
    if error.errno == errno.EACCES:
        return StartError(
            f"port {port} on {host} needs rights that you lack: give {flag} (or "
            f"{variable}) a port above 1023.",
            ExitCode.PORT_IN_USE,
        )
    return StartError(
        f"port {port} on {host} cannot be bound ({error.strerror}): give --host an "
        "address of this machine.",
        ExitCode.USAGE,
    )
