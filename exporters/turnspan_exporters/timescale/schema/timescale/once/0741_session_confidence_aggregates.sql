-- Sessions by the bin of their lowest confidence and by the day: see 0711. The bin is
-- NULL where a session was derived before it knew.

CREATE MATERIALIZED VIEW _turnspan.session_confidence_1d
WITH (timescaledb.continuous, timescaledb.materialized_only = true,
    timescaledb.create_group_indexes = false) AS
SELECT
    time_bucket('1 day', start_time) AS at,
    bot,
    coalesce(nullif(channel, ''), 'unknown') AS channel,
    CASE WHEN lowest_confidence IS NOT NULL
        THEN least(floor(lowest_confidence * 20 + 1e-9), 19)::integer END AS bin,
    finalised,
    count(*) AS n
FROM _turnspan.session
WHERE NOT test AND lowest_confidence IS DISTINCT FROM 'Infinity'
GROUP BY 1, 2, 3, 4, 5
WITH NO DATA;

CREATE MATERIALIZED VIEW _turnspan.session_confidence_all_1d
WITH (timescaledb.continuous, timescaledb.materialized_only = true,
    timescaledb.create_group_indexes = false) AS
SELECT
    time_bucket('1 day', start_time) AS at,
    coalesce(nullif(channel, ''), 'unknown') AS channel,
    coalesce(nullif(locale, ''), 'unknown') AS locale,
    coalesce(nullif(intent, ''), 'unknown') AS intent,
    CASE WHEN lowest_confidence IS NOT NULL
        THEN least(floor(lowest_confidence * 20 + 1e-9), 19)::integer END AS bin,
    finalised,
    count(*) AS n
FROM _turnspan.session
WHERE NOT test AND lowest_confidence IS DISTINCT FROM 'Infinity'
GROUP BY 1, 2, 3, 4, 5, 6
WITH NO DATA;

CREATE INDEX session_confidence_1d_bot ON _turnspan.session_confidence_1d
    (bot, at DESC);
ALTER MATERIALIZED VIEW _turnspan.session_confidence_1d
    SET (timescaledb.enable_columnstore, timescaledb.segmentby = 'bot');
ALTER MATERIALIZED VIEW _turnspan.session_confidence_all_1d
    SET (timescaledb.enable_columnstore);

SELECT add_continuous_aggregate_policy(
    format('_turnspan.%I', name)::regclass,
    start_offset => interval '53 hours',
    end_offset => interval '4 hours',
    schedule_interval => interval '1 hour',
    initial_start => now() + interval '30 minutes'
)
FROM unnest(ARRAY['session_confidence_1d', 'session_confidence_all_1d']) AS name;
