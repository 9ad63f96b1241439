"""The totals: pinned for one world, and right on a story short enough to count."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from tests.support.demo_totals import PATH, PINNED_END, counted, settled_world, written

from turnspan.conventions import HandoffReason, TurnOutcome
from turnspan_collector.demo import DAYS, World
from turnspan_collector.demo._script import SECOND, Handoff, Turn
from turnspan_collector.demo._totals import _kaplan_meier, _quantile


def test_the_committed_totals_are_those_of_the_pinned_world() -> None:
    """Any change of the story shows here (python -m tests.support.demo_totals)."""
    assert PATH.read_text("utf-8") == written()


def test_every_world_that_ends_on_a_monday_has_them() -> None:
    """The story knows weekdays, not dates."""
    later = World.ending(PINNED_END + timedelta(days=7 * 9))
    assert counted(later) == counted(World.ending(PINNED_END))


def test_the_settled_world_ended_two_to_nine_days_ago() -> None:
    """On every weekday it is a Monday, late enough for all that began to have ended."""
    for day in range(1, 15):
        now = datetime(2026, 11, day, 0, 1, tzinfo=UTC)
        end = settled_world(now).date_of(DAYS)
        assert end.weekday() == 0
        assert date(2026, 11, day) - timedelta(days=9) < end
        assert end <= date(2026, 11, day) - timedelta(days=2)


def _waited(seconds: float, accepted: bool) -> Handoff:
    turn = Turn("t", 0, SECOND, TurnOutcome.HANDOFF, "1")
    handoff = Handoff("h", turn, 0, HandoffReason.POLICY, None, "q")
    at_ns = int(seconds * SECOND)
    return _with(handoff, "accepted_ns" if accepted else "withdrawn_ns", at_ns)


def _with(handoff: Handoff, step: str, at_ns: int) -> Handoff:
    setattr(handoff, step, at_ns)
    return handoff


def test_waits_are_kaplan_meier() -> None:
    """Those who gave up at 20 s leave the risk set; the median falls on 30 s.

    Five waits: S(10) = 4/5, 20 censored, S(30) = 4/5 * 2/3 = 0.53, S(40) = 0.27.
    """
    waits = [(10, True), (20, False), (30, True), (40, True), (50, False)]
    found = _kaplan_meier([_waited(seconds, accepted) for seconds, accepted in waits])
    assert found == {"p50": 40.0, "p90": None}


def test_quantiles_lie_between_neighbours() -> None:
    """The 95th percentile of 1..5 is 4.8."""
    assert _quantile([1, 2, 3, 4, 5], 0.95) == 4.8
    assert _quantile([7.0], 0.5) == 7.0
