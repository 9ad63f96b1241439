"""Requests that come back: known by the collectors they came through, and by address.

A collector that sends on adds its id, made anew at each start, to the header
``turnspan-via``. What has one's own id, or came a long way, is stored and goes no
further, so that two collectors may send to each other.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Sequence
from typing import Final

from turnspan_collector.destinations import SECTION, Destination
from turnspan_collector.errors import ExitCode, StartError
from turnspan_collector.ports import Ports

__all__ = ["VIA", "hops", "refuse_itself"]

VIA: Final = "turnspan-via"
HOPS_MAX: Final = 16
_ID: Final = re.compile(r"[0-9a-f]{16}")
_EVERY: Final = ("0.0.0.0", "::")  # noqa: S104 - compared, not bound
_DOORS: Final = ("grpc_port", "http_port")


def hops(said: str, own: str) -> tuple[str, ...] | None:
    """The way with one's own id at its end; ``None`` where it goes no further."""
    way = tuple(one for one in map(str.strip, said.split(",")) if _ID.fullmatch(one))
    if own in way or len(way) >= HOPS_MAX:
        return None
    return (*way, own)


def refuse_itself(destinations: Sequence[Destination], ports: Ports) -> None:
    """Raise ``StartError`` where a destination is one of these doors."""
    doors = {ports.number(name) for name in _DOORS}
    for one in destinations:
        if one.port in doors and _is_this_machine(one.host, ports.host):
            raise StartError(
                f"{SECTION}.{one.name}.endpoint is {one.host}:{one.port}, which is "
                "this collector itself: give another one.",
                ExitCode.USAGE,
            )


def _is_this_machine(host: str, listening: str) -> bool:
    """Whether a host's name leads to where this process listens, if that is known."""
    addresses = _addresses(host)
    if listening in _EVERY:
        return any(_can_be_bound(one) for one in addresses)
    return bool(addresses & _addresses(listening))


def _addresses(host: str) -> set[str]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return set()
    return {str(address[0]) for *_, address in found}


def _can_be_bound(address: str) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.bind((address, 0))
    except OSError:
        return False
    return True
