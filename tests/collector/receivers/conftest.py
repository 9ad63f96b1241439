"""The doors that every test of this folder knocks at."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.support.doors import Doors, open_doors


@pytest.fixture
def doors() -> Iterator[Doors]:
    """Both receivers, in front of an exporter that remembers."""
    with open_doors() as opened:
        yield opened
