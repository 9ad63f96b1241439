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
    """A process with real ports and default settings, but for a patience of a minute.

    Tests that hold up a commit mean it to wait, and not to be overtaken by the spool.
    """
    dsn = databases.create(template_dsn)
    folder, flags = tmp_path_factory.mktemp("otlp"), ("--spool-after-seconds=60",)
    with running_collector(folder, dsn=dsn, flags=flags) as running:
        yield running
    databases.drop(dsn)


@pytest.fixture
def wire(collector: Running, request: pytest.FixtureRequest) -> Iterator[Wire]:
    """A client whose bot has the test's name."""
    bot = re.sub(r"\W+", "-", request.node.name)[:200]
    with collector.connect() as database:
        yield Wire(collector, database, bot)
