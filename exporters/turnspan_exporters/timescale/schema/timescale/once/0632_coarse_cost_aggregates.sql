-- Days of UTC on top of the aggregates of costs, for long ranges. They are read where
-- no price changes within a day. Unlike those of 0611 they read what is not
-- materialised from below: one question asks both, up to the watermark of one.

DO $$
DECLARE
    five CONSTANT text := 'bot, channel, environment, version, variant';
    one record;
BEGIN
    FOR one IN SELECT * FROM (VALUES
        ('token_1d', 'token_15m', five || ', model', 'input_tokens output_tokens'),
        ('cost_session_1d', 'cost_session_15m', five || ', finalised',
            'sessions messages handled resolved contained escalated handled_s '
            'resolved_s contained_s')
    ) AS v(name, source, dimensions, measures) LOOP
        EXECUTE format(
            'CREATE MATERIALIZED VIEW _turnspan.%I
            WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
            SELECT time_bucket(INTERVAL ''1 day'', at) AS at, %s, %s
            FROM _turnspan.%I
            GROUP BY time_bucket(INTERVAL ''1 day'', at), %2$s
            WITH NO DATA',
            one.name, one.dimensions,
            (SELECT string_agg(format('sum(%1$I) AS %1$I', measure), ', ')
             FROM string_to_table(one.measures, ' ') AS measure),
            one.source);
        PERFORM add_continuous_aggregate_policy(
            format('_turnspan.%I', one.name)::regclass,
            start_offset => interval '53 hours',
            end_offset => interval '4 hours',
            schedule_interval => interval '1 hour',
            initial_start => now() + interval '30 minutes');
        EXECUTE format('ALTER MATERIALIZED VIEW _turnspan.%I SET '
            '(timescaledb.enable_columnstore, timescaledb.segmentby = ''bot'')',
            one.name);
    END LOOP;
END
$$;
