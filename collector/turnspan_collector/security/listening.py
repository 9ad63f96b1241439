"""What may be bound wider than to this machine: nothing open, unless told so."""

from __future__ import annotations

import logging
import socket
from ipaddress import IPv6Address, ip_address

from turnspan_collector.config import Settings
from turnspan_collector.errors import ExitCode, StartError

__all__ = ["is_loopback", "refuse_open_listening"]

logger = logging.getLogger(__name__)


def refuse_open_listening(settings: Settings) -> None:
    """Raise ``StartError`` where anybody who reaches this machine would get in.

    TLS or tokens are enough to start; what the other half would add is logged.
    """
    host, security = settings.listen.host, settings.security
    if is_loopback(host):
        return
    by_token = security.tokens == "required"
    by_certificate = bool(security.tls_client_ca)
    if not (by_token or security.tls_cert):
        if security.insecure_listen == "off":
            raise StartError(
                f"--host is {host!r}, where others can reach it, and there are neither "
                "TLS nor tokens: give --tls-cert and --tls-key, or --tokens required, "
                "or --insecure-listen on where something else keeps others out.",
                ExitCode.OPEN_TO_OTHERS,
            )
        logger.warning(
            "--host is %s without TLS and tokens: everybody who reaches this machine "
            "may send and read data",
            host,
        )
    elif not security.tls_cert:
        logger.warning("--host is %s without TLS: tokens travel readable", host)
    elif not (by_token or by_certificate):
        logger.warning(
            "--host is %s without tokens and tls_client_ca: everybody who reaches this "
            "machine may send and read data",
            host,
        )


def is_loopback(host: str) -> bool:
    """Whether every address of ``host`` is this machine's own."""
    try:
        found = socket.getaddrinfo(
            host, 0, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except OSError:
        return True  # binding it will say what is wrong
    return all(_is_own(str(address[4][0])) for address in found)


def _is_own(text: str) -> bool:
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return address.is_loopback
