-- Continuous aggregates of the facts in buckets of 15 minutes UTC, from which the
-- local days of every time zone compose. They hold no user or conversation key. The
-- columns are those of schema/plain/always/505_aggregates.sql; expressions stand here
-- in full, because an aggregate must not depend on a function that is replaced.
-- start_offset stays shorter than any retention (two days at least): a refresh that
-- covers dropped rows would delete what the aggregate still knows. The worker refreshes
-- what is older, and late.

CREATE MATERIALIZED VIEW _turnspan.session_15m
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
    count(*) FILTER (WHERE user_turns > 0) AS base,
    count(*) FILTER (WHERE user_turns = 0) AS proactive,
    count(*) FILTER (WHERE user_turns > 0 AND engaged) AS engaged,
    count(*) FILTER (WHERE user_turns > 0 AND NOT engaged) AS bounced,
    count(*) FILTER (WHERE user_turns = 1) AS depth_1,
    count(*) FILTER (WHERE user_turns = 2) AS depth_2,
    count(*) FILTER (WHERE user_turns BETWEEN 3 AND 9) AS depth_3,
    count(*) FILTER (WHERE user_turns >= 10) AS depth_10,
    count(*) FILTER (WHERE outcome = 'escalated') AS escalated,
    count(*) FILTER (WHERE outcome = 'resolved_confirmed') AS resolved_confirmed,
    count(*) FILTER (WHERE outcome = 'resolved_implied') AS resolved_implied,
    count(*) FILTER (WHERE outcome IN ('resolved_confirmed', 'resolved_implied'))
        AS resolved,
    count(*) FILTER (WHERE outcome = 'abandoned') AS abandoned,
    count(*) FILTER (WHERE outcome = 'unengaged') AS unengaged,
    count(*) FILTER (WHERE user_turns > 0 AND outcome <> 'escalated') AS contained,
    sum(user_turns) AS user_turns,
    coalesce(sum(user_messages + bot_messages + agent_messages)
        FILTER (WHERE user_turns > 0), 0) AS messages,
    coalesce(sum(duration_s) FILTER (WHERE user_turns > 0), 0) AS duration_s
FROM _turnspan.session
WHERE NOT test
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
WITH NO DATA;

CREATE MATERIALIZED VIEW _turnspan.turn_15m
WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT
    time_bucket('15 minutes', start_time) AS at,
    bot,
    coalesce(nullif(channel, ''), 'unknown') AS channel,
    coalesce(nullif(environment, ''), 'unknown') AS environment,
    coalesce(nullif(version, ''), 'unknown') AS version,
    coalesce(nullif(variant, ''), 'unknown') AS variant,
    coalesce(nullif(intent_name, ''), 'unknown') AS intent,
    count(*) AS user_turns,
    count(*) FILTER (WHERE outcome = 'error') AS errors,
    count(*) FILTER (WHERE coalesce(intent_source, '') NOT IN ('button', 'rule'))
        AS nlu_turns,
    count(*) FILTER (
        WHERE is_fallback AND coalesce(intent_source, '') NOT IN ('button', 'rule')
    ) AS fallbacks
FROM _turnspan.turn
WHERE initiator = 'user' AND NOT test
GROUP BY 1, 2, 3, 4, 5, 6, 7
WITH NO DATA;

CREATE MATERIALIZED VIEW _turnspan.confidence_15m
WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT
    time_bucket('15 minutes', start_time) AS at,
    bot,
    coalesce(nullif(channel, ''), 'unknown') AS channel,
    coalesce(nullif(environment, ''), 'unknown') AS environment,
    coalesce(nullif(version, ''), 'unknown') AS version,
    coalesce(nullif(variant, ''), 'unknown') AS variant,
    coalesce(nullif(intent_name, ''), 'unknown') AS intent,
    coalesce(nullif(intent_model_version, ''), nullif(model, ''), 'unknown') AS model,
    least(floor(intent_confidence * 20 + 1e-9), 19)::integer AS bin,
    count(*) AS n,
    sum(intent_confidence) AS total
