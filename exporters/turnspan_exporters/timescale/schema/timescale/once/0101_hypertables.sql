-- Hypertables of the raw and the derived rows. Chunk interval, retention and the
-- columnstore's policies follow their settings (always/190).

SELECT create_hypertable(
    format('_turnspan.%I', name)::regclass,
    by_range(time_column, INTERVAL '7 days'),
    create_default_indexes => false, migrate_data => true)
FROM (VALUES
    ('span', 'start_time'),
    ('event', 'time'),
    ('metric_point', 'time'),
    ('turn', 'start_time'),
    ('session', 'start_time'),
    ('handoff', 'requested_at'),
    ('session_cta', 'session_start')
) AS of_table (name, time_column);

ALTER TABLE _turnspan.span SET (
    timescaledb.enable_columnstore, timescaledb.segmentby = 'bot',
    timescaledb.orderby = 'start_time DESC');
ALTER TABLE _turnspan.event SET (
    timescaledb.enable_columnstore, timescaledb.segmentby = 'bot',
    timescaledb.orderby = 'time DESC');
ALTER TABLE _turnspan.metric_point SET (
    timescaledb.enable_columnstore, timescaledb.segmentby = 'bot',
    timescaledb.orderby = 'time DESC');
ALTER TABLE _turnspan.turn SET (
    timescaledb.enable_columnstore, timescaledb.segmentby = 'bot',
    timescaledb.orderby = 'start_time DESC');
ALTER TABLE _turnspan.session SET (
    timescaledb.enable_columnstore, timescaledb.segmentby = 'bot',
    timescaledb.orderby = 'start_time DESC');
ALTER TABLE _turnspan.handoff SET (
    timescaledb.enable_columnstore, timescaledb.segmentby = 'bot',
    timescaledb.orderby = 'requested_at DESC');
ALTER TABLE _turnspan.session_cta SET (
    timescaledb.enable_columnstore, timescaledb.segmentby = 'bot',
    timescaledb.orderby = 'session_start DESC');
