"""Buckets: a rate over time, a burst at once, and debts that are paid off."""

from __future__ import annotations

import pytest

from turnspan_collector.security.rates import BURST_SECONDS, Bucket
from turnspan_exporters.errors import Overloaded


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_large_request_is_paid_off_before_the_next_enters() -> None:
    """The delay says when; a second before that is too early."""
    clock = Clock()
    bucket = Bucket(100, clock)
    bucket.enter()
    bucket.spend(100 * BURST_SECONDS + 500)
    with pytest.raises(Overloaded) as refused:
        bucket.enter()
    assert refused.value.retry_after_s == 5.01
    clock.now = 5.0
    with pytest.raises(Overloaded):
        bucket.enter()
    clock.now = 5.02
    bucket.enter()


def test_over_time_the_rate_holds() -> None:
    """However a sender tries: what enters in 1,000 s is the burst and the rate."""
    clock = Clock()
    bucket = Bucket(10, clock)
    entered = 0
    for tenth in range(10_000):
        clock.now = tenth / 10
        try:
            bucket.enter()
        except Overloaded:
            continue
        bucket.spend(7)
        entered += 7
    assert 10 * 1000 <= entered <= 10 * (1000 + BURST_SECONDS) + 7


def test_a_bucket_holds_no_more_than_its_burst() -> None:
    """A year of silence is not saved up."""
    clock = Clock()
    bucket = Bucket(1, clock)
    clock.now = 3e7
    for _ in range(BURST_SECONDS):
        bucket.enter()
    with pytest.raises(Overloaded):
        bucket.enter()
