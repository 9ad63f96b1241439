"""Ends in order, and ends of clients: what was answered is there, and nothing hangs."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import pytest
from tests.support.otlp import numbered, traces
from tests.support.proxy import Proxy
from tests.support.running import Running, eventually, running_collector
from tests.support.sender import check_identity, sending
from tests.support.watching import counters, health, keeps_identity, total


@pytest.mark.parametrize("how", ["there", "cut", "hang"])
def test_sigterm_under_load(
    how: str, migrated_dsn: str, proxy: Proxy, tmp_path: Path
) -> None:
    """It drains, into the database or the spool, within the grace period (C52)."""
    flags = ("--spool-after-seconds=1",)
    with (
        running_collector(tmp_path, dsn=proxy.dsn, flags=flags) as running,
        sending(running, 4) as senders,
    ):
        for one in senders:
            one.wait_for(40)
        if how != "there":
            getattr(proxy, how)()
            for one in senders:
                one.wait_for(20)
        began = time.monotonic()
        assert running.stop() == 0
        assert time.monotonic() - began < 25
    proxy.restore()
    with running_collector(tmp_path, dsn=proxy.dsn):
        check_identity(migrated_dsn, senders)


def _cut_in_the_middle(running: Running, body: bytes) -> None:
    """Say how long the request is, send half of it, and leave."""
    head = (
        "POST /v1/traces HTTP/1.1\r\nhost: x\r\n"
        f"content-type: application/x-protobuf\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", running.ports["http"])) as connection:
        connection.sendall(head.encode() + body[: len(body) // 2])
        linger = b"\1\0\0\0\0\0\0\0"
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)


def test_connections_cut_in_mid_request(migrated_dsn: str, tmp_path: Path) -> None:
    """Nothing of half a request is stored, and its bytes are not held for ever."""
    body = traces(*numbered(2000, 10**9)).SerializeToString()
    flags = (f"--pending-bytes-max={2 * len(body)}",)
    with running_collector(tmp_path, dsn=migrated_dsn, flags=flags) as running:
        with sending(running) as senders:
            for _ in range(20):
                _cut_in_the_middle(running, body)
            for one in senders:
                one.wait_for(100)
        check_identity(migrated_dsn, senders)
        keeps_identity(running)
        assert total(counters(running), "otelcol_exporter_queue_size") == 0
        eventually(lambda: health(running) == 200)
