-- Erasing a user. mine stands for the rows of the user in a table, other for those of
-- somebody else; both are filled in for each table.

-- name: erase_sets
CREATE TEMPORARY TABLE IF NOT EXISTS erase_conversation (
    bot text, conversation_id text, own boolean NOT NULL DEFAULT true,
    seen boolean NOT NULL DEFAULT true,  -- false: the user's by its very id
    PRIMARY KEY (bot, conversation_id));
CREATE TEMPORARY TABLE IF NOT EXISTS erase_turn (
    bot text, turn_id text, PRIMARY KEY (bot, turn_id));
CREATE TEMPORARY TABLE IF NOT EXISTS erase_handoff (
    bot text, handoff_id text, PRIMARY KEY (bot, handoff_id));
CREATE TEMPORARY TABLE IF NOT EXISTS erase_trace (trace_id uuid PRIMARY KEY);
CREATE TEMPORARY TABLE IF NOT EXISTS erase_session (
    session_key uuid PRIMARY KEY);
CREATE TEMPORARY TABLE IF NOT EXISTS erase_uid (uid uuid PRIMARY KEY);
CREATE TEMPORARY TABLE IF NOT EXISTS erase_window (
    of_table text, bot text, from_time timestamptz, to_time timestamptz);
CREATE TEMPORARY TABLE IF NOT EXISTS erase_touched (
    bot text, conversation_id text, from_time timestamptz, to_time timestamptz)

