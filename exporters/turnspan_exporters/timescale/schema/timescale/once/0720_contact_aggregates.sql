-- What became of sessions after they ended, by the day; and sessions of all bots
-- together by the hour, for the hours of the week.

-- Whether a user was back in time is known once the time is over, 168 hours at most:
-- these rows serve days of which every session had ended by then (last_end).
CREATE MATERIALIZED VIEW _turnspan.contact_1d
WITH (timescaledb.continuous, timescaledb.materialized_only = true,
    timescaledb.create_group_indexes = false) AS
SELECT
    time_bucket('1 day', start_time) AS at,
    bot,
    coalesce(nullif(channel, ''), 'unknown') AS channel,
    coalesce(nullif(locale, ''), 'unknown') AS locale,
    finalised,
    count(*) FILTER (WHERE outcome IN ('resolved_confirmed', 'resolved_implied'))
        AS recontact_due,
    count(*) FILTER (WHERE outcome IN ('resolved_confirmed', 'resolved_implied')
        AND next_start - end_time <= interval '24 hours') AS recontacts,
    count(*) FILTER (WHERE outcome IN ('resolved_confirmed', 'resolved_implied'))
        AS durable_due,
    count(*) FILTER (WHERE outcome IN ('resolved_confirmed', 'resolved_implied')
        AND coalesce(next_start - end_time > interval '168 hours', true)) AS durable,
    max(end_time) AS last_end
FROM _turnspan.session
WHERE NOT test AND user_turns > 0
GROUP BY 1, 2, 3, 4, 5
WITH NO DATA;

CREATE MATERIALIZED VIEW _turnspan.session_clock_1h
WITH (timescaledb.continuous, timescaledb.materialized_only = true,
    timescaledb.create_group_indexes = false) AS
SELECT
    time_bucket('1 hour', at) AS at,
    channel,
    finalised,
    sum(base)::bigint AS base
FROM _turnspan.session_15m
GROUP BY time_bucket('1 hour', at), channel, finalised
WITH NO DATA;

CREATE INDEX contact_1d_bot ON _turnspan.contact_1d (bot, at DESC);
ALTER MATERIALIZED VIEW _turnspan.contact_1d
    SET (timescaledb.enable_columnstore, timescaledb.segmentby = 'bot');
ALTER MATERIALIZED VIEW _turnspan.session_clock_1h
    SET (timescaledb.enable_columnstore);

SELECT add_continuous_aggregate_policy(
    format('_turnspan.%I', name)::regclass,
    start_offset => interval '53 hours',
    end_offset => interval '4 hours',
    schedule_interval => interval '1 hour',
    initial_start => now() + interval '30 minutes'
)
FROM unnest(ARRAY['contact_1d', 'session_clock_1h']) AS name;
