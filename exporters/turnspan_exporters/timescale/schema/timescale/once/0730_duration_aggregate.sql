-- How long the sessions of all bots took, by the day: see 0711. One bot has too few
-- sessions a day for bins to be fewer than they are.

CREATE MATERIALIZED VIEW _turnspan.duration_all_1d
WITH (timescaledb.continuous, timescaledb.materialized_only = true,
    timescaledb.create_group_indexes = false) AS
SELECT
    time_bucket('1 day', start_time) AS at,
    coalesce(nullif(channel, ''), 'unknown') AS channel,
    floor(ln(greatest(duration_s, 1e-6)) / ln(1.01::double precision))::integer AS bin,
    finalised,
    count(*) AS base,
    sum(duration_s) AS duration_s
FROM _turnspan.session
WHERE NOT test AND user_turns > 0
GROUP BY 1, 2, 3, 4
WITH NO DATA;

ALTER MATERIALIZED VIEW _turnspan.duration_all_1d
    SET (timescaledb.enable_columnstore);

SELECT add_continuous_aggregate_policy('_turnspan.duration_all_1d',
    start_offset => interval '53 hours',
    end_offset => interval '4 hours',
    schedule_interval => interval '1 hour',
    initial_start => now() + interval '30 minutes');
