"""The same numbers from raw rows: what has to be done without derived ones."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["RAW"]

RAW: Mapping[str, str] = {
    "turns": """
        SELECT count(DISTINCT (bot, turn_id)) FROM _turnspan.span
        WHERE bot = %(bot)s AND start_time >= %(from)s AND start_time < %(to)s
        AND starts_with(name, 'chatbot.turn') AND NOT test""",
    "fallback_rate": """
        SELECT (count(*) FILTER (WHERE outcome = 'fallback'))::float8 / count(*)
        FROM _turnspan.span
        WHERE bot = %(bot)s AND start_time >= %(from)s AND start_time < %(to)s
        AND starts_with(name, 'chatbot.turn') AND NOT test
        AND intent_source NOT IN ('button', 'rule')""",
    "response_latency": """
        SELECT percentile_cont(0.5) WITHIN GROUP (
            ORDER BY ((end_nano / 1000 - start_nano / 1000) / 1e6)::float8)
        FROM _turnspan.span
        WHERE bot = %(bot)s AND start_time >= %(from)s AND start_time < %(to)s
        AND starts_with(name, 'chatbot.turn') AND NOT test AND outcome <> 'error'""",
    "sessions": """
        SELECT count(*) FILTER (WHERE gap IS NULL OR gap > interval '30 minutes')
        FROM (
            SELECT time - lag(time) OVER (PARTITION BY conversation_id ORDER BY time)
                AS gap
            FROM _turnspan.event
            WHERE bot = %(bot)s AND time >= %(from)s AND time < %(to)s AND NOT test
            AND name NOT IN ('chatbot.feedback', 'chatbot.goal')
            AND (name NOT LIKE 'chatbot.handoff.%%' OR name = 'chatbot.handoff.request')
        ) AS gaps""",
    "mau": """
        SELECT count(DISTINCT user_key) FROM _turnspan.event
        WHERE bot = %(bot)s AND time >= %(to)s - interval '30 days' AND time < %(to)s
        AND name = 'chatbot.message' AND role = 'user' AND NOT test""",
    "handoff_accepted_share": """
        SELECT count(DISTINCT handoff_id)
                FILTER (WHERE name = 'chatbot.handoff.accept')::float8
            / count(DISTINCT handoff_id)
                FILTER (WHERE name = 'chatbot.handoff.request')
        FROM _turnspan.event
        WHERE bot = %(bot)s AND time >= %(from)s AND time < %(to)s
        AND name IN ('chatbot.handoff.request', 'chatbot.handoff.accept')
        AND NOT test""",
}
"""By metric: a statement over spans and events of one bot whose one value it is."""
