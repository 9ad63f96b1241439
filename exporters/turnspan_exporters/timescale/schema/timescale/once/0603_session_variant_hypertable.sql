-- The hypertable of what assignments are made of; policies follow the settings.

SELECT create_hypertable(
    '_turnspan.session_variant', by_range('session_start', INTERVAL '7 days'),
    create_default_indexes => false, migrate_data => true);

ALTER TABLE _turnspan.session_variant SET (
    timescaledb.enable_columnstore, timescaledb.segmentby = 'bot',
    timescaledb.orderby = 'session_start DESC');
