"""NLU quality: does the bot understand, how sure is it, and where does it fail?"""

from __future__ import annotations

from turnspan_dashboards.panels import Board, Look, Panel, Query, Section

GLANCE = Section(
    "At a glance",
    (
        Panel("fallback", Look.STAT, (Query("fallback_rate"),), 6, 4),
        Panel("low_confidence", Look.STAT, (Query("low_confidence_share"),), 6, 4),
        Panel(
            "confidence_p50",
            Look.STAT,
            (Query("intent_confidence", options={"q": 0.5}),),
            6,
            4,
            title="Intent confidence, median",
        ),
        Panel("nlu_turns", Look.STAT, (Query("nlu_turns"),), 6, 4),
    ),
)

SURE = Section(
    "How sure is the classifier?",
    (
        Panel(
            "confidence_bins",
            Look.HISTOGRAM,
            (Query("intent_confidence", key="bin"),),
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
            title="Intent confidence over time",
            description="The middle turn, and the one in ten that the classifier was "
            "least sure of.",
        ),
    ),
)

FAILS = Section(
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
            "low_confidence_by_intent",
            Look.BARS,
            (Query("low_confidence_share", by=("intent",)),),
            8,
            9,
            title="Low confidence by intent",
        ),
    ),
)

ASKED = Section(
    "What do people ask?",
    (
        Panel(
            "turns_by_intent",
            Look.COLUMNS,
            (Query("nlu_turns", by=("intent",)),),
            16,
            8,
            title="NLU turns by intent",
            groups_max=8,
        ),
        Panel(
            "intents",
            Look.BARS,
            (Query("intent_share", key="intent"),),
            8,
            8,
            title="Share of intents",
            groups_max=8,
        ),
    ),
)

BOARD = Board(
    key="nlu_quality",
    title="NLU quality",
    description="Does the bot understand, and how sure is it?",
    sections=(GLANCE, SURE, FAILS, ASKED),
)
