-- Late rows and continuous aggregates (TimescaleDB), and retention (without it).

-- name: aggregates
-- Each with the table its rows come from in the end and the one it reads itself, which
-- is an aggregate's for those on top of another; the lower ones first.
WITH RECURSIVE made AS (
    SELECT c.view_name, c.hypertable_name AS base, c.hypertable_name AS source,
        c.materialization_hypertable_name AS kept_in, 1 AS level
    FROM timescaledb_information.continuous_aggregates AS c
    WHERE c.view_schema = '_turnspan' AND c.hypertable_schema = '_turnspan'
    UNION ALL
    SELECT c.view_name, m.base, c.hypertable_name, c.materialization_hypertable_name,
        m.level + 1
    FROM made AS m
    JOIN timescaledb_information.continuous_aggregates AS c
        ON c.hypertable_name = m.kept_in AND c.hypertable_schema <> '_turnspan'
    WHERE c.view_schema = '_turnspan'
)
SELECT m.view_name, m.base, m.source, '_turnspan.' || quote_ident(m.view_name),
    f.bucket_width::interval
FROM made AS m
JOIN _timescaledb_catalog.continuous_agg AS c
    ON c.user_view_schema = '_turnspan' AND c.user_view_name = m.view_name
JOIN _timescaledb_catalog.continuous_aggs_bucket_function AS f
    ON f.mat_hypertable_id = c.mat_hypertable_id
ORDER BY m.level, m.view_name

-- name: watermark
-- Up to where an aggregate is materialised; null when it never was.
SELECT _turnspan.stored_until(%(view)s)

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

-- name: refreshes_in_batches
SELECT EXISTS (
    SELECT FROM pg_proc WHERE proname = 'refresh_continuous_aggregate' AND pronargs = 5)

-- name: refresh_batched
CALL refresh_continuous_aggregate(%(view)s::regclass, %(from)s, %(to)s, false,
    %(options)s::jsonb)

-- name: look_for_dropped
-- What began earlier at the last look was dropped since. A table that is empty now
-- begins with what comes.
WITH now_there AS (
    SELECT c.hypertable_name AS of_table, coalesce(min(k.range_start), now()) AS first
    FROM (SELECT DISTINCT hypertable_schema, hypertable_name
        FROM timescaledb_information.continuous_aggregates
        WHERE view_schema = '_turnspan') AS c
    LEFT JOIN timescaledb_information.chunks AS k USING (hypertable_schema,
        hypertable_name)
    GROUP BY 1
    HAVING min(k.range_start) IS NOT NULL
        OR EXISTS (SELECT FROM _turnspan.dropped WHERE of_table = c.hypertable_name)
)
INSERT INTO _turnspan.dropped AS d (of_table, first_chunk)
SELECT of_table, first FROM now_there
ON CONFLICT (of_table) DO UPDATE SET
    first_chunk = excluded.first_chunk,
    dropped_before = CASE WHEN excluded.first_chunk > d.first_chunk
        THEN greatest(d.dropped_before, excluded.first_chunk)
        ELSE d.dropped_before END
WHERE d.first_chunk <> excluded.first_chunk

-- name: oldest_kept
-- From where on a table's rows are whole, by its retention and by what is there.
SELECT greatest(now() - _turnspan.setting_interval('', %(setting)s), coalesce(
    (SELECT greatest(dropped_before, first_chunk) FROM _turnspan.dropped
     WHERE of_table = %(source)s), now()))

-- name: lock_refresh
SELECT pg_try_advisory_lock(1953719091, 1)

-- name: unlock_refresh
SELECT pg_advisory_unlock(1953719091, 1)

-- name: drop_old
DELETE FROM {table} WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM {table}
    WHERE {time} < now() - _turnspan.setting_interval('', %(setting)s)
    LIMIT 10000))
