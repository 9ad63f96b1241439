-- Further coarse aggregates, see 0711 and 0720: of all bots together by what was
-- released, where bins make the groups many, and of each bot where 0711 has them by
-- channel and intent alone.

DO $$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT * FROM (VALUES
        ('latency_release_1d', 'latency_15m', '1 day',
            'environment, version, variant, bin', 'n total'),
        ('first_response_release_1d', 'first_response_15m', '1 day',
            'environment, version, variant, bin', 'n total'),
        ('question_release_1d', 'question_15m', '1 day',
            'environment, version, variant, intent, bin, missed', 'nlu_turns total'),
        ('question_bot_1d', 'question_15m', '1 day', 'bot, intent, bin, missed',
            'nlu_turns total'),
        ('event_node_1d', 'event_15m', '1 day', 'bot, name, node', 'events'),
        ('session_clock_bot_1h', 'session_15m', '1 hour', 'bot, finalised', 'base')
    ) AS v(name, source, width, dimensions, measures) LOOP
        EXECUTE format(
            'CREATE MATERIALIZED VIEW _turnspan.%I
            WITH (timescaledb.continuous, timescaledb.materialized_only = true,
                timescaledb.create_group_indexes = false) AS
            SELECT time_bucket(interval %5$L, at) AS at, %2$s, %3$s
            FROM _turnspan.%4$I
            GROUP BY time_bucket(interval %5$L, at), %2$s
            WITH NO DATA',
            one.name, one.dimensions,
            (SELECT string_agg(format(
                CASE WHEN measure = 'total' THEN 'sum(%1$I) AS %1$I'
                    ELSE 'sum(%1$I)::bigint AS %1$I' END, measure), ', ')
            FROM string_to_table(one.measures, ' ') AS measure),
            one.source, one.width);
    END LOOP;
END
$$;

CREATE MATERIALIZED VIEW _turnspan.contact_release_1d
WITH (timescaledb.continuous, timescaledb.materialized_only = true,
    timescaledb.create_group_indexes = false) AS
SELECT
    time_bucket('1 day', start_time) AS at,
    coalesce(nullif(environment, ''), 'unknown') AS environment,
    coalesce(nullif(version, ''), 'unknown') AS version,
    coalesce(nullif(variant, ''), 'unknown') AS variant,
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

DO $$
DECLARE
    of_bots CONSTANT text[] := ARRAY['question_bot_1d', 'event_node_1d',
        'session_clock_bot_1h'];
    of_all CONSTANT text[] := ARRAY['latency_release_1d', 'first_response_release_1d',
        'question_release_1d', 'contact_release_1d'];
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
