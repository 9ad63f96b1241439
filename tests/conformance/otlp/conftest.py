"""One collector for the suite, as its users run it, on a database of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from tests.support.postgres import Databases
from tests.support.running import Running, running_collector
from tests.support.wire import Wire


@pytest.fixture(scope="session")
def collector(
    databases: Databases,
    template_dsn: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Running]:
    """A process with real ports; its settings are the defaults."""
    dsn = databases.create(template_dsn)
    with running_collector(tmp_path_factory.mktemp("otlp"), dsn=dsn) as running:
        yield running
    databases.drop(dsn)


@pytest.fixture
def wire(collector: Running, request: pytest.FixtureRequest) -> Iterator[Wire]:
    """A client whose bot has the test's name."""
    bot = re.sub(r"\W+", "-", request.node.name)[:200]
    with collector.connect() as database:
        yield Wire(collector, database, bot)
