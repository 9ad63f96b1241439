"""NLU quality: does the bot understand, how sure is it, and where does it fail?"""

from __future__ import annotations

from turnspan_dashboards.panels import Board, Look, Panel, Query, Section

BOARD = Board(
    key="nlu_quality",
    title="NLU quality",
    description="Does the bot understand, and how sure is it?",
    sections=(
        Section(
            "At a glance",
            (
                Panel("fallback", Look.STAT, (Query("fallback_rate"),), 8, 4),
                Panel(
                    "confidence_p50",
                    Look.STAT,
                    (Query("intent_confidence", options={"q": 0.5}),),
                    8,
                    4,
                    title="Intent confidence, median",
                ),
                Panel(
                    "confidence_p10",
                    Look.STAT,
                    (Query("intent_confidence", options={"q": 0.1}),),
                    8,
                    4,
                    title="Intent confidence, p10",
                ),
            ),
        ),
        Section(
            "How sure is the classifier?",
            (
                Panel(
                    "confidence_bins",
                    Look.HISTOGRAM,
                    (Query("intent_confidence"),),
                    12,
                    8,
                    title="Distribution of intent confidence",
                ),
                Panel(
                    "confidence_over_time",
                    Look.LINES,
                    (
                        Query("intent_confidence", "p50", options={"q": 0.5}),
                        Query("intent_confidence", "p10", options={"q": 0.1}),
                    ),
                    12,
                    8,
                ),
            ),
        ),
        Section(
            "Where does it fail?",
            (
                Panel("fallback_over_time", Look.LINES, (Query("fallback_rate"),), 8, 9),
                Panel(
                    "fallback_by_intent",
                    Look.BARS,
                    (Query("fallback_rate", by=("intent",)),),
                    8,
                    9,
                    title="Fallback rate by intent",
                ),
                Panel(
                    "confidence_by_intent",
                    Look.BARS,
                    (Query("intent_confidence", by=("intent",), options={"q": 0.5}),),
                    8,
                    9,
                    title="Median confidence by intent",
                ),
            ),
        ),
    ),
)
