"""What a metric, its facts and its example are made of: frozen data, no behaviour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from turnspan_exporters.timescale.metrics._options import (
    OPTION_TYPES,
    Option,
    OptionType,
)

__all__ = [
    "DEFINITION_VERSION",
    "OPTION_TYPES",
    "Aggregate",
    "Asked",
    "Better",
    "Example",
    "Fact",
    "Form",
    "Key",
    "Kind",
    "Limit",
    "Metric",
    "Option",
    "OptionType",
    "Whole",
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
    looks at this moment only. ``AMOUNT`` adds values up, each unit of its own key
    apart. ``FUNNEL`` counts who comes to each of several steps, ``CONVERSION`` who
    comes to the last, and ``CONVERSION_TIME`` is how long that took.
    ``CSAT_DIFFERENCE`` is one mean less another. Of labelled turns, each as often as
    its weight says:
    ``LABEL_RATE`` is the share understood, ``CONFUSION`` counts pairs of predicted and
    labelled, ``INTENT_SCORE`` is precision, recall or F1, ``CALIBRATION`` and ``AUROC``
    hold confidence against it, ``KEPT_ACCURACY`` is the share at thresholds and
    ``COVERAGE`` how many have a label. ``WHAT_IF`` counts what falls below thresholds,
    ``DRIFT`` is the stability index, ``QUESTIONS`` lists those asked most.
    ``DISTINCT`` counts different units, such as conversations. ``SESSION_MESSAGES`` are
    the messages of each session, by role where asked; ``USER_SESSIONS`` the sessions of
    each user, ``USER_RETURNS`` the share of users with two, ``USER_SHARE`` that with a
    property, ``RETENTION`` that of a cohort which is there again. ``FIRST_CONTACT`` is
    of users and intents. ``GOAL_RATE`` holds sessions with a goal against all of them,
    ``PEAK`` counts by weekday and hour. ``MONEY`` adds up amounts by
    the prices of their time, and ``EXPERIMENT`` compares variants.
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
    AMOUNT = "amount"
    FUNNEL = "funnel"
    CONVERSION = "conversion"
    CONVERSION_TIME = "conversion_time"
    CSAT_DIFFERENCE = "csat_difference"
    LABEL_RATE = "label_rate"
    CONFUSION = "confusion"
    INTENT_SCORE = "intent_score"
    CALIBRATION = "calibration"
    AUROC = "auroc"
    COVERAGE = "coverage"
    DRIFT = "drift"
    WHAT_IF = "what_if"
    KEPT_ACCURACY = "kept_accuracy"
    QUESTIONS = "questions"
    DISTINCT = "distinct"
    SESSION_MESSAGES = "session_messages"
    USER_SESSIONS = "user_sessions"
    USER_RETURNS = "user_returns"
    USER_SHARE = "user_share"
    RETENTION = "retention"
    FIRST_CONTACT = "first_contact"
    GOAL_RATE = "goal_rate"
    PEAK = "peak"
    LOSS = "loss"
    MONEY = "money"
    EXPERIMENT = "experiment"


class Form(StrEnum):
    """How the rows of a kind's query become value, k, n and interval.

    ``COUNT``: the value, else k; no k and n. ``RATE``: k / n with Wilson's interval.
    ``SHARE``: the same, n being the sum of k over the own keys of a group.
    ``RATIO``: k / n without an interval. ``HISTOGRAM``: k is the value, n the sum.
    ``QUANTILE``: the value and n. ``VALUE``: value, k and n as the query gives them.
    ``INTERVAL``: low and high too, which the query gives as further columns.
    """

    COUNT = "count"
    RATE = "rate"
    SHARE = "share"
    RATIO = "ratio"
    HISTOGRAM = "histogram"
    QUANTILE = "quantile"
    VALUE = "value"
    INTERVAL = "interval"


class Better(StrEnum):
    """Which direction is an improvement."""

    HIGHER = "higher"
    LOWER = "lower"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregate:
    """A continuous aggregate over a fact: its name, and the dimensions it has.

    ``width`` is its bucket's, in UTC; one wider than 15 minutes stands beside one of 15
    minutes with the same columns and serves the inside of a range. ``only`` are columns
    of the aggregate and the one value that the fact's rows have there. ``open_rows``:
    it has ``finalised``; without it, over a fact that has, it serves what lies before
    the earliest session that is open. One without the dimension ``bot`` is of all bots
    together, and serves where no bot is asked for. ``settled``: it has ``last_end``,
    and serves what lies before the earliest session that ended within so long.
    ``binned``: over a fact that has bins, it has them too.
    """

    name: str
    dimensions: tuple[str, ...]
    width: Literal["15 minutes", "1 hour", "1 day"] = "15 minutes"
    only: Mapping[str, str] = field(default_factory=dict)
    open_rows: bool = False
    settled: Literal["168 hours"] | None = None
    binned: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Rows that metrics are made of: a view of derived rows, and its aggregates.

    All relations are in the private schema and have the same columns, so that one
    formula reads either: ``at`` (the time of attribution), the dimensions, and
    measures that add up. The first aggregate of 15 minutes that has every asked
    dimension serves, and within it the first wider one.
    ``open_rows`` says that the rows have ``finalised``;
    ``binned`` that they have ``bin``, ``n`` and ``total``, from which quantiles can be
    read to within a bin; ``raw`` that the view reads raw rows, which are kept for a
    shorter time than derived ones. ``beside`` are relations that are read besides,
    whatever serves the rows.
    """

    name: str
    relation: str
    dimensions: tuple[str, ...]
    aggregates: tuple[Aggregate, ...] = ()
    open_rows: bool = False
    binned: bool = False
    raw: bool = False
    beside: tuple[str, ...] = ()


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
class Whole:
    """Where a rate of distinct units is read without counting them.

    By (or for one) ``unit``, a dimension, every session has one row at most; and where
    no such dimension is asked, ``fact`` has both measures at the session itself.
    """

    unit: str
    fact: Fact
    numerator: str
    denominator: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """What a row of the numerator must stay at (``strict``: below), by an option.

    Not asked for, it is ``default`` or the bot's ``setting``. ``bins``: the fact and
    its aggregates have ``bin``, one of so many of width ``1 / bins``, which serves a
    limit that is a bound of two of them; any other is held against the rows.
    """

    option: Option
    column: str
    strict: bool = False
    default: float | None = None
    setting: str | None = None
    bins: int | None = None


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
    ``given`` are command lines of ``turnspan`` that are run before the events.
    """

    events: str
    asked: tuple[Asked, ...]
    day: str = "2026-03-02"
    days: int = 1
    given: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One number that the project shows, defined once.

    ``unit``: ``1`` for shares and counts of things named in ``sentence``, ``s`` for
    seconds. ``numerator`` and ``denominator`` are measures of the fact.
    ``default_q`` is what a distribution shows unless asked otherwise: 0–1 or
    ``mean``; ``None`` with a ``key`` shows the histogram. ``days`` is the length of
    the trailing window of users. ``whole`` spares a ``SESSION_RATE`` the counting of
    sessions. ``takes`` are further options that the kind's query
    reads from the plan's options. ``elsewhere`` says how other vendors define the
    number, and what differs. ``thresholds`` name the values where boards turn
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
    whole: Whole | None = None
    default_q: float | Literal["mean"] | None = None
    days: int | None = None
    calendar: str | None = None
    takes: tuple[Option, ...] = ()
    buckets: tuple[str, ...] = ("hour", "day", "week", "month")
    better: Better = Better.NEITHER
    elsewhere: str = ""
    thresholds: Mapping[str, float] = field(default_factory=dict)

    @property
    def aggregates(self) -> tuple[Aggregate, ...]:
        """The continuous aggregates that serve it where the dimensions allow."""
        whole = self.whole.fact.aggregates if self.whole else ()
        return (*self.own_aggregates, *whole)

    @property
    def own_aggregates(self) -> tuple[Aggregate, ...]:
        """Those over its own fact, which have the column of its own key."""
        stored = self.kind in _AGGREGATED or self.whole is not None
        if not stored or (self.limit is not None and self.limit.bins is None):
            return ()
        column = self.key and self.key.column
        return tuple(
            one
            for one in self.fact.aggregates
            if column in (None, "bin", *one.dimensions)
        )

    @property
    def form(self) -> Form:
        """How its rows are finished; a mean is finished as a ratio."""
        return _FORMS[self.kind]

    @property
    def options(self) -> tuple[Option, ...]:
        """The options it takes."""
        asked = [*self.takes]
        if self.limit is not None:
            asked.append(self.limit.option)
        binned = self.fact.binned and self.kind is Kind.HISTOGRAM
        if self.default_q is not None or binned:
            asked.append(Option.Q)
        return (*asked, Option.PROVISIONAL)


_AGGREGATED = {
    Kind.COUNT,
    Kind.RATE,
    Kind.RATIO,
    Kind.DISTRIBUTION,
    Kind.HISTOGRAM,
    Kind.SHARE,
    Kind.COVERAGE,
    Kind.DRIFT,
    Kind.WHAT_IF,
    Kind.SESSION_MESSAGES,
    Kind.GOAL_RATE,
    Kind.PEAK,
    Kind.USERS,
    Kind.STICKINESS,
    Kind.PERIOD_USERS,
    Kind.MONEY,
    Kind.QUESTIONS,
}

_FORMS = {
    Kind.COUNT: Form.COUNT,
    Kind.RATE: Form.RATE,
    Kind.RATIO: Form.RATIO,
    Kind.DISTRIBUTION: Form.QUANTILE,
    Kind.HISTOGRAM: Form.HISTOGRAM,
    Kind.SHARE: Form.SHARE,
    Kind.USERS: Form.COUNT,
    Kind.STICKINESS: Form.RATIO,
    Kind.PERIOD_USERS: Form.COUNT,
    Kind.SURVIVAL: Form.VALUE,
    Kind.SESSION_RATE: Form.RATE,
    Kind.NOW: Form.COUNT,
    Kind.MONEY: Form.VALUE,
    Kind.EXPERIMENT: Form.INTERVAL,
    Kind.AMOUNT: Form.COUNT,
    Kind.FUNNEL: Form.RATE,
    Kind.CONVERSION: Form.RATE,
    Kind.CONVERSION_TIME: Form.QUANTILE,
    Kind.CSAT_DIFFERENCE: Form.INTERVAL,
    Kind.LABEL_RATE: Form.INTERVAL,
    Kind.CONFUSION: Form.HISTOGRAM,
    Kind.INTENT_SCORE: Form.INTERVAL,
    Kind.CALIBRATION: Form.VALUE,
    Kind.AUROC: Form.VALUE,
    Kind.COVERAGE: Form.RATE,
    Kind.DRIFT: Form.VALUE,
    Kind.WHAT_IF: Form.RATE,
    Kind.KEPT_ACCURACY: Form.INTERVAL,
    Kind.QUESTIONS: Form.VALUE,
    Kind.DISTINCT: Form.COUNT,
    Kind.SESSION_MESSAGES: Form.VALUE,
    Kind.USER_SESSIONS: Form.VALUE,
    Kind.USER_RETURNS: Form.RATE,
    Kind.USER_SHARE: Form.RATE,
    Kind.RETENTION: Form.RATE,
    Kind.FIRST_CONTACT: Form.RATE,
    Kind.GOAL_RATE: Form.RATE,
    Kind.PEAK: Form.HISTOGRAM,
    Kind.LOSS: Form.RATE,
}
