-- Late rows and continuous aggregates (TimescaleDB), and retention (without it).

-- name: aggregates
SELECT view_name, hypertable_name, format('%I.%I', view_schema, view_name)
FROM timescaledb_information.continuous_aggregates
WHERE view_schema = '_turnspan'

-- name: watermark
-- Up to where an aggregate is materialised; null when it never was.
SELECT nullif(greatest('epoch'::timestamptz, _timescaledb_functions.to_timestamp(
    _timescaledb_functions.cagg_watermark(c.mat_hypertable_id))), 'epoch')
FROM _timescaledb_catalog.continuous_agg c
WHERE c.user_view_schema = '_turnspan' AND c.user_view_name = %(view)s

-- name: fan_out
-- One entry a table becomes one entry for each aggregate over it.
WITH taken AS (
    DELETE FROM _turnspan.touched_window WHERE of_table = %(table)s
    RETURNING from_time, to_time)
INSERT INTO _turnspan.touched_window (of_table, from_time, to_time)
SELECT view, from_time, to_time FROM taken, unnest(%(views)s::text[]) AS view

-- name: late_windows
SELECT id, from_time, to_time FROM _turnspan.touched_window
WHERE of_table = %(view)s ORDER BY from_time

-- name: windows_done
DELETE FROM _turnspan.touched_window WHERE id = ANY (%(ids)s)

-- name: heal
-- All that is materialised: a refresh does again only what is known to be stale.
INSERT INTO _turnspan.touched_window (of_table, from_time, to_time)
VALUES (%(view)s, %(from)s, %(to)s)

-- name: forget_windows
DELETE FROM _turnspan.touched_window

-- name: refresh
CALL refresh_continuous_aggregate(%(view)s::regclass, %(from)s, %(to)s)

-- name: oldest_kept
SELECT now() - _turnspan.setting_interval('', %(setting)s)

-- name: lock_refresh
SELECT pg_try_advisory_lock(1953719091, 1)

-- name: unlock_refresh
SELECT pg_advisory_unlock(1953719091, 1)

-- name: drop_old
DELETE FROM {table} WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM {table}
    WHERE {time} < now() - _turnspan.setting_interval('', %(setting)s)
    LIMIT 10000))
