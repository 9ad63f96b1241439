"""Users: how many are active, and how often they are."""

from __future__ import annotations

from turnspan_exporters.timescale.metrics._facts import (
    BASE_SESSION,
    COHORT,
    USER_DAY,
)
from turnspan_exporters.timescale.metrics._model import (
    Asked,
    Better,
    Example,
    Kind,
    Metric,
    Option,
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

_VISITS = """
    09:00:00  a  ann  turn
    12:00:00  a  ann  turn
    15:00:00  e  ann  turn
    10:00:00  b  ben  turn
    14:00:00  b  ben  turn
    11:00:00  c  cem  turn
    11:30:00  x  -    turn
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
        elsewhere=(
            "Amplitude counts users with any event of theirs that is not marked "
            "inactive, GA4 those with an engaged session or a first visit, Unity "
            "players who started a session: so opening the widget may be enough "
            "there. Here the user has to write."
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
        elsewhere=(
            "Statsig counts the last 7 days, that day among them, as here; what makes"
            " a user active differs: any logged event there, a message here."
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
        elsewhere=(
            "Mozilla takes the last 28 days, so that every weekday counts the same; "
            "Unity and Mapp take 30, as here. What makes a user active differs too: "
            "here it is a message."
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
        elsewhere=(
            "Unity divides the users of one day by those of its last 30; here the "
            "mean of the 30 days is divided, so that no weekday stands for the month."
            " Amplitude's stickiness chart shows on how many days users were active "
            "instead."
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
        elsewhere=(
            "Amplitude dates a new user by the first event ever, inactive events "
            "included, and GA4 by the first visit or first open of the device: a user"
            " who only looked is new there already. Here it is the first message."
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
        elsewhere=(
            "GA4's returning users have begun a session before, whenever, so that one"
            " may be new and returning in the same range; here every active user is "
            "one or the other."
        ),
    ),
    Metric(
        name="identified_share",
        title="Identified users",
        family="users",
        unit="1",
        kind=Kind.USER_SHARE,
        fact=USER_DAY,
        numerator="identified",
        buckets=_BUCKETS,
        better=Better.HIGHER,
        sentence=(
            "The share of the period's active users who were known to the platform on "
            "any of its days, and not anonymous. An anonymous user who comes back may "
            "have a new key, so that this belongs beside every number of retention."
        ),
        formula="active users with an identified key / active users",
        elsewhere=(
            "GA4 and Amplitude merge devices and logins into one user where they can "
            "and show no such share; a merge later on changes numbers of the past."
        ),
        example=Example(
            events="""
                09:00:00  a  ann  turn  user.kind=identified
                10:00:00  b  ben  turn  user.kind=anonymous
                11:00:00  c  cem  turn  user.kind=anonymous
                11:05:00  c  cem  turn  user.kind=identified
                12:00:00  d  dan  turn  user.kind=anonymous
            """,
            asked=(Asked(rows=[({}, 0.5, 2, 4)]),),
        ),
    ),
    Metric(
        name="sessions_per_user",
        title="Sessions per user",
        family="users",
        unit="sessions",
        kind=Kind.USER_SESSIONS,
        fact=BASE_SESSION,
        default_q="mean",
        better=Better.HIGHER,
        sentence=(
            "Sessions per user with at least one in the window; the mean, or with q a "
            "quantile. Sessions without a user key are left out."
        ),
        formula="sessions of users / users with a session",
        elsewhere=(
            "GA4 divides all sessions by active users, so that people counted in one "
            "and not in the other blur it; here both are the same people."
        ),
        example=Example(
            events=_VISITS,
            asked=(
                Asked(rows=[({}, 2, 6, 3)]),
                Asked(options={"q": 0.5}, rows=[({}, 2, 6, 3)]),
            ),
        ),
    ),
    Metric(
        name="return_visit_rate",
        title="Return visits",
        family="users",
        unit="1",
        kind=Kind.USER_RETURNS,
        fact=BASE_SESSION,
        better=Better.HIGHER,
        sentence="The share of the window's users who had at least two sessions in it.",
        formula="users with at least 2 sessions / users with a session",
        elsewhere=(
            "GA4's returning users began a session before, at whatever time, which is "
            "`returning_users` here. No vendor of bots that we know of publishes this "
            "rate."
        ),
        example=Example(
            events=_VISITS,
            asked=(Asked(rows=[({}, 2 / 3, 2, 3)]),),
        ),
    ),
    Metric(
        name="retention",
        title="Retention",
        family="users",
        unit="1",
        kind=Kind.RETENTION,
        fact=COHORT,
        takes=(Option.DAY, Option.MODE),
        buckets=_BUCKETS,
        better=Better.HIGHER,
        sentence=(
            "The share of a cohort, the users whose first message ever to the bot fell "
            "on a local day, who are active exactly day = n days later (1 unless "
            "asked). Buckets and the range are of cohort days, and pool the cohorts "
            "whose n-th day has ended; a bucket is NULL until that of its last day "
            "has. Ask it by cohort for the grid."
        ),
        formula=(
            "users of the cohort active on day d + n / users first seen on day d; "
            "mode = on_or_after: active on day d + n or later; mode = recurring: users "
            "active on day d + n / users active on day d, first seen then or not"
        ),
        elsewhere=(
            "Amplitude's days are 24 hours from each user's first event unless "
            "calendar days are chosen, and Mixpanel shows on-or-after unless asked for "
            "the exact day: both read higher or other than this. Mixpanel's compounded "
            "type is recurring here."
        ),
        example=Example(
            events="""
                  09:00:00  a  ann  turn
                  10:00:00  b  ben  turn
                  11:00:00  c  cem  turn
                1 09:00:00  a  ann  turn
                1 12:00:00  d  dan  turn
                3 09:00:00  b  ben  turn
                4 09:00:00  a  ann  turn
            """,
            days=2,
            asked=(
                Asked(rows=[({}, 0.25, 1, 4)]),
                Asked(
                    by=("cohort",),
                    rows=[
                        ({"cohort": "2026-03-02"}, 1 / 3, 1, 3),
                        ({"cohort": "2026-03-03"}, 0, 0, 1),
                    ],
                ),
                Asked(options={"day": 3}, rows=[({}, 0.25, 1, 4)]),
                Asked(
                    bucket="day",
                    options={"day": 3, "mode": "on_or_after"},
                    rows=[({}, 2 / 3, 2, 3), ({}, 0, 0, 1)],
                ),
                Asked(
                    bucket="day",
                    options={"day": 3, "mode": "recurring"},
                    rows=[({}, 1 / 3, 1, 3), ({}, 0.5, 1, 2)],
                ),
            ),
        ),
    ),
)
