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
            "name": "session_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_intent_bot_1d",
            "dimensions": [
                "bot",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_node_bot_1d",
            "dimensions": [
                "bot",
                "node"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_entry_1d",
            "dimensions": [
                "channel",
                "locale",
                "source",
                "device",
                "country"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_intent_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_node_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "node"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_1h",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 hour",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent",
                "node"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
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
        "node",
        "business_hours",
        "medium",
        "campaign",
        "user_kind",
        "ended_by"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "beside": [],
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
            "name": "session_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_intent_bot_1d",
            "dimensions": [
                "bot",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_node_bot_1d",
            "dimensions": [
                "bot",
                "node"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_entry_1d",
            "dimensions": [
                "channel",
                "locale",
                "source",
                "device",
                "country"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_intent_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_node_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "node"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_1h",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 hour",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent",
                "node"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
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
        "node",
        "business_hours",
        "medium",
        "campaign",
        "user_kind",
        "ended_by"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "beside": [],
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
('conversations', '{
    "name": "conversations",
    "title": "Conversations",
    "unit": "conversations",
    "kind": "distinct",
    "sentence": "Different conversations with at least one session that began in the window; a conversation is the platform''s thread, of one bot on one channel, and may live for years.",
    "formula": "count of distinct conversations among sessions",
    "better": "higher",
    "definition_version": 1,
    "relation": "fact_base_session",
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
        "node",
        "business_hours",
        "medium",
        "campaign",
        "user_kind"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "beside": [],
    "numerator": "conversations",
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
('messages', '{
    "name": "messages",
    "title": "Messages",
    "unit": "messages",
    "kind": "count",
    "sentence": "Messages of users, bots and human agents, each where it was sent; ask it by role.",
    "formula": "count of chatbot.message events",
    "better": "neither",
    "definition_version": 1,
    "relation": "fact_message",
    "form": "count",
    "aggregates": [
        {
            "name": "event_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "role"
            ],
            "width": "1 day",
            "only": {
                "name": "chatbot.message"
            },
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "event_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "role"
            ],
            "width": "15 minutes",
            "only": {
                "name": "chatbot.message"
            },
            "open_rows": false,
            "settled": null,
            "binned": true
        }
    ],
    "whole": null,
    "dimensions": [
        "bot",
        "channel",
        "environment",
        "version",
        "variant",
        "role",
        "business_hours"
    ],
    "open_rows": false,
    "binned": false,
    "raw": true,
    "beside": [],
    "numerator": "events",
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
('messages_per_session', '{
    "name": "messages_per_session",
    "title": "Messages per session",
    "unit": "messages",
    "kind": "session_messages",
    "sentence": "Messages of all roles per session, by role apart; the mean, or with q a quantile. A session without a message of the role counts with 0.",
    "formula": "messages / sessions",
    "better": "neither",
    "definition_version": 1,
    "relation": "fact_base_session",
    "form": "value",
    "aggregates": [
        {
            "name": "session_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_intent_bot_1d",
            "dimensions": [
                "bot",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_node_bot_1d",
            "dimensions": [
                "bot",
                "node"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_entry_1d",
            "dimensions": [
                "channel",
                "locale",
                "source",
                "device",
                "country"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_intent_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_node_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "node"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_1h",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 hour",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent",
                "node"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
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
        "node",
        "business_hours",
        "medium",
        "campaign",
        "user_kind",
        "role"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "beside": [],
    "numerator": null,
    "denominator": null,
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
            "name": "session_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_intent_bot_1d",
            "dimensions": [
                "bot",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_node_bot_1d",
            "dimensions": [
                "bot",
                "node"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_entry_1d",
            "dimensions": [
                "channel",
                "locale",
                "source",
                "device",
                "country"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_intent_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_node_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "node"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_1h",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 hour",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent",
                "node"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
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
        "node",
        "business_hours",
        "medium",
        "campaign",
        "user_kind",
        "ended_by"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "beside": [],
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
            "name": "session_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_intent_bot_1d",
            "dimensions": [
                "bot",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_node_bot_1d",
            "dimensions": [
                "bot",
                "node"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_entry_1d",
            "dimensions": [
                "channel",
                "locale",
                "source",
                "device",
                "country"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_intent_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_node_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "node"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_1h",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 hour",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent",
                "node"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
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
        "node",
        "business_hours",
        "medium",
        "campaign",
        "user_kind",
        "ended_by"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "beside": [],
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
    "sentence": "Last event minus first event of a session, without the timeout''s tail; the median, or with q another quantile or the mean. Quantiles read from the aggregate, or over more than 32 days, are within 1 % of exact.",
    "formula": "quantile of (last event − first event)",
    "better": "neither",
    "definition_version": 1,
    "relation": "fact_duration",
    "form": "quantile",
    "aggregates": [
        {
            "name": "duration_all_1d",
            "dimensions": [
                "channel"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "duration_intent_all_1d",
            "dimensions": [
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "duration_node_all_1d",
            "dimensions": [
                "node"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "duration_release_1d",
            "dimensions": [
                "environment",
                "version",
                "variant"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": false
        },
        {
            "name": "session_intent_bot_1d",
            "dimensions": [
                "bot",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": false
        },
        {
            "name": "session_node_bot_1d",
            "dimensions": [
                "bot",
                "node"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": false
        },
        {
            "name": "session_entry_1d",
            "dimensions": [
                "channel",
                "locale",
                "source",
                "device",
                "country"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": false
        },
        {
            "name": "session_intent_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": false
        },
        {
            "name": "session_node_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "node"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": false
        },
        {
            "name": "session_1h",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 hour",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": false
        },
        {
            "name": "session_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent",
                "node"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": false
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
        "node",
        "business_hours",
        "medium",
        "campaign",
        "user_kind",
        "ended_by"
    ],
    "open_rows": true,
    "binned": true,
    "raw": false,
    "beside": [],
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
            "name": "session_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_intent_bot_1d",
            "dimensions": [
                "bot",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_node_bot_1d",
            "dimensions": [
                "bot",
                "node"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_entry_1d",
            "dimensions": [
                "channel",
                "locale",
                "source",
                "device",
                "country"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_intent_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_node_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "node"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_1h",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 hour",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent",
                "node"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
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
        "node",
        "business_hours",
        "medium",
        "campaign",
        "user_kind",
        "ended_by"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "beside": [],
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
            "name": "session_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_intent_bot_1d",
            "dimensions": [
                "bot",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_node_bot_1d",
            "dimensions": [
                "bot",
                "node"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_entry_1d",
            "dimensions": [
                "channel",
                "locale",
                "source",
                "device",
                "country"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_intent_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_node_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "node"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_1h",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 hour",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent",
                "node"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
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
        "node",
        "business_hours",
        "medium",
        "campaign",
        "user_kind",
        "ended_by"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "beside": [],
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
            "name": "session_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_intent_bot_1d",
            "dimensions": [
                "bot",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_node_bot_1d",
            "dimensions": [
                "bot",
                "node"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_entry_1d",
            "dimensions": [
                "channel",
                "locale",
                "source",
                "device",
                "country"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_intent_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_node_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "node"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_1h",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 hour",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent",
                "node"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
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
        "node",
        "business_hours",
        "medium",
        "campaign",
        "user_kind",
        "ended_by"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "beside": [],
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
        "node",
        "business_hours",
        "medium",
        "campaign",
        "user_kind"
    ],
    "open_rows": false,
    "binned": false,
    "raw": false,
    "beside": [],
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
    "aggregates": [
        {
            "name": "user_trailing",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "locale"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        }
    ],
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
    "beside": [],
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
    "aggregates": [
        {
            "name": "user_trailing",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "locale"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        }
    ],
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
    "beside": [],
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
    "aggregates": [
        {
            "name": "user_trailing",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "locale"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        }
    ],
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
    "beside": [],
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
    "aggregates": [
        {
            "name": "user_trailing",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "locale"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        }
    ],
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
    "beside": [],
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
    "aggregates": [
        {
            "name": "user_trailing",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "locale"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        }
    ],
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
    "beside": [],
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
    "aggregates": [
        {
            "name": "user_trailing",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "locale"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        }
    ],
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
    "beside": [],
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
('identified_share', '{
    "name": "identified_share",
    "title": "Identified users",
    "unit": "1",
    "kind": "user_share",
    "sentence": "The share of the period''s active users who were known to the platform on any of its days, and not anonymous. An anonymous user who comes back may have a new key, so that this belongs beside every number of retention.",
    "formula": "active users with an identified key / active users",
    "better": "higher",
    "definition_version": 1,
    "relation": "fact_user_day",
    "form": "rate",
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
    "beside": [],
    "numerator": "identified",
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
('sessions_per_user', '{
    "name": "sessions_per_user",
    "title": "Sessions per user",
    "unit": "sessions",
    "kind": "user_sessions",
    "sentence": "Sessions per user with at least one in the window; the mean, or with q a quantile. Sessions without a user key are left out.",
    "formula": "sessions of users / users with a session",
    "better": "higher",
    "definition_version": 1,
    "relation": "fact_base_session",
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
        "outcome",
        "intent",
        "node",
        "business_hours",
        "medium",
        "campaign",
        "user_kind"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "beside": [],
    "numerator": null,
    "denominator": null,
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
('return_visit_rate', '{
    "name": "return_visit_rate",
    "title": "Return visits",
    "unit": "1",
    "kind": "user_returns",
    "sentence": "The share of the window''s users who had at least two sessions in it.",
    "formula": "users with at least 2 sessions / users with a session",
    "better": "higher",
    "definition_version": 1,
    "relation": "fact_base_session",
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
        "node",
        "business_hours",
        "medium",
        "campaign",
        "user_kind"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "beside": [],
    "numerator": null,
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
('retention', '{
    "name": "retention",
    "title": "Retention",
    "unit": "1",
    "kind": "retention",
    "sentence": "The share of a cohort, the users whose first message ever to the bot fell on a local day, who are active exactly day = n days later (1 unless asked). Buckets and the range are of cohort days, and pool the cohorts whose n-th day has ended; a bucket is NULL until that of its last day has. Ask it by cohort for the grid.",
    "formula": "users of the cohort active on day d + n / users first seen on day d; mode = on_or_after: active on day d + n or later; mode = recurring: users active on day d + n / users active on day d, first seen then or not",
    "better": "higher",
    "definition_version": 1,
    "relation": "fact_user_day",
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
        "cohort"
    ],
    "open_rows": false,
    "binned": false,
    "raw": false,
    "beside": [],
    "numerator": null,
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
        "day": {
            "type": "integer",
            "low": 1,
            "high": 750,
            "choices": []
        },
        "mode": {
            "type": "text",
            "low": null,
            "high": null,
            "choices": [
                "exact",
                "on_or_after",
                "recurring"
            ]
        },
        "provisional": {
            "type": "flag",
            "low": null,
            "high": null,
            "choices": []
        }
    }
}'),
('views', '{
    "name": "views",
    "title": "Views",
    "unit": "views",
    "kind": "count",
    "sentence": "How often a page or the widget was shown, each time counted.",
    "formula": "count of chatbot.view events",
    "better": "higher",
    "definition_version": 1,
    "relation": "fact_view",
    "form": "count",
    "aggregates": [
        {
            "name": "event_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 day",
            "only": {
                "name": "chatbot.view"
            },
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "event_node_1d",
            "dimensions": [
                "bot",
                "node"
            ],
            "width": "1 day",
            "only": {
                "name": "chatbot.view"
            },
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "event_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "node"
            ],
            "width": "15 minutes",
            "only": {
                "name": "chatbot.view"
            },
            "open_rows": false,
            "settled": null,
            "binned": true
        }
    ],
    "whole": null,
    "dimensions": [
        "bot",
        "channel",
        "environment",
        "version",
        "variant",
        "node",
        "business_hours"
    ],
    "open_rows": false,
    "binned": false,
    "raw": true,
    "beside": [],
    "numerator": "events",
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
('unique_views', '{
    "name": "unique_views",
    "title": "Unique views",
    "unit": "users",
    "kind": "distinct",
    "sentence": "Different users who saw a page or the widget in the window; a view without a user key is nobody''s. It reads the events themselves and so reaches back as far as they are kept.",
    "formula": "count of distinct users among chatbot.view events",
    "better": "higher",
    "definition_version": 1,
    "relation": "fact_view",
    "form": "count",
    "aggregates": [],
    "whole": null,
    "dimensions": [
        "bot",
        "channel",
        "environment",
        "version",
        "variant",
        "node",
        "business_hours"
    ],
    "open_rows": false,
    "binned": false,
    "raw": true,
    "beside": [],
    "numerator": "users",
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
('content_accesses', '{
    "name": "content_accesses",
    "title": "Accesses to content",
    "unit": "accesses",
    "kind": "count",
    "sentence": "How often a document or a video that the bot offered was opened.",
    "formula": "count of chatbot.content.access events",
    "better": "higher",
    "definition_version": 1,
    "relation": "fact_content_access",
    "form": "count",
    "aggregates": [
        {
            "name": "event_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 day",
            "only": {
                "name": "chatbot.content.access"
            },
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "event_node_1d",
            "dimensions": [
                "bot",
                "node"
            ],
            "width": "1 day",
            "only": {
                "name": "chatbot.content.access"
            },
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "event_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "node"
            ],
            "width": "15 minutes",
            "only": {
                "name": "chatbot.content.access"
            },
            "open_rows": false,
            "settled": null,
            "binned": true
        }
    ],
    "whole": null,
    "dimensions": [
        "bot",
        "channel",
        "environment",
        "version",
        "variant",
        "node",
        "business_hours"
    ],
    "open_rows": false,
    "binned": false,
    "raw": true,
    "beside": [],
    "numerator": "events",
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
('dropoff', '{
    "name": "dropoff",
    "title": "Drop-off at nodes",
    "unit": "1",
    "kind": "rate",
    "sentence": "The share of sessions shown a dialog node that went no further: it was the last node the bot showed. Ask it by node; without, it is the mean of the nodes, each weighing as many sessions as saw it.",
    "formula": "sessions whose last bot node is X / sessions shown X",
    "better": "lower",
    "definition_version": 1,
    "relation": "fact_node",
    "form": "rate",
    "aggregates": [
        {
            "name": "node_channel_1d",
            "dimensions": [
                "bot",
                "channel"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "node_bot_1d",
            "dimensions": [
                "bot",
                "node"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "node_locale_1d",
            "dimensions": [
                "locale",
                "node"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "node_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "node"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "node_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "node"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
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
        "node",
        "business_hours",
        "medium",
        "campaign",
        "user_kind"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "beside": [],
    "numerator": "dropped",
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
('peak_hours', '{
    "name": "peak_hours",
    "title": "Peak hours",
    "unit": "sessions",
    "kind": "peak",
    "sentence": "Sessions by the weekday (1 is Monday, 7 Sunday) and the hour of the bot''s local clock at which they began; every one of the 168 cells is there.",
    "formula": "count of sessions in each cell; n is all sessions",
    "better": "neither",
    "definition_version": 1,
    "relation": "fact_session",
    "form": "histogram",
    "aggregates": [
        {
            "name": "session_clock_1h",
            "dimensions": [
                "channel"
            ],
            "width": "1 hour",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_clock_bot_1h",
            "dimensions": [
                "bot"
            ],
            "width": "1 hour",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_1h",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 hour",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent",
                "node"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
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
        "node",
        "business_hours",
        "medium",
        "campaign",
        "user_kind",
        "ended_by"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "beside": [],
    "numerator": "base",
    "denominator": null,
    "key": {
        "name": "weekday",
        "column": null,
        "width": null,
        "values": [],
        "measures": {}
    },
    "limit": null,
    "default_q": null,
    "days": null,
    "calendar": null,
    "buckets": [
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
('device_share', '{
    "name": "device_share",
    "title": "Devices",
    "unit": "1",
    "kind": "share",
    "sentence": "The share of sessions that came from each class of device, the unknown one among them; the shares sum to 1.",
    "formula": "sessions of the device / sessions",
    "better": "neither",
    "definition_version": 1,
    "relation": "fact_session",
    "form": "share",
    "aggregates": [
        {
            "name": "session_entry_1d",
            "dimensions": [
                "channel",
                "locale",
                "source",
                "device",
                "country"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
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
        "node",
        "business_hours",
        "medium",
        "campaign",
        "user_kind",
        "ended_by"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "beside": [],
    "numerator": "base",
    "denominator": null,
    "key": {
        "name": "device",
        "column": "device",
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
('traffic_source_share', '{
    "name": "traffic_source_share",
    "title": "Sources of traffic",
    "unit": "1",
    "kind": "share",
    "sentence": "The share of sessions by what brought them: the UTM source, else the referrer, else unknown; the shares sum to 1.",
    "formula": "sessions of the source / sessions",
    "better": "neither",
    "definition_version": 1,
    "relation": "fact_session",
    "form": "share",
    "aggregates": [
        {
            "name": "session_entry_1d",
            "dimensions": [
                "channel",
                "locale",
                "source",
                "device",
                "country"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
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
        "node",
        "business_hours",
        "medium",
        "campaign",
        "user_kind",
        "ended_by"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "beside": [],
    "numerator": "base",
    "denominator": null,
    "key": {
        "name": "source",
        "column": "source",
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
            "name": "turn_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "turn_path_1d",
            "dimensions": [
                "bot",
                "intent",
                "node"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "turn_locale_1d",
            "dimensions": [
                "bot",
                "locale",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "turn_intent_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "turn_node_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "node"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "turn_1h",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 hour",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "turn_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent",
                "node"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
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
        "model",
        "business_hours",
        "medium",
        "campaign",
        "user_kind",
        "intent_source",
        "answer_source",
        "sentiment",
        "error_type",
        "framework"
    ],
    "open_rows": false,
    "binned": false,
    "raw": false,
    "beside": [],
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
    "sentence": "Time from a user''s message to the last of the answer, without errors and turns that got none; the median, or with q another quantile or the mean. Quantiles read from the aggregate, or over more than 32 days, are within 1 % of exact.",
    "formula": "quantile of (end − start) of answered user turns",
    "better": "lower",
    "definition_version": 1,
    "relation": "fact_latency",
    "form": "quantile",
    "aggregates": [
        {
            "name": "latency_all_1d",
            "dimensions": [
                "channel"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "latency_release_1d",
            "dimensions": [
                "environment",
                "version",
                "variant"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "latency_locale_1d",
            "dimensions": [
                "locale"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "latency_bot_1d",
            "dimensions": [
                "bot"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "latency_channel_1d",
            "dimensions": [
                "bot",
                "channel"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "latency_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
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
            "open_rows": false,
            "settled": null,
            "binned": true
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
        "model",
        "business_hours",
        "medium",
        "campaign",
        "user_kind",
        "intent_source",
        "answer_source",
        "sentiment",
        "error_type",
        "framework"
    ],
    "open_rows": false,
    "binned": true,
    "raw": false,
    "beside": [],
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
    "sentence": "Time from a user''s message to the first visible part of the answer, where the bot streams it; else to the whole answer. Quantiles are as near as those of response_latency.",
    "formula": "quantile of (first visible answer − start) of answered user turns",
    "better": "lower",
    "definition_version": 1,
    "relation": "fact_first_response",
    "form": "quantile",
    "aggregates": [
        {
            "name": "first_response_all_1d",
            "dimensions": [
                "channel"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "first_response_release_1d",
            "dimensions": [
                "environment",
                "version",
                "variant"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "first_response_locale_1d",
            "dimensions": [
                "locale"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "first_response_bot_1d",
            "dimensions": [
                "bot"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "first_response_channel_1d",
            "dimensions": [
                "bot",
                "channel"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "first_response_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
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
            "open_rows": false,
            "settled": null,
            "binned": true
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
        "model",
        "business_hours",
        "medium",
        "campaign",
        "user_kind",
        "intent_source",
        "answer_source",
        "sentiment",
        "error_type",
        "framework"
    ],
    "open_rows": false,
    "binned": true,
    "raw": false,
    "beside": [],
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
            "name": "turn_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "turn_path_1d",
            "dimensions": [
                "bot",
                "intent",
                "node"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "turn_locale_1d",
            "dimensions": [
                "bot",
                "locale",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "turn_intent_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "turn_node_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "node"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "turn_1h",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 hour",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "turn_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent",
                "node"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
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
        "model",
        "business_hours",
        "medium",
        "campaign",
        "user_kind",
        "intent_source",
        "answer_source",
        "sentiment",
        "error_type",
        "framework"
    ],
    "open_rows": false,
    "binned": false,
    "raw": false,
    "beside": [],
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
            "name": "session_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_intent_bot_1d",
            "dimensions": [
                "bot",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_node_bot_1d",
            "dimensions": [
                "bot",
                "node"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_entry_1d",
            "dimensions": [
                "channel",
                "locale",
                "source",
                "device",
                "country"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_intent_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_node_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "node"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_1h",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 hour",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent",
                "node"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
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
        "node",
        "business_hours",
        "medium",
        "campaign",
        "user_kind",
        "ended_by"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "beside": [],
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
            "name": "session_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_intent_bot_1d",
            "dimensions": [
                "bot",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_node_bot_1d",
            "dimensions": [
                "bot",
                "node"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_entry_1d",
            "dimensions": [
                "channel",
                "locale",
                "source",
                "device",
                "country"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_intent_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_node_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "node"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_1h",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 hour",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent",
                "node"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
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
        "node",
        "business_hours",
        "medium",
        "campaign",
        "user_kind",
        "ended_by"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "beside": [],
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
            "name": "session_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_intent_bot_1d",
            "dimensions": [
                "bot",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_node_bot_1d",
            "dimensions": [
                "bot",
                "node"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_entry_1d",
            "dimensions": [
                "channel",
                "locale",
                "source",
                "device",
                "country"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_intent_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_node_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "node"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_1h",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 hour",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent",
                "node"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
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
        "node",
        "business_hours",
        "medium",
        "campaign",
        "user_kind",
        "ended_by"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "beside": [],
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
            "name": "session_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_intent_bot_1d",
            "dimensions": [
                "bot",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_node_bot_1d",
            "dimensions": [
                "bot",
                "node"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_entry_1d",
            "dimensions": [
                "channel",
                "locale",
                "source",
                "device",
                "country"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_intent_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_node_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "node"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_1h",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 hour",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent",
                "node"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
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
        "node",
        "business_hours",
        "medium",
        "campaign",
        "user_kind",
        "ended_by"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "beside": [],
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
('durable_resolution', '{
    "name": "durable_resolution",
    "title": "Durable resolution",
    "unit": "1",
    "kind": "rate",
    "sentence": "The share of resolved sessions after which the user began no new session within 7 days of the last event; sessions whose 7 days are not over do not count yet. Without a user key the conversation stands in.",
    "formula": "resolved sessions without a new session of that user within 7 days / resolved sessions whose 7 days have elapsed",
    "better": "higher",
    "definition_version": 1,
    "relation": "fact_base_session",
    "form": "rate",
    "aggregates": [
        {
            "name": "contact_1d",
            "dimensions": [
                "bot",
                "channel",
                "locale"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": "168 hours",
            "binned": true
        },
        {
            "name": "contact_release_1d",
            "dimensions": [
                "environment",
                "version",
                "variant"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": "168 hours",
            "binned": true
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
        "node",
        "business_hours",
        "medium",
        "campaign",
        "user_kind"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "beside": [],
    "numerator": "durable",
    "denominator": "durable_due",
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
('recontact_rate', '{
    "name": "recontact_rate",
    "title": "Re-contact rate",
    "unit": "1",
    "kind": "rate",
    "sentence": "The share of resolved sessions after which the user began a new session within 24 hours of the last event; sessions whose 24 hours are not over do not count yet. A return also turns an implied resolution over, so that these are confirmed ones.",
    "formula": "resolved sessions with a new session of that user within 24 hours / resolved sessions whose 24 hours have elapsed",
    "better": "lower",
    "definition_version": 1,
    "relation": "fact_base_session",
    "form": "rate",
    "aggregates": [
        {
            "name": "contact_1d",
            "dimensions": [
                "bot",
                "channel",
                "locale"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": "168 hours",
            "binned": true
        },
        {
            "name": "contact_release_1d",
            "dimensions": [
                "environment",
                "version",
                "variant"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": "168 hours",
            "binned": true
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
        "node",
        "business_hours",
        "medium",
        "campaign",
        "user_kind"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "beside": [],
    "numerator": "recontacts",
    "denominator": "recontact_due",
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
('first_contact_resolution', '{
    "name": "first_contact_resolution",
    "title": "First-contact resolution",
    "unit": "1",
    "kind": "first_contact",
    "sentence": "The share of users whose first session ever on an intent was resolved and not followed by a new session within 24 hours. A user counts once an intent, at that session; without a user key or an intent there is no first.",
    "formula": "users whose first session on an intent was resolved without re-contact / users with a first session on an intent whose 24 hours have elapsed",
    "better": "higher",
    "definition_version": 1,
    "relation": "fact_base_session",
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
        "node",
        "business_hours",
        "medium",
        "campaign",
        "user_kind"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "beside": [],
    "numerator": null,
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
('goal_completion', '{
    "name": "goal_completion",
    "title": "Goal completion",
    "unit": "1",
    "kind": "goal_rate",
    "sentence": "The share of sessions that reached a goal: any one, the one of the option goal, or by goal each against all sessions. A goal reached twice in a session counts once, and the shares of goals need not sum to 1.",
    "formula": "sessions with the goal / sessions",
    "better": "higher",
    "definition_version": 1,
    "relation": "fact_goal",
    "form": "rate",
    "aggregates": [
        {
            "name": "session_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "goal"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_intent_bot_1d",
            "dimensions": [
                "bot",
                "intent",
                "goal"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_entry_1d",
            "dimensions": [
                "channel",
                "locale",
                "source",
                "device",
                "country",
                "goal"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_intent_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent",
                "goal"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_1h",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "goal"
            ],
            "width": "1 hour",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent",
                "goal"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
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
        "medium",
        "campaign",
        "user_kind",
        "outcome",
        "intent",
        "goal",
        "business_hours"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "beside": [
        "fact_goal"
    ],
    "numerator": null,
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
        "goal": {
            "type": "text",
            "low": null,
            "high": null,
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
('leads', '{
    "name": "leads",
    "title": "Leads",
    "unit": "leads",
    "kind": "count",
    "sentence": "Goals of kind lead, counted at the start of their session.",
    "formula": "count of goals of kind lead",
    "better": "higher",
    "definition_version": 1,
    "relation": "fact_lead",
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
        "medium",
        "campaign",
        "user_kind",
        "outcome",
        "intent",
        "goal",
        "business_hours",
        "currency"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "beside": [],
    "numerator": "leads",
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
('lead_rate', '{
    "name": "lead_rate",
    "title": "Lead rate",
    "unit": "1",
    "kind": "goal_rate",
    "sentence": "The share of sessions that brought at least one lead.",
    "formula": "sessions with a goal of kind lead / sessions",
    "better": "higher",
    "definition_version": 1,
    "relation": "fact_goal",
    "form": "rate",
    "aggregates": [
        {
            "name": "session_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "goal"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_intent_bot_1d",
            "dimensions": [
                "bot",
                "intent",
                "goal"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_entry_1d",
            "dimensions": [
                "channel",
                "locale",
                "source",
                "device",
                "country",
                "goal"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_intent_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent",
                "goal"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_1h",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "goal"
            ],
            "width": "1 hour",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent",
                "goal"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
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
        "medium",
        "campaign",
        "user_kind",
        "outcome",
        "intent",
        "goal",
        "business_hours"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "beside": [
        "fact_goal"
    ],
    "numerator": "lead",
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
        "goal": {
            "type": "text",
            "low": null,
            "high": null,
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
('lead_value', '{
    "name": "lead_value",
    "title": "Value of leads",
    "unit": "currency",
    "kind": "count",
    "sentence": "What the leads are worth, added up as given. Where bots report in several currencies, ask it by currency.",
    "formula": "sum of the values of goals of kind lead",
    "better": "higher",
    "definition_version": 1,
    "relation": "fact_lead",
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
        "medium",
        "campaign",
        "user_kind",
        "outcome",
        "intent",
        "goal",
        "business_hours",
        "currency"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "beside": [],
    "numerator": "value",
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
('lead_quality', '{
    "name": "lead_quality",
    "title": "Quality of leads",
    "unit": "score",
    "kind": "ratio",
    "sentence": "The mean quality score of leads that have one, on whatever scale the bot scores.",
    "formula": "sum of quality scores / leads with a score",
    "better": "higher",
    "definition_version": 1,
    "relation": "fact_lead",
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
        "medium",
        "campaign",
        "user_kind",
        "outcome",
        "intent",
        "goal",
        "business_hours",
        "currency"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "beside": [],
    "numerator": "quality",
    "denominator": "scored",
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
('lead_follow_up_rate', '{
    "name": "lead_follow_up_rate",
    "title": "Follow-up of leads",
    "unit": "1",
    "kind": "rate",
    "sentence": "The share of leads after which the same user, or without a user key the same conversation, reached a goal of kind follow_up, however much later.",
    "formula": "leads with a later goal of kind follow_up / leads",
    "better": "higher",
    "definition_version": 1,
    "relation": "fact_lead",
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
        "medium",
        "campaign",
        "user_kind",
        "outcome",
        "intent",
        "goal",
        "business_hours",
        "currency"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "beside": [],
    "numerator": "followed",
    "denominator": "leads",
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
            "name": "session_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_intent_bot_1d",
            "dimensions": [
                "bot",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_node_bot_1d",
            "dimensions": [
                "bot",
                "node"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_entry_1d",
            "dimensions": [
                "channel",
                "locale",
                "source",
                "device",
                "country"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_intent_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_node_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "node"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_1h",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 hour",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent",
                "node"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
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
        "node",
        "business_hours",
        "medium",
        "campaign",
        "user_kind",
        "ended_by"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "beside": [],
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
            "name": "session_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_intent_bot_1d",
            "dimensions": [
                "bot",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_node_bot_1d",
            "dimensions": [
                "bot",
                "node"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_entry_1d",
            "dimensions": [
                "channel",
                "locale",
                "source",
                "device",
                "country"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_intent_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_node_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "node"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_1h",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 hour",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent",
                "node"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
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
        "node",
        "business_hours",
        "medium",
        "campaign",
        "user_kind",
        "ended_by"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "beside": [],
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
        "medium",
        "campaign",
        "user_kind",
        "intent",
        "reason",
        "queue",
        "target_type",
        "business_hours"
    ],
    "open_rows": false,
    "binned": false,
    "raw": false,
    "beside": [],
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
    "aggregates": [
        {
            "name": "handoff_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "reason"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
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
        "medium",
        "campaign",
        "user_kind",
        "intent",
        "reason",
        "queue",
        "target_type",
        "business_hours"
    ],
    "open_rows": false,
    "binned": false,
    "raw": false,
    "beside": [],
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
    "aggregates": [
        {
            "name": "handoff_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "reason"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
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
        "medium",
        "campaign",
        "user_kind",
        "intent",
        "reason",
        "queue",
        "target_type",
        "business_hours"
    ],
    "open_rows": false,
    "binned": false,
    "raw": false,
    "beside": [],
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
        "medium",
        "campaign",
        "user_kind",
        "intent",
        "reason",
        "queue",
        "target_type",
        "business_hours"
    ],
    "open_rows": false,
    "binned": false,
    "raw": false,
    "beside": [],
    "numerator": "accepted",
    "denominator": "handoffs",
    "key": null,
    "limit": {
        "option": "within",
        "column": "wait_s",
        "strict": false,
        "default": 60,
        "setting": null,
        "bins": null
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
    "aggregates": [
        {
            "name": "handoff_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "reason"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
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
        "medium",
        "campaign",
        "user_kind",
        "intent",
        "reason",
        "queue",
        "target_type",
        "business_hours"
    ],
    "open_rows": false,
    "binned": false,
    "raw": false,
    "beside": [],
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
('handoff_waiting', '{
    "name": "handoff_waiting",
    "title": "Waiting now",
    "unit": "handoffs",
    "kind": "now",
    "sentence": "Handoffs that wait at this moment: requested, and neither accepted, declined, withdrawn nor expired. The range is not looked at.",
    "formula": "count of requests whose wait has no end so far",
    "better": "lower",
    "definition_version": 1,
    "relation": "fact_waiting_handoff",
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
        "medium",
        "campaign",
        "user_kind",
        "intent",
        "reason",
        "queue",
        "target_type",
        "business_hours"
    ],
    "open_rows": false,
    "binned": false,
    "raw": false,
    "beside": [],
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
('handoff_success', '{
    "name": "handoff_success",
    "title": "Handoff success",
    "unit": "1",
    "kind": "rate",
    "sentence": "The share of requested handoffs that a person accepted and closed as resolved; never more than were accepted.",
    "formula": "accepted and resolved / requested",
    "better": "higher",
    "definition_version": 1,
    "relation": "fact_handoff",
    "form": "rate",
    "aggregates": [
        {
            "name": "handoff_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "reason"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
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
        "medium",
        "campaign",
        "user_kind",
        "intent",
        "reason",
        "queue",
        "target_type",
        "business_hours"
    ],
    "open_rows": false,
    "binned": false,
    "raw": false,
    "beside": [],
    "numerator": "succeeded",
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
('early_handoff_share', '{
    "name": "early_handoff_share",
    "title": "Early handoffs",
    "unit": "1",
    "kind": "rate",
    "sentence": "The share of handoffs requested by the third user turn of the session: people who never wanted the bot, or met one that could not help.",
    "formula": "handoffs at turn ≤ 3 / handoffs",
    "better": "neither",
    "definition_version": 1,
    "relation": "fact_handoff",
    "form": "rate",
    "aggregates": [
        {
            "name": "handoff_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "reason"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
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
        "medium",
        "campaign",
        "user_kind",
        "intent",
        "reason",
        "queue",
        "target_type",
        "business_hours"
    ],
    "open_rows": false,
    "binned": false,
    "raw": false,
    "beside": [],
    "numerator": "early",
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
('handoff_csat_difference', '{
    "name": "handoff_csat_difference",
    "title": "Satisfaction, people less bot",
    "unit": "points",
    "kind": "csat_difference",
    "sentence": "The mean rating, from 1 to 5, of sessions that were escalated and resolved by a person, less that of sessions that stayed with the bot, with Welch''s 95 % interval; k of the n ratings are people''s. Below 30 ratings on either side nothing is shown. Thumbs count as 5 and 1, other scales are brought to 1 to 5 in a straight line. People get other cases than the bot does, so this compares outcomes, not skill.",
    "formula": "mean rating of human-resolved − mean rating of contained",
    "better": "neither",
    "definition_version": 1,
    "relation": "fact_feedback",
    "form": "interval",
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
        "node",
        "business_hours",
        "medium",
        "campaign",
        "user_kind"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "beside": [],
    "numerator": "human",
    "denominator": "contained",
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
('intents_before_handoff', '{
    "name": "intents_before_handoff",
    "title": "Intents before a handoff",
    "unit": "1",
    "kind": "share",
    "sentence": "Shares of the requested handoffs by the last three intents before the request, in order; `unknown` where there was none.",
    "formula": "handoffs after these intents / handoffs",
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
        "medium",
        "campaign",
        "user_kind",
        "intent",
        "reason",
        "queue",
        "target_type",
        "business_hours"
    ],
    "open_rows": false,
    "binned": false,
    "raw": false,
    "beside": [],
    "numerator": "handoffs",
    "denominator": null,
    "key": {
        "name": "intents",
        "column": "intents",
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
('csat', '{
    "name": "csat",
    "title": "Customer satisfaction",
    "unit": "1",
    "kind": "rate",
    "sentence": "The share of ratings that are at least 4 of 5, or thumbs up, at the start of the session they attach to. Read it beside csat_response_rate and csat_coverage: few people answer, and not at random.",
    "formula": "ratings ≥ 4 of 5, or thumbs up / ratings",
    "better": "higher",
    "definition_version": 1,
    "relation": "fact_feedback",
    "form": "rate",
    "aggregates": [
        {
            "name": "feedback_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "feedback_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
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
        "node",
        "business_hours",
        "medium",
        "campaign",
        "user_kind"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "beside": [],
    "numerator": "satisfied",
    "denominator": "responses",
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
('csat_response_rate', '{
    "name": "csat_response_rate",
    "title": "CSAT response rate",
    "unit": "1",
    "kind": "rate",
    "sentence": "The share of requests for a rating that were answered. A rating answers the request of the same name and turn before it; ratings that nobody asked for are left out.",
    "formula": "answered requests / requests",
    "better": "higher",
    "definition_version": 1,
    "relation": "fact_feedback",
    "form": "rate",
    "aggregates": [
        {
            "name": "feedback_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "feedback_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
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
        "node",
        "business_hours",
        "medium",
        "campaign",
        "user_kind"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "beside": [],
    "numerator": "answered",
    "denominator": "requests",
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
('csat_coverage', '{
    "name": "csat_coverage",
    "title": "CSAT coverage",
    "unit": "1",
    "kind": "rate",
    "sentence": "The share of sessions with at least one rating, asked for or not.",
    "formula": "sessions with a rating / sessions",
    "better": "higher",
    "definition_version": 1,
    "relation": "fact_session",
    "form": "rate",
    "aggregates": [
        {
            "name": "session_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_intent_bot_1d",
            "dimensions": [
                "bot",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_node_bot_1d",
            "dimensions": [
                "bot",
                "node"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_entry_1d",
            "dimensions": [
                "channel",
                "locale",
                "source",
                "device",
                "country"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_intent_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_node_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "node"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_1h",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 hour",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent",
                "node"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
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
        "node",
        "business_hours",
        "medium",
        "campaign",
        "user_kind",
        "ended_by"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "beside": [],
    "numerator": "rated",
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
('negative_sentiment_share', '{
    "name": "negative_sentiment_share",
    "title": "Negative sentiment",
    "unit": "1",
    "kind": "rate",
    "sentence": "The share of user turns with the label `negative` among those that the bot''s own scorer judged.",
    "formula": "turns labelled negative / turns with a label or score",
    "better": "lower",
    "definition_version": 1,
    "relation": "fact_sentiment",
    "form": "rate",
    "aggregates": [
        {
            "name": "sentiment_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "sentiment"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "sentiment_intent_1d",
            "dimensions": [
                "bot",
                "intent",
                "sentiment"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "sentiment_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent",
                "sentiment"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
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
        "medium",
        "campaign",
        "user_kind",
        "outcome",
        "intent",
        "node",
        "model",
        "sentiment",
        "business_hours"
    ],
    "open_rows": false,
    "binned": false,
    "raw": false,
    "beside": [],
    "numerator": "negative",
    "denominator": "turns",
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
('sentiment_share', '{
    "name": "sentiment_share",
    "title": "Sentiment",
    "unit": "1",
    "kind": "share",
    "sentence": "Shares of the user turns that the bot''s scorer judged, by the label as given; a score without a label is `unknown`.",
    "formula": "turns of the label / turns with a label or score",
    "better": "neither",
    "definition_version": 1,
    "relation": "fact_sentiment",
    "form": "share",
    "aggregates": [
        {
            "name": "sentiment_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "sentiment"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "sentiment_intent_1d",
            "dimensions": [
                "bot",
                "intent",
                "sentiment"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "sentiment_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent",
                "sentiment"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
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
        "medium",
        "campaign",
        "user_kind",
        "outcome",
        "intent",
        "node",
        "model",
        "sentiment",
        "business_hours"
    ],
    "open_rows": false,
    "binned": false,
    "raw": false,
    "beside": [],
    "numerator": "turns",
    "denominator": null,
    "key": {
        "name": "sentiment",
        "column": "sentiment",
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
            "name": "turn_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "turn_path_1d",
            "dimensions": [
                "bot",
                "intent",
                "node"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "turn_locale_1d",
            "dimensions": [
                "bot",
                "locale",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "turn_intent_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "turn_node_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "node"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "turn_1h",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 hour",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "turn_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent",
                "node"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
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
        "model",
        "business_hours",
        "medium",
        "campaign",
        "user_kind",
        "intent_source",
        "answer_source",
        "sentiment",
        "error_type",
        "framework"
    ],
    "open_rows": false,
    "binned": false,
    "raw": false,
    "beside": [],
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
            "name": "turn_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "turn_path_1d",
            "dimensions": [
                "bot",
                "intent",
                "node"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "turn_locale_1d",
            "dimensions": [
                "bot",
                "locale",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "turn_intent_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "turn_node_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "node"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "turn_1h",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 hour",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "turn_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent",
                "node"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
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
        "model",
        "business_hours",
        "medium",
        "campaign",
        "user_kind",
        "intent_source",
        "answer_source",
        "sentiment",
        "error_type",
        "framework"
    ],
    "open_rows": false,
    "binned": false,
    "raw": false,
    "beside": [],
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
            "name": "turn_path_1d",
            "dimensions": [
                "bot",
                "intent",
                "node"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "turn_locale_1d",
            "dimensions": [
                "bot",
                "locale",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "turn_intent_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "turn_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent",
                "node"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
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
        "model",
        "business_hours",
        "medium",
        "campaign",
        "user_kind",
        "intent_source",
        "answer_source",
        "sentiment",
        "error_type",
        "framework"
    ],
    "open_rows": false,
    "binned": false,
    "raw": false,
    "beside": [],
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
    "sentence": "How sure the classifier was on the NLU turns that say so: turns in 20 bins of 0.05, each named by its lower bound; with q a quantile or the mean instead. Ask it by intent and by model. Quantiles read from the aggregate, or over more than 32 days, are right to one bin.",
    "formula": "count of turns in each bin; n is all turns with a confidence",
    "better": "higher",
    "definition_version": 1,
    "relation": "fact_confidence",
    "form": "histogram",
    "aggregates": [
        {
            "name": "confidence_all_1d",
            "dimensions": [
                "channel",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "confidence_locale_1d",
            "dimensions": [
                "locale"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "confidence_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "model"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "confidence_bot_1d",
            "dimensions": [
                "bot",
                "intent",
                "model"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "confidence_intent_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent",
                "model"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
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
            "open_rows": false,
            "settled": null,
            "binned": true
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
        "model",
        "business_hours",
        "medium",
        "campaign",
        "user_kind",
        "intent_source",
        "answer_source",
        "sentiment",
        "error_type",
        "framework"
    ],
    "open_rows": false,
    "binned": true,
    "raw": false,
    "beside": [],
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
    "aggregates": [
        {
            "name": "confidence_all_1d",
            "dimensions": [
                "channel",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "confidence_locale_1d",
            "dimensions": [
                "locale"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "confidence_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "model"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "confidence_bot_1d",
            "dimensions": [
                "bot",
                "intent",
                "model"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "confidence_intent_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent",
                "model"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
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
            "open_rows": false,
            "settled": null,
            "binned": true
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
        "model",
        "business_hours",
        "medium",
        "campaign",
        "user_kind",
        "intent_source",
        "answer_source",
        "sentiment",
        "error_type",
        "framework"
    ],
    "open_rows": false,
    "binned": true,
    "raw": false,
    "beside": [],
    "numerator": "n",
    "denominator": "n",
    "key": null,
    "limit": {
        "option": "theta",
        "column": "total",
        "strict": true,
        "default": null,
        "setting": "theta_alert",
        "bins": 20
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
        "provisional": {
            "type": "flag",
            "low": null,
            "high": null,
            "choices": []
        }
    }
}'),
('ambiguity', '{
    "name": "ambiguity",
    "title": "Margin over the second intent",
    "unit": "1",
    "kind": "distribution",
    "sentence": "How far the first intent is ahead of the second, over the NLU turns that say both confidences; the mean, or with q a quantile. A low quantile near 0 says that two intents are hard to tell apart.",
    "formula": "confidence of the first intent − confidence of the second",
    "better": "higher",
    "definition_version": 1,
    "relation": "fact_ambiguity",
    "form": "quantile",
    "aggregates": [
        {
            "name": "ambiguity_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "question_locale_1d",
            "dimensions": [
                "locale",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "question_15m",
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
            "open_rows": false,
            "settled": null,
            "binned": true
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
        "model",
        "business_hours",
        "medium",
        "campaign",
        "user_kind",
        "intent_source",
        "answer_source",
        "sentiment",
        "error_type",
        "framework"
    ],
    "open_rows": false,
    "binned": false,
    "raw": false,
    "beside": [],
    "numerator": "margin",
    "denominator": "turns",
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
('confusion_matrix', '{
    "name": "confusion_matrix",
    "title": "Confusion matrix",
    "unit": "turns",
    "kind": "confusion",
    "sentence": "Labelled NLU turns by what the classifier said first and what people say it was; pairs that never met are left out. Each turn counts as often as its label''s weight says (1 / sampling probability).",
    "formula": "sum of weights of each pair (predicted, labelled)",
    "better": "neither",
    "definition_version": 1,
    "relation": "fact_label",
    "form": "histogram",
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
        "model",
        "business_hours",
        "medium",
        "campaign",
        "user_kind",
        "intent_source",
        "answer_source",
        "sentiment",
        "error_type",
        "framework",
        "labelled"
    ],
    "open_rows": false,
    "binned": false,
    "raw": false,
    "beside": [],
    "numerator": "weight",
    "denominator": null,
    "key": {
        "name": "predicted",
        "column": null,
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
('nlu_accuracy', '{
    "name": "nlu_accuracy",
    "title": "Accuracy",
    "unit": "1",
    "kind": "label_rate",
    "sentence": "The share of labelled NLU turns whose predicted intent is the labelled one. Each turn counts as often as its label''s weight says (1 / sampling probability). The interval is Wilson''s for the size of sample that the weights are worth, (Σ w)² / Σ w².",
    "formula": "Σ weights of the right / Σ weights",
    "better": "higher",
    "definition_version": 1,
    "relation": "fact_label",
    "form": "interval",
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
        "model",
        "business_hours",
        "medium",
        "campaign",
        "user_kind",
        "intent_source",
        "answer_source",
        "sentiment",
        "error_type",
        "framework",
        "labelled"
    ],
    "open_rows": false,
    "binned": false,
    "raw": false,
    "beside": [],
    "numerator": "hits",
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
('intent_precision', '{
    "name": "intent_precision",
    "title": "Precision",
    "unit": "1",
    "kind": "intent_score",
    "sentence": "Of the labelled NLU turns that the classifier gave an intent, the share that had it; by intent, or with `average` one mean, whose k and n are the right and all labelled turns. Each turn counts as often as its label''s weight says (1 / sampling probability).",
    "formula": "right / predicted, per intent",
    "better": "higher",
    "definition_version": 1,
    "relation": "fact_label",
    "form": "interval",
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
        "model",
        "business_hours",
        "medium",
        "campaign",
        "user_kind",
        "intent_source",
        "answer_source",
        "sentiment",
        "error_type",
        "framework",
        "labelled"
    ],
    "open_rows": false,
    "binned": false,
    "raw": false,
    "beside": [],
    "numerator": "precision",
    "denominator": null,
    "key": {
        "name": "intent",
        "column": null,
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
        "average": {
            "type": "text",
            "low": null,
            "high": null,
            "choices": [
                "macro",
                "weighted"
            ]
        },
        "provisional": {
            "type": "flag",
            "low": null,
            "high": null,
            "choices": []
        }
    }
}'),
('intent_recall', '{
    "name": "intent_recall",
    "title": "Recall",
    "unit": "1",
    "kind": "intent_score",
    "sentence": "Of the labelled NLU turns that had an intent, the share that the classifier gave it; by intent, or with `average` one mean, whose k and n are the right and all labelled turns. Each turn counts as often as its label''s weight says (1 / sampling probability).",
    "formula": "right / labelled, per intent",
    "better": "higher",
    "definition_version": 1,
    "relation": "fact_label",
    "form": "interval",
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
        "model",
        "business_hours",
        "medium",
        "campaign",
        "user_kind",
        "intent_source",
        "answer_source",
        "sentiment",
        "error_type",
        "framework",
        "labelled"
    ],
    "open_rows": false,
    "binned": false,
    "raw": false,
    "beside": [],
    "numerator": "recall",
    "denominator": null,
    "key": {
        "name": "intent",
        "column": null,
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
        "average": {
            "type": "text",
            "low": null,
            "high": null,
            "choices": [
                "macro",
                "weighted"
            ]
        },
        "provisional": {
            "type": "flag",
            "low": null,
            "high": null,
            "choices": []
        }
    }
}'),
('intent_f1', '{
    "name": "intent_f1",
    "title": "F1",
    "unit": "1",
    "kind": "intent_score",
    "sentence": "The harmonic mean of precision and recall; by intent, or with `average` one mean, whose k and n are the right and all labelled turns. Each turn counts as often as its label''s weight says (1 / sampling probability).",
    "formula": "2 · right / (predicted + labelled), per intent",
    "better": "higher",
    "definition_version": 1,
    "relation": "fact_label",
    "form": "interval",
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
        "model",
        "business_hours",
        "medium",
        "campaign",
        "user_kind",
        "intent_source",
        "answer_source",
        "sentiment",
        "error_type",
        "framework",
        "labelled"
    ],
    "open_rows": false,
    "binned": false,
    "raw": false,
    "beside": [],
    "numerator": "f1",
    "denominator": null,
    "key": {
        "name": "intent",
        "column": null,
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
        "average": {
            "type": "text",
            "low": null,
            "high": null,
            "choices": [
                "macro",
                "weighted"
            ]
        },
        "provisional": {
            "type": "flag",
            "low": null,
            "high": null,
            "choices": []
        }
    }
}'),
('label_coverage', '{
    "name": "label_coverage",
    "title": "Label coverage",
    "unit": "1",
    "kind": "coverage",
    "sentence": "The share of NLU turns that somebody has labelled: how much the numbers of labels rest on.",
    "formula": "labelled NLU turns / NLU turns",
    "better": "higher",
    "definition_version": 1,
    "relation": "fact_nlu",
    "form": "rate",
    "aggregates": [
        {
            "name": "turn_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "turn_path_1d",
            "dimensions": [
                "bot",
                "intent",
                "node"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "turn_locale_1d",
            "dimensions": [
                "bot",
                "locale",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "turn_intent_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "turn_node_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "node"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "turn_1h",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 hour",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "turn_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent",
                "node"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
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
        "model",
        "business_hours",
        "medium",
        "campaign",
        "user_kind",
        "intent_source",
        "answer_source",
        "sentiment",
        "error_type",
        "framework"
    ],
    "open_rows": false,
    "binned": false,
    "raw": false,
    "beside": [],
    "numerator": "nlu_turns",
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
('calibration_error', '{
    "name": "calibration_error",
    "title": "Calibration error",
    "unit": "1",
    "kind": "calibration",
    "sentence": "How far confidence is from accuracy: the expected calibration error over ten bins of 0.1, each with its lower bound and the last with 1. Each turn counts as often as its label''s weight says (1 / sampling probability).",
    "formula": "Σ over bins of (turns / all) · |accuracy − mean confidence|",
    "better": "lower",
    "definition_version": 1,
    "relation": "fact_sure_label",
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
        "outcome",
        "intent",
        "acted_on",
        "node",
        "model",
        "business_hours",
        "medium",
        "campaign",
        "user_kind",
        "intent_source",
        "answer_source",
        "sentiment",
        "error_type",
        "framework",
        "labelled"
    ],
    "open_rows": false,
    "binned": false,
    "raw": false,
    "beside": [],
    "numerator": null,
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
('reliability', '{
    "name": "reliability",
    "title": "Reliability",
    "unit": "1",
    "kind": "label_rate",
    "sentence": "Accuracy in ten bins of confidence, each named by its lower bound; of a calibrated classifier each lies within its bin. Each turn counts as often as its label''s weight says (1 / sampling probability).",
    "formula": "Σ weights of the right in a bin / Σ weights in the bin",
    "better": "neither",
    "definition_version": 1,
    "relation": "fact_sure_label",
    "form": "interval",
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
        "model",
        "business_hours",
        "medium",
        "campaign",
        "user_kind",
        "intent_source",
        "answer_source",
        "sentiment",
        "error_type",
        "framework",
        "labelled"
    ],
    "open_rows": false,
    "binned": false,
    "raw": false,
    "beside": [],
    "numerator": "hits",
    "denominator": null,
    "key": {
        "name": "bin",
        "column": "tenth",
        "width": 0.1,
        "values": [
            0.0,
            0.1,
            0.2,
            0.3,
            0.4,
            0.5,
            0.6,
            0.7,
            0.8,
            0.9
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
        "provisional": {
            "type": "flag",
            "low": null,
            "high": null,
            "choices": []
        }
    }
}'),
('confidence_auroc', '{
    "name": "confidence_auroc",
    "title": "Confidence tells right from wrong",
    "unit": "1",
    "kind": "auroc",
    "sentence": "The probability that the classifier was surer of a turn it got right than of one it got wrong, ties counting half: 0.5 is chance, and no threshold helps then. NULL where all are right or all wrong. Each turn counts as often as its label''s weight says (1 / sampling probability).",
    "formula": "area under the ROC curve of confidence, right against wrong",
    "better": "higher",
    "definition_version": 1,
    "relation": "fact_sure_label",
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
        "outcome",
        "intent",
        "acted_on",
        "node",
        "model",
        "business_hours",
        "medium",
        "campaign",
        "user_kind",
        "intent_source",
        "answer_source",
        "sentiment",
        "error_type",
        "framework",
        "labelled"
    ],
    "open_rows": false,
    "binned": false,
    "raw": false,
    "beside": [],
    "numerator": null,
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
('top_questions', '{
    "name": "top_questions",
    "title": "Top questions",
    "unit": "turns",
    "kind": "questions",
    "sentence": "The intents that users ask for most, at most `top` of them (20): NLU turns, of which n is all; with `measure=confidence` the mean confidence. With `question=text` they are told apart by a hash of what was written, where texts are kept, and `unknown` where they are not.",
    "formula": "count of NLU turns of the intent",
    "better": "neither",
    "definition_version": 1,
    "relation": "fact_nlu",
    "form": "value",
    "aggregates": [
        {
            "name": "turn_path_1d",
            "dimensions": [
                "bot",
                "intent",
                "node"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "turn_locale_1d",
            "dimensions": [
                "bot",
                "locale",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "turn_intent_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "turn_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent",
                "node"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
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
        "model",
        "business_hours",
        "medium",
        "campaign",
        "user_kind",
        "intent_source",
        "answer_source",
        "sentiment",
        "error_type",
        "framework"
    ],
    "open_rows": false,
    "binned": false,
    "raw": false,
    "beside": [],
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
        "measure": {
            "type": "text",
            "low": null,
            "high": null,
            "choices": [
                "turns",
                "confidence"
            ]
        },
        "question": {
            "type": "text",
            "low": null,
            "high": null,
            "choices": [
                "intent",
                "text"
            ]
        },
        "top": {
            "type": "integer",
            "low": 1,
            "high": 1000,
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
('unanswered_questions', '{
    "name": "unanswered_questions",
    "title": "Unanswered questions",
    "unit": "turns",
    "kind": "questions",
    "sentence": "The intents most often not understood or not answered: NLU turns with a confidence below θ (the bot''s setting, 0.70, unless `theta` says otherwise), with a fallback, or whose answer was to be retrieved (source rag) and was not (outcome fallback, no_response or error). n is all NLU turns of the intent; `measure`, `question` and `top` as for top_questions.",
    "formula": "count of NLU turns below θ, of fallbacks and of failed retrievals",
    "better": "lower",
    "definition_version": 1,
    "relation": "fact_question",
    "form": "value",
    "aggregates": [
        {
            "name": "question_all_1d",
            "dimensions": [
                "channel",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "question_release_1d",
            "dimensions": [
                "environment",
                "version",
                "variant",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "question_locale_1d",
            "dimensions": [
                "locale",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "question_bot_1d",
            "dimensions": [
                "bot",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "question_1d",
            "dimensions": [
                "bot",
                "channel",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "question_15m",
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
            "open_rows": false,
            "settled": null,
            "binned": true
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
        "model",
        "business_hours",
        "medium",
        "campaign",
        "user_kind",
        "intent_source",
        "answer_source",
        "sentiment",
        "error_type",
        "framework"
    ],
    "open_rows": false,
    "binned": false,
    "raw": false,
    "beside": [],
    "numerator": "nlu_turns",
    "denominator": null,
    "key": {
        "name": "intent",
        "column": null,
        "width": null,
        "values": [],
        "measures": {}
    },
    "limit": {
        "option": "theta",
        "column": "confidence",
        "strict": true,
        "default": null,
        "setting": "theta_review",
        "bins": 20
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
        "measure": {
            "type": "text",
            "low": null,
            "high": null,
            "choices": [
                "turns",
                "confidence"
            ]
        },
        "question": {
            "type": "text",
            "low": null,
            "high": null,
            "choices": [
                "intent",
                "text"
            ]
        },
        "top": {
            "type": "integer",
            "low": 1,
            "high": 1000,
            "choices": []
        },
        "theta": {
            "type": "number",
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
('threshold_what_if', '{
    "name": "threshold_what_if",
    "title": "Turns below a threshold",
    "unit": "1",
    "kind": "what_if",
    "sentence": "How many NLU turns would fall back or escalate at another threshold: the share (and k, the count) of turns with a confidence that is below θ, for θ from 0.05 to 0.95. Thresholds are bounds of the stored bins, so the counts are exact.",
    "formula": "turns with confidence < θ / turns with a confidence",
    "better": "neither",
    "definition_version": 1,
    "relation": "fact_confidence",
    "form": "rate",
    "aggregates": [
        {
            "name": "confidence_all_1d",
            "dimensions": [
                "channel",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "confidence_locale_1d",
            "dimensions": [
                "locale"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "confidence_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "model"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "confidence_bot_1d",
            "dimensions": [
                "bot",
                "intent",
                "model"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "confidence_intent_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent",
                "model"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
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
            "open_rows": false,
            "settled": null,
            "binned": true
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
        "model",
        "business_hours",
        "medium",
        "campaign",
        "user_kind",
        "intent_source",
        "answer_source",
        "sentiment",
        "error_type",
        "framework"
    ],
    "open_rows": false,
    "binned": true,
    "raw": false,
    "beside": [],
    "numerator": "n",
    "denominator": null,
    "key": {
        "name": "theta",
        "column": null,
        "width": null,
        "values": [
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
        "provisional": {
            "type": "flag",
            "low": null,
            "high": null,
            "choices": []
        }
    }
}'),
('threshold_what_if_sessions', '{
    "name": "threshold_what_if_sessions",
    "title": "Sessions with a turn below a threshold",
    "unit": "1",
    "kind": "what_if",
    "sentence": "In how many sessions at least one NLU turn would fall back or escalate at another threshold: sessions, at their start, with a turn below θ, of all that have a turn with a confidence. Dimensions are the session''s: its own intent and outcome, not those of the turn.",
    "formula": "sessions whose lowest confidence < θ / sessions with a confidence",
    "better": "neither",
    "definition_version": 1,
    "relation": "fact_session_confidence",
    "form": "rate",
    "aggregates": [
        {
            "name": "session_confidence_all_1d",
            "dimensions": [
                "channel",
                "locale",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "session_confidence_1d",
            "dimensions": [
                "bot",
                "channel"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
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
        "node",
        "business_hours",
        "medium",
        "campaign",
        "user_kind",
        "ended_by"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "beside": [],
    "numerator": "n",
    "denominator": null,
    "key": {
        "name": "theta",
        "column": null,
        "width": null,
        "values": [
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
        "provisional": {
            "type": "flag",
            "low": null,
            "high": null,
            "choices": []
        }
    }
}'),
('threshold_accuracy', '{
    "name": "threshold_accuracy",
    "title": "Accuracy above a threshold",
    "unit": "1",
    "kind": "kept_accuracy",
    "sentence": "What is kept by another threshold: the share of right ones among the labelled NLU turns at or above θ. Each turn counts as often as its label''s weight says.",
    "formula": "Σ weights of the right with confidence ≥ θ / Σ weights of those ≥ θ",
    "better": "higher",
    "definition_version": 1,
    "relation": "fact_sure_label",
    "form": "interval",
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
        "model",
        "business_hours",
        "medium",
        "campaign",
        "user_kind",
        "intent_source",
        "answer_source",
        "sentiment",
        "error_type",
        "framework",
        "labelled"
    ],
    "open_rows": false,
    "binned": false,
    "raw": false,
    "beside": [],
    "numerator": "hits",
    "denominator": null,
    "key": {
        "name": "theta",
        "column": null,
        "width": null,
        "values": [
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
        "provisional": {
            "type": "flag",
            "low": null,
            "high": null,
            "choices": []
        }
    }
}'),
('intent_drift', '{
    "name": "intent_drift",
    "title": "Drift of intents",
    "unit": "1",
    "kind": "drift",
    "sentence": "The population stability index of the mix of intents against a baseline; 0 where both are alike. The baseline is the equal time before the range, or from `baseline_from` to `baseline_to`; every bucket is held against the same one. A category that one of the two lacks has the share 0.0001 there. n are the turns of the range, k those of the baseline.",
    "formula": "Σ (p − q) · ln(p / q), p shares of the range, q of the baseline",
    "better": "lower",
    "definition_version": 1,
    "relation": "fact_nlu",
    "form": "value",
    "aggregates": [
        {
            "name": "turn_path_1d",
            "dimensions": [
                "bot",
                "intent",
                "node"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "turn_locale_1d",
            "dimensions": [
                "bot",
                "locale",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "turn_intent_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "turn_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent",
                "node"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
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
        "model",
        "business_hours",
        "medium",
        "campaign",
        "user_kind",
        "intent_source",
        "answer_source",
        "sentiment",
        "error_type",
        "framework"
    ],
    "open_rows": false,
    "binned": false,
    "raw": false,
    "beside": [],
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
        "baseline_from": {
            "type": "text",
            "low": null,
            "high": null,
            "choices": []
        },
        "baseline_to": {
            "type": "text",
            "low": null,
            "high": null,
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
('confidence_drift', '{
    "name": "confidence_drift",
    "title": "Drift of confidence",
    "unit": "1",
    "kind": "drift",
    "sentence": "The population stability index of confidence in 20 bins of 0.05 against a baseline; 0 where both are alike. The baseline is the equal time before the range, or from `baseline_from` to `baseline_to`; every bucket is held against the same one. A category that one of the two lacks has the share 0.0001 there. n are the turns of the range, k those of the baseline.",
    "formula": "Σ (p − q) · ln(p / q), p shares of the range, q of the baseline",
    "better": "lower",
    "definition_version": 1,
    "relation": "fact_confidence",
    "form": "value",
    "aggregates": [
        {
            "name": "confidence_all_1d",
            "dimensions": [
                "channel",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "confidence_locale_1d",
            "dimensions": [
                "locale"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "confidence_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "model"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "confidence_bot_1d",
            "dimensions": [
                "bot",
                "intent",
                "model"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "confidence_intent_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "intent",
                "model"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
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
            "open_rows": false,
            "settled": null,
            "binned": true
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
        "model",
        "business_hours",
        "medium",
        "campaign",
        "user_kind",
        "intent_source",
        "answer_source",
        "sentiment",
        "error_type",
        "framework"
    ],
    "open_rows": false,
    "binned": true,
    "raw": false,
    "beside": [],
    "numerator": "n",
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
        "baseline_from": {
            "type": "text",
            "low": null,
            "high": null,
            "choices": []
        },
        "baseline_to": {
            "type": "text",
            "low": null,
            "high": null,
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
    "aggregates": [
        {
            "name": "cta_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "cta",
                "cta_type"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "cta_locale_1d",
            "dimensions": [
                "locale",
                "cta",
                "cta_type"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "cta_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "cta",
                "cta_type"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        }
    ],
    "whole": {
        "unit": "cta",
        "relation": "fact_session",
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
            "node",
            "business_hours",
            "medium",
            "campaign",
            "user_kind",
            "ended_by"
        ],
        "aggregates": [
            {
                "name": "session_1d",
                "dimensions": [
                    "bot",
                    "channel",
                    "environment",
                    "version",
                    "variant"
                ],
                "width": "1 day",
                "only": {},
                "open_rows": true,
                "settled": null,
                "binned": true
            },
            {
                "name": "session_intent_bot_1d",
                "dimensions": [
                    "bot",
                    "intent"
                ],
                "width": "1 day",
                "only": {},
                "open_rows": true,
                "settled": null,
                "binned": true
            },
            {
                "name": "session_node_bot_1d",
                "dimensions": [
                    "bot",
                    "node"
                ],
                "width": "1 day",
                "only": {},
                "open_rows": true,
                "settled": null,
                "binned": true
            },
            {
                "name": "session_entry_1d",
                "dimensions": [
                    "channel",
                    "locale",
                    "source",
                    "device",
                    "country"
                ],
                "width": "1 day",
                "only": {},
                "open_rows": true,
                "settled": null,
                "binned": true
            },
            {
                "name": "session_intent_1d",
                "dimensions": [
                    "bot",
                    "channel",
                    "environment",
                    "version",
                    "variant",
                    "intent"
                ],
                "width": "1 day",
                "only": {},
                "open_rows": true,
                "settled": null,
                "binned": true
            },
            {
                "name": "session_node_1d",
                "dimensions": [
                    "bot",
                    "channel",
                    "environment",
                    "version",
                    "variant",
                    "node"
                ],
                "width": "1 day",
                "only": {},
                "open_rows": true,
                "settled": null,
                "binned": true
            },
            {
                "name": "session_1h",
                "dimensions": [
                    "bot",
                    "channel",
                    "environment",
                    "version",
                    "variant"
                ],
                "width": "1 hour",
                "only": {},
                "open_rows": true,
                "settled": null,
                "binned": true
            },
            {
                "name": "session_15m",
                "dimensions": [
                    "bot",
                    "channel",
                    "environment",
                    "version",
                    "variant",
                    "intent",
                    "node"
                ],
                "width": "15 minutes",
                "only": {},
                "open_rows": true,
                "settled": null,
                "binned": true
            }
        ],
        "numerator": "clicked",
        "denominator": "shown"
    },
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
        "medium",
        "campaign",
        "user_kind",
        "outcome",
        "intent",
        "cta",
        "cta_type",
        "business_hours"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "beside": [],
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
    "aggregates": [
        {
            "name": "cta_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "cta",
                "cta_type"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "cta_locale_1d",
            "dimensions": [
                "locale",
                "cta",
                "cta_type"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "cta_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "cta",
                "cta_type"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
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
        "medium",
        "campaign",
        "user_kind",
        "outcome",
        "intent",
        "cta",
        "cta_type",
        "business_hours"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "beside": [],
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
    "aggregates": [
        {
            "name": "cta_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "cta",
                "cta_type"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "cta_locale_1d",
            "dimensions": [
                "locale",
                "cta",
                "cta_type"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "cta_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "cta",
                "cta_type"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
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
        "medium",
        "campaign",
        "user_kind",
        "outcome",
        "intent",
        "cta",
        "cta_type",
        "business_hours"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "beside": [],
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
}'),
('funnel', '{
    "name": "funnel",
    "title": "Funnel",
    "unit": "1",
    "kind": "funnel",
    "sentence": "How many come to each step, in order, of those that came to the step before: within one session; or, with `within` (seconds) or unit=user, by one user within so many seconds, a week unless something else is said. The first entry starts the clock, repeats do not reset it. With of=first the shares are of the first step. Without `funnel` every declared funnel is shown.",
    "formula": "n(i) / n(i − 1); with of=first n(i) / n(1)",
    "better": "higher",
    "definition_version": 1,
    "relation": "fact_flow",
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
        "node",
        "business_hours",
        "medium",
        "campaign",
        "user_kind"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "beside": [],
    "numerator": null,
    "denominator": null,
    "key": {
        "name": "step",
        "column": null,
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
        "funnel": {
            "type": "text",
            "low": null,
            "high": null,
            "choices": []
        },
        "unit": {
            "type": "text",
            "low": null,
            "high": null,
            "choices": [
                "session",
                "user"
            ]
        },
        "within": {
            "type": "number",
            "low": 0,
            "high": 31536000,
            "choices": []
        },
        "of": {
            "type": "text",
            "low": null,
            "high": null,
            "choices": [
                "previous",
                "first"
            ]
        },
        "provisional": {
            "type": "flag",
            "low": null,
            "high": null,
            "choices": []
        }
    }
}'),
('conversion_rate', '{
    "name": "conversion_rate",
    "title": "Conversion rate",
    "unit": "1",
    "kind": "conversion",
    "sentence": "The share of those that entered who reached the goal, within one session; or, with `within` (seconds) or unit=user, by one user within so many seconds, a week unless something else is said. All sessions enter, or with `funnel` those that came to its first step; the goal is the one that is asked, else the funnel''s last step, else any.",
    "formula": "entrants that reached the goal / entrants",
    "better": "higher",
    "definition_version": 1,
    "relation": "fact_flow",
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
        "node",
        "business_hours",
        "medium",
        "campaign",
        "user_kind"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "beside": [],
    "numerator": null,
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
        "goal": {
            "type": "text",
            "low": null,
            "high": null,
            "choices": []
        },
        "funnel": {
            "type": "text",
            "low": null,
            "high": null,
            "choices": []
        },
        "unit": {
            "type": "text",
            "low": null,
            "high": null,
            "choices": [
                "session",
                "user"
            ]
        },
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
('time_to_conversion', '{
    "name": "time_to_conversion",
    "title": "Time to conversion",
    "unit": "s",
    "kind": "conversion_time",
    "sentence": "The time from entry to goal of those that converted, as conversion_rate counts them; the median, or with q another quantile or the mean.",
    "formula": "quantile of goal''s time − entry''s time",
    "better": "lower",
    "definition_version": 1,
    "relation": "fact_flow",
    "form": "quantile",
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
        "node",
        "business_hours",
        "medium",
        "campaign",
        "user_kind"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "beside": [],
    "numerator": null,
    "denominator": null,
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
        "goal": {
            "type": "text",
            "low": null,
            "high": null,
            "choices": []
        },
        "funnel": {
            "type": "text",
            "low": null,
            "high": null,
            "choices": []
        },
        "unit": {
            "type": "text",
            "low": null,
            "high": null,
            "choices": [
                "session",
                "user"
            ]
        },
        "within": {
            "type": "number",
            "low": 0,
            "high": 31536000,
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
('goal_value', '{
    "name": "goal_value",
    "title": "Value of goals",
    "unit": "value",
    "kind": "amount",
    "sentence": "The values of goals added up, each currency apart, at the start of the goal''s session. By cta it goes to the last one clicked before the goal.",
    "formula": "sum of goal values, by currency",
    "better": "higher",
    "definition_version": 1,
    "relation": "fact_goal",
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
        "node",
        "business_hours",
        "medium",
        "campaign",
        "user_kind",
        "goal",
        "goal_kind",
        "cta"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "beside": [],
    "numerator": "value",
    "denominator": null,
    "key": {
        "name": "currency",
        "column": "currency",
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
('tokens', '{
    "name": "tokens",
    "title": "Tokens",
    "unit": "tokens",
    "kind": "histogram",
    "sentence": "Tokens that language models read (input) and wrote (output), at the turn. They are summed over the spans of models that have no such span below them, since wrappers repeat what is below; else they are the turn''s own.",
    "formula": "sum of input tokens, sum of output tokens",
    "better": "neither",
    "definition_version": 1,
    "relation": "fact_token",
    "form": "histogram",
    "aggregates": [
        {
            "name": "token_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "model"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "token_locale_1d",
            "dimensions": [
                "bot",
                "locale",
                "model"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "token_entry_1d",
            "dimensions": [
                "bot",
                "source",
                "device",
                "country",
                "model"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "token_campaign_1d",
            "dimensions": [
                "bot",
                "medium",
                "campaign",
                "user_kind",
                "model"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "token_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "model"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
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
        "medium",
        "campaign",
        "user_kind",
        "model",
        "intent",
        "node",
        "business_hours"
    ],
    "open_rows": false,
    "binned": false,
    "raw": false,
    "beside": [],
    "numerator": null,
    "denominator": null,
    "key": {
        "name": "direction",
        "column": null,
        "width": null,
        "values": [
            "input",
            "output"
        ],
        "measures": {
            "input": "input_tokens",
            "output": "output_tokens"
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
('unpriced_token_share', '{
    "name": "unpriced_token_share",
    "title": "Tokens without a price",
    "unit": "1",
    "kind": "money",
    "sentence": "The share of tokens of models without a price at that time, neither set nor known by default. Their cost is unknown, and so is every cost that they are part of.",
    "formula": "tokens without a price / tokens",
    "better": "lower",
    "definition_version": 1,
    "relation": "fact_token",
    "form": "value",
    "aggregates": [
        {
            "name": "token_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "model"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "token_locale_1d",
            "dimensions": [
                "bot",
                "locale",
                "model"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "token_entry_1d",
            "dimensions": [
                "bot",
                "source",
                "device",
                "country",
                "model"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "token_campaign_1d",
            "dimensions": [
                "bot",
                "medium",
                "campaign",
                "user_kind",
                "model"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
        },
        {
            "name": "token_15m",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant",
                "model"
            ],
            "width": "15 minutes",
            "only": {},
            "open_rows": false,
            "settled": null,
            "binned": true
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
        "medium",
        "campaign",
        "user_kind",
        "model",
        "intent",
        "node",
        "business_hours"
    ],
    "open_rows": false,
    "binned": false,
    "raw": false,
    "beside": [],
    "numerator": "unpriced",
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
('costs', '{
    "name": "costs",
    "title": "Costs",
    "unit": "currency",
    "kind": "money",
    "sentence": "What was paid, by component, at the prices of its time: tokens, the channel, the allocated part of fixed costs, and people on escalated sessions. A component that nobody declared is NULL, and so is one with a part that has no price.",
    "formula": "sum of amounts × price, by component",
    "better": "lower",
    "definition_version": 1,
    "relation": "fact_cost_session",
    "form": "value",
    "aggregates": [
        {
            "name": "cost_session_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "cost_session_intent_1d",
            "dimensions": [
                "bot",
                "channel",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "cost_session_locale_1d",
            "dimensions": [
                "bot",
                "channel",
                "locale"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "cost_session_entry_1d",
            "dimensions": [
                "bot",
                "channel",
                "source",
                "device",
                "country"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "cost_session_campaign_1d",
            "dimensions": [
                "bot",
                "channel",
                "medium",
                "campaign",
                "user_kind"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "cost_session_15m",
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
            "open_rows": true,
            "settled": null,
            "binned": true
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
        "medium",
        "campaign",
        "user_kind",
        "intent",
        "business_hours"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "beside": [
        "token_15m",
        "fact_human",
        "fact_revenue"
    ],
    "numerator": "costs",
    "denominator": null,
    "key": {
        "name": "component",
        "column": null,
        "width": null,
        "values": [
            "tokens",
            "channel",
            "fixed",
            "human"
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
        "unknown": {
            "type": "text",
            "low": null,
            "high": null,
            "choices": [
                "null",
                "omit"
            ]
        },
        "vary": {
            "type": "text",
            "low": null,
            "high": null,
            "choices": [
                "token_price",
                "channel_cost",
                "fixed_cost",
                "human_cost",
                "human_minutes",
                "lead_value",
                "investment"
            ]
        },
        "change": {
            "type": "number",
            "low": -100,
            "high": 1000,
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
('cost_per_conversation', '{
    "name": "cost_per_conversation",
    "title": "Cost per conversation",
    "unit": "currency",
    "kind": "money",
    "sentence": "What the bot costs (tokens, channel, allocated fixed costs) over sessions with a user''s message. Each amount has the price of its time; fixed costs are allocated by share of sessions. It is NULL while nothing is declared, and while tokens have no price; k is the part that is known.",
    "formula": "(variable + allocated fixed costs) / sessions",
    "better": "lower",
    "definition_version": 1,
    "relation": "fact_cost_session",
    "form": "value",
    "aggregates": [
        {
            "name": "cost_session_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "cost_session_intent_1d",
            "dimensions": [
                "bot",
                "channel",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "cost_session_locale_1d",
            "dimensions": [
                "bot",
                "channel",
                "locale"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "cost_session_entry_1d",
            "dimensions": [
                "bot",
                "channel",
                "source",
                "device",
                "country"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "cost_session_campaign_1d",
            "dimensions": [
                "bot",
                "channel",
                "medium",
                "campaign",
                "user_kind"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "cost_session_15m",
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
            "open_rows": true,
            "settled": null,
            "binned": true
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
        "medium",
        "campaign",
        "user_kind",
        "intent",
        "business_hours"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "beside": [
        "token_15m",
        "fact_human",
        "fact_revenue"
    ],
    "numerator": "cost",
    "denominator": "handled",
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
        "unknown": {
            "type": "text",
            "low": null,
            "high": null,
            "choices": [
                "null",
                "omit"
            ]
        },
        "vary": {
            "type": "text",
            "low": null,
            "high": null,
            "choices": [
                "token_price",
                "channel_cost",
                "fixed_cost",
                "human_cost",
                "human_minutes",
                "lead_value",
                "investment"
            ]
        },
        "change": {
            "type": "number",
            "low": -100,
            "high": 1000,
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
('cost_per_resolution', '{
    "name": "cost_per_resolution",
    "title": "Cost per resolution",
    "unit": "currency",
    "kind": "money",
    "sentence": "What the bot costs and people on escalated sessions cost, over sessions that were resolved, confirmed or implied. It is NULL while people''s cost is not declared and sessions were escalated.",
    "formula": "(bot cost + human cost of escalated sessions) / resolved sessions",
    "better": "lower",
    "definition_version": 1,
    "relation": "fact_cost_session",
    "form": "value",
    "aggregates": [
        {
            "name": "cost_session_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "cost_session_intent_1d",
            "dimensions": [
                "bot",
                "channel",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "cost_session_locale_1d",
            "dimensions": [
                "bot",
                "channel",
                "locale"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "cost_session_entry_1d",
            "dimensions": [
                "bot",
                "channel",
                "source",
                "device",
                "country"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "cost_session_campaign_1d",
            "dimensions": [
                "bot",
                "channel",
                "medium",
                "campaign",
                "user_kind"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "cost_session_15m",
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
            "open_rows": true,
            "settled": null,
            "binned": true
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
        "medium",
        "campaign",
        "user_kind",
        "intent",
        "business_hours"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "beside": [
        "token_15m",
        "fact_human",
        "fact_revenue"
    ],
    "numerator": "total_cost",
    "denominator": "resolved",
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
        "unknown": {
            "type": "text",
            "low": null,
            "high": null,
            "choices": [
                "null",
                "omit"
            ]
        },
        "vary": {
            "type": "text",
            "low": null,
            "high": null,
            "choices": [
                "token_price",
                "channel_cost",
                "fixed_cost",
                "human_cost",
                "human_minutes",
                "lead_value",
                "investment"
            ]
        },
        "change": {
            "type": "number",
            "low": -100,
            "high": 1000,
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
('savings', '{
    "name": "savings",
    "title": "Savings",
    "unit": "currency",
    "kind": "money",
    "sentence": "What people would have cost for the sessions of the base: those resolved, unless the setting savings_base or the option base says contained or handled. The base is in group; k is how many it has, n all sessions.",
    "formula": "sessions of the base × human cost per ticket",
    "better": "higher",
    "definition_version": 1,
    "relation": "fact_cost_session",
    "form": "value",
    "aggregates": [
        {
            "name": "cost_session_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "cost_session_intent_1d",
            "dimensions": [
                "bot",
                "channel",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "cost_session_locale_1d",
            "dimensions": [
                "bot",
                "channel",
                "locale"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "cost_session_entry_1d",
            "dimensions": [
                "bot",
                "channel",
                "source",
                "device",
                "country"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "cost_session_campaign_1d",
            "dimensions": [
                "bot",
                "channel",
                "medium",
                "campaign",
                "user_kind"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "cost_session_15m",
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
            "open_rows": true,
            "settled": null,
            "binned": true
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
        "medium",
        "campaign",
        "user_kind",
        "intent",
        "business_hours"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "beside": [
        "token_15m",
        "fact_human",
        "fact_revenue"
    ],
    "numerator": "savings",
    "denominator": null,
    "key": {
        "name": "base",
        "column": null,
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
        "base": {
            "type": "text",
            "low": null,
            "high": null,
            "choices": [
                "resolved",
                "contained",
                "handled"
            ]
        },
        "unknown": {
            "type": "text",
            "low": null,
            "high": null,
            "choices": [
                "null",
                "omit"
            ]
        },
        "vary": {
            "type": "text",
            "low": null,
            "high": null,
            "choices": [
                "token_price",
                "channel_cost",
                "fixed_cost",
                "human_cost",
                "human_minutes",
                "lead_value",
                "investment"
            ]
        },
        "change": {
            "type": "number",
            "low": -100,
            "high": 1000,
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
('time_saved', '{
    "name": "time_saved",
    "title": "Time saved",
    "unit": "h",
    "kind": "money",
    "sentence": "Hours that people would have taken for the sessions of the base (handled unless asked otherwise), less the time that the sessions took. k is how many sessions the base has, n all of them.",
    "formula": "(handling minutes of a person − session duration) over the base",
    "better": "higher",
    "definition_version": 1,
    "relation": "fact_cost_session",
    "form": "value",
    "aggregates": [
        {
            "name": "cost_session_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "cost_session_intent_1d",
            "dimensions": [
                "bot",
                "channel",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "cost_session_locale_1d",
            "dimensions": [
                "bot",
                "channel",
                "locale"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "cost_session_entry_1d",
            "dimensions": [
                "bot",
                "channel",
                "source",
                "device",
                "country"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "cost_session_campaign_1d",
            "dimensions": [
                "bot",
                "channel",
                "medium",
                "campaign",
                "user_kind"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "cost_session_15m",
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
            "open_rows": true,
            "settled": null,
            "binned": true
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
        "medium",
        "campaign",
        "user_kind",
        "intent",
        "business_hours"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "beside": [
        "token_15m",
        "fact_human",
        "fact_revenue"
    ],
    "numerator": "time_saved",
    "denominator": null,
    "key": {
        "name": "base",
        "column": null,
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
        "base": {
            "type": "text",
            "low": null,
            "high": null,
            "choices": [
                "resolved",
                "contained",
                "handled"
            ]
        },
        "unknown": {
            "type": "text",
            "low": null,
            "high": null,
            "choices": [
                "null",
                "omit"
            ]
        },
        "vary": {
            "type": "text",
            "low": null,
            "high": null,
            "choices": [
                "token_price",
                "channel_cost",
                "fixed_cost",
                "human_cost",
                "human_minutes",
                "lead_value",
                "investment"
            ]
        },
        "change": {
            "type": "number",
            "low": -100,
            "high": 1000,
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
('roi', '{
    "name": "roi",
    "title": "Return on investment",
    "unit": "1",
    "kind": "money",
    "sentence": "Benefit less cost, over cost. The benefit is savings and revenue, as far as they are declared: conversions by the value of their goal, leads by theirs or the declared one times the share that closes. k is the benefit, n the cost of the bot.",
    "formula": "(savings + revenue − bot cost) / bot cost",
    "better": "higher",
    "definition_version": 1,
    "relation": "fact_cost_session",
    "form": "value",
    "aggregates": [
        {
            "name": "cost_session_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "cost_session_intent_1d",
            "dimensions": [
                "bot",
                "channel",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "cost_session_locale_1d",
            "dimensions": [
                "bot",
                "channel",
                "locale"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "cost_session_entry_1d",
            "dimensions": [
                "bot",
                "channel",
                "source",
                "device",
                "country"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "cost_session_campaign_1d",
            "dimensions": [
                "bot",
                "channel",
                "medium",
                "campaign",
                "user_kind"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "cost_session_15m",
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
            "open_rows": true,
            "settled": null,
            "binned": true
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
        "medium",
        "campaign",
        "user_kind",
        "intent",
        "business_hours"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "beside": [
        "token_15m",
        "fact_human",
        "fact_revenue"
    ],
    "numerator": "roi",
    "denominator": null,
    "key": {
        "name": "base",
        "column": null,
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
        "base": {
            "type": "text",
            "low": null,
            "high": null,
            "choices": [
                "resolved",
                "contained",
                "handled"
            ]
        },
        "unknown": {
            "type": "text",
            "low": null,
            "high": null,
            "choices": [
                "null",
                "omit"
            ]
        },
        "vary": {
            "type": "text",
            "low": null,
            "high": null,
            "choices": [
                "token_price",
                "channel_cost",
                "fixed_cost",
                "human_cost",
                "human_minutes",
                "lead_value",
                "investment"
            ]
        },
        "change": {
            "type": "number",
            "low": -100,
            "high": 1000,
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
('payback', '{
    "name": "payback",
    "title": "Payback",
    "unit": "months",
    "kind": "money",
    "sentence": "Months until the investment has come back at the pace of the range: investment over benefit less cost a month. It is NULL where nothing is left, since then it never does. k is the investment, n the monthly net.",
    "formula": "investment / ((savings + revenue − bot cost) / months of the range)",
    "better": "lower",
    "definition_version": 1,
    "relation": "fact_cost_session",
    "form": "value",
    "aggregates": [
        {
            "name": "cost_session_1d",
            "dimensions": [
                "bot",
                "channel",
                "environment",
                "version",
                "variant"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "cost_session_intent_1d",
            "dimensions": [
                "bot",
                "channel",
                "intent"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "cost_session_locale_1d",
            "dimensions": [
                "bot",
                "channel",
                "locale"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "cost_session_entry_1d",
            "dimensions": [
                "bot",
                "channel",
                "source",
                "device",
                "country"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "cost_session_campaign_1d",
            "dimensions": [
                "bot",
                "channel",
                "medium",
                "campaign",
                "user_kind"
            ],
            "width": "1 day",
            "only": {},
            "open_rows": true,
            "settled": null,
            "binned": true
        },
        {
            "name": "cost_session_15m",
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
            "open_rows": true,
            "settled": null,
            "binned": true
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
        "medium",
        "campaign",
        "user_kind",
        "intent",
        "business_hours"
    ],
    "open_rows": true,
    "binned": false,
    "raw": false,
    "beside": [
        "token_15m",
        "fact_human",
        "fact_revenue"
    ],
    "numerator": "payback",
    "denominator": null,
    "key": {
        "name": "base",
        "column": null,
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
        "base": {
            "type": "text",
            "low": null,
            "high": null,
            "choices": [
                "resolved",
                "contained",
                "handled"
            ]
        },
        "unknown": {
            "type": "text",
            "low": null,
            "high": null,
            "choices": [
                "null",
                "omit"
            ]
        },
        "vary": {
            "type": "text",
            "low": null,
            "high": null,
            "choices": [
                "token_price",
                "channel_cost",
                "fixed_cost",
                "human_cost",
                "human_minutes",
                "lead_value",
                "investment"
            ]
        },
        "change": {
            "type": "number",
            "low": -100,
            "high": 1000,
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
('experiment', '{
    "name": "experiment",
    "title": "Experiment",
    "unit": "1",
    "kind": "experiment",
    "sentence": "What the variants of an experiment do to a rate of sessions. The unit is a user: n are those whose first assignment falls into the range, k those of them with a session in the rate''s numerator that was under way at the assignment or began after it, within the range. Users seen in two variants are left out, and counted in the statistic excluded. Each variant has its rate with Wilson''s interval, and each but the control the difference to it with Newcombe''s, z and the two-sided p of the pooled test; sample_ratio_p is that of the split against the declared weights. A verdict is given by the report of the experiment alone.",
    "formula": "difference = rate of the variant − rate of the control; z = difference / pooled standard error",
    "better": "neither",
    "definition_version": 1,
    "relation": "fact_assignment",
    "form": "interval",
    "aggregates": [],
    "whole": null,
    "dimensions": [
        "bot",
        "channel"
    ],
    "open_rows": false,
    "binned": false,
    "raw": false,
    "beside": [],
    "numerator": null,
    "denominator": null,
    "key": {
        "name": "variant",
        "column": null,
        "width": null,
        "values": [],
        "measures": {}
    },
    "limit": null,
    "default_q": null,
    "days": null,
    "calendar": null,
    "buckets": [],
    "options": {
        "experiment": {
            "type": "text",
            "low": null,
            "high": null,
            "choices": []
        },
        "metric": {
            "type": "text",
            "low": null,
            "high": null,
            "choices": []
        },
        "goal": {
            "type": "text",
            "low": null,
            "high": null,
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
('loss_rate', '{
    "name": "loss_rate",
    "title": "Loss of telemetry",
    "unit": "1",
    "kind": "loss",
    "sentence": "The share of the spans and events that left a bot''s processes and are not in the store, by the numbers that each process gives its records. The target is at most 0.1 %; test traffic counts too.",
    "formula": "(sent − received) / sent, sent = highest number of the process",
    "better": "lower",
    "definition_version": 1,
    "relation": "fact_sequence",
    "form": "rate",
    "aggregates": [],
    "whole": null,
    "dimensions": [
        "bot",
        "process"
    ],
    "open_rows": false,
    "binned": false,
    "raw": false,
    "beside": [],
    "numerator": null,
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
