"""The API over a database of the test's own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from turnspan_collector.api import create_app
from turnspan_exporters.timescale.reader import Reader


@pytest.fixture
async def client(migrated_dsn: str) -> AsyncIterator[httpx.AsyncClient]:
    """Asks the application in this process; its reader is open."""
    reader = Reader(migrated_dsn)
    transport = httpx.ASGITransport(create_app(reader))
    with reader:
        async with httpx.AsyncClient(
            transport=transport, base_url="http://localhost"
        ) as client:
            yield client
