"""Handoff: when does the bot need a person, why, and how long do people wait?"""

from __future__ import annotations

from turnspan_dashboards.panels import Board, Look, Panel, Query, Section

GLANCE = Section(
    "At a glance",
    (
        Panel("rate", Look.STAT, (Query("handoff_rate"),), 4, 4),
        Panel("containment", Look.STAT, (Query("containment"),), 4, 4),
        Panel(
            "wait_p50",
            Look.STAT,
            (Query("handoff_wait", options={"q": 0.5}),),
            4,
            4,
            title="Wait, median",
        ),
        Panel(
            "wait_p90",
            Look.STAT,
            (Query("handoff_wait", options={"q": 0.9}),),
            4,
            4,
            title="Wait, p90",
        ),
        Panel(
            "within_60s",
            Look.STAT,
            (Query("handoff_service_level", options={"within": 60}),),
            4,
            4,
            title="Accepted within 60 s",
        ),
        Panel(
            "withdrawn",
            Look.STAT,
            (Query("handoff_withdrawn_share"),),
            4,
            4,
        ),
    ),
)

OFTEN = Section(
    "How often does the bot need a person, and why?",
    (
        Panel("rate_over_time", Look.LINES, (Query("handoff_rate"),), 12, 8),
        Panel(
            "reasons_over_time",
            Look.COLUMNS,
            (Query("handoff_reasons", key="reason"),),
            12,
            8,
        ),
    ),
)

WAITS = Section(
    "How long do people wait?",
    (
        Panel(
            "wait_over_time",
            Look.LINES,
            (
                Query("handoff_wait", "p50", options={"q": 0.5}),
                Query("handoff_wait", "p90", options={"q": 0.9}),
            ),
            12,
            8,
        ),
        Panel(
            "answered",
            Look.LINES,
            (
                Query("handoff_accepted_share", "accepted"),
                Query("handoff_service_level", "within 60 s", options={"within": 60}),
                Query("handoff_withdrawn_share", "withdrawn"),
            ),
            12,
            8,
            title="What becomes of requests",
            description="Shares of requests that a person accepted, at all and within "
            "60 seconds, and that the user gave up.",
        ),
    ),
)

ORIGINS = Section(
    "Where do they come from?",
    (
        Panel(
            "rate_by_intent",
            Look.BARS,
            (Query("handoff_rate", by=("intent",)),),
            8,
            9,
            title="Handoff rate by intent",
        ),
        Panel(
            "reasons",
            Look.BARS,
            (Query("handoff_reasons", key="reason"),),
            8,
            9,
        ),
        Panel(
            "wait_by_reason",
            Look.BARS,
            (Query("handoff_wait", by=("reason",), options={"q": 0.5}),),
            8,
            9,
            title="Median wait by reason",
        ),
    ),
)

BOARD = Board(
    key="handoff",
    title="Handoff",
    description="When does the bot need a person, and how long do people wait?",
    sections=(GLANCE, OFTEN, WAITS, ORIGINS),
)
