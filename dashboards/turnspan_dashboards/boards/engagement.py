"""Engagement: do people come, stay and come back, and is the bot quick enough?"""

from __future__ import annotations

from turnspan_dashboards.panels import Board, Look, Panel, Query, Section

BOARD = Board(
    key="engagement",
    title="Engagement",
    description="Do people come, stay and come back?",
    sections=(
        Section(
            "At a glance",
            (
                Panel("sessions", Look.STAT, (Query("sessions"),), 4, 4),
                Panel("engaged", Look.STAT, (Query("engagement_rate"),), 4, 4),
                Panel("depth", Look.STAT, (Query("turns_per_session"),), 4, 4),
                Panel("mau", Look.STAT, (Query("mau"),), 4, 4, bucket="day"),
                Panel("ctr", Look.STAT, (Query("ctr"),), 4, 4),
                Panel(
                    "latency",
                    Look.STAT,
                    (Query("response_latency", options={"q": 0.95}),),
                    4,
                    4,
                    title="Response latency, p95",
                ),
            ),
        ),
        Section(
            "Who comes, and do they engage?",
            (
                Panel(
                    "sessions_by_channel",
                    Look.COLUMNS,
                    (Query("sessions", by=("channel",)),),
                    14,
                    8,
                    title="Sessions by channel",
                ),
                Panel(
                    "engagement_over_time",
                    Look.LINES,
                    (Query("engagement_rate"),),
                    10,
                    8,
                ),
                Panel(
                    "active_users",
                    Look.LINES,
                    (
                        Query("mau", "monthly (trailing 30 days)"),
                        Query("dau", "daily"),
                    ),
                    14,
                    8,
                    title="Active users",
                    description="Distinct users with at least one message: on the "
                    "local day, and over the 30 days that end with it.",
                    bucket="day",
                ),
                Panel(
                    "turns_per_session",
                    Look.LINES,
                    (
                        Query("turns_per_session", "mean"),
                        Query("turns_per_session", "p90", options={"q": 0.9}),
                    ),
                    10,
                    8,
                ),
            ),
        ),
        Section(
            "What do they click, and how long do they wait?",
            (
                Panel(
                    "ctr_by_cta",
                    Look.BARS,
                    (Query("ctr", by=("cta",)),),
                    8,
                    8,
                    title="Click-through rate by call to action",
                ),
                Panel(
                    "engagement_by_channel",
                    Look.BARS,
                    (Query("engagement_rate", by=("channel",)),),
                    6,
                    8,
                    title="Engagement rate by channel",
                ),
                Panel(
                    "latency_over_time",
                    Look.LINES,
                    (
                        Query("response_latency", "p50", options={"q": 0.5}),
                        Query("response_latency", "p95", options={"q": 0.95}),
                        Query("response_latency", "p99", options={"q": 0.99}),
                    ),
                    10,
                    8,
                ),
            ),
        ),
    ),
)
