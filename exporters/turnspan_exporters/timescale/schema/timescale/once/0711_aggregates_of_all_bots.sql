-- Further coarse aggregates, see 0611. Those of a bot by its intents and nodes alone
-- have a tenth of the groups that all five dimensions make; and where bins or texts are
-- many, those of all bots together, which have no bot, as few as one bot has. Entry
-- dimensions are added up from the rows, since no aggregate of 15 minutes has them.

DO $$
DECLARE
    sessions CONSTANT text :=
        'base proactive engaged bounced depth_1 depth_2 depth_3 depth_10 escalated '
        'resolved_confirmed resolved_implied resolved abandoned unengaged contained '
        'user_turns messages duration_s shown clicked rated';
    turns CONSTANT text := 'user_turns errors nlu_turns fallbacks';
    one record;
BEGIN
    FOR one IN SELECT * FROM (VALUES
        ('turn_path_1d', 'turn_15m', 'bot, intent, node', turns),
        ('session_intent_bot_1d', 'session_15m', 'bot, intent, finalised', sessions),
        ('session_node_bot_1d', 'session_15m', 'bot, node, finalised', sessions),
        ('node_bot_1d', 'node_15m', 'bot, node', 'shown dropped'),
        ('node_channel_1d', 'node_15m', 'bot, channel', 'shown dropped'),
        ('sentiment_intent_1d', 'sentiment_15m', 'bot, intent, sentiment',
            'turns negative'),
        ('question_1d', 'question_15m', 'bot, channel, intent, bin, missed',
            'nlu_turns total'),
        ('question_all_1d', 'question_15m', 'channel, intent, bin, missed',
            'nlu_turns total'),
        ('ambiguity_1d', 'question_15m', 'bot, channel, environment, version, variant',
            'turns margin'),
        ('confidence_all_1d', 'confidence_15m', 'channel, intent, bin', 'n total'),
        ('latency_all_1d', 'latency_15m', 'channel, bin', 'n total'),
        ('first_response_all_1d', 'first_response_15m', 'channel, bin', 'n total')
    ) AS v(name, source, dimensions, measures) LOOP
        EXECUTE format(
            'CREATE MATERIALIZED VIEW _turnspan.%I
            WITH (timescaledb.continuous, timescaledb.materialized_only = true,
                timescaledb.create_group_indexes = false) AS
            SELECT time_bucket(interval ''1 day'', at) AS at, %s, %s
            FROM _turnspan.%I
            GROUP BY time_bucket(interval ''1 day'', at), %2$s
            WITH NO DATA',
            one.name, one.dimensions,
            (SELECT string_agg(format(
                CASE WHEN measure IN ('total', 'margin', 'duration_s')
                    THEN 'sum(%1$I) AS %1$I'
                    ELSE 'sum(%1$I)::bigint AS %1$I' END, measure), ', ')
            FROM string_to_table(one.measures, ' ') AS measure),
            one.source);
    END LOOP;
END
$$;

CREATE MATERIALIZED VIEW _turnspan.turn_locale_1d
WITH (timescaledb.continuous, timescaledb.materialized_only = true,
    timescaledb.create_group_indexes = false) AS
SELECT
    time_bucket('1 day', start_time) AS at,
    bot,
    coalesce(nullif(locale, ''), 'unknown') AS locale,
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
GROUP BY 1, 2, 3, 4
WITH NO DATA;

CREATE MATERIALIZED VIEW _turnspan.question_locale_1d
WITH (timescaledb.continuous, timescaledb.materialized_only = true,
    timescaledb.create_group_indexes = false) AS
SELECT
    time_bucket('1 day', start_time) AS at,
    coalesce(nullif(locale, ''), 'unknown') AS locale,
    coalesce(nullif(intent_name, ''), 'unknown') AS intent,
    CASE WHEN intent_confidence IS NOT NULL
        THEN least(floor(intent_confidence * 20 + 1e-9), 19)::integer END AS bin,
    is_fallback OR coalesce(answer_source = 'rag'
        AND outcome IN ('fallback', 'no_response', 'error'), false) AS missed,
    count(*) AS nlu_turns,
    sum(intent_confidence) AS total,
    count(intent_confidence - runner_up_confidence) AS turns,
    coalesce(sum(intent_confidence - runner_up_confidence), 0) AS margin
FROM _turnspan.turn
WHERE initiator = 'user' AND NOT test
    AND coalesce(intent_source, '') NOT IN ('button', 'rule')
GROUP BY 1, 2, 3, 4, 5
WITH NO DATA;

CREATE MATERIALIZED VIEW _turnspan.confidence_locale_1d
WITH (timescaledb.continuous, timescaledb.materialized_only = true,
    timescaledb.create_group_indexes = false) AS
SELECT
    time_bucket('1 day', start_time) AS at,
    coalesce(nullif(locale, ''), 'unknown') AS locale,
    least(floor(intent_confidence * 20 + 1e-9), 19)::integer AS bin,
    count(*) AS n,
    sum(intent_confidence) AS total
FROM _turnspan.turn
WHERE initiator = 'user' AND NOT test AND intent_confidence IS NOT NULL
    AND coalesce(intent_source, '') NOT IN ('button', 'rule')
GROUP BY 1, 2, 3
WITH NO DATA;

