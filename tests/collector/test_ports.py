"""Ports: bound before anything else, told in one line, handed over in order."""

from __future__ import annotations

import re
import socket

import pytest

from turnspan_collector.config import Listen
from turnspan_collector.errors import ExitCode, StartError
from turnspan_collector.ports import Ports

FREE = Listen(
    grpc_port=0, http_port=0, health_port=0, metrics_port=0, api_port=0
)  # fmt: skip


def test_the_ready_line_tells_every_port() -> None:
    """In the order that scripts rely on, with the numbers that 0 picked."""
    ports = Ports(FREE)
    names = ("grpc", "http", "health", "metrics", "api")
    pattern = "ready " + " ".join(rf"{name}=(\d+)" for name in names)
    found = re.fullmatch(pattern, ports.ready_line())
    assert found is not None
    assert len({int(port) for port in found.groups()} - {0}) == 5
    ports.close()


def test_nobody_is_let_in_before_the_server_listens() -> None:
    """A bound port is not an open door (C53)."""
    ports = Ports(FREE)
    address = ("127.0.0.1", ports.number("http_port"))
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, 5)
    ports.close()


def test_a_port_lost_on_the_way_is_said() -> None:
    """Where the library that takes it over cannot bind."""
    ports = Ports(FREE)

    def refuse(address: str) -> int:
        raise OSError("taken")

    number = ports.number("grpc_port")
    with pytest.raises(StartError, match=f"port {number} on 127.0.0.1 is in use"):
        ports.hand_over("grpc_port", refuse)
    ports.close()


def test_addresses_are_those_of_this_machine() -> None:
    """Names and addresses of others are mistakes in the settings."""
    for host in ("no-such-host.invalid", "192.0.2.1"):
        with pytest.raises(StartError) as refused:
            Ports(Listen(host=host, grpc_port=0))
        assert refused.value.exit_code is ExitCode.USAGE
