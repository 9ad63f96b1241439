"""Spools in a folder of the test's own, on a fixed clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from turnspan_collector.spool import Spool

NOW_NS = 1_769_860_800 * 10**9


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[..., Spool]]:
    """Opens the test's spool, again and again."""
    made: list[Spool] = []

    def open_it(
        bytes_max: int = 10**6, age_s_max: int = 3600, segment_bytes: int = 300
    ) -> Spool:
        for one in made:
            one.close()
        spool = Spool(
            tmp_path,
            bytes_max=bytes_max,
            age_s_max=age_s_max,
            segment_bytes=segment_bytes,
            clock_ns=lambda: NOW_NS,
        )
        made.append(spool)
        return spool

    yield open_it
    for one in made:
        one.close()
