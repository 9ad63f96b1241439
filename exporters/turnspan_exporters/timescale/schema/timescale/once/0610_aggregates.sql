-- Continuous aggregates of all facts that add up, in buckets of 15 minutes UTC; see
-- 0500, whose session_15m and turn_15m are made anew here with more columns: their
-- rows are kept as long as they are, so nothing is lost (docs/decisions/0035). The
-- columns are those of schema/plain/always/505 and 506.

-- A job of theirs may be at work, in a new database because it has just been made: then
-- dropping fails, and goes well once the job is done.
DO $$
DECLARE
    tries integer := 0;
BEGIN
    LOOP
        BEGIN
            DROP MATERIALIZED VIEW IF EXISTS _turnspan.session_15m;
            DROP MATERIALIZED VIEW IF EXISTS _turnspan.turn_15m;
            EXIT;
        EXCEPTION WHEN internal_error OR deadlock_detected OR lock_not_available THEN
            tries := tries + 1;
            IF tries = 100 THEN
                RAISE;
            END IF;
            PERFORM pg_sleep(0.1);
        END;
    END LOOP;
END
$$;

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
    coalesce(nullif(node_id, ''), 'unknown') AS node,
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
        FILTER (WHERE user_turns > 0), 0)::bigint AS messages,
    coalesce(sum(duration_s) FILTER (WHERE user_turns > 0), 0) AS duration_s,
    count(*) FILTER (WHERE user_turns > 0 AND cta_impressions > 0) AS shown,
    count(*) FILTER (WHERE user_turns > 0 AND cta_impressions > 0 AND cta_clicks > 0)
        AS clicked,
    count(*) FILTER (WHERE user_turns > 0 AND ratings > 0) AS rated
FROM _turnspan.session
WHERE NOT test
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
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
    coalesce(nullif(node_id, ''), 'unknown') AS node,
    count(*) AS user_turns,
    count(*) FILTER (WHERE outcome = 'error') AS errors,
    count(*) FILTER (WHERE coalesce(intent_source, '') NOT IN ('button', 'rule'))
        AS nlu_turns,
    count(*) FILTER (
        WHERE is_fallback AND coalesce(intent_source, '') NOT IN ('button', 'rule')
    ) AS fallbacks
FROM _turnspan.turn
WHERE initiator = 'user' AND NOT test
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
WITH NO DATA;

CREATE MATERIALIZED VIEW _turnspan.handoff_15m
WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT
    time_bucket('15 minutes', requested_at) AS at,
    bot,
    coalesce(nullif(channel, ''), 'unknown') AS channel,
    coalesce(nullif(environment, ''), 'unknown') AS environment,
    coalesce(nullif(version, ''), 'unknown') AS version,
    coalesce(nullif(variant, ''), 'unknown') AS variant,
    coalesce(nullif(reason, ''), 'unknown') AS reason,
    count(*) AS handoffs,
    count(*) FILTER (WHERE wait_outcome = 'accepted') AS accepted,
    count(*) FILTER (WHERE wait_outcome = 'withdrawn') AS withdrawn,
    count(*) FILTER (WHERE wait_outcome = 'accepted' AND outcome = 'resolved')
        AS succeeded,
    count(*) FILTER (WHERE coalesce(turn_number, 4) <= 3) AS early
FROM _turnspan.handoff
WHERE NOT test
GROUP BY 1, 2, 3, 4, 5, 6, 7
WITH NO DATA;

CREATE MATERIALIZED VIEW _turnspan.cta_15m
WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT
    time_bucket('15 minutes', session_start) AS at,
    bot,
    coalesce(nullif(channel, ''), 'unknown') AS channel,
    coalesce(nullif(environment, ''), 'unknown') AS environment,
    coalesce(nullif(version, ''), 'unknown') AS version,
    coalesce(nullif(variant, ''), 'unknown') AS variant,
    coalesce(nullif(cta_id, ''), 'unknown') AS cta,
    coalesce(nullif(cta_type, ''), 'unknown') AS cta_type,
    count(*) FILTER (WHERE impressions > 0) AS shown,
    count(*) FILTER (WHERE impressions > 0 AND clicks > 0) AS clicked,
    sum(impressions) AS impressions,
    sum(clicks) AS clicks
FROM _turnspan.session_cta
WHERE NOT test AND base
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
WITH NO DATA;

CREATE MATERIALIZED VIEW _turnspan.node_15m
WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT
    time_bucket('15 minutes', session_start) AS at,
    bot,
    coalesce(nullif(channel, ''), 'unknown') AS channel,
    coalesce(nullif(environment, ''), 'unknown') AS environment,
    coalesce(nullif(version, ''), 'unknown') AS version,
    coalesce(nullif(variant, ''), 'unknown') AS variant,
    coalesce(nullif(node_id, ''), 'unknown') AS node,
    count(*) AS shown,
    count(*) FILTER (WHERE is_last) AS dropped
FROM _turnspan.session_node
WHERE NOT test AND base
GROUP BY 1, 2, 3, 4, 5, 6, 7
WITH NO DATA;

CREATE MATERIALIZED VIEW _turnspan.feedback_15m
WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT
    time_bucket('15 minutes', session_start) AS at,
    bot,
    coalesce(nullif(channel, ''), 'unknown') AS channel,
    coalesce(nullif(environment, ''), 'unknown') AS environment,
    coalesce(nullif(version, ''), 'unknown') AS version,
    coalesce(nullif(variant, ''), 'unknown') AS variant,
    count(*) FILTER (WHERE is_request AND name <> 'nps'
        AND scale IS DISTINCT FROM 'nps') AS requests,
    count(*) FILTER (WHERE is_request AND paired AND name <> 'nps'
        AND scale IS DISTINCT FROM 'nps') AS answered,
    count(*) FILTER (WHERE NOT is_request AND verdict IS NOT NULL) AS responses,
    count(*) FILTER (WHERE NOT is_request AND verdict = 1) AS satisfied
FROM _turnspan.feedback
WHERE NOT test
GROUP BY 1, 2, 3, 4, 5, 6
WITH NO DATA;

CREATE MATERIALIZED VIEW _turnspan.sentiment_15m
WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT
    time_bucket('15 minutes', start_time) AS at,
    bot,
    coalesce(nullif(channel, ''), 'unknown') AS channel,
    coalesce(nullif(environment, ''), 'unknown') AS environment,
    coalesce(nullif(version, ''), 'unknown') AS version,
    coalesce(nullif(variant, ''), 'unknown') AS variant,
    coalesce(nullif(intent_name, ''), 'unknown') AS intent,
    coalesce(nullif(sentiment_label, ''), 'unknown') AS sentiment,
    count(*) AS turns,
    count(*) FILTER (WHERE sentiment_label = 'negative') AS negative
FROM _turnspan.turn
WHERE initiator = 'user' AND NOT test
    AND (sentiment_label IS NOT NULL OR sentiment_score IS NOT NULL)
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
WITH NO DATA;

SELECT add_continuous_aggregate_policy(
    format('_turnspan.%I', name)::regclass,
    start_offset => interval '1 day',
    end_offset => interval '2 hours',
    schedule_interval => interval '15 minutes',
    initial_start => now() + interval '15 minutes'
)
FROM unnest(ARRAY[
    'session_15m', 'turn_15m', 'handoff_15m', 'cta_15m', 'node_15m', 'feedback_15m',
    'sentiment_15m'
]) AS name;
