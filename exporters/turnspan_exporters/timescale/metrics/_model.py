"""What a metric, its facts and its example are made of: frozen data, no behaviour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

__all__ = [
    "DEFINITION_VERSION",
    "Asked",
    "Better",
    "Example",
    "Fact",
    "Key",
    "Kind",
    "Limit",
    "Metric",
    "Option",
]

DEFINITION_VERSION = 1
"""The version of the definitions, as rows and answers carry it."""


class Kind(StrEnum):
    """How the value of a metric is made from the rows of its fact.

    ``COUNT`` adds ``numerator`` up. ``RATE`` is numerator / denominator of units that
    are either in or out, with a Wilson interval; ``RATIO`` the same without one.
    ``DISTRIBUTION`` is the mean or a quantile of ``numerator`` over the rows where
    ``denominator`` is 1. ``HISTOGRAM`` counts by the metric's own key and ``SHARE``
    divides by the whole. ``USERS`` counts distinct users of trailing local days.
    ``STICKINESS`` is mean daily over trailing users. ``PERIOD_USERS`` counts users of
    the asked period that are ``new`` in it or ``returning``. ``SURVIVAL`` is the
    Kaplan–Meier quantile. ``SESSION_RATE`` is a rate over distinct sessions. ``NOW``
    looks at this moment only.
    """

    COUNT = "count"
    RATE = "rate"
    RATIO = "ratio"
    DISTRIBUTION = "distribution"
    HISTOGRAM = "histogram"
    SHARE = "share"
    USERS = "users"
    STICKINESS = "stickiness"
    PERIOD_USERS = "period_users"
    SURVIVAL = "survival"
    SESSION_RATE = "session_rate"
    NOW = "now"


class Better(StrEnum):
    """Which direction is an improvement."""

    HIGHER = "higher"
    LOWER = "lower"
    NEITHER = "neither"


class Option(StrEnum):
    """Options of ``turnspan.metric``; ``provisional`` is taken by every metric."""

    Q = "q"
    WITHIN = "within"
    THETA = "theta"
    PROVISIONAL = "provisional"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Rows that metrics are made of: a view of derived rows, and its aggregate.

    Both relations are in the private schema and have the same columns, so that one
    formula reads either: ``at`` (the time of attribution), the dimensions, and
    measures that add up. ``open_rows`` says that the rows have ``finalised``;
    ``binned`` that they have ``bin``, ``n`` and ``total``, from which quantiles can be
    read to within a bin.
    """

    name: str
    relation: str
    dimensions: tuple[str, ...]
    aggregate: str | None = None
    aggregate_dimensions: tuple[str, ...] = ()
    open_rows: bool = False
    binned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key of ``group`` that is the metric's own, such as a bin or an outcome.

    Either ``column`` holds its values, listed in ``values`` where they are known
    beforehand, or each of ``measures`` is a value and the column that counts it.
    Known values appear with 0 where nothing happened. A column of bins counts them;
    times ``width`` it is a bin's lower bound.
    """

    name: str
    column: str | None = None
    width: float | None = None
    values: tuple[str | float, ...] = ()
    measures: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """What a row of the numerator must stay at (``strict``: below), by an option.

    Not asked for, it is ``default`` or the bot's ``setting``.
    """

    option: Option
    column: str
    strict: bool = False
    default: float | None = None
    setting: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question of an example and the rows that must come out, all of them.

    ``rows`` are (group, value) or (group, value, k, n); ``bucket`` makes one row a
    bucket in order.
    """

    rows: Sequence[tuple[Any, ...]]
    by: tuple[str, ...] = ()
    bucket: str | None = None
    filters: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """Events in, numbers out; the documentation shows it and the tests play it.

    ``events`` is a table of one line an event: the time (``HH:MM:SS`` UTC, or
    ``1 HH:MM:SS`` a day later), the conversation, the user (``-`` for none), the
    event's name without its root, and ``attribute=value`` pairs, names without their
    root too. ``day`` is the first day; ``days`` is how many the questions span.
    """

    events: str
    asked: tuple[Asked, ...]
    day: str = "2026-03-02"
    days: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One number that the project shows, defined once.

    ``unit``: ``1`` for shares and counts of things named in ``sentence``, ``s`` for
    seconds. ``numerator`` and ``denominator`` are measures of the fact.
    ``default_q`` is what a distribution shows unless asked otherwise: 0–1 or
    ``mean``; ``None`` with a ``key`` shows the histogram. ``days`` is the length of
    the trailing window of users. ``thresholds`` name the values where boards turn
    yellow (``warn``) and red (``alert``).
    """

    name: str
    title: str
    family: str
    unit: str
    kind: Kind
    fact: Fact
    sentence: str
    formula: str
    example: Example
    numerator: str | None = None
    denominator: str | None = None
    key: Key | None = None
    limit: Limit | None = None
    default_q: float | Literal["mean"] | None = None
    days: int | None = None
    calendar: str | None = None
    buckets: tuple[str, ...] = ("hour", "day", "week", "month")
    better: Better = Better.NEITHER
    thresholds: Mapping[str, float] = field(default_factory=dict)

    @property
    def aggregate(self) -> str | None:
        """The continuous aggregate that serves it where the dimensions allow."""
        stored = self.kind in _AGGREGATED and self.limit is None
        return self.fact.aggregate if stored else None

    @property
    def options(self) -> tuple[Option, ...]:
        """The options it takes."""
        asked = [] if self.limit is None else [self.limit.option]
        if self.default_q is not None or self.fact.binned:
            asked.append(Option.Q)
        return (*asked, Option.PROVISIONAL)


_AGGREGATED = {
    Kind.COUNT,
    Kind.RATE,
    Kind.RATIO,
    Kind.DISTRIBUTION,
    Kind.HISTOGRAM,
    Kind.SHARE,
}
