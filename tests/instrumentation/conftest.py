"""Fixtures of the bot's side."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.support import telemetry
from tests.support.telemetry import Captured


@pytest.fixture
def captured() -> Iterator[Captured]:
    """What turnspan sends during the test; fails on names outside the registry."""
    yield from telemetry.captured()
