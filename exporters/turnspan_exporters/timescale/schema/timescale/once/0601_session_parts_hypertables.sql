-- Hypertables of the further parts of a session; policies follow the settings.

SELECT create_hypertable(
    format('_turnspan.%I', name)::regclass,
    by_range('session_start', INTERVAL '7 days'),
    create_default_indexes => false, migrate_data => true)
FROM unnest(ARRAY['goal', 'feedback', 'session_node']) AS name;

ALTER TABLE _turnspan.goal SET (
    timescaledb.enable_columnstore, timescaledb.segmentby = 'bot',
    timescaledb.orderby = 'session_start DESC');
ALTER TABLE _turnspan.feedback SET (
    timescaledb.enable_columnstore, timescaledb.segmentby = 'bot',
    timescaledb.orderby = 'session_start DESC');
ALTER TABLE _turnspan.session_node SET (
    timescaledb.enable_columnstore, timescaledb.segmentby = 'bot',
    timescaledb.orderby = 'session_start DESC');
