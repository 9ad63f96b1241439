"""The soak in short: its count of rows is right, and so is its slope."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.soak import _slope, soak
from tests.support.running import running_collector


def test_every_row_is_counted(tmp_path: Path) -> None:
    """A burst and some seconds at half the speed: told equals stored."""
    with running_collector(tmp_path) as running:
        found = soak(running, senders=2, seconds=4, burst_s=2)
    assert found["told"]["spans"] > 0
    assert found["told"] == found["stored"]
    assert found["identity"] is True
    assert found["rss_mb"]["median"] > 10
    assert len(found["samples"]) >= 4


def test_the_slope_is_that_of_a_line() -> None:
    """Three megabytes a second are three."""
    samples = [{"at_s": float(at), "rss_mb": 100.0 + 3 * at} for at in range(5)]
    assert _slope(samples, "rss_mb") == pytest.approx(3)
    assert _slope(samples[:1], "rss_mb") == 0
