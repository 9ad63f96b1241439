"""What every fault needs: a database behind a proxy, and how long to go on.

``make faults`` sets TURNSPAN_FAULTS to ``long``; else each test takes some seconds.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.support.proxy import Proxy, proxied

from turnspan_collector.decode import Encoding, Signal
from turnspan_collector.pipeline import Pipeline
from turnspan_collector.receivers import Intake
from turnspan_collector.security import Grant
from turnspan_collector.selfmetrics import SelfMetrics
from turnspan_collector.spool import Spool
from turnspan_exporters.timescale import TimescaleExporter

START_NS = 1_769_860_800 * 10**9
PATIENCE_S = 20
LONG = os.environ.get("TURNSPAN_FAULTS") == "long"


@dataclass(frozen=True, slots=True)
class Measure:
    """How much of each fault."""

    kills: int = 100 if LONG else 3
    outage_s: float = 60 if LONG else 5
    slow_s: float = 60 if LONG else 6
    restarts: int = 20 if LONG else 1


@pytest.fixture(scope="session")
def measure() -> Measure:
    """Short in CI, long when asked for."""
    return Measure()


@pytest.fixture
def proxy(migrated_dsn: str) -> Iterator[Proxy]:
    """The way to the test's database that can be cut."""
    with proxied(migrated_dsn) as made:
        yield made


class Clock:
    """Wall time that the test sets."""

    def __init__(self) -> None:
        self.now_ns = START_NS

    def __call__(self) -> int:
        return self.now_ns


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def intake(proxy: Proxy, clock: Clock, tmp_path: Path) -> Iterator[Intake]:
    """The way in, on a database that can be cut, with that clock everywhere."""
    exporter = TimescaleExporter(proxy.dsn, migrates=False)
    spool = Spool(tmp_path, bytes_max=10**6, age_s_max=300 * 3600, clock_ns=clock)
    pipeline = Pipeline(
        exporter,
        pending_bytes_max=10**6,
        pending_requests_max=100,
        commit_rows_max=100,
        spool=spool,
    )
    pipeline.start()
    yield Intake("grpc", pipeline, SelfMetrics(), clock_ns=clock)
    pipeline.close(PATIENCE_S)
    spool.close()
    exporter.close()


def send(intake: Intake, signal: Signal, body: bytes) -> None:
    """Hand over one request and wait until it is durable."""
    _, durable = intake.begin(signal, body, Encoding.PROTOBUF, Grant())
    durable.result(PATIENCE_S)
