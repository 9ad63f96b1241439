"""Engagement: do people come, stay and get what they want, and is the bot quick?"""

from __future__ import annotations

from turnspan_dashboards.panels import Board, Look, Panel, Query, Section

GLANCE = Section(
    "At a glance",
    (
        Panel("sessions", Look.STAT, (Query("sessions"),), 4, 4),
        Panel("engaged", Look.STAT, (Query("engagement_rate"),), 4, 4),
        Panel("turns", Look.STAT, (Query("turns_per_session"),), 4, 4),
        Panel("mau", Look.STAT, (Query("mau"),), 4, 4, bucket="day"),
        Panel("stickiness", Look.STAT, (Query("stickiness"),), 4, 4, bucket="day"),
        Panel("ctr", Look.STAT, (Query("ctr"),), 4, 4),
    ),
)

PEOPLE = Section(
    "Who comes, and who stays?",
    (
        Panel(
            "sessions_by_channel",
            Look.COLUMNS,
            (Query("sessions", by=("channel",)),),
            14,
            8,
            title="Sessions by channel",
        ),
        Panel("engaged_over_time", Look.LINES, (Query("engagement_rate"),), 10, 8),
        Panel(
            "active_users",
            Look.LINES,
            (
                Query("mau", "30 days"),
                Query("wau", "7 days"),
                Query("dau", "one day"),
            ),
            14,
            8,
            title="Active users",
            description="Distinct users with at least one message on the local day, "
            "and within the 7 and 30 days that end with it.",
            bucket="day",
        ),
        Panel("depth", Look.HISTOGRAM, (Query("depth", key="depth"),), 10, 8),
    ),
)

ENDS = Section(
    "How do conversations end?",
    (
        Panel(
            "outcomes",
            Look.COLUMNS,
            (Query("outcome_share", key="outcome"),),
            14,
            8,
        ),
        Panel(
            "resolution",
            Look.LINES,
            (
                Query("resolution_broad", "resolved"),
                Query("abandonment_rate", "abandoned"),
            ),
            10,
            8,
            title="Resolution and abandonment",
            description="Shares of sessions that ended resolved, confirmed or "
            "implied, and of those that ended neither resolved nor escalated.",
        ),
    ),
)

CLICKS = Section(
    "What do they click?",
    (
        Panel(
            "ctr_by_cta",
            Look.BARS,
            (Query("ctr", by=("cta",)),),
            8,
            8,
            title="Click-through rate by CTA",
            groups_max=8,
        ),
        Panel("ctr_over_time", Look.LINES, (Query("ctr"),), 8, 8),
        Panel(
            "clicks_by_cta",
            Look.COLUMNS,
            (Query("cta_clicks", by=("cta",)),),
            8,
            8,
            title="Clicks by CTA",
        ),
    ),
)

WAITS = Section(
    "How quick and how reliable is the bot?",
    (
        Panel(
            "first_response",
            Look.LINES,
            (
                Query("first_response_latency", "p50", options={"q": 0.5}),
                Query("first_response_latency", "p95", options={"q": 0.95}),
            ),
            8,
            8,
        ),
        Panel(
            "latency",
            Look.LINES,
            (
                Query("response_latency", "p50", options={"q": 0.5}),
                Query("response_latency", "p95", options={"q": 0.95}),
                Query("response_latency", "p99", options={"q": 0.99}),
            ),
            8,
            8,
        ),
        Panel("errors", Look.LINES, (Query("error_rate"),), 8, 8),
    ),
)

BOARD = Board(
    key="engagement",
    title="Engagement",
    description="Do people come, stay and get what they want?",
    sections=(GLANCE, PEOPLE, ENDS, CLICKS, WAITS),
)