-- name: erase_tables
-- Every table of ours: its columns with their types, its key, its column of time where
-- it is a hypertable.
SELECT c.relname,
    (SELECT jsonb_object_agg(a.attname, format_type(a.atttypid, NULL))
        FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
    (SELECT array_agg(a.attname ORDER BY k.place)
        FROM pg_index i
        CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (attnum, place)
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
        WHERE i.indrelid = c.oid AND i.indisprimary),
    c.relnamespace::regnamespace::text
FROM pg_class c
WHERE c.relnamespace::regnamespace::text IN ('_turnspan', 'turnspan')
AND c.relkind IN ('r', 'p', 'm')
ORDER BY c.relname

-- name: erase_times
SELECT hypertable_name, column_name FROM timescaledb_information.dimensions
WHERE hypertable_schema = '_turnspan' AND dimension_type = 'Time'

-- name: erase_channels
SELECT DISTINCT channel FROM {table} WHERE channel IS NOT NULL

-- name: erase_begin
INSERT INTO _turnspan.erasure (subject, bots)
VALUES (_turnspan.tombstone_of('user', '', %(subject)s), %(bots)s)
RETURNING id, asked_at

-- name: erase_user_tombstones
INSERT INTO _turnspan.tombstone (erasure_id, hash, until)
SELECT %(id)s, _turnspan.tombstone_of('user', bot, user_key), clock_timestamp()
FROM unnest(%(scope)s::text[]) AS bot, unnest(%(keys)s::text[]) AS user_key
ON CONFLICT (hash) DO UPDATE SET
    until = excluded.until, erasure_id = excluded.erasure_id

-- name: erase_tombstones
INSERT INTO _turnspan.tombstone (erasure_id, hash, until)
SELECT DISTINCT ON (hash) %(id)s::bigint, hash, clock_timestamp() FROM (
    SELECT _turnspan.tombstone_of('conversation', bot, conversation_id) AS hash
    FROM erase_conversation WHERE own
    UNION ALL
    SELECT _turnspan.tombstone_of('turn', bot, turn_id) FROM erase_turn
    UNION ALL
    SELECT _turnspan.tombstone_of('handoff', bot, handoff_id) FROM erase_handoff
    UNION ALL
    SELECT _turnspan.tombstone_of('trace', '', replace(trace_id::text, '-', ''))
    FROM erase_trace) AS made
ON CONFLICT (hash) DO UPDATE SET until = excluded.until

-- name: erase_barrier
-- Every writer that has not seen the tombstones is done once this is granted.
SELECT pg_advisory_xact_lock(1953719091, 4)

-- name: erase_hold_derivation
-- Nobody derives from rows that go, and nobody puts derived rows back. Last comes the
-- lock of the sessions: whoever holds that waits for no shard.
SELECT pg_advisory_xact_lock(space, shard)
FROM (SELECT space, shard
    FROM (VALUES (1953719089), (1953719090)) AS s (space),
        generate_series(-1, 15) AS shard
    UNION ALL SELECT 1953719091, 5
    ORDER BY space, shard) AS locks

-- name: erase_conversations
INSERT INTO erase_conversation (bot, conversation_id)
SELECT DISTINCT bot, conversation_id FROM {table} AS t
WHERE {mine} AND conversation_id IS NOT NULL
ON CONFLICT (bot, conversation_id) DO UPDATE SET seen = true

-- name: erase_named_conversations
INSERT INTO erase_conversation (bot, conversation_id, seen)
SELECT bot, id, false
FROM unnest(%(bots)s::text[]) AS bot, unnest(%(named)s::text[]) AS id
ON CONFLICT DO NOTHING

-- name: erase_shared
UPDATE erase_conversation AS e SET own = false
WHERE own AND EXISTS (SELECT FROM {table} AS t WHERE t.bot = e.bot
    AND t.conversation_id = e.conversation_id AND {other})

-- name: erase_ids
INSERT INTO {set} SELECT DISTINCT {columns} FROM {table} AS t
WHERE {mine} AND {last} IS NOT NULL
ON CONFLICT DO NOTHING

-- name: erase_not_ids
DELETE FROM {set} AS e USING (
    SELECT DISTINCT {columns} FROM {table} AS t WHERE {other} AND {last} IS NOT NULL
) AS o
WHERE {same}

-- name: erase_old_sessions
-- A session's labels stay under its key when its start has moved since: it is known by
-- being made again.
INSERT INTO erase_session
SELECT DISTINCT h.session_key
FROM (SELECT DISTINCT t.bot, t.channel, t.conversation_id, t.session_id
    FROM _turnspan.turn t JOIN erase_conversation e USING (bot, conversation_id)
    WHERE e.own) AS k
JOIN _turnspan.outcome_history h ON h.bot = k.bot
    AND h.session_key = md5(concat_ws(E'\x1f', k.bot, k.channel, k.conversation_id,
        coalesce(k.session_id, E'\x1e'),
        (extract(epoch FROM h.session_start) * 1000000)::bigint))::uuid
ON CONFLICT DO NOTHING

-- name: erase_victims
CREATE TEMPORARY TABLE erase_victim ON COMMIT DROP AS
SELECT {columns} FROM {table} AS t WHERE {mine}

-- name: erase_victims_gone
DROP TABLE erase_victim

-- name: erase_victim_uids
INSERT INTO erase_uid SELECT uid FROM erase_victim ON CONFLICT DO NOTHING

-- name: erase_victims_touch
-- In conversations of others too, what is left is derived again.
INSERT INTO erase_touched
SELECT v.bot, v.conversation_id, min(v.{time}), max(v.{time})
FROM erase_victim v JOIN erase_conversation e USING (bot, conversation_id)
WHERE NOT e.own GROUP BY 1, 2

-- name: erase_clusters
-- Stretches of a bot's rows close together: each is a deletion of its own, so that only
-- their compressed batches are opened.
SELECT bot, min(at), max(at) FROM (
    SELECT bot, at, count(*) FILTER (WHERE gap > interval '1 hour')
        OVER (PARTITION BY bot ORDER BY at) AS cluster
    FROM (SELECT bot, {time} AS at,
        {time} - lag({time}) OVER (PARTITION BY bot ORDER BY {time}) AS gap
        FROM erase_victim) AS gaps) AS numbered
GROUP BY bot, cluster ORDER BY bot, min(at)

-- name: erase_cluster
{act} {same} AND t.bot = {bot} AND t.{time} >= {from} AND t.{time} <= {to}

-- name: erase_touch
INSERT INTO _turnspan.touched (bot, conversation_id, from_time, to_time)
SELECT bot, conversation_id, min(from_time), max(to_time) FROM erase_touched
GROUP BY 1, 2

-- name: erase_windows
INSERT INTO _turnspan.touched_window (of_table, from_time, to_time)
SELECT %(table)s::text, %(from)s, %(to)s
WHERE EXISTS (SELECT FROM timescaledb_information.continuous_aggregates
    WHERE hypertable_schema = '_turnspan' AND hypertable_name = %(table)s::text)

-- name: erase_visits
SELECT _turnspan.note_visits(array_agg(bot), array_agg(start_time))
FROM erase_victim HAVING count(*) > 0

-- name: erase_state
UPDATE _turnspan.erasure SET state = %(state)s, rows_erased = %(rows)s::jsonb,
    certificate = %(certificate)s::jsonb,
    finished_at = CASE WHEN %(state)s = 'proven' THEN clock_timestamp() END
WHERE id = %(id)s

-- name: erase_counts
SELECT (SELECT count(*) FROM erase_conversation WHERE own AND seen),
    (SELECT count(*) FROM erase_conversation WHERE NOT own),
    (SELECT count(*) FROM erase_turn), (SELECT count(*) FROM erase_trace),
    (SELECT count(*) FROM _turnspan.tombstone WHERE erasure_id = %(id)s)

-- name: erase_distinct_ids
-- What the search looks for besides the person's own ids.
SELECT conversation_id FROM erase_conversation WHERE own
UNION SELECT turn_id FROM erase_turn

-- name: tombstone_secret
SELECT secret FROM _turnspan.erasure_secret

-- name: tombstones
SELECT hash, extract(epoch FROM until) FROM _turnspan.tombstone

-- name: newest_tombstone
SELECT _turnspan.newest_tombstone()
