"""Outcomes: what became of each session."""

from __future__ import annotations

from turnspan_exporters.timescale.metrics._facts import SESSION
from turnspan_exporters.timescale.metrics._model import (
    Asked,
    Better,
    Example,
    Key,
    Kind,
    Metric,
)

__all__ = ["METRICS"]

_FIVE_OUTCOMES = """
      09:00:00  a  ann  turn
      09:00:05  a  ann  handoff.request  handoff.id=h1
      10:00:00  b  ben  turn             turn.outcome=answered
      10:00:30  b  ben  resolution       resolution.status=resolved
      11:00:00  c  cem  turn             turn.outcome=answered
      12:00:00  d  dan  turn             turn.outcome=fallback
      13:00:00  e  -    message          message.role=bot
"""

METRICS = (
    Metric(
        name="outcome_share",
        title="Outcomes",
        family="outcome",
        unit="1",
        kind=Kind.SHARE,
        fact=SESSION,
        key=Key(
            name="outcome",
            values=(
                "escalated",
                "resolved_confirmed",
                "resolved_implied",
                "abandoned",
                "unengaged",
            ),
            measures={
                "escalated": "escalated",
                "resolved_confirmed": "resolved_confirmed",
                "resolved_implied": "resolved_implied",
                "abandoned": "abandoned",
                "unengaged": "unengaged",
            },
        ),
        sentence=(
            "Every finalised session has one outcome: escalated, resolved (confirmed "
            "or implied), abandoned or unengaged; the shares are over all of them."
        ),
        formula="sessions of the outcome / all finalised sessions",
        example=Example(
            events=_FIVE_OUTCOMES,
            asked=(
                Asked(
                    rows=[
                        ({"outcome": "abandoned"}, 0.2, 1, 5),
                        ({"outcome": "escalated"}, 0.2, 1, 5),
                        ({"outcome": "resolved_confirmed"}, 0.2, 1, 5),
                        ({"outcome": "resolved_implied"}, 0.2, 1, 5),
                        ({"outcome": "unengaged"}, 0.2, 1, 5),
                    ],
                ),
            ),
        ),
    ),
    Metric(
        name="resolution_strict",
        title="Resolution, confirmed",
        family="outcome",
        unit="1",
        kind=Kind.RATE,
        fact=SESSION,
        numerator="resolved_confirmed",
        denominator="base",
        better=Better.HIGHER,
        sentence="The share of sessions that the user, the bot or an agent confirmed.",
        formula="confirmed resolutions / sessions",
        example=Example(
            events=_FIVE_OUTCOMES,
            asked=(Asked(rows=[({}, 0.25, 1, 4)]),),
        ),
    ),
    Metric(
        name="resolution_broad",
        title="Resolution",
        family="outcome",
        unit="1",
        kind=Kind.RATE,
        fact=SESSION,
        numerator="resolved",
        denominator="base",
        better=Better.HIGHER,
        sentence=(
            "The share of sessions resolved, be it confirmed or implied by an answer "
            "after which the user did not come back."
        ),
        formula="(confirmed + implied resolutions) / sessions",
        example=Example(
            events=_FIVE_OUTCOMES,
            asked=(Asked(rows=[({}, 0.5, 2, 4)]),),
        ),
    ),
    Metric(
        name="abandonment_rate",
        title="Abandonment rate",
        family="outcome",
        unit="1",
        kind=Kind.RATE,
        fact=SESSION,
        numerator="abandoned",
        denominator="base",
        better=Better.LOWER,
        sentence="The share of sessions that ended neither resolved nor escalated.",
        formula="abandoned sessions / sessions",
        example=Example(
            events=_FIVE_OUTCOMES,
            asked=(Asked(rows=[({}, 0.25, 1, 4)]),),
        ),
    ),
)
