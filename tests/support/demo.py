"""The fixture ``demo_collector``: a running collector with the 90 days in it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from tests.support.demo_totals import settled_world
from tests.support.postgres import Databases
from tests.support.running import Running, running_collector

from turnspan_collector.demo import DAYS, World, history
from turnspan_collector.demo._play import play

__all__ = ["DemoCollector", "demo_collector"]


@dataclass(frozen=True, slots=True)
class DemoCollector:
    """A collector, and what has been played into it."""

    running: Running
    dsn: str
    world: World
    records: int

    @property
    def first(self) -> str:
        """The first day, as a date."""
        return self.world.first_day.isoformat()

    @property
    def end(self) -> str:
        """The day after the 90th; totals hold for [first, end)."""
        return self.world.date_of(DAYS).isoformat()


@pytest.fixture(scope="session")
def demo_collector(
    tmp_path_factory: pytest.TempPathFactory, databases: Databases
) -> Iterator[DemoCollector]:
    """The demo up to now, on the server under test; read it, do not write.

    Its 90 known days end two to nine days ago (see ``settled_world``); what came
    after them is there too, so that a board of the last days is not empty.
    """
    now = datetime.now(UTC)
    world = settled_world(now)
    dsn = databases.create()
    folder = tmp_path_factory.mktemp("demo")
    with running_collector(folder, dsn=dsn) as running:
        requests = history(world, 0, int(now.timestamp()) * 1_000_000_000)
        ports = running.ports
        records = play(requests, "127.0.0.1", ports["grpc"], ports["http"])
        began = time.monotonic()
        running.settle()
        print(f"demo settled in {time.monotonic() - began:.1f} s")  # noqa: T201
        yield DemoCollector(running, dsn, world, records)
    databases.drop(dsn)
