"""What every fault needs: a database behind a proxy, and how long to go on.

``make faults`` sets TURNSPAN_FAULTS to ``long``; else each test takes some seconds.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from tests.support.proxy import Proxy, proxied

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
