-- Further coarse aggregates, see 0611: nodes of turns and sessions by the day, and with
-- fewer dimensions where bins leave little to add up.

DO $$
DECLARE
    five CONSTANT text := 'bot, channel, environment, version, variant';
    one record;
BEGIN
    FOR one IN SELECT * FROM (VALUES
        ('turn_node_1d', 'turn_15m', five || ', node',
            'user_turns errors nlu_turns fallbacks'),
        ('session_node_1d', 'session_15m', five || ', node, finalised',
            'base proactive engaged bounced depth_1 depth_2 depth_3 depth_10 escalated '
            'resolved_confirmed resolved_implied resolved abandoned unengaged '
            'contained user_turns messages duration_s shown clicked rated'),
        ('confidence_bot_1d', 'confidence_15m', 'bot, intent, model, bin', 'n total'),
        ('latency_channel_1d', 'latency_15m', 'bot, channel, bin', 'n total'),
        ('first_response_channel_1d', 'first_response_15m', 'bot, channel, bin',
            'n total')
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
                CASE WHEN measure IN ('total', 'duration_s') THEN 'sum(%1$I) AS %1$I'
                    ELSE 'sum(%1$I)::bigint AS %1$I' END, measure), ', ')
            FROM string_to_table(one.measures, ' ') AS measure),
            one.source);
        EXECUTE format('CREATE INDEX ON _turnspan.%I (bot, at DESC)', one.name);
        EXECUTE format('ALTER MATERIALIZED VIEW _turnspan.%I SET '
            '(timescaledb.enable_columnstore, timescaledb.segmentby = ''bot'')',
            one.name);
        PERFORM add_continuous_aggregate_policy(
            format('_turnspan.%I', one.name)::regclass,
            start_offset => interval '53 hours',
            end_offset => interval '4 hours',
            schedule_interval => interval '1 hour',
            initial_start => now() + interval '30 minutes');
    END LOOP;
END
$$;
