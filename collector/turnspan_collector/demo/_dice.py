"""Chance that comes out the same on every machine and every Python version."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from hashlib import blake2b
from statistics import NormalDist
from typing import TypeVar

__all__ = ["Dice", "name_of"]

T = TypeVar("T")

_NORMAL = NormalDist()


class Dice:
    """Draws that depend on nothing but ``key``.

    Only ``random()`` of the standard generator is used: its sequence for a given
    seed is promised, that of the other methods is not.
    """

    def __init__(self, *key: object) -> None:
        self._draw = random.Random("/".join(map(str, key))).random  # noqa: S311

    def chance(self, probability: float) -> bool:
        """True with this probability (0 to 1)."""
        return self._draw() < probability

    def between(self, low: float, high: float) -> float:
        """Uniform in [low, high)."""
        return low + (high - low) * self._draw()

    def normal(self, mean: float, deviation: float) -> float:
        """Normal, cut at about four deviations."""
        return mean + deviation * _NORMAL.inv_cdf(0.00005 + 0.9999 * self._draw())

    def around(self, median: float, spread: float) -> float:
        """Log-normal: half the draws lie within a factor e^(0.67 spread)."""
        return median * math.exp(self.normal(0.0, spread))

    def whole(self, mean: float) -> int:
        """A whole number with this mean, as near to it as possible."""
        return max(0, math.floor(mean + self._draw()))

    def one_of(self, weights: Mapping[T, float]) -> T:
        """A key of ``weights``, by weight."""
        left = self._draw() * sum(weights.values())
        for choice, weight in weights.items():  # noqa: B007
            left -= weight
            if left < 0:
                break
        return choice


def name_of(*key: object, size: int = 16) -> bytes:
    """An id of ``size`` bytes that depends on nothing but ``key``; never all zero."""
    digest = blake2b("/".join(map(str, key)).encode(), digest_size=size).digest()
    return digest if any(digest) else b"\x01" * size
