"""Handoff: when does the bot need a person, why, and how long do people wait?"""

from __future__ import annotations

from turnspan_dashboards.panels import Board, Look, Panel, Query, Section

BOARD = Board(
    key="handoff",
    title="Handoff",
    description="When does the bot need a person, and how long do people wait?",
    sections=(
        Section(
            "At a glance",
            (
                Panel("rate", Look.STAT, (Query("handoff_rate"),), 6, 4),
                Panel(
                    "wait_p50",
                    Look.STAT,
                    (Query("handoff_wait", options={"q": 0.5}),),
                    6,
                    4,
                    title="Wait for a person, median",
                ),
                Panel(
                    "wait_p90",
                    Look.STAT,
                    (Query("handoff_wait", options={"q": 0.9}),),
                    6,
                    4,
                    title="Wait for a person, p90",
                ),
                Panel("sessions", Look.STAT, (Query("sessions"),), 6, 4),
            ),
        ),
        Section(
            "How often, and how long until somebody answers?",
            (
                Panel("rate_over_time", Look.LINES, (Query("handoff_rate"),), 12, 8),
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
            ),
        ),
        Section(
            "Where does it come from?",
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
                    "wait_by_reason",
                    Look.BARS,
                    (Query("handoff_wait", by=("reason",), options={"q": 0.5}),),
                    8,
                    9,
                    title="Median wait by reason",
                ),
                Panel(
                    "rate_by_channel",
                    Look.BARS,
                    (Query("handoff_rate", by=("channel",)),),
                    8,
                    9,
                    title="Handoff rate by channel",
                ),
            ),
        ),
    ),
)
