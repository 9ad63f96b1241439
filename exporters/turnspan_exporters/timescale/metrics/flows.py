"""Funnels and conversions: who comes from step to step, and what it is worth."""

from __future__ import annotations

from turnspan_exporters.timescale.metrics._facts import FLOW, GOAL
from turnspan_exporters.timescale.metrics._model import (
    Asked,
    Better,
    Example,
    Key,
    Kind,
    Metric,
    Option,
)

__all__ = ["METRICS"]

_STEPS = "intent:order,cta:buy,goal:paid"

_FIVE_SESSIONS = """
    09:00:00  a  ann  turn  intent.name=order
    09:01:00  a  ann  cta.impression  cta.id=buy
    09:02:00  a  ann  cta.click       cta.id=buy
    09:04:00  a  ann  goal            goal.id=paid  goal.value=20  goal.currency=EUR
    10:00:00  b  ben  turn  intent.name=order
    10:01:00  b  ben  cta.impression  cta.id=buy
    10:02:00  b  ben  cta.click       cta.id=buy
    11:00:00  c  cem  turn  intent.name=order
    11:01:00  c  cem  goal            goal.id=paid  goal.value=30  goal.currency=EUR
    12:00:00  d  dan  turn  intent.name=order
    13:00:00  e  eve  turn  intent.name=help
    13:01:00  e  eve  goal            goal.id=paid  goal.value=5  goal.currency=USD
"""

_WINDOW = (
    "within one session; or, with `within` (seconds) or unit=user, by one user within "
    "so many seconds, a week unless something else is said"
)

METRICS = (
    Metric(
        name="funnel",
        title="Funnel",
        family="flow",
        unit="1",
        kind=Kind.FUNNEL,
        fact=FLOW,
        key=Key(name="step"),
        takes=(Option.FUNNEL, Option.UNIT, Option.WITHIN, Option.OF),
        better=Better.HIGHER,
        sentence=(
            "How many come to each step, in order, of those that came to the step "
            f"before: {_WINDOW}. The first entry starts the clock, repeats do not "
            "reset it. With of=first the shares are of the first step. Without "
            "`funnel` every declared funnel is shown."
        ),
        formula="n(i) / n(i − 1); with of=first n(i) / n(1)",
        example=Example(
            events=_FIVE_SESSIONS,
            asked=(
                Asked(
                    options={"funnel": _STEPS},
                    rows=[
                        ({"step": 1, "name": "intent:order"}, 1, 4, 4),
                        ({"step": 2, "name": "cta:buy"}, 0.5, 2, 4),
                        ({"step": 3, "name": "goal:paid"}, 0.5, 1, 2),
                    ],
                ),
                Asked(
                    options={"funnel": _STEPS, "of": "first"},
                    rows=[
                        ({"step": 1, "name": "intent:order"}, 1, 4, 4),
                        ({"step": 2, "name": "cta:buy"}, 0.5, 2, 4),
                        ({"step": 3, "name": "goal:paid"}, 0.25, 1, 4),
                    ],
                ),
            ),
        ),
        elsewhere=(
            "Amplitude counts users whose first step lies in the range, within a "
            "conversion window, other events between the steps allowed, as here; over "
            "time it counts a user anew in each interval, where turnspan starts one "
            "clock. GA4's open funnels let people enter at any step, so that a later "
            "step can exceed an earlier one; turnspan has closed funnels only."
        ),
    ),
    Metric(
        name="conversion_rate",
        title="Conversion rate",
        family="flow",
        unit="1",
        kind=Kind.CONVERSION,
        fact=FLOW,
        takes=(Option.GOAL, Option.FUNNEL, Option.UNIT, Option.WITHIN),
        better=Better.HIGHER,
        sentence=(
            "The share of those that entered who reached the goal, "
            f"{_WINDOW}. All sessions enter, or with `funnel` those that came to its "
            "first step; the goal is the one that is asked, else the funnel's last "
            "step, else any."
        ),
        formula="entrants that reached the goal / entrants",
        example=Example(
            events=_FIVE_SESSIONS,
            asked=(
                Asked(options={"goal": "paid"}, rows=[({}, 0.6, 3, 5)]),
                Asked(options={"funnel": _STEPS}, rows=[({}, 0.25, 1, 4)]),
            ),
        ),
        elsewhere=(
            "GA4's session key event rate is sessions with a key event over sessions, "
            "its user key event rate the same of users, whatever the time between; "
            "Amplitude divides by those who entered the funnel, within a window."
        ),
    ),
    Metric(
        name="time_to_conversion",
        title="Time to conversion",
        family="flow",
        unit="s",
        kind=Kind.CONVERSION_TIME,
        fact=FLOW,
        takes=(Option.GOAL, Option.FUNNEL, Option.UNIT, Option.WITHIN),
        default_q=0.5,
        better=Better.LOWER,
        sentence=(
            "The time from entry to goal of those that converted, as conversion_rate "
            "counts them; the median, or with q another quantile or the mean."
        ),
        formula="quantile of goal's time − entry's time",
        example=Example(
            events=_FIVE_SESSIONS,
            asked=(
                Asked(options={"goal": "paid"}, rows=[({}, 60)]),
                Asked(options={"goal": "paid", "q": "mean"}, rows=[({}, 120)]),
                Asked(options={"funnel": _STEPS}, rows=[({}, 240)]),
            ),
        ),
        elsewhere=(
            "Amplitude shows the median and the distribution of the time between the "
            "steps of a funnel; GA4 shows an average elapsed time. Those who never "
            "converted are in none of these numbers."
        ),
    ),
    Metric(
        name="goal_value",
        title="Value of goals",
        family="flow",
        unit="value",
        kind=Kind.AMOUNT,
        fact=GOAL,
        numerator="value",
        key=Key(name="currency", column="currency"),
        better=Better.HIGHER,
        sentence=(
            "The values of goals added up, each currency apart, at the start of the "
            "goal's session. By cta it goes to the last one clicked before the goal."
        ),
        formula="sum of goal values, by currency",
        example=Example(
            events=_FIVE_SESSIONS,
            asked=(
                Asked(
                    rows=[({"currency": "EUR"}, 50), ({"currency": "USD"}, 5)],
                ),
                Asked(
                    by=("cta",),
                    rows=[
                        ({"cta": "buy", "currency": "EUR"}, 20),
                        ({"cta": "unknown", "currency": "EUR"}, 30),
                        ({"cta": "unknown", "currency": "USD"}, 5),
                    ],
                ),
            ),
        ),
        elsewhere=(
            "GA4 converts every currency to the property's own and may spread a value "
            "over several touches by a model; turnspan converts nothing, and the last "
            "click has it all."
        ),
    ),
)
