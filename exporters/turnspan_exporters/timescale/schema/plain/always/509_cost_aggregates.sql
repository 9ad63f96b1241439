-- The aggregates of costs without TimescaleDB: views over the facts, never stale.

CREATE OR REPLACE VIEW _turnspan.token_15m AS
SELECT
    time_bucket('15 minutes', at) AS at,
    bot, channel, environment, version, variant, model,
    sum(input_tokens) AS input_tokens,
    sum(output_tokens) AS output_tokens
FROM _turnspan.fact_token
GROUP BY 1, 2, 3, 4, 5, 6, 7;

CREATE OR REPLACE VIEW _turnspan.cost_session_15m AS
SELECT
    time_bucket('15 minutes', at) AS at,
    bot, channel, environment, version, variant, intent, finalised,
    sum(sessions) AS sessions,
    sum(messages) AS messages,
    sum(handled) AS handled,
    sum(resolved) AS resolved,
    sum(contained) AS contained,
    sum(escalated) AS escalated,
    sum(handled_s) AS handled_s,
    sum(resolved_s) AS resolved_s,
    sum(contained_s) AS contained_s
FROM _turnspan.fact_cost_session
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8;
