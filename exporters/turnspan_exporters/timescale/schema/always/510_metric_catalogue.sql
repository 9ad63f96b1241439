-- Generated from the catalogue by turnspan_exporters.timescale.metrics.generate.
-- What turnspan.metric knows of each metric.

CREATE TABLE IF NOT EXISTS _turnspan.metric_catalogue (
    name text PRIMARY KEY,
    definition jsonb NOT NULL
);
DELETE FROM _turnspan.metric_catalogue;
INSERT INTO _turnspan.metric_catalogue (name, definition) VALUES
('sessions', '{
    "name": "sessions",
    "title": "Sessions",
    "unit": "sessions",
    "kind": "count",
    "sentence": "Finalised sessions with at least one user message, counted at their start; a session is a maximal run of events of one conversation without a gap of more than 30 minutes.",
    "formula": "count of sessions with at least one user message",
    "better": "higher",
    "definition_version": 1,
    "relation": "fact_session",
    "form": "count",
    "aggregates": [
        {
            "name": "session_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": false
        }
    ],
    "whole": null,
    "dimensions": [
        "bot",
        "channel",
        "environment",
        "version",
        "variant",
        "locale",
        "source",
        "device",
        "country",
        "outcome",
        "intent",
        "node"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "numerator": "base",
    "denominator": null,
    "key": null,
    "limit": null,
    "default_q": null,
    "days": null,
    "calendar": null,
    "buckets": [
        "hour",
        "day",
        "week",
        "month"
    ],
    "options": {
        "provisional": {
            "type": "flag",
            "low": null,
            "high": null,
            "choices": []
        }
    }
}'),
('proactive_sessions', '{
    "name": "proactive_sessions",
    "title": "Proactive sessions",
    "unit": "sessions",
    "kind": "count",
    "sentence": "Finalised sessions in which no user wrote anything, such as a reminder that nobody answered.",
    "formula": "count of sessions without a user message",
    "better": "neither",
    "definition_version": 1,
    "relation": "fact_session",
    "form": "count",
    "aggregates": [
        {
            "name": "session_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": false
        }
    ],
    "whole": null,
    "dimensions": [
        "bot",
        "channel",
        "environment",
        "version",
        "variant",
        "locale",
        "source",
        "device",
        "country",
        "outcome",
        "intent",
        "node"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "numerator": "proactive",
    "denominator": null,
    "key": null,
    "limit": null,
    "default_q": null,
    "days": null,
    "calendar": null,
    "buckets": [
        "hour",
        "day",
        "week",
        "month"
    ],
    "options": {
        "provisional": {
            "type": "flag",
            "low": null,
            "high": null,
            "choices": []
        }
    }
}'),
('turns_per_session', '{
    "name": "turns_per_session",
    "title": "Turns per session",
    "unit": "turns",
    "kind": "distribution",
    "sentence": "User messages per session with at least one of them; the mean, or with q a quantile.",
    "formula": "user messages / sessions",
    "better": "neither",
    "definition_version": 1,
    "relation": "fact_session",
    "form": "quantile",
    "aggregates": [
        {
            "name": "session_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": false
        }
    ],
    "whole": null,
    "dimensions": [
        "bot",
        "channel",
        "environment",
        "version",
        "variant",
        "locale",
        "source",
        "device",
        "country",
        "outcome",
        "intent",
        "node"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "numerator": "user_turns",
    "denominator": "base",
    "key": null,
    "limit": null,
    "default_q": "mean",
    "days": null,
    "calendar": null,
    "buckets": [
        "hour",
        "day",
        "week",
        "month"
    ],
    "options": {
        "q": {
            "type": "quantile",
            "low": 0,
            "high": 1,
            "choices": []
        },
        "provisional": {
            "type": "flag",
            "low": null,
            "high": null,
            "choices": []
        }
    }
}'),
('depth', '{
    "name": "depth",
    "title": "Depth of sessions",
    "unit": "sessions",
    "kind": "histogram",
    "sentence": "Sessions by the number of their user messages: 1, 2, 3 to 9, 10 up.",
    "formula": "count of sessions in each group; n is all sessions",
    "better": "neither",
    "definition_version": 1,
    "relation": "fact_session",
    "form": "histogram",
    "aggregates": [
        {
            "name": "session_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": false
        }
    ],
    "whole": null,
    "dimensions": [
        "bot",
        "channel",
        "environment",
        "version",
        "variant",
        "locale",
        "source",
        "device",
        "country",
        "outcome",
        "intent",
        "node"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "numerator": null,
    "denominator": null,
    "key": {
        "name": "depth",
        "column": null,
        "width": null,
        "values": [
            "1",
            "2",
            "3-9",
            "10+"
        ],
        "measures": {
            "1": "depth_1",
            "2": "depth_2",
            "3-9": "depth_3",
            "10+": "depth_10"
        }
    },
    "limit": null,
    "default_q": null,
    "days": null,
    "calendar": null,
    "buckets": [
        "hour",
        "day",
        "week",
        "month"
    ],
    "options": {
        "provisional": {
            "type": "flag",
            "low": null,
            "high": null,
            "choices": []
        }
    }
}'),
('session_duration', '{
    "name": "session_duration",
    "title": "Session duration",
    "unit": "s",
    "kind": "distribution",
    "sentence": "Last event minus first event of a session, without the timeout''s tail; the median, or with q another quantile or the mean.",
    "formula": "quantile of (last event − first event)",
    "better": "neither",
    "definition_version": 1,
    "relation": "fact_session",
    "form": "quantile",
    "aggregates": [
        {
            "name": "session_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": false
        }
    ],
    "whole": null,
    "dimensions": [
        "bot",
        "channel",
        "environment",
        "version",
        "variant",
        "locale",
        "source",
        "device",
        "country",
        "outcome",
        "intent",
        "node"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "numerator": "duration_s",
    "denominator": "base",
    "key": null,
    "limit": null,
    "default_q": 0.5,
    "days": null,
    "calendar": null,
    "buckets": [
        "hour",
        "day",
        "week",
        "month"
    ],
    "options": {
        "q": {
            "type": "quantile",
            "low": 0,
            "high": 1,
            "choices": []
        },
        "provisional": {
            "type": "flag",
            "low": null,
            "high": null,
            "choices": []
        }
    }
}'),
('engagement_rate', '{
    "name": "engagement_rate",
    "title": "Engagement rate",
    "unit": "1",
    "kind": "rate",
    "sentence": "The share of sessions in which something happened beyond one message: two user turns, a click on a CTA or a goal, a handoff, positive feedback or a confirmed resolution.",
    "formula": "engaged sessions / sessions",
    "better": "higher",
    "definition_version": 1,
    "relation": "fact_session",
    "form": "rate",
    "aggregates": [
        {
            "name": "session_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": false
        }
    ],
    "whole": null,
    "dimensions": [
        "bot",
        "channel",
        "environment",
        "version",
        "variant",
        "locale",
        "source",
        "device",
        "country",
        "outcome",
        "intent",
        "node"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "numerator": "engaged",
    "denominator": "base",
    "key": null,
    "limit": null,
    "default_q": null,
    "days": null,
    "calendar": null,
    "buckets": [
        "hour",
        "day",
        "week",
        "month"
    ],
    "options": {
        "provisional": {
            "type": "flag",
            "low": null,
            "high": null,
            "choices": []
        }
    }
}'),
('bounce_rate', '{
    "name": "bounce_rate",
    "title": "Bounce rate",
    "unit": "1",
    "kind": "rate",
    "sentence": "The share of sessions that did not become engaged ones.",
    "formula": "1 − engaged sessions / sessions",
    "better": "lower",
    "definition_version": 1,
    "relation": "fact_session",
    "form": "rate",
    "aggregates": [
        {
            "name": "session_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": false
        }
    ],
    "whole": null,
    "dimensions": [
        "bot",
        "channel",
        "environment",
        "version",
        "variant",
        "locale",
        "source",
        "device",
        "country",
        "outcome",
        "intent",
        "node"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "numerator": "bounced",
    "denominator": "base",
    "key": null,
    "limit": null,
    "default_q": null,
    "days": null,
    "calendar": null,
    "buckets": [
        "hour",
        "day",
        "week",
        "month"
    ],
    "options": {
        "provisional": {
            "type": "flag",
            "low": null,
            "high": null,
            "choices": []
        }
    }
}'),
('single_turn_rate', '{
    "name": "single_turn_rate",
    "title": "Single-turn rate",
    "unit": "1",
    "kind": "rate",
    "sentence": "The share of sessions with exactly one user message; unlike a bounce, such a session may have been a success.",
    "formula": "sessions with one user message / sessions",
    "better": "neither",
    "definition_version": 1,
    "relation": "fact_session",
    "form": "rate",
    "aggregates": [
        {
            "name": "session_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": false
        }
    ],
    "whole": null,
    "dimensions": [
        "bot",
        "channel",
        "environment",
        "version",
        "variant",
        "locale",
        "source",
        "device",
        "country",
        "outcome",
        "intent",
        "node"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "numerator": "depth_1",
    "denominator": "base",
    "key": null,
    "limit": null,
    "default_q": null,
    "days": null,
    "calendar": null,
    "buckets": [
        "hour",
        "day",
        "week",
        "month"
    ],
    "options": {
        "provisional": {
            "type": "flag",
            "low": null,
            "high": null,
            "choices": []
        }
    }
}'),
('active_now', '{
    "name": "active_now",
    "title": "Active now",
    "unit": "sessions",
    "kind": "now",
    "sentence": "Open sessions with an event within the session timeout, at this moment; the asked range changes nothing.",
    "formula": "count of open sessions with an event in the last 30 minutes",
    "better": "neither",
    "definition_version": 1,
    "relation": "fact_open_session",
    "form": "count",
    "aggregates": [],
    "whole": null,
    "dimensions": [
        "bot",
        "channel",
        "environment",
        "version",
        "variant",
        "locale",
        "source",
        "device",
        "country",
        "outcome",
        "intent",
        "node"
    ],
    "open_rows": false,
    "binned": false,
    "raw": false,
    "numerator": null,
    "denominator": null,
    "key": null,
    "limit": null,
    "default_q": null,
    "days": null,
    "calendar": null,
    "buckets": [],
    "options": {
        "provisional": {
            "type": "flag",
            "low": null,
            "high": null,
            "choices": []
        }
    }
}'),
('dau', '{
    "name": "dau",
    "title": "Daily active users",
    "unit": "users",
    "kind": "users",
    "sentence": "Distinct users who wrote at least one message on a local day of the bot; over a range, on its last complete day.",
    "formula": "count of distinct users active on the day",
    "better": "higher",
    "definition_version": 1,
    "relation": "fact_user_day",
    "form": "count",
    "aggregates": [],
    "whole": null,
    "dimensions": [
        "bot",
        "channel",
        "environment",
        "version",
        "variant",
        "locale"
    ],
    "open_rows": false,
    "binned": false,
    "raw": false,
    "numerator": null,
    "denominator": null,
    "key": null,
    "limit": null,
    "default_q": null,
    "days": 1,
    "calendar": null,
    "buckets": [
        "day",
        "week",
        "month"
    ],
    "options": {
        "provisional": {
            "type": "flag",
            "low": null,
            "high": null,
            "choices": []
        }
    }
}'),
('wau', '{
    "name": "wau",
    "title": "Weekly active users",
    "unit": "users",
    "kind": "users",
    "sentence": "Distinct users who wrote at least one message within the last 7 local days, that day included; by week, those of the calendar week.",
    "formula": "count of distinct users active in the trailing 7 days",
    "better": "higher",
    "definition_version": 1,
    "relation": "fact_user_day",
    "form": "count",
    "aggregates": [],
    "whole": null,
    "dimensions": [
        "bot",
        "channel",
        "environment",
        "version",
        "variant",
        "locale"
    ],
    "open_rows": false,
    "binned": false,
    "raw": false,
    "numerator": null,
    "denominator": null,
    "key": null,
    "limit": null,
    "default_q": null,
    "days": 7,
    "calendar": "week",
    "buckets": [
        "day",
        "week",
        "month"
    ],
    "options": {
        "provisional": {
            "type": "flag",
            "low": null,
            "high": null,
            "choices": []
        }
    }
}'),
('mau', '{
    "name": "mau",
    "title": "Monthly active users",
    "unit": "users",
    "kind": "users",
    "sentence": "Distinct users who wrote at least one message within the last 30 local days, that day included; by month, those of the calendar month.",
    "formula": "count of distinct users active in the trailing 30 days",
    "better": "higher",
    "definition_version": 1,
    "relation": "fact_user_day",
    "form": "count",
    "aggregates": [],
    "whole": null,
    "dimensions": [
        "bot",
        "channel",
        "environment",
        "version",
        "variant",
        "locale"
    ],
    "open_rows": false,
    "binned": false,
    "raw": false,
    "numerator": null,
    "denominator": null,
    "key": null,
    "limit": null,
    "default_q": null,
    "days": 30,
    "calendar": "month",
    "buckets": [
        "day",
        "week",
        "month"
    ],
    "options": {
        "provisional": {
            "type": "flag",
            "low": null,
            "high": null,
            "choices": []
        }
    }
}'),
('stickiness', '{
    "name": "stickiness",
    "title": "Stickiness",
    "unit": "1",
    "kind": "stickiness",
    "sentence": "The share of its monthly users that a bot sees on an average day: mean daily users of the last 30 local days over the users of those days.",
    "formula": "mean DAU over the trailing 30 days / MAU",
    "better": "higher",
    "definition_version": 1,
    "relation": "fact_user_day",
    "form": "ratio",
    "aggregates": [],
    "whole": null,
    "dimensions": [
        "bot",
        "channel",
        "environment",
        "version",
        "variant",
        "locale"
    ],
    "open_rows": false,
    "binned": false,
    "raw": false,
    "numerator": null,
    "denominator": null,
    "key": null,
    "limit": null,
    "default_q": null,
    "days": 30,
    "calendar": null,
    "buckets": [
        "day",
        "week",
        "month"
    ],
    "options": {
        "provisional": {
            "type": "flag",
            "low": null,
            "high": null,
            "choices": []
        }
    }
}'),
('new_users', '{
    "name": "new_users",
    "title": "New users",
    "unit": "users",
    "kind": "period_users",
    "sentence": "Users whose first message ever to the bot fell into the period: the whole local days of the range, or of each bucket.",
    "formula": "count of active users first seen in the period",
    "better": "higher",
    "definition_version": 1,
    "relation": "fact_user_day",
    "form": "count",
    "aggregates": [],
    "whole": null,
    "dimensions": [
        "bot",
        "channel",
        "environment",
        "version",
        "variant",
        "locale"
    ],
    "open_rows": false,
    "binned": false,
    "raw": false,
    "numerator": "new",
    "denominator": null,
    "key": null,
    "limit": null,
    "default_q": null,
    "days": null,
    "calendar": null,
    "buckets": [
        "day",
        "week",
        "month"
    ],
    "options": {
        "provisional": {
            "type": "flag",
            "low": null,
            "high": null,
            "choices": []
        }
    }
}'),
('returning_users', '{
    "name": "returning_users",
    "title": "Returning users",
    "unit": "users",
    "kind": "period_users",
    "sentence": "Users active in the period who had written to the bot before it; new and returning users are all active ones.",
    "formula": "count of active users first seen before the period",
    "better": "higher",
    "definition_version": 1,
    "relation": "fact_user_day",
    "form": "count",
    "aggregates": [],
    "whole": null,
    "dimensions": [
        "bot",
        "channel",
        "environment",
        "version",
        "variant",
        "locale"
    ],
    "open_rows": false,
    "binned": false,
    "raw": false,
    "numerator": "returning",
    "denominator": null,
    "key": null,
    "limit": null,
    "default_q": null,
    "days": null,
    "calendar": null,
    "buckets": [
        "day",
        "week",
        "month"
    ],
    "options": {
        "provisional": {
            "type": "flag",
            "low": null,
            "high": null,
            "choices": []
        }
    }
}'),
('turns', '{
    "name": "turns",
    "title": "Turns",
    "unit": "turns",
    "kind": "count",
    "sentence": "Turns of users: a message of the user and all that follows until the next.",
    "formula": "count of distinct user turns",
    "better": "higher",
    "definition_version": 1,
    "relation": "fact_turn",
    "form": "count",
    "aggregates": [
        {
            "name": "turn_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": false
        }
    ],
    "whole": null,
    "dimensions": [
        "bot",
        "channel",
        "environment",
        "version",
        "variant",
        "locale",
        "source",
        "device",
        "country",
        "outcome",
        "intent",
        "acted_on",
        "node",
        "model"
    ],
    "open_rows": false,
    "binned": false,
    "raw": false,
    "numerator": "user_turns",
    "denominator": null,
    "key": null,
    "limit": null,
    "default_q": null,
    "days": null,
    "calendar": null,
    "buckets": [
        "hour",
        "day",
        "week",
        "month"
    ],
    "options": {
        "provisional": {
            "type": "flag",
            "low": null,
            "high": null,
            "choices": []
        }
    }
}'),
('response_latency', '{
    "name": "response_latency",
    "title": "Response latency",
    "unit": "s",
    "kind": "distribution",
    "sentence": "Time from a user''s message to the last of the answer, without errors and turns that got none; the median, or with q another quantile or the mean. Quantiles read from the aggregate are within 1 % of exact.",
    "formula": "quantile of (end − start) of answered user turns",
    "better": "lower",
    "definition_version": 1,
    "relation": "fact_latency",
    "form": "quantile",
    "aggregates": [
        {
            "name": "latency_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": false
        }
    ],
    "whole": null,
    "dimensions": [
        "bot",
        "channel",
        "environment",
        "version",
        "variant",
        "locale",
        "source",
        "device",
        "country",
        "outcome",
        "intent",
        "acted_on",
        "node",
        "model"
    ],
    "open_rows": false,
    "binned": true,
    "raw": false,
    "numerator": "total",
    "denominator": "n",
    "key": null,
    "limit": null,
    "default_q": 0.5,
    "days": null,
    "calendar": null,
    "buckets": [
        "hour",
        "day",
        "week",
        "month"
    ],
    "options": {
        "q": {
            "type": "quantile",
            "low": 0,
            "high": 1,
            "choices": []
        },
        "provisional": {
            "type": "flag",
            "low": null,
            "high": null,
            "choices": []
        }
    }
}'),
('first_response_latency', '{
    "name": "first_response_latency",
    "title": "First response",
    "unit": "s",
    "kind": "distribution",
    "sentence": "Time from a user''s message to the first visible part of the answer, where the bot streams it; else to the whole answer.",
    "formula": "quantile of (first visible answer − start) of answered user turns",
    "better": "lower",
    "definition_version": 1,
    "relation": "fact_first_response",
    "form": "quantile",
    "aggregates": [
        {
            "name": "first_response_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": false
        }
    ],
    "whole": null,
    "dimensions": [
        "bot",
        "channel",
        "environment",
        "version",
        "variant",
        "locale",
        "source",
        "device",
        "country",
        "outcome",
        "intent",
        "acted_on",
        "node",
        "model"
    ],
    "open_rows": false,
    "binned": true,
    "raw": false,
    "numerator": "total",
    "denominator": "n",
    "key": null,
    "limit": null,
    "default_q": 0.5,
    "days": null,
    "calendar": null,
    "buckets": [
        "hour",
        "day",
        "week",
        "month"
    ],
    "options": {
        "q": {
            "type": "quantile",
            "low": 0,
            "high": 1,
            "choices": []
        },
        "provisional": {
            "type": "flag",
            "low": null,
            "high": null,
            "choices": []
        }
    }
}'),
('error_rate', '{
    "name": "error_rate",
    "title": "Error rate",
    "unit": "1",
    "kind": "rate",
    "sentence": "The share of user turns that ended in an error.",
    "formula": "turns with outcome error / turns",
    "better": "lower",
    "definition_version": 1,
    "relation": "fact_turn",
    "form": "rate",
    "aggregates": [
        {
            "name": "turn_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": false
        }
    ],
    "whole": null,
    "dimensions": [
        "bot",
        "channel",
        "environment",
        "version",
        "variant",
        "locale",
        "source",
        "device",
        "country",
        "outcome",
        "intent",
        "acted_on",
        "node",
        "model"
    ],
    "open_rows": false,
    "binned": false,
    "raw": false,
    "numerator": "errors",
    "denominator": "user_turns",
    "key": null,
    "limit": null,
    "default_q": null,
    "days": null,
    "calendar": null,
    "buckets": [
        "hour",
        "day",
        "week",
        "month"
    ],
    "options": {
        "provisional": {
            "type": "flag",
            "low": null,
            "high": null,
            "choices": []
        }
    }
}'),
('outcome_share', '{
    "name": "outcome_share",
    "title": "Outcomes",
    "unit": "1",
    "kind": "share",
    "sentence": "Every finalised session has one outcome: escalated, resolved (confirmed or implied), abandoned or unengaged; the shares are over all of them.",
    "formula": "sessions of the outcome / all finalised sessions",
    "better": "neither",
    "definition_version": 1,
    "relation": "fact_session",
    "form": "share",
    "aggregates": [
        {
            "name": "session_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": false
        }
    ],
    "whole": null,
    "dimensions": [
        "bot",
        "channel",
        "environment",
        "version",
        "variant",
        "locale",
        "source",
        "device",
        "country",
        "outcome",
        "intent",
        "node"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "numerator": null,
    "denominator": null,
    "key": {
        "name": "outcome",
        "column": null,
        "width": null,
        "values": [
            "escalated",
            "resolved_confirmed",
            "resolved_implied",
            "abandoned",
            "unengaged"
        ],
        "measures": {
            "escalated": "escalated",
            "resolved_confirmed": "resolved_confirmed",
            "resolved_implied": "resolved_implied",
            "abandoned": "abandoned",
            "unengaged": "unengaged"
        }
    },
    "limit": null,
    "default_q": null,
    "days": null,
    "calendar": null,
    "buckets": [
        "hour",
        "day",
        "week",
        "month"
    ],
    "options": {
        "provisional": {
            "type": "flag",
            "low": null,
            "high": null,
            "choices": []
        }
    }
}'),
('resolution_strict', '{
    "name": "resolution_strict",
    "title": "Resolution, confirmed",
    "unit": "1",
    "kind": "rate",
    "sentence": "The share of sessions that the user, the bot or an agent confirmed.",
    "formula": "confirmed resolutions / sessions",
    "better": "higher",
    "definition_version": 1,
    "relation": "fact_session",
    "form": "rate",
    "aggregates": [
        {
            "name": "session_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": false
        }
    ],
    "whole": null,
    "dimensions": [
        "bot",
        "channel",
        "environment",
        "version",
        "variant",
        "locale",
        "source",
        "device",
        "country",
        "outcome",
        "intent",
        "node"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "numerator": "resolved_confirmed",
    "denominator": "base",
    "key": null,
    "limit": null,
    "default_q": null,
    "days": null,
    "calendar": null,
    "buckets": [
        "hour",
        "day",
        "week",
        "month"
    ],
    "options": {
        "provisional": {
            "type": "flag",
            "low": null,
            "high": null,
            "choices": []
        }
    }
}'),
('resolution_broad', '{
    "name": "resolution_broad",
    "title": "Resolution",
    "unit": "1",
    "kind": "rate",
    "sentence": "The share of sessions resolved, be it confirmed or implied by an answer after which the user did not come back.",
    "formula": "(confirmed + implied resolutions) / sessions",
    "better": "higher",
    "definition_version": 1,
    "relation": "fact_session",
    "form": "rate",
    "aggregates": [
        {
            "name": "session_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": false
        }
    ],
    "whole": null,
    "dimensions": [
        "bot",
        "channel",
        "environment",
        "version",
        "variant",
        "locale",
        "source",
        "device",
        "country",
        "outcome",
        "intent",
        "node"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "numerator": "resolved",
    "denominator": "base",
    "key": null,
    "limit": null,
    "default_q": null,
    "days": null,
    "calendar": null,
    "buckets": [
        "hour",
        "day",
        "week",
        "month"
    ],
    "options": {
        "provisional": {
            "type": "flag",
            "low": null,
            "high": null,
            "choices": []
        }
    }
}'),
('abandonment_rate', '{
    "name": "abandonment_rate",
    "title": "Abandonment rate",
    "unit": "1",
    "kind": "rate",
    "sentence": "The share of sessions that ended neither resolved nor escalated.",
    "formula": "abandoned sessions / sessions",
    "better": "lower",
    "definition_version": 1,
    "relation": "fact_session",
    "form": "rate",
    "aggregates": [
        {
            "name": "session_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": false
        }
    ],
    "whole": null,
    "dimensions": [
        "bot",
        "channel",
        "environment",
        "version",
        "variant",
        "locale",
        "source",
        "device",
        "country",
        "outcome",
        "intent",
        "node"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "numerator": "abandoned",
    "denominator": "base",
    "key": null,
    "limit": null,
    "default_q": null,
    "days": null,
    "calendar": null,
    "buckets": [
        "hour",
        "day",
        "week",
        "month"
    ],
    "options": {
        "provisional": {
            "type": "flag",
            "low": null,
            "high": null,
            "choices": []
        }
    }
}'),
('handoff_rate', '{
    "name": "handoff_rate",
    "title": "Handoff rate",
    "unit": "1",
    "kind": "rate",
    "sentence": "The share of sessions with at least one handoff request that the user did not withdraw before it was accepted; several in one session count once.",
    "formula": "escalated sessions / sessions",
    "better": "lower",
    "definition_version": 1,
    "relation": "fact_session",
    "form": "rate",
    "aggregates": [
        {
            "name": "session_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": false
        }
    ],
    "whole": null,
    "dimensions": [
        "bot",
        "channel",
        "environment",
        "version",
        "variant",
        "locale",
        "source",
        "device",
        "country",
        "outcome",
        "intent",
        "node"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "numerator": "escalated",
    "denominator": "base",
    "key": null,
    "limit": null,
    "default_q": null,
    "days": null,
    "calendar": null,
    "buckets": [
        "hour",
        "day",
        "week",
        "month"
    ],
    "options": {
        "provisional": {
            "type": "flag",
            "low": null,
            "high": null,
            "choices": []
        }
    }
}'),
('containment', '{
    "name": "containment",
    "title": "Containment",
    "unit": "1",
    "kind": "rate",
    "sentence": "The share of sessions that stayed with the bot. Abandoned sessions are among them, so read it beside resolution and abandonment.",
    "formula": "1 − handoff rate",
    "better": "higher",
    "definition_version": 1,
    "relation": "fact_session",
    "form": "rate",
    "aggregates": [
        {
            "name": "session_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": false
        }
    ],
    "whole": null,
    "dimensions": [
        "bot",
        "channel",
        "environment",
        "version",
        "variant",
        "locale",
        "source",
        "device",
        "country",
        "outcome",
        "intent",
        "node"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "numerator": "contained",
    "denominator": "base",
    "key": null,
    "limit": null,
    "default_q": null,
    "days": null,
    "calendar": null,
    "buckets": [
        "hour",
        "day",
        "week",
        "month"
    ],
    "options": {
        "provisional": {
            "type": "flag",
            "low": null,
            "high": null,
            "choices": []
        }
    }
}'),
('handoff_wait', '{
    "name": "handoff_wait",
    "title": "Handoff wait",
    "unit": "s",
    "kind": "survival",
    "sentence": "Time from a handoff''s request to its acceptance, by the Kaplan–Meier estimate: requests withdrawn, declined, expired or still waiting are censored, not dropped. The median, or with q another quantile; k of n were accepted.",
    "formula": "smallest t with S(t) ≤ 1 − q",
    "better": "lower",
    "definition_version": 1,
    "relation": "fact_handoff",
    "form": "value",
    "aggregates": [],
    "whole": null,
    "dimensions": [
        "bot",
        "channel",
        "environment",
        "version",
        "variant",
        "locale",
        "source",
        "device",
        "country",
        "reason",
        "queue"
    ],
    "open_rows": false,
    "binned": false,
    "raw": false,
    "numerator": "accepted",
    "denominator": "handoffs",
    "key": null,
    "limit": null,
    "default_q": 0.5,
    "days": null,
    "calendar": null,
    "buckets": [
        "hour",
        "day",
        "week",
        "month"
    ],
    "options": {
        "q": {
            "type": "quantile",
            "low": 0,
            "high": 1,
            "choices": []
        },
        "provisional": {
            "type": "flag",
            "low": null,
            "high": null,
            "choices": []
        }
    }
}'),
('handoff_accepted_share', '{
    "name": "handoff_accepted_share",
    "title": "Handoffs accepted",
    "unit": "1",
    "kind": "rate",
    "sentence": "The share of requested handoffs that a person accepted.",
    "formula": "accepted / requested",
    "better": "higher",
    "definition_version": 1,
    "relation": "fact_handoff",
    "form": "rate",
    "aggregates": [],
    "whole": null,
    "dimensions": [
        "bot",
        "channel",
        "environment",
        "version",
        "variant",
        "locale",
        "source",
        "device",
        "country",
        "reason",
        "queue"
    ],
    "open_rows": false,
    "binned": false,
    "raw": false,
    "numerator": "accepted",
    "denominator": "handoffs",
    "key": null,
    "limit": null,
    "default_q": null,
    "days": null,
    "calendar": null,
    "buckets": [
        "hour",
        "day",
        "week",
        "month"
    ],
    "options": {
        "provisional": {
            "type": "flag",
            "low": null,
            "high": null,
            "choices": []
        }
    }
}'),
('handoff_withdrawn_share', '{
    "name": "handoff_withdrawn_share",
    "title": "Handoffs withdrawn",
    "unit": "1",
    "kind": "rate",
    "sentence": "The share of requested handoffs that the user gave up waiting for.",
    "formula": "withdrawn before acceptance / requested",
    "better": "lower",
    "definition_version": 1,
    "relation": "fact_handoff",
    "form": "rate",
    "aggregates": [],
    "whole": null,
    "dimensions": [
        "bot",
        "channel",
        "environment",
        "version",
        "variant",
        "locale",
        "source",
        "device",
        "country",
        "reason",
        "queue"
    ],
    "open_rows": false,
    "binned": false,
    "raw": false,
    "numerator": "withdrawn",
    "denominator": "handoffs",
    "key": null,
    "limit": null,
    "default_q": null,
    "days": null,
    "calendar": null,
    "buckets": [
        "hour",
        "day",
        "week",
        "month"
    ],
    "options": {
        "provisional": {
            "type": "flag",
            "low": null,
            "high": null,
            "choices": []
        }
    }
}'),
('handoff_service_level', '{
    "name": "handoff_service_level",
    "title": "Handoff service level",
    "unit": "1",
    "kind": "rate",
    "sentence": "The share of requested handoffs that were accepted within so many seconds: 60, unless `within` says otherwise.",
    "formula": "accepted within the limit / requested",
    "better": "higher",
    "definition_version": 1,
    "relation": "fact_handoff",
    "form": "rate",
    "aggregates": [],
    "whole": null,
    "dimensions": [
        "bot",
        "channel",
        "environment",
        "version",
        "variant",
        "locale",
        "source",
        "device",
        "country",
        "reason",
        "queue"
    ],
    "open_rows": false,
    "binned": false,
    "raw": false,
    "numerator": "accepted",
    "denominator": "handoffs",
    "key": null,
    "limit": {
        "option": "within",
        "column": "wait_s",
        "strict": false,
        "default": 60,
        "setting": null
    },
    "default_q": null,
    "days": null,
    "calendar": null,
    "buckets": [
        "hour",
        "day",
        "week",
        "month"
    ],
    "options": {
        "within": {
            "type": "number",
            "low": 0,
            "high": 31536000,
            "choices": []
        },
        "provisional": {
            "type": "flag",
            "low": null,
            "high": null,
            "choices": []
        }
    }
}'),
('handoff_reasons', '{
    "name": "handoff_reasons",
    "title": "Handoff reasons",
    "unit": "1",
    "kind": "share",
    "sentence": "Shares of the requested handoffs by reason; a reason that is none of the agreed ones is `other`.",
    "formula": "handoffs of the reason / handoffs",
    "better": "neither",
    "definition_version": 1,
    "relation": "fact_handoff",
    "form": "share",
    "aggregates": [],
    "whole": null,
    "dimensions": [
        "bot",
        "channel",
        "environment",
        "version",
        "variant",
        "locale",
        "source",
        "device",
        "country",
        "reason",
        "queue"
    ],
    "open_rows": false,
    "binned": false,
    "raw": false,
    "numerator": "handoffs",
    "denominator": null,
    "key": {
        "name": "reason",
        "column": "reason",
        "width": null,
        "values": [],
        "measures": {}
    },
    "limit": null,
    "default_q": null,
    "days": null,
    "calendar": null,
    "buckets": [
        "hour",
        "day",
        "week",
        "month"
    ],
    "options": {
        "provisional": {
            "type": "flag",
            "low": null,
            "high": null,
            "choices": []
        }
    }
}'),
('nlu_turns', '{
    "name": "nlu_turns",
    "title": "NLU turns",
    "unit": "turns",
    "kind": "count",
    "sentence": "User turns that had to be understood: those whose intent comes neither from a button nor from a rule.",
    "formula": "count of user turns, intent source neither button nor rule",
    "better": "neither",
    "definition_version": 1,
    "relation": "fact_nlu",
    "form": "count",
    "aggregates": [
        {
            "name": "turn_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": false
        }
    ],
    "whole": null,
    "dimensions": [
        "bot",
        "channel",
        "environment",
        "version",
        "variant",
        "locale",
        "source",
        "device",
        "country",
        "outcome",
        "intent",
        "acted_on",
        "node",
        "model"
    ],
    "open_rows": false,
    "binned": false,
    "raw": false,
    "numerator": "nlu_turns",
    "denominator": null,
    "key": null,
    "limit": null,
    "default_q": null,
    "days": null,
    "calendar": null,
    "buckets": [
        "hour",
        "day",
        "week",
        "month"
    ],
    "options": {
        "provisional": {
            "type": "flag",
            "low": null,
            "high": null,
            "choices": []
        }
    }
}'),
('fallback_rate', '{
    "name": "fallback_rate",
    "title": "Fallback rate",
    "unit": "1",
    "kind": "rate",
    "sentence": "The share of NLU turns that the bot did not understand: their outcome is fallback, or their intent result says so.",
    "formula": "fallback turns / NLU turns",
    "better": "lower",
    "definition_version": 1,
    "relation": "fact_nlu",
    "form": "rate",
    "aggregates": [
        {
            "name": "turn_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": false
        }
    ],
    "whole": null,
    "dimensions": [
        "bot",
        "channel",
        "environment",
        "version",
        "variant",
        "locale",
        "source",
        "device",
        "country",
        "outcome",
        "intent",
        "acted_on",
        "node",
        "model"
    ],
    "open_rows": false,
    "binned": false,
    "raw": false,
    "numerator": "fallbacks",
    "denominator": "nlu_turns",
    "key": null,
    "limit": null,
    "default_q": null,
    "days": null,
    "calendar": null,
    "buckets": [
        "hour",
        "day",
        "week",
        "month"
    ],
    "options": {
        "provisional": {
            "type": "flag",
            "low": null,
            "high": null,
            "choices": []
        }
    }
}'),
('intent_share', '{
    "name": "intent_share",
    "title": "Intents",
    "unit": "1",
    "kind": "share",
    "sentence": "Shares of the NLU turns by what the classifier said first.",
    "formula": "NLU turns of the intent / NLU turns",
    "better": "neither",
    "definition_version": 1,
    "relation": "fact_nlu",
    "form": "share",
    "aggregates": [
        {
            "name": "turn_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": false
        }
    ],
    "whole": null,
    "dimensions": [
        "bot",
        "channel",
        "environment",
        "version",
        "variant",
        "locale",
        "source",
        "device",
        "country",
        "outcome",
        "intent",
        "acted_on",
        "node",
        "model"
    ],
    "open_rows": false,
    "binned": false,
    "raw": false,
    "numerator": "nlu_turns",
    "denominator": null,
    "key": {
        "name": "intent",
        "column": "intent",
        "width": null,
        "values": [],
        "measures": {}
    },
    "limit": null,
    "default_q": null,
    "days": null,
    "calendar": null,
    "buckets": [
        "hour",
        "day",
        "week",
        "month"
    ],
    "options": {
        "provisional": {
            "type": "flag",
            "low": null,
            "high": null,
            "choices": []
        }
    }
}'),
('intent_confidence', '{
    "name": "intent_confidence",
    "title": "Intent confidence",
    "unit": "1",
    "kind": "histogram",
    "sentence": "How sure the classifier was on the NLU turns that say so: turns in 20 bins of 0.05, each named by its lower bound; with q a quantile or the mean instead. Ask it by intent and by model.",
    "formula": "count of turns in each bin; n is all turns with a confidence",
    "better": "higher",
    "definition_version": 1,
    "relation": "fact_confidence",
    "form": "histogram",
    "aggregates": [
        {
            "name": "confidence_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent",
                "model"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": false
        }
    ],
    "whole": null,
    "dimensions": [
        "bot",
        "channel",
        "environment",
        "version",
        "variant",
        "locale",
        "source",
        "device",
        "country",
        "outcome",
        "intent",
        "acted_on",
        "node",
        "model"
    ],
    "open_rows": false,
    "binned": true,
    "raw": false,
    "numerator": "n",
    "denominator": null,
    "key": {
        "name": "bin",
        "column": "bin",
        "width": 0.05,
        "values": [
            0.0,
            0.05,
            0.1,
            0.15,
            0.2,
            0.25,
            0.3,
            0.35,
            0.4,
            0.45,
            0.5,
            0.55,
            0.6,
            0.65,
            0.7,
            0.75,
            0.8,
            0.85,
            0.9,
            0.95
        ],
        "measures": {}
    },
    "limit": null,
    "default_q": null,
    "days": null,
    "calendar": null,
    "buckets": [
        "hour",
        "day",
        "week",
        "month"
    ],
    "options": {
        "q": {
            "type": "quantile",
            "low": 0,
            "high": 1,
            "choices": []
        },
        "provisional": {
            "type": "flag",
            "low": null,
            "high": null,
            "choices": []
        }
    }
}'),
('low_confidence_share', '{
    "name": "low_confidence_share",
    "title": "Low confidence",
    "unit": "1",
    "kind": "rate",
    "sentence": "The share of NLU turns with a confidence in which it is below θ: the bot''s setting (0.60), unless `theta` says otherwise.",
    "formula": "turns with confidence < θ / turns with a confidence",
    "better": "lower",
    "definition_version": 1,
    "relation": "fact_confidence",
    "form": "rate",
    "aggregates": [],
    "whole": null,
    "dimensions": [
        "bot",
        "channel",
        "environment",
        "version",
        "variant",
        "locale",
        "source",
        "device",
        "country",
        "outcome",
        "intent",
        "acted_on",
        "node",
        "model"
    ],
    "open_rows": false,
    "binned": true,
    "raw": false,
    "numerator": "n",
    "denominator": "n",
    "key": null,
    "limit": {
        "option": "theta",
        "column": "total",
        "strict": true,
        "default": null,
        "setting": "theta_alert"
    },
    "default_q": null,
    "days": null,
    "calendar": null,
    "buckets": [
        "hour",
        "day",
        "week",
        "month"
    ],
    "options": {
        "theta": {
            "type": "number",
            "low": 0,
            "high": 1,
            "choices": []
        },
        "q": {
            "type": "quantile",
            "low": 0,
            "high": 1,
            "choices": []
        },
        "provisional": {
            "type": "flag",
            "low": null,
            "high": null,
            "choices": []
        }
    }
}'),
('ctr', '{
    "name": "ctr",
    "title": "Click-through rate",
    "unit": "1",
    "kind": "session_rate",
    "sentence": "The share of sessions that saw a call to action in which it was clicked, then or within 7 days. A click without an impression is left out. Ask it by cta and cta_type.",
    "formula": "sessions with a click / sessions with an impression",
    "better": "higher",
    "definition_version": 1,
    "relation": "fact_cta",
    "form": "rate",
    "aggregates": [],
    "whole": null,
    "dimensions": [
        "bot",
        "channel",
        "environment",
        "version",
        "variant",
        "locale",
        "source",
        "device",
        "country",
        "outcome",
        "intent",
        "cta",
        "cta_type"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "numerator": "clicked",
    "denominator": "shown",
    "key": null,
    "limit": null,
    "default_q": null,
    "days": null,
    "calendar": null,
    "buckets": [
        "hour",
        "day",
        "week",
        "month"
    ],
    "options": {
        "provisional": {
            "type": "flag",
            "low": null,
            "high": null,
            "choices": []
        }
    }
}'),
('ctr_raw', '{
    "name": "ctr_raw",
    "title": "Clicks per impression",
    "unit": "1",
    "kind": "ratio",
    "sentence": "Clicks over impressions. It may exceed 1, since one impression may be clicked twice, and has no interval.",
    "formula": "clicks / impressions",
    "better": "higher",
    "definition_version": 1,
    "relation": "fact_cta",
    "form": "ratio",
    "aggregates": [],
    "whole": null,
    "dimensions": [
        "bot",
        "channel",
        "environment",
        "version",
        "variant",
        "locale",
        "source",
        "device",
        "country",
        "outcome",
        "intent",
        "cta",
        "cta_type"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "numerator": "clicks",
    "denominator": "impressions",
    "key": null,
    "limit": null,
    "default_q": null,
    "days": null,
    "calendar": null,
    "buckets": [
        "hour",
        "day",
        "week",
        "month"
    ],
    "options": {
        "provisional": {
            "type": "flag",
            "low": null,
            "high": null,
            "choices": []
        }
    }
}'),
('cta_clicks', '{
    "name": "cta_clicks",
    "title": "Clicks",
    "unit": "clicks",
    "kind": "count",
    "sentence": "Clicks on calls to action that had been shown, at their session.",
    "formula": "count of clicks with an impression",
    "better": "higher",
    "definition_version": 1,
    "relation": "fact_cta",
    "form": "count",
    "aggregates": [],
    "whole": null,
    "dimensions": [
        "bot",
        "channel",
        "environment",
        "version",
        "variant",
        "locale",
        "source",
        "device",
        "country",
        "outcome",
        "intent",
        "cta",
        "cta_type"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "numerator": "clicks",
    "denominator": null,
    "key": null,
    "limit": null,
    "default_q": null,
    "days": null,
    "calendar": null,
    "buckets": [
        "hour",
        "day",
        "week",
        "month"
    ],
    "options": {
        "provisional": {
            "type": "flag",
            "low": null,
            "high": null,
            "choices": []
        }
    }
}');
