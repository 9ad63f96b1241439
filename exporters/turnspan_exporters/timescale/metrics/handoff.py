"""Handoffs from the bot to people: how often, why, and how long they take."""

from __future__ import annotations

from turnspan_exporters.timescale.metrics._facts import HANDOFF, SESSION
from turnspan_exporters.timescale.metrics._model import (
    Asked,
    Better,
    Example,
    Key,
    Kind,
    Limit,
    Metric,
    Option,
)

__all__ = ["METRICS"]

_FOUR_SESSIONS = """
    09:00:00  a  ann  turn
    09:00:05  a  ann  handoff.request  handoff.id=h1
    09:01:00  a  ann  handoff.withdraw  handoff.id=h1
    09:02:00  a  ann  turn
    09:02:05  a  ann  handoff.request  handoff.id=h2
    10:00:00  b  ben  turn
    11:00:00  c  cem  turn
    12:00:00  d  dan  turn
"""

_FIVE_REQUESTS = """
    09:00:00  a  ann  turn
    09:00:00  a  ann  handoff.request  handoff.id=h1  handoff.reason=low_confidence
    09:00:30  a  ann  handoff.accept   handoff.id=h1
    10:00:00  b  ben  turn
    10:00:00  b  ben  handoff.request  handoff.id=h2  handoff.reason=customer_requested
    10:01:00  b  ben  handoff.withdraw  handoff.id=h2
    11:00:00  c  cem  turn
    11:00:00  c  cem  handoff.request  handoff.id=h3  handoff.reason=customer_requested
    11:02:00  c  cem  handoff.accept   handoff.id=h3
    12:00:00  d  dan  turn
    12:00:00  d  dan  handoff.request  handoff.id=h4  handoff.reason=full_moon
    12:03:00  d  dan  handoff.accept   handoff.id=h4
    13:00:00  e  eve  turn
    13:00:00  e  eve  handoff.request  handoff.id=h5  handoff.reason=error
    13:05:00  e  eve  handoff.expire   handoff.id=h5
"""

METRICS = (
    Metric(
        name="handoff_rate",
        title="Handoff rate",
        family="handoff",
        unit="1",
        kind=Kind.RATE,
        fact=SESSION,
        numerator="escalated",
        denominator="base",
        better=Better.LOWER,
        thresholds={"warn": 0.3, "alert": 0.5},
        sentence=(
            "The share of sessions with at least one handoff request that the user did "
            "not withdraw before it was accepted; several in one session count once."
        ),
        formula="escalated sessions / sessions",
        example=Example(
            events=_FOUR_SESSIONS,
            asked=(Asked(rows=[({}, 0.25, 1, 4)]),),
        ),
    ),
    Metric(
        name="containment",
        title="Containment",
        family="handoff",
        unit="1",
        kind=Kind.RATE,
        fact=SESSION,
        numerator="contained",
        denominator="base",
        better=Better.HIGHER,
        sentence=(
            "The share of sessions that stayed with the bot. Abandoned sessions are "
            "among them, so read it beside resolution and abandonment."
        ),
        formula="1 − handoff rate",
        example=Example(
            events=_FOUR_SESSIONS,
            asked=(Asked(rows=[({}, 0.75, 3, 4)]),),
        ),
    ),
    Metric(
        name="handoff_wait",
        title="Handoff wait",
        family="handoff",
        unit="s",
        kind=Kind.SURVIVAL,
        fact=HANDOFF,
        numerator="accepted",
        denominator="handoffs",
        default_q=0.5,
        better=Better.LOWER,
        thresholds={"warn": 120, "alert": 600},
        sentence=(
            "Time from a handoff's request to its acceptance, by the Kaplan–Meier "
            "estimate: requests withdrawn, declined, expired or still waiting are "
            "censored, not dropped. The median, or with q another quantile; k of n "
            "were accepted."
        ),
        formula="smallest t with S(t) ≤ 1 − q",
        example=Example(
            events=_FIVE_REQUESTS,
            asked=(
                Asked(rows=[({}, 180, 3, 5)]),
                Asked(options={"q": 0.2}, rows=[({}, 30, 3, 5)]),
                Asked(options={"q": 0.9}, rows=[({}, None, 3, 5)]),
            ),
        ),
    ),
    Metric(
        name="handoff_accepted_share",
        title="Handoffs accepted",
        family="handoff",
        unit="1",
        kind=Kind.RATE,
        fact=HANDOFF,
        numerator="accepted",
        denominator="handoffs",
        better=Better.HIGHER,
        sentence="The share of requested handoffs that a person accepted.",
        formula="accepted / requested",
        example=Example(
            events=_FIVE_REQUESTS,
            asked=(Asked(rows=[({}, 0.6, 3, 5)]),),
        ),
    ),
    Metric(
        name="handoff_withdrawn_share",
        title="Handoffs withdrawn",
        family="handoff",
        unit="1",
        kind=Kind.RATE,
        fact=HANDOFF,
        numerator="withdrawn",
        denominator="handoffs",
        better=Better.LOWER,
        sentence="The share of requested handoffs that the user gave up waiting for.",
        formula="withdrawn before acceptance / requested",
        example=Example(
            events=_FIVE_REQUESTS,
            asked=(Asked(rows=[({}, 0.2, 1, 5)]),),
        ),
    ),
    Metric(
        name="handoff_service_level",
        title="Handoff service level",
        family="handoff",
        unit="1",
        kind=Kind.RATE,
        fact=HANDOFF,
        numerator="accepted",
        denominator="handoffs",
        limit=Limit(option=Option.WITHIN, column="wait_s", default=60),
        better=Better.HIGHER,
        sentence=(
            "The share of requested handoffs that were accepted within so many "
            "seconds: 60, unless `within` says otherwise."
        ),
        formula="accepted within the limit / requested",
        example=Example(
            events=_FIVE_REQUESTS,
            asked=(
                Asked(rows=[({}, 0.2, 1, 5)]),
                Asked(options={"within": 120}, rows=[({}, 0.4, 2, 5)]),
            ),
        ),
    ),
    Metric(
        name="handoff_reasons",
        title="Handoff reasons",
        family="handoff",
        unit="1",
        kind=Kind.SHARE,
        fact=HANDOFF,
        numerator="handoffs",
        key=Key(name="reason", column="reason"),
        sentence=(
            "Shares of the requested handoffs by reason; a reason that is none of the "
            "agreed ones is `other`."
        ),
        formula="handoffs of the reason / handoffs",
        example=Example(
            events=_FIVE_REQUESTS,
            asked=(
                Asked(
                    rows=[
                        ({"reason": "customer_requested"}, 0.4, 2, 5),
                        ({"reason": "error"}, 0.2, 1, 5),
                        ({"reason": "low_confidence"}, 0.2, 1, 5),
                        ({"reason": "other"}, 0.2, 1, 5),
                    ],
                ),
            ),
        ),
    ),
)
