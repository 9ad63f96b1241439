"""kill -9 of the collector at random moments: what was answered is there, once."""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.faults.conftest import Measure
from tests.support.proxy import Proxy
from tests.support.running import Running, running_collector
from tests.support.sender import Sender, check_identity
from tests.support.watching import counters

SEED = 20260131


def free_ports() -> tuple[int, int]:
    """Two ports that stay the same over restarts."""
    with (
        socket.create_server(("127.0.0.1", 0)) as one,
        socket.create_server(("127.0.0.1", 0)) as other,
    ):
        return one.getsockname()[1], other.getsockname()[1]


@contextmanager
def sending_to(ports: tuple[int, int], count: int = 2) -> Iterator[list[Sender]]:
    senders = [Sender(*ports, number) for number in range(count)]
    for one in senders:
        one.start()
    try:
        yield senders
    finally:
        for one in senders:
            one.stop()


def flags(ports: tuple[int, int]) -> tuple[str, ...]:
    return (f"--grpc-port={ports[0]}", f"--http-port={ports[1]}")


def live(running: Running, senders: list[Sender], dice: random.Random) -> None:
    """Take some requests, and die at a moment that nobody chose."""
    for one in senders:
        one.wait_for(20)
    time.sleep(dice.random())
    running.kill()


def test_at_random_moments_under_load(
    migrated_dsn: str, tmp_path: Path, measure: Measure
) -> None:
    """Again and again (C49)."""
    ports, dice = free_ports(), random.Random(SEED)
    with sending_to(ports) as senders:
        for _ in range(measure.kills):
            with running_collector(
                tmp_path, dsn=migrated_dsn, flags=flags(ports)
            ) as running:
                live(running, senders, dice)
        with running_collector(tmp_path, dsn=migrated_dsn, flags=flags(ports)):
            for one in senders:
                one.wait_for(20)
                one.stop()
            check_identity(migrated_dsn, senders)


@pytest.mark.parametrize("back", ["before the start", "after the start"])
def test_in_the_middle_of_an_outage(
    back: str, migrated_dsn: str, proxy: Proxy, tmp_path: Path, measure: Measure
) -> None:
    """What was answered from the spool is stored by the next process (C49, C53).

    It opens its receivers with the database away, since it has seen it before.
    """
    ports, dice = free_ports(), random.Random(SEED)
    with sending_to(ports) as senders:
        for _ in range(measure.restarts):
            with running_collector(
                tmp_path, dsn=proxy.dsn, flags=flags(ports)
            ) as running:
                for one in senders:
                    one.wait_for(20)
                proxy.cut()
                live(running, senders, dice)
            if back == "before the start":
                proxy.restore()
            with running_collector(
                tmp_path, dsn=proxy.dsn, flags=flags(ports)
            ) as running:
                live(running, senders, dice)
            proxy.restore()
        with running_collector(tmp_path, dsn=proxy.dsn, flags=flags(ports)) as running:
            for one in senders:
                one.wait_for(20)
                one.stop()
            check_identity(migrated_dsn, senders)
            assert counters(running)["turnspan_spool_requests"] == 0
