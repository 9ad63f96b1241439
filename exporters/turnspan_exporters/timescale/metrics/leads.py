"""Goals and leads: what sessions achieved for the one who runs the bot."""

from __future__ import annotations

from turnspan_exporters.timescale.metrics._facts import LEAD, SESSION_GOAL
from turnspan_exporters.timescale.metrics._model import (
    Asked,
    Better,
    Example,
    Kind,
    Metric,
    Option,
)

__all__ = ["METRICS"]

_GOALS = """
    09:00:00  a  ann  turn
    09:01:00  a  ann  goal  goal.id=order   goal.kind=conversion
    09:02:00  a  ann  goal  goal.id=order   goal.kind=conversion
    10:00:00  b  ben  turn
    10:01:00  b  ben  goal  goal.id=signup  goal.kind=conversion
    11:00:00  c  cem  turn
    12:00:00  d  dan  turn
"""

_LEADS = """
      09:00:00  a  ann  turn
      09:01:00  a  ann  goal  goal.id=q  goal.kind=lead  goal.value=100  goal.quality=8
      10:00:00  b  ben  turn
      10:01:00  b  ben  goal  goal.id=q  goal.kind=lead  goal.value=300  goal.quality=5
      11:00:00  c  cem  turn
      12:00:00  d  dan  turn
    1 09:00:00  e  ann  turn
    1 09:01:00  e  ann  goal  goal.id=call  goal.kind=follow_up
"""

_ELSEWHERE = (
    "CRM systems count leads as records, whatever made them, and attribute them by "
    "rules of their own; here a lead is a goal that the bot reports, with no personal "
    "data."
)

METRICS = (
    Metric(
        name="goal_completion",
        title="Goal completion",
        family="goals",
        unit="1",
        kind=Kind.GOAL_RATE,
        fact=SESSION_GOAL,
        takes=(Option.GOAL,),
        better=Better.HIGHER,
        sentence=(
            "The share of sessions that reached a goal: any one, the one of the option "
            "goal, or by goal each against all sessions. A goal reached twice in a "
            "session counts once, and the shares of goals need not sum to 1."
        ),
        formula="sessions with the goal / sessions",
        elsewhere=(
            "GA4's session key event rate is the same: sessions with the event over "
            "all sessions. Vendors who divide events by sessions can exceed 100 %."
        ),
        example=Example(
            events=_GOALS,
            asked=(
                Asked(rows=[({}, 0.5, 2, 4)]),
                Asked(
                    by=("goal",),
                    rows=[
                        ({"goal": "order"}, 0.25, 1, 4),
                        ({"goal": "signup"}, 0.25, 1, 4),
                    ],
                ),
                Asked(options={"goal": "order"}, rows=[({}, 0.25, 1, 4)]),
                Asked(options={"goal": "refund"}, rows=[({}, 0, 0, 4)]),
            ),
        ),
    ),
    Metric(
        name="leads",
        title="Leads",
        family="goals",
        unit="leads",
        kind=Kind.COUNT,
        fact=LEAD,
        numerator="leads",
        better=Better.HIGHER,
        sentence="Goals of kind lead, counted at the start of their session.",
        formula="count of goals of kind lead",
        elsewhere=_ELSEWHERE,
        example=Example(events=_LEADS, days=2, asked=(Asked(rows=[({}, 2)]),)),
    ),
    Metric(
        name="lead_rate",
        title="Lead rate",
        family="goals",
        unit="1",
        kind=Kind.GOAL_RATE,
        fact=SESSION_GOAL,
        numerator="lead",
        takes=(Option.GOAL,),
        better=Better.HIGHER,
        sentence="The share of sessions that brought at least one lead.",
        formula="sessions with a goal of kind lead / sessions",
        elsewhere=_ELSEWHERE,
        example=Example(
            events=_LEADS,
            days=2,
            asked=(
                Asked(rows=[({}, 0.4, 2, 5)]),
                Asked(bucket="day", rows=[({}, 0.5, 2, 4), ({}, 0, 0, 1)]),
            ),
        ),
    ),
    Metric(
        name="lead_value",
        title="Value of leads",
        family="goals",
        unit="currency",
        kind=Kind.COUNT,
        fact=LEAD,
        numerator="value",
        better=Better.HIGHER,
        sentence=(
            "What the leads are worth, added up as given. Where bots report in several "
            "currencies, ask it by currency."
        ),
        formula="sum of the values of goals of kind lead",
        elsewhere=_ELSEWHERE,
        example=Example(events=_LEADS, days=2, asked=(Asked(rows=[({}, 400)]),)),
    ),
    Metric(
        name="lead_quality",
        title="Quality of leads",
        family="goals",
        unit="score",
        kind=Kind.RATIO,
        fact=LEAD,
        numerator="quality",
        denominator="scored",
        better=Better.HIGHER,
        sentence=(
            "The mean quality score of leads that have one, on whatever scale the bot "
            "scores."
        ),
        formula="sum of quality scores / leads with a score",
        elsewhere=(
            "HubSpot and Salesforce score leads by rules of their own, kept with the "
            "person's record; this is the mean of the scores the bot gave."
        ),
        example=Example(events=_LEADS, days=2, asked=(Asked(rows=[({}, 6.5, 13, 2)]),)),
    ),
    Metric(
        name="lead_follow_up_rate",
        title="Follow-up of leads",
        family="goals",
        unit="1",
        kind=Kind.RATE,
        fact=LEAD,
        numerator="followed",
        denominator="leads",
        better=Better.HIGHER,
        sentence=(
            "The share of leads after which the same user, or without a user key the "
            "same conversation, reached a goal of kind follow_up, however much later."
        ),
        formula="leads with a later goal of kind follow_up / leads",
        elsewhere=_ELSEWHERE,
        example=Example(events=_LEADS, days=2, asked=(Asked(rows=[({}, 0.5, 1, 2)]),)),
    ),
)
