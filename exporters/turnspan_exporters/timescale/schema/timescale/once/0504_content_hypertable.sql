-- Chunk interval and retention follow their settings (always/190).
SELECT create_hypertable('_turnspan.content', by_range('time', INTERVAL '1 day'),
    create_default_indexes => false, migrate_data => true);
