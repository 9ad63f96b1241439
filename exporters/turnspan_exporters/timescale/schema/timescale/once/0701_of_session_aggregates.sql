-- Aggregates of costs by the session's intent and by locale, in days of UTC; see 0632:
-- tokens read what is not materialised from below, up to the watermark of the sessions.

CREATE MATERIALIZED VIEW _turnspan.token_intent_1d
WITH (timescaledb.continuous, timescaledb.materialized_only = false,
    timescaledb.create_group_indexes = false) AS
SELECT
    time_bucket('1 day', start_time) AS at,
    bot,
    coalesce(nullif(model, ''), 'unknown') AS model,
    coalesce(nullif(session_intent, ''), 'unknown') AS intent,
    sum(coalesce(input_tokens, 0)) AS input_tokens,
    sum(coalesce(output_tokens, 0)) AS output_tokens,
    count(*) FILTER (WHERE session_intent IS NULL) AS unseen
FROM _turnspan.turn
WHERE NOT test AND (input_tokens > 0 OR output_tokens > 0)
GROUP BY 1, 2, 3, 4
WITH NO DATA;

CREATE MATERIALIZED VIEW _turnspan.token_locale_1d
WITH (timescaledb.continuous, timescaledb.materialized_only = false,
    timescaledb.create_group_indexes = false) AS
SELECT
    time_bucket('1 day', start_time) AS at,
    bot,
    coalesce(nullif(locale, ''), 'unknown') AS locale,
    coalesce(nullif(model, ''), 'unknown') AS model,
    sum(coalesce(input_tokens, 0)) AS input_tokens,
    sum(coalesce(output_tokens, 0)) AS output_tokens
FROM _turnspan.turn
WHERE NOT test AND (input_tokens > 0 OR output_tokens > 0)
GROUP BY 1, 2, 3, 4
WITH NO DATA;

CREATE MATERIALIZED VIEW _turnspan.cost_session_intent_1d
WITH (timescaledb.continuous, timescaledb.materialized_only = false,
    timescaledb.create_group_indexes = false) AS
SELECT
    time_bucket(interval '1 day', at) AS at,
    bot, channel, intent, finalised,
    sum(sessions)::bigint AS sessions,
    sum(messages)::bigint AS messages,
    sum(handled)::bigint AS handled,
    sum(resolved)::bigint AS resolved,
    sum(contained)::bigint AS contained,
    sum(escalated)::bigint AS escalated,
    sum(handled_s) AS handled_s,
    sum(resolved_s) AS resolved_s,
    sum(contained_s) AS contained_s
FROM _turnspan.cost_session_15m
GROUP BY time_bucket(interval '1 day', at), bot, channel, intent, finalised
WITH NO DATA;

CREATE MATERIALIZED VIEW _turnspan.cost_session_locale_1d
WITH (timescaledb.continuous, timescaledb.materialized_only = false,
    timescaledb.create_group_indexes = false) AS
SELECT
    time_bucket('1 day', start_time) AS at,
    bot,
    coalesce(nullif(channel, ''), 'unknown') AS channel,
    coalesce(nullif(locale, ''), 'unknown') AS locale,
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
GROUP BY 1, 2, 3, 4, 5
WITH NO DATA;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['token_intent_1d', 'token_locale_1d',
        'cost_session_intent_1d', 'cost_session_locale_1d']
    LOOP
        EXECUTE format('CREATE INDEX ON _turnspan.%I (bot, at DESC)', name);
        EXECUTE format('ALTER MATERIALIZED VIEW _turnspan.%I SET '
            '(timescaledb.enable_columnstore, timescaledb.segmentby = ''bot'')', name);
        PERFORM add_continuous_aggregate_policy(
            format('_turnspan.%I', name)::regclass,
            start_offset => interval '53 hours',
            end_offset => interval '4 hours',
            schedule_interval => interval '1 hour',
            initial_start => now() + interval '30 minutes');
    END LOOP;
END
$$;