FROM _turnspan.turn
WHERE initiator = 'user' AND NOT test AND intent_confidence IS NOT NULL
    AND coalesce(intent_source, '') NOT IN ('button', 'rule')
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
WITH NO DATA;

CREATE MATERIALIZED VIEW _turnspan.latency_15m
WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT
    time_bucket('15 minutes', start_time) AS at,
    bot,
    coalesce(nullif(channel, ''), 'unknown') AS channel,
    coalesce(nullif(environment, ''), 'unknown') AS environment,
    coalesce(nullif(version, ''), 'unknown') AS version,
    coalesce(nullif(variant, ''), 'unknown') AS variant,
    floor(ln(greatest(duration_s, 1e-6)) / ln(1.01::double precision))::integer AS bin,
    count(*) AS n,
    sum(duration_s) AS total
FROM _turnspan.turn
WHERE initiator = 'user' AND NOT test AND timed
    AND coalesce(outcome, '') NOT IN ('error', 'no_response')
GROUP BY 1, 2, 3, 4, 5, 6, 7
WITH NO DATA;

CREATE MATERIALIZED VIEW _turnspan.first_response_15m
WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT
    time_bucket('15 minutes', start_time) AS at,
    bot,
    coalesce(nullif(channel, ''), 'unknown') AS channel,
    coalesce(nullif(environment, ''), 'unknown') AS environment,
    coalesce(nullif(version, ''), 'unknown') AS version,
    coalesce(nullif(variant, ''), 'unknown') AS variant,
    floor(
        ln(greatest(coalesce(first_response_s, duration_s), 1e-6))
        / ln(1.01::double precision)
    )::integer AS bin,
    count(*) AS n,
    sum(coalesce(first_response_s, duration_s)) AS total
FROM _turnspan.turn
WHERE initiator = 'user' AND NOT test AND timed
    AND coalesce(outcome, '') NOT IN ('error', 'no_response')
GROUP BY 1, 2, 3, 4, 5, 6, 7
WITH NO DATA;

CREATE MATERIALIZED VIEW _turnspan.event_15m
WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT
    time_bucket('15 minutes', time) AS at,
    bot,
    coalesce(nullif(channel, ''), 'unknown') AS channel,
    coalesce(nullif(environment, ''), 'unknown') AS environment,
    coalesce(nullif(version, ''), 'unknown') AS version,
    coalesce(nullif(variant, ''), 'unknown') AS variant,
    name,
    coalesce(nullif(role, ''), 'unknown') AS role,
    coalesce(nullif(reason, ''), 'unknown') AS reason,
    coalesce(nullif(cta_id, ''), 'unknown') AS cta,
    coalesce(nullif(goal_id, ''), 'unknown') AS goal,
    coalesce(nullif(node_id, ''), 'unknown') AS node,
    count(*) AS events
FROM _turnspan.event
WHERE NOT test AND name <> ''
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
WITH NO DATA;

SELECT add_continuous_aggregate_policy(
    format('_turnspan.%I', name)::regclass,
    start_offset => interval '1 day',
    end_offset => interval '2 hours',
    schedule_interval => interval '15 minutes'
)
FROM unnest(ARRAY[
    'session_15m', 'turn_15m', 'confidence_15m', 'latency_15m', 'first_response_15m',
    'event_15m'
]) AS name;

-- Compressed like the tables; the worker's refreshes of late windows still reach in.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'session_15m', 'turn_15m', 'confidence_15m', 'latency_15m',
        'first_response_15m', 'event_15m'
    ] LOOP
        EXECUTE format('ALTER MATERIALIZED VIEW _turnspan.%I SET '
            '(timescaledb.enable_columnstore, timescaledb.segmentby = ''bot'')', name);
    END LOOP;
END
$$;
