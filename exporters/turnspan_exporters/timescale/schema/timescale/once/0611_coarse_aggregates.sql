-- Coarse aggregates on top of those of 15 minutes: hours and days of UTC, with fewer
-- dimensions, for long ranges. They hold what is materialised and nothing else:
-- turnspan.metric asks them up to their watermark, and those of 15 minutes beyond.

DO $$
DECLARE
    five CONSTANT text := 'bot, channel, environment, version, variant';
    sums CONSTANT jsonb := jsonb_build_object(
        'session_15m', 'base proactive engaged bounced depth_1 depth_2 depth_3 '
            'depth_10 escalated resolved_confirmed resolved_implied resolved '
            'abandoned unengaged contained user_turns messages duration_s shown '
            'clicked rated',
        'turn_15m', 'user_turns errors nlu_turns fallbacks',
        'confidence_15m', 'n total',
        'latency_15m', 'n total',
        'first_response_15m', 'n total',
        'event_15m', 'events',
        'cta_15m', 'shown clicked impressions clicks',
        'node_15m', 'shown dropped',
        'feedback_15m', 'requests answered responses satisfied',
        'sentiment_15m', 'turns negative');
    one record;
    measures text;
BEGIN
    FOR one IN SELECT * FROM (VALUES
        ('session_1h', 'session_15m', five || ', finalised'),
        ('session_1d', 'session_15m', five || ', finalised'),
        ('session_intent_1d', 'session_15m', five || ', intent, finalised'),
        ('turn_1h', 'turn_15m', five),
        ('turn_1d', 'turn_15m', five),
        ('turn_intent_1d', 'turn_15m', five || ', intent'),
        ('confidence_1d', 'confidence_15m', five || ', model, bin'),
        ('confidence_intent_1d', 'confidence_15m', five || ', intent, model, bin'),
        ('latency_bot_1d', 'latency_15m', 'bot, bin'),
        ('latency_1d', 'latency_15m', five || ', bin'),
        ('first_response_bot_1d', 'first_response_15m', 'bot, bin'),
        ('first_response_1d', 'first_response_15m', five || ', bin'),
        ('event_1d', 'event_15m', five || ', name, role'),
        ('cta_1d', 'cta_15m', five || ', cta, cta_type'),
        ('node_1d', 'node_15m', five || ', node'),
        ('feedback_1d', 'feedback_15m', five),
        ('sentiment_1d', 'sentiment_15m', five || ', sentiment')
    ) AS v(name, source, dimensions) LOOP
        SELECT string_agg(format(
            CASE WHEN measure IN ('total', 'duration_s') THEN 'sum(%1$I) AS %1$I'
                ELSE 'sum(%1$I)::bigint AS %1$I' END, measure), ', ')
        INTO measures
        FROM string_to_table(sums ->> one.source, ' ') AS measure;
        EXECUTE format(
            'CREATE MATERIALIZED VIEW _turnspan.%I
            WITH (timescaledb.continuous, timescaledb.materialized_only = true) AS
            SELECT time_bucket(%L, at) AS at, %s, %s
            FROM _turnspan.%I
            GROUP BY time_bucket(%2$L, at), %3$s
            WITH NO DATA',
            one.name,
            (CASE WHEN one.name LIKE '%1h' THEN '1 hour' ELSE '1 day' END)::interval,
            one.dimensions, measures, one.source);
        PERFORM add_continuous_aggregate_policy(
            format('_turnspan.%I', one.name)::regclass,
            start_offset => interval '53 hours',
            end_offset => interval '4 hours',
            schedule_interval => interval '1 hour',
            initial_start => now() + interval '30 minutes');
    END LOOP;
END
$$;

-- Compressed like the tables; the worker's refreshes of late windows still reach in.
DO $$
DECLARE
    aggregate regclass;
BEGIN
    FOR aggregate IN
        SELECT format('%I.%I', view_schema, view_name)::regclass
        FROM timescaledb_information.continuous_aggregates
        WHERE view_schema = '_turnspan' AND NOT compression_enabled
    LOOP
        EXECUTE format('ALTER MATERIALIZED VIEW %s SET '
            '(timescaledb.enable_columnstore, timescaledb.segmentby = ''bot'')',
            aggregate);
    END LOOP;
END
$$;
