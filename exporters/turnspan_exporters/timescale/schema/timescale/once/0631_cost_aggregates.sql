-- Continuous aggregates of what costs are made of, in buckets of 15 minutes UTC: the
-- columns are those of schema/plain/always/509_cost_aggregates.sql. They hold no user
-- or conversation key. A price holds from the beginning of a quarter of an hour, so
-- that a bucket never has two.

CREATE MATERIALIZED VIEW _turnspan.token_15m
WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT
    time_bucket('15 minutes', start_time) AS at,
    bot,
    coalesce(nullif(channel, ''), 'unknown') AS channel,
    coalesce(nullif(environment, ''), 'unknown') AS environment,
    coalesce(nullif(version, ''), 'unknown') AS version,
    coalesce(nullif(variant, ''), 'unknown') AS variant,
    coalesce(nullif(model, ''), 'unknown') AS model,
    sum(coalesce(input_tokens, 0)) AS input_tokens,
    sum(coalesce(output_tokens, 0)) AS output_tokens
FROM _turnspan.turn
WHERE NOT test AND (input_tokens > 0 OR output_tokens > 0)
GROUP BY 1, 2, 3, 4, 5, 6, 7
WITH NO DATA;

CREATE MATERIALIZED VIEW _turnspan.cost_session_15m
WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT
    time_bucket('15 minutes', start_time) AS at,
    bot,
    coalesce(nullif(channel, ''), 'unknown') AS channel,
    coalesce(nullif(environment, ''), 'unknown') AS environment,
    coalesce(nullif(version, ''), 'unknown') AS version,
    coalesce(nullif(variant, ''), 'unknown') AS variant,
    coalesce(nullif(intent, ''), 'unknown') AS intent,
    finalised,
    count(*) AS sessions,
    sum(user_messages + bot_messages + agent_messages) AS messages,
    count(*) FILTER (WHERE user_turns > 0) AS handled,
    count(*) FILTER (WHERE outcome IN ('resolved_confirmed', 'resolved_implied'))
        AS resolved,
    count(*) FILTER (WHERE user_turns > 0 AND outcome <> 'escalated') AS contained,
    count(*) FILTER (WHERE outcome = 'escalated') AS escalated,
    coalesce(sum(duration_s) FILTER (WHERE user_turns > 0), 0) AS handled_s,
    coalesce(sum(duration_s)
        FILTER (WHERE outcome IN ('resolved_confirmed', 'resolved_implied')), 0)
        AS resolved_s,
    coalesce(sum(duration_s)
        FILTER (WHERE user_turns > 0 AND outcome <> 'escalated'), 0) AS contained_s
FROM _turnspan.session
WHERE NOT test
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
WITH NO DATA;

SELECT add_continuous_aggregate_policy(
    format('_turnspan.%I', name)::regclass,
    start_offset => interval '1 day',
    end_offset => interval '2 hours',
    schedule_interval => interval '15 minutes'
)
FROM unnest(ARRAY['token_15m', 'cost_session_15m']) AS name;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['token_15m', 'cost_session_15m'] LOOP
        EXECUTE format('ALTER MATERIALIZED VIEW _turnspan.%I SET '
            '(timescaledb.enable_columnstore, timescaledb.segmentby = ''bot'')', name);
    END LOOP;
END
$$;