CREATE MATERIALIZED VIEW _turnspan.latency_locale_1d
WITH (timescaledb.continuous, timescaledb.materialized_only = true,
    timescaledb.create_group_indexes = false) AS
SELECT
    time_bucket('1 day', start_time) AS at,
    coalesce(nullif(locale, ''), 'unknown') AS locale,
    floor(ln(greatest(duration_s, 1e-6)) / ln(1.01::double precision))::integer AS bin,
    count(*) AS n,
    sum(duration_s) AS total
FROM _turnspan.turn
WHERE initiator = 'user' AND NOT test AND timed
    AND coalesce(outcome, '') NOT IN ('error', 'no_response')
GROUP BY 1, 2, 3
WITH NO DATA;

CREATE MATERIALIZED VIEW _turnspan.first_response_locale_1d
WITH (timescaledb.continuous, timescaledb.materialized_only = true,
    timescaledb.create_group_indexes = false) AS
SELECT
    time_bucket('1 day', start_time) AS at,
    coalesce(nullif(locale, ''), 'unknown') AS locale,
    floor(
        ln(greatest(coalesce(first_response_s, duration_s), 1e-6))
        / ln(1.01::double precision)
    )::integer AS bin,
    count(*) AS n,
    sum(coalesce(first_response_s, duration_s)) AS total
FROM _turnspan.turn
WHERE initiator = 'user' AND NOT test AND timed
    AND coalesce(outcome, '') NOT IN ('error', 'no_response')
GROUP BY 1, 2, 3
WITH NO DATA;

CREATE MATERIALIZED VIEW _turnspan.node_locale_1d
WITH (timescaledb.continuous, timescaledb.materialized_only = true,
    timescaledb.create_group_indexes = false) AS
SELECT
    time_bucket('1 day', session_start) AS at,
    coalesce(nullif(locale, ''), 'unknown') AS locale,
    coalesce(nullif(node_id, ''), 'unknown') AS node,
    count(*) AS shown,
    count(*) FILTER (WHERE is_last) AS dropped
FROM _turnspan.session_node
WHERE NOT test AND base
GROUP BY 1, 2, 3
WITH NO DATA;

CREATE MATERIALIZED VIEW _turnspan.session_entry_1d
WITH (timescaledb.continuous, timescaledb.materialized_only = true,
    timescaledb.create_group_indexes = false) AS
SELECT
    time_bucket('1 day', start_time) AS at,
    coalesce(nullif(channel, ''), 'unknown') AS channel,
    coalesce(nullif(locale, ''), 'unknown') AS locale,
    coalesce(nullif(source, ''), 'unknown') AS source,
    coalesce(nullif(device, ''), 'unknown') AS device,
    coalesce(nullif(country, ''), 'unknown') AS country,
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
GROUP BY 1, 2, 3, 4, 5, 6, 7
WITH NO DATA;

CREATE MATERIALIZED VIEW _turnspan.cta_locale_1d
WITH (timescaledb.continuous, timescaledb.materialized_only = true,
    timescaledb.create_group_indexes = false) AS
SELECT
    time_bucket('1 day', session_start) AS at,
    coalesce(nullif(locale, ''), 'unknown') AS locale,
    coalesce(nullif(cta_id, ''), 'unknown') AS cta,
    coalesce(nullif(cta_type, ''), 'unknown') AS cta_type,
    count(*) FILTER (WHERE impressions > 0) AS shown,
    count(*) FILTER (WHERE impressions > 0 AND clicks > 0) AS clicked,
    sum(impressions) AS impressions,
    sum(clicks) AS clicks
FROM _turnspan.session_cta
WHERE NOT test AND base
GROUP BY 1, 2, 3, 4
WITH NO DATA;

DO $$
DECLARE
    of_bots CONSTANT text[] := ARRAY['turn_path_1d', 'session_intent_bot_1d',
        'session_node_bot_1d', 'node_bot_1d', 'node_channel_1d',
        'sentiment_intent_1d', 'question_1d', 'ambiguity_1d', 'turn_locale_1d'];
    of_all CONSTANT text[] := ARRAY['question_all_1d', 'confidence_all_1d',
        'latency_all_1d', 'first_response_all_1d', 'question_locale_1d',
        'confidence_locale_1d', 'latency_locale_1d', 'first_response_locale_1d',
        'node_locale_1d', 'session_entry_1d', 'cta_locale_1d'];
    name text;
BEGIN
    FOREACH name IN ARRAY of_bots || of_all LOOP
        IF name = ANY (of_bots) THEN
            EXECUTE format('CREATE INDEX ON _turnspan.%I (bot, at DESC)', name);
        END IF;
        EXECUTE format('ALTER MATERIALIZED VIEW _turnspan.%I SET '
            '(timescaledb.enable_columnstore%s)', name,
            CASE WHEN name = ANY (of_bots)
                THEN ', timescaledb.segmentby = ''bot''' END);
        PERFORM add_continuous_aggregate_policy(
            format('_turnspan.%I', name)::regclass,
            start_offset => interval '53 hours',
            end_offset => interval '4 hours',
            schedule_interval => interval '1 hour',
            initial_start => now() + interval '30 minutes');
    END LOOP;
END
$$;
