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
-- What was entered for a table is for each aggregate over it, together with what still
-- waits there: few ranges, however many were entered.
WITH taken AS (
    DELETE FROM _turnspan.touched_window WHERE of_table = %(table)s
    RETURNING from_time, to_time
), waiting AS (
    DELETE FROM _turnspan.touched_window WHERE of_table = ANY (%(views)s)
    AND NOT is_whole
    AND EXISTS (SELECT FROM _turnspan.touched_window WHERE of_table = %(table)s)
    RETURNING of_table, from_time, to_time
), spans AS (
    SELECT of_table, unnest(range_agg(tstzrange(
        date_bin('15 minutes', from_time, '2000-01-01 00:00Z'),
        date_bin('15 minutes', to_time, '2000-01-01 00:00Z') + interval '15 minutes'
    ))) AS span
    FROM (
        SELECT * FROM waiting
        UNION ALL
        SELECT view, from_time, to_time FROM taken, unnest(%(views)s::text[]) AS view
    ) AS entered
    GROUP BY of_table
)
INSERT INTO _turnspan.touched_window (of_table, from_time, to_time)
SELECT of_table, lower(span), upper(span) - interval '1 microsecond' FROM spans

-- name: waiting_windows
SELECT DISTINCT of_table FROM _turnspan.touched_window

-- name: late_windows
SELECT id, from_time, to_time, is_whole FROM _turnspan.touched_window
WHERE of_table = %(view)s ORDER BY from_time

-- name: windows_done
DELETE FROM _turnspan.touched_window WHERE id = ANY (%(ids)s)

-- name: heal
-- All that is materialised: a refresh does again only what is known to be stale.
INSERT INTO _turnspan.touched_window (of_table, from_time, to_time, is_whole)
VALUES (%(view)s, %(from)s, %(to)s, true)

-- name: is_whole
DELETE FROM _turnspan.touched_window WHERE of_table = %(view)s AND is_whole

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

-- name: lock_dropped
-- Two looks at a time would each compare with what the other has just seen.
LOCK TABLE _turnspan.dropped IN SHARE ROW EXCLUSIVE MODE

-- name: look_for_dropped
-- What began earlier at the last look was dropped since, by the chunks that were there
-- then. A table that is empty now begins with what comes. A look sees chunks that were
-- created while it was being planned, after now().
WITH now_there AS (
    SELECT c.hypertable_name AS of_table, coalesce(min(k.range_start), now()) AS first,
        coalesce(min(k.range_start) FILTER (WHERE k.chunk_creation_time <= d.looked_at),
            now()) AS first_known,
        greatest(now(), max(k.chunk_creation_time)) AS looked_at
    FROM (SELECT DISTINCT hypertable_schema, hypertable_name
        FROM timescaledb_information.continuous_aggregates
        WHERE view_schema = '_turnspan') AS c
    LEFT JOIN _turnspan.dropped AS d ON d.of_table = c.hypertable_name
    LEFT JOIN timescaledb_information.chunks AS k USING (hypertable_schema,
        hypertable_name)
    GROUP BY 1, d.of_table
    HAVING min(k.range_start) IS NOT NULL OR d.of_table IS NOT NULL
)
INSERT INTO _turnspan.dropped AS d (of_table, first_chunk, looked_at)
SELECT of_table, first, looked_at FROM now_there
ON CONFLICT (of_table) DO UPDATE SET
    first_chunk = excluded.first_chunk,
    looked_at = excluded.looked_at,
    dropped_before = (SELECT CASE WHEN t.first_known > d.first_chunk
            THEN greatest(d.dropped_before, t.first_known) ELSE d.dropped_before END
        FROM now_there AS t WHERE t.of_table = d.of_table)

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
