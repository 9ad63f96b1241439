-- How long the sessions of all bots took, by what they were about and by where they
-- ended, by the day: see 0730. Apart, since both together leave hardly two sessions in
-- a bin.

DO $$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT * FROM (VALUES
        ('duration_intent_all_1d', 'intent', 'intent'),
        ('duration_node_all_1d', 'node_id', 'node')
    ) AS v(name, source, dimension) LOOP
        EXECUTE format(
            'CREATE MATERIALIZED VIEW _turnspan.%I
            WITH (timescaledb.continuous, timescaledb.materialized_only = true,
                timescaledb.create_group_indexes = false) AS
            SELECT
                time_bucket(interval ''1 day'', start_time) AS at,
                coalesce(nullif(%I, ''''), ''unknown'') AS %I,
                floor(ln(greatest(duration_s, 1e-6)) / ln(1.01::double precision))
                    ::integer AS bin,
                finalised,
                count(*) AS base,
                sum(duration_s) AS duration_s
            FROM _turnspan.session
            WHERE NOT test AND user_turns > 0
            GROUP BY 1, 2, 3, 4
            WITH NO DATA',
            one.name, one.source, one.dimension);
        EXECUTE format('ALTER MATERIALIZED VIEW _turnspan.%I '
            'SET (timescaledb.enable_columnstore)', one.name);
        PERFORM add_continuous_aggregate_policy(
            format('_turnspan.%I', one.name)::regclass,
            start_offset => interval '53 hours',
            end_offset => interval '4 hours',
            schedule_interval => interval '1 hour',
            initial_start => now() + interval '30 minutes');
    END LOOP;
END
$$;
