-- Taking what is touched: whoever holds a shard's lock owns its conversations.

-- name: lock_shards
SELECT shard FROM unnest(%(shards)s::integer[]) AS shard
WHERE pg_try_advisory_xact_lock(%(space)s, shard)

-- name: lock_conversations
-- Held by each batch of conversations from before it reads.
SELECT pg_advisory_xact_lock_shared(1953719091, 5)

-- name: lock_sessions
-- Nobody derives conversations meanwhile. Who looks for the conversation of an orphan
-- would find none while a batch writes it. And of two that change a row of a hypertable
-- at once the second does nothing: it waits, and then passes over what the first has
-- made of the row. A lock of rows is no way out, since the columnstore has none.
SELECT pg_advisory_xact_lock(1953719091, 5)

-- name: waiting
SELECT
    EXISTS (SELECT FROM _turnspan.touched WHERE shard >= 0 AND not_before <= now()),
    EXISTS (SELECT FROM _turnspan.touched_user WHERE not_before <= now()),
    EXISTS (SELECT FROM _turnspan.touched WHERE shard = -1)

-- name: claim_conversations
WITH taken AS (
    DELETE FROM _turnspan.touched WHERE id IN (
        SELECT id FROM _turnspan.touched
        WHERE shard = ANY (%(shards)s) AND not_before <= now()
        ORDER BY id LIMIT %(rows)s)
    RETURNING bot, conversation_id, from_time, to_time, neighbour, attempts)
INSERT INTO claim SELECT * FROM taken

-- name: claim_users
WITH taken AS (
    DELETE FROM _turnspan.touched_user WHERE id IN (
        SELECT id FROM _turnspan.touched_user
        WHERE shard = ANY (%(shards)s) AND not_before <= now()
        ORDER BY id LIMIT %(rows)s)
    RETURNING bot, user_key, from_time, to_time, attempts)
INSERT INTO person
SELECT bot, user_key, min(from_time), max(to_time), max(attempts)
FROM taken GROUP BY bot, user_key

-- name: keys
WITH clustered AS (
    -- Ranges far apart are derived one after the other, the earliest first.
    SELECT *, count(*) FILTER (WHERE gap > interval '48 hours')
        OVER (PARTITION BY bot, conversation_id ORDER BY from_time, to_time) AS cluster
    FROM (
        SELECT *, from_time - max(to_time) OVER (
            PARTITION BY bot, conversation_id ORDER BY from_time, to_time
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS gap
        FROM claim) AS c
), later AS (
    INSERT INTO _turnspan.touched
        (bot, conversation_id, from_time, to_time, neighbour, attempts)
    SELECT bot, conversation_id, min(from_time), max(to_time), bool_and(neighbour),
        max(attempts)
    FROM clustered WHERE cluster > 0 GROUP BY bot, conversation_id, cluster
), settings AS MATERIALIZED (
    SELECT b.bot, b.session_timeout, b.handoff_pending_max, b.handoff_human_max,
        b.came_back_within, b.click_window, b.timezone
    FROM _turnspan.bot_setting b WHERE b.bot IN (SELECT c.bot FROM claim c)
)
INSERT INTO key (bot, conversation_id, a, b, lo, hi, neighbour, t, pending_max,
    human_max, came_back, click_window, timezone, parameters)
SELECT c.bot, c.conversation_id, min(from_time), max(to_time),
    min(from_time) - 6 * session_timeout - interval '3 hours',
    max(to_time) + 6 * session_timeout + interval '3 hours',
    bool_and(neighbour), session_timeout, handoff_pending_max, handoff_human_max,
    came_back_within, click_window, timezone,
    jsonb_build_object(
        'session_timeout', extract(epoch FROM session_timeout),
        'handoff_pending_max', extract(epoch FROM handoff_pending_max),
        'handoff_human_max', extract(epoch FROM handoff_human_max),
        'came_back_within', extract(epoch FROM came_back_within),
        'click_window', extract(epoch FROM click_window))
FROM clustered c JOIN settings USING (bot)
WHERE cluster = 0
GROUP BY c.bot, c.conversation_id, session_timeout, handoff_pending_max,
    handoff_human_max, came_back_within, click_window, timezone

-- name: windows
-- With whether any record names a goal, a rating, a node, or a variant.
SELECT (SELECT min(w0) FROM key), (SELECT max(w1) FROM key),
    bool_or(name = 'chatbot.goal'),
    bool_or(name IN ('chatbot.feedback', 'chatbot.feedback.request')),
    bool_or(node_id IS NOT NULL),
    bool_or(variant IS NOT NULL OR attributes ? 'chatbot.experiment.assignments')
FROM rec

-- name: oldest_conversation
SELECT id, bot, conversation_id, attempts FROM _turnspan.touched
WHERE shard = ANY (%(shards)s) AND not_before <= now() ORDER BY id LIMIT 1

-- name: postpone_conversation
UPDATE _turnspan.touched SET attempts = attempts + 1,
    not_before = now() + make_interval(secs => power(2, attempts))
WHERE id = %(id)s

-- name: park_conversation
WITH parked AS (DELETE FROM _turnspan.touched WHERE id = %(id)s RETURNING *)
INSERT INTO _turnspan.dead_letter (received_at, signal, reason, payload)
SELECT now(), 'derivation', %(reason)s, to_jsonb(parked) FROM parked

-- name: oldest_user
SELECT id, bot, user_key, attempts FROM _turnspan.touched_user
WHERE shard = ANY (%(shards)s) AND not_before <= now() ORDER BY id LIMIT 1

-- name: postpone_user
UPDATE _turnspan.touched_user SET attempts = attempts + 1,
    not_before = now() + make_interval(secs => power(2, attempts))
WHERE id = %(id)s

-- name: park_user
WITH parked AS (DELETE FROM _turnspan.touched_user WHERE id = %(id)s RETURNING *)
INSERT INTO _turnspan.dead_letter (received_at, signal, reason, payload)
SELECT now(), 'derivation', %(reason)s, to_jsonb(parked) FROM parked

-- name: due_hours
-- The bots and hours in which sessions began that have come due. They are looked for
-- first: an update makes rows again of every batch of a columnstore that it cannot rule
-- out, and by the state of its sessions it rules out none.
SELECT DISTINCT bot, date_trunc('hour', start_time) FROM _turnspan.session
WHERE NOT finalised AND closes_at < now() AND start_time > %(since)s
ORDER BY 2, 1

-- name: sweep
WITH due AS (
    UPDATE _turnspan.session SET finalised = true
    WHERE NOT finalised AND closes_at < now() AND start_time > %(since)s
    AND bot = %(bot)s AND start_time >= %(hour)s
    AND start_time < %(hour)s + interval '1 hour'
    RETURNING session_key, start_time)
INSERT INTO label SELECT session_key, start_time FROM due

-- name: touch_swept
INSERT INTO _turnspan.touched_window (of_table, from_time, to_time)
SELECT 'session', min(start_time), max(start_time) FROM label
GROUP BY date_trunc('day', start_time)

-- name: pending
SELECT (SELECT count(*) FROM _turnspan.touched)
    + (SELECT count(*) FROM _turnspan.touched_user)

-- name: oldest_touched
SELECT extract(epoch FROM now() - least(
    (SELECT min(touched_at) FROM _turnspan.touched),
    (SELECT min(touched_at) FROM _turnspan.touched_user)))::float8
