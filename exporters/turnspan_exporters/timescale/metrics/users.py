"""Users: how many are active, and how often they are."""

from __future__ import annotations

from turnspan_exporters.timescale.metrics._facts import USER_DAY
from turnspan_exporters.timescale.metrics._model import (
    Asked,
    Better,
    Example,
    Kind,
    Metric,
)

__all__ = ["METRICS"]

_BUCKETS = ("day", "week", "month")

_THREE_DAYS = """
      09:00:00  a  ann  turn
      09:05:00  a  ann  turn
      10:00:00  b  ben  turn
      11:00:00  x  -    turn
      12:00:00  y  cem  message  message.role=bot
    1 09:00:00  a  ann  turn
    2 09:00:00  b  ben  turn
    2 09:30:00  c  cem  turn
"""

METRICS = (
    Metric(
        name="dau",
        title="Daily active users",
        family="users",
        unit="users",
        kind=Kind.USERS,
        fact=USER_DAY,
        days=1,
        buckets=_BUCKETS,
        better=Better.HIGHER,
        sentence=(
            "Distinct users who wrote at least one message on a local day of the bot; "
            "over a range, on its last complete day."
        ),
        formula="count of distinct users active on the day",
        example=Example(
            events=_THREE_DAYS,
            days=3,
            asked=(
                Asked(rows=[({}, 2)]),
                Asked(bucket="day", rows=[({}, 2), ({}, 1), ({}, 2)]),
            ),
        ),
    ),
    Metric(
        name="wau",
        title="Weekly active users",
        family="users",
        unit="users",
        kind=Kind.USERS,
        fact=USER_DAY,
        days=7,
        calendar="week",
        buckets=_BUCKETS,
        better=Better.HIGHER,
        sentence=(
            "Distinct users who wrote at least one message within the last 7 local "
            "days, that day included; by week, those of the calendar week."
        ),
        formula="count of distinct users active in the trailing 7 days",
        example=Example(
            events=_THREE_DAYS,
            days=3,
            asked=(
                Asked(rows=[({}, 3)]),
                Asked(bucket="day", rows=[({}, 2), ({}, 2), ({}, 3)]),
            ),
        ),
    ),
    Metric(
        name="mau",
        title="Monthly active users",
        family="users",
        unit="users",
        kind=Kind.USERS,
        fact=USER_DAY,
        days=30,
        calendar="month",
        buckets=_BUCKETS,
        better=Better.HIGHER,
        sentence=(
            "Distinct users who wrote at least one message within the last 30 local "
            "days, that day included; by month, those of the calendar month."
        ),
        formula="count of distinct users active in the trailing 30 days",
        example=Example(
            events="""
                   09:00:00  a  ann  turn
                   10:00:00  b  ben  turn
                29 09:00:00  b  ben  turn
                30 09:00:00  c  cem  turn
            """,
            days=31,
            asked=(Asked(rows=[({}, 2)]),),
        ),
    ),
    Metric(
        name="stickiness",
        title="Stickiness",
        family="users",
        unit="1",
        kind=Kind.STICKINESS,
        fact=USER_DAY,
        days=30,
        buckets=_BUCKETS,
        better=Better.HIGHER,
        sentence=(
            "The share of its monthly users that a bot sees on an average day: mean "
            "daily users of the last 30 local days over the users of those days."
        ),
        formula="mean DAU over the trailing 30 days / MAU",
        example=Example(
            events="""
                   09:00:00  a  ann  turn
                   10:00:00  b  ben  turn
                 9 09:00:00  a  ann  turn
                19 09:00:00  a  ann  turn
                20 09:00:00  b  ben  turn
                29 09:00:00  b  ben  turn
            """,
            days=30,
            asked=(Asked(rows=[({}, 0.1, 0.2, 2)]),),
        ),
    ),
    Metric(
        name="new_users",
        title="New users",
        family="users",
        unit="users",
        kind=Kind.PERIOD_USERS,
        fact=USER_DAY,
        numerator="new",
        buckets=_BUCKETS,
        better=Better.HIGHER,
        sentence=(
            "Users whose first message ever to the bot fell into the period: the whole "
            "local days of the range, or of each bucket."
        ),
        formula="count of active users first seen in the period",
        example=Example(
            events=_THREE_DAYS,
            days=3,
            asked=(
                Asked(rows=[({}, 3)]),
                Asked(bucket="day", rows=[({}, 2), ({}, 0), ({}, 1)]),
            ),
        ),
    ),
    Metric(
        name="returning_users",
        title="Returning users",
        family="users",
        unit="users",
        kind=Kind.PERIOD_USERS,
        fact=USER_DAY,
        numerator="returning",
        buckets=_BUCKETS,
        better=Better.HIGHER,
        sentence=(
            "Users active in the period who had written to the bot before it; new and "
            "returning users are all active ones."
        ),
        formula="count of active users first seen before the period",
        example=Example(
            events=_THREE_DAYS,
            days=3,
            asked=(
                Asked(rows=[({}, 0)]),
                Asked(bucket="day", rows=[({}, 0), ({}, 1), ({}, 1)]),
            ),
        ),
    ),
)
