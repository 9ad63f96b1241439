"""Chance repeats itself, and keeps to its odds."""

from __future__ import annotations

from statistics import fmean, median

from turnspan_collector.demo._dice import Dice, name_of


def test_the_same_key_draws_the_same() -> None:
    """Two dice of one key agree for ever; another key disagrees at once."""
    one, same, other = Dice(1, "a"), Dice(1, "a"), Dice(1, "b")
    first = [one.between(0, 1) for _ in range(5)]
    assert first == [same.between(0, 1) for _ in range(5)]
    assert first[0] != other.between(0, 1)


def test_a_draw_is_pinned() -> None:
    """The sequence is that of every machine and version, not only of this run."""
    dice = Dice(1, "support", "visit", 1, 1)
    assert [round(dice.between(0, 1), 6) for _ in range(3)] == [
        0.797606,
        0.474293,
        0.959932,
    ]


def test_draws_keep_their_odds() -> None:
    """Means and medians over ten thousand draws lie where they were asked for."""
    dice = Dice("odds")
    many = range(10_000)
    assert abs(fmean(dice.chance(0.3) for _ in many) - 0.3) < 0.02
    assert abs(fmean(dice.whole(2.4) for _ in many) - 2.4) < 0.02
    assert abs(median(dice.around(40, 0.8) for _ in many) / 40 - 1) < 0.05
    share = fmean(dice.one_of({"a": 3, "b": 1}) == "a" for _ in many)
    assert abs(share - 0.75) < 0.02


def test_ids_are_never_zero_and_have_their_size() -> None:
    """An id has the bytes asked for, and differs with every part of its key."""
    assert len(name_of(1, "a", size=8)) == 8
    assert len({name_of(1, "a"), name_of(1, "b"), name_of(2, "a")}) == 3
