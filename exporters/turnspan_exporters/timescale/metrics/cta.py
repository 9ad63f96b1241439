"""Calls to action: which are clicked."""

from __future__ import annotations

from turnspan_exporters.timescale.metrics._facts import CTA, SESSION
from turnspan_exporters.timescale.metrics._model import (
    Asked,
    Better,
    Example,
    Kind,
    Metric,
    Whole,
)

__all__ = ["METRICS"]

_THREE_SESSIONS = """
    09:00:00  a  ann  turn
    09:00:10  a  ann  cta.impression  cta.id=offer
    09:00:11  a  ann  cta.impression  cta.id=call
    09:00:20  a  ann  cta.click       cta.id=offer
    09:00:25  a  ann  cta.click       cta.id=offer
    10:00:00  b  ben  turn
    10:00:10  b  ben  cta.impression  cta.id=offer
    11:00:00  c  cem  turn
    11:00:10  c  cem  cta.click       cta.id=offer
"""

METRICS = (
    Metric(
        name="ctr",
        title="Click-through rate",
        family="cta",
        unit="1",
        kind=Kind.SESSION_RATE,
        fact=CTA,
        numerator="clicked",
        denominator="shown",
        whole=Whole(unit="cta", fact=SESSION, numerator="clicked", denominator="shown"),
        better=Better.HIGHER,
        sentence=(
            "The share of sessions that saw a call to action in which it was clicked, "
            "then or within 7 days. A click without an impression is left out. Ask it "
            "by cta and cta_type."
        ),
        formula="sessions with a click / sessions with an impression",
        example=Example(
            events=_THREE_SESSIONS,
            asked=(
                Asked(rows=[({}, 0.5, 1, 2)]),
                Asked(
                    by=("cta",),
                    rows=[({"cta": "call"}, 0, 0, 1), ({"cta": "offer"}, 0.5, 1, 2)],
                ),
            ),
        ),
        elsewhere=(
            "Advertising counts clicks over impressions, which is ctr_raw here. A "
            "share of sessions cannot exceed 1, and one eager user counts once."
        ),
    ),
    Metric(
        name="ctr_raw",
        title="Clicks per impression",
        family="cta",
        unit="1",
        kind=Kind.RATIO,
        fact=CTA,
        numerator="clicks",
        denominator="impressions",
        better=Better.HIGHER,
        sentence=(
            "Clicks over impressions. It may exceed 1, since one impression may be "
            "clicked twice, and has no interval."
        ),
        formula="clicks / impressions",
        example=Example(
            events=_THREE_SESSIONS,
            asked=(
                Asked(
                    by=("cta",),
                    rows=[({"cta": "call"}, 0, 0, 1), ({"cta": "offer"}, 1, 2, 2)],
                ),
            ),
        ),
        elsewhere=(
            "The rate of advertising, as in Google Ads: clicks / impressions. Clicks "
            "without an impression are left out here; where they are not, the rate is"
            " higher still."
        ),
    ),
    Metric(
        name="cta_clicks",
        title="Clicks",
        family="cta",
        unit="clicks",
        kind=Kind.COUNT,
        fact=CTA,
        numerator="clicks",
        better=Better.HIGHER,
        sentence="Clicks on calls to action that had been shown, at their session.",
        formula="count of clicks with an impression",
        example=Example(events=_THREE_SESSIONS, asked=(Asked(rows=[({}, 2)]),)),
        elsewhere=(
            "Advertising filters invalid clicks by rules of its own; here a click "
            "counts when the call to action had been shown in that conversation "
            "within 7 days, and is flagged when it had not."
        ),
    ),
)
