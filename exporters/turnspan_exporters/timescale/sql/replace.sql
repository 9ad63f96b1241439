-- Putting the windows' rows in place of what was derived before. {table}, {out},
-- {time}, {user} and {same} are filled in for each derived table.

-- name: replace_gone
WITH gone AS (
    DELETE FROM _turnspan.{table} AS d USING key
    WHERE key.w0 IS NOT NULL AND d.bot = key.bot
    AND d.conversation_id = key.conversation_id
    AND d.{time} BETWEEN key.w0 AND key.w1
    AND d.{time} BETWEEN %(from)s AND %(to)s
    AND NOT EXISTS (SELECT FROM {out} o
        WHERE {same} AND ROW(o.*) IS NOT DISTINCT FROM ROW(d.*))
    RETURNING d.bot, d.conversation_id, {user} AS user_key, d.{time} AS at)
INSERT INTO changed SELECT %(table)s, bot, conversation_id, user_key, at, true FROM gone

-- name: replace_new
WITH new AS (
    INSERT INTO _turnspan.{table}
    SELECT o.* FROM {out} o
    WHERE NOT EXISTS (SELECT FROM _turnspan.{table} d
        WHERE {same} AND d.{time} BETWEEN %(from)s AND %(to)s)
    ON CONFLICT DO NOTHING
    RETURNING bot, conversation_id, {user} AS user_key, {time} AS at)
INSERT INTO changed SELECT %(table)s, bot, conversation_id, user_key, at, false FROM new

-- name: label_sessions
INSERT INTO label
SELECT o.session_key, o.start_time FROM session_out o
WHERE EXISTS (SELECT FROM changed c WHERE c.of_table = 'session'
    AND c.bot = o.bot AND c.conversation_id = o.conversation_id)

-- name: span_of_labels
-- Changes of a session's time are bounded by values, not by a join: the columnstore
-- makes rows again of every batch that an update cannot rule out before it runs.
SELECT min(start_time), max(start_time) FROM label

-- name: follow
-- When the same user began the next session; a return may turn a label over. Without
-- a user key the conversation stands in.
WITH followed AS (
    SELECT s.session_key, s.start_time, n.next_start, CASE
        WHEN s.implied THEN _turnspan.outcome(true, false, false, true, s.end_time,
            n.next_start,
            make_interval(secs => (s.parameters ->> 'came_back_within')::float8))
        ELSE s.outcome END AS outcome
    FROM label l JOIN _turnspan.session s USING (session_key, start_time)
    CROSS JOIN LATERAL (
        SELECT min(start_time) AS next_start FROM (
            SELECT min(n.start_time) AS start_time FROM _turnspan.session n
            WHERE s.user_key IS NOT NULL AND n.bot = s.bot AND n.user_key = s.user_key
            AND n.test = s.test AND n.user_turns > 0 AND n.start_time > s.end_time
            AND n.start_time <= s.end_time + _turnspan.return_reach()
            UNION ALL
            SELECT min(n.start_time) FROM _turnspan.session n
            WHERE s.user_key IS NULL AND n.bot = s.bot
            AND n.conversation_id = s.conversation_id
            AND n.test = s.test AND n.user_turns > 0 AND n.start_time > s.end_time
            AND n.start_time <= s.end_time + _turnspan.return_reach()) AS either) AS n
), turned AS (
    UPDATE _turnspan.session s SET next_start = f.next_start, outcome = f.outcome
    FROM followed f
    WHERE s.session_key = f.session_key AND s.start_time = f.start_time
    AND s.start_time BETWEEN %(low)s AND %(high)s
    AND (s.next_start, s.outcome) IS DISTINCT FROM (f.next_start, f.outcome)
    RETURNING s.start_time AS at)
INSERT INTO _turnspan.touched_window (of_table, from_time, to_time)
SELECT 'session', min(at), max(at) FROM turned
WHERE at < now() - interval '10 minutes' GROUP BY date_trunc('day', at)

-- name: remember
INSERT INTO _turnspan.outcome_history (session_key, bot, session_start, outcome)
SELECT s.session_key, s.bot, s.start_time, s.outcome
FROM label l JOIN _turnspan.session s USING (session_key, start_time)
WHERE s.finalised AND s.outcome IS DISTINCT FROM (
    SELECT h.outcome FROM _turnspan.outcome_history h
    WHERE h.session_key = s.session_key ORDER BY h.labelled_at DESC LIMIT 1)

-- name: drop_orphans
DELETE FROM _turnspan.turn d USING turn_out o
WHERE d.bot = o.bot AND d.turn_id = o.turn_id AND d.conversation_id IS NULL
AND d.start_time BETWEEN %(from)s::timestamptz - interval '1 day'
    AND %(to)s::timestamptz + interval '1 day'

-- name: span_of_lone_handoffs
SELECT min(d.requested_at), max(d.requested_at)
FROM _turnspan.handoff d JOIN handoff_out o USING (bot, handoff_id)
WHERE d.conversation_id IS NULL AND EXISTS (SELECT FROM handoff_out)

-- name: drop_lone_handoffs
DELETE FROM _turnspan.handoff AS d USING handoff_out AS o
WHERE d.bot = o.bot AND d.handoff_id = o.handoff_id AND d.conversation_id IS NULL
AND d.requested_at BETWEEN %(low)s AND %(high)s

-- name: touch_users
INSERT INTO _turnspan.touched_user (bot, user_key, from_time, to_time)
SELECT bot, user_key, min(at), max(at) FROM changed
WHERE of_table IN ('turn', 'session', 'session_variant') AND user_key IS NOT NULL
GROUP BY bot, user_key ORDER BY bot, user_key

-- name: touch_lone
-- Without a user key, the conversation's earlier sessions are followed here.
INSERT INTO label
SELECT DISTINCT s.session_key, s.start_time
FROM changed c JOIN _turnspan.session s
    ON s.bot = c.bot AND s.conversation_id = c.conversation_id AND s.user_key IS NULL
    AND s.start_time BETWEEN c.at - 2 * _turnspan.return_reach() AND c.at
WHERE c.of_table = 'session' AND NOT EXISTS (
    SELECT FROM label l WHERE l.session_key = s.session_key)

-- name: touch_windows
INSERT INTO _turnspan.touched_window (of_table, from_time, to_time)
SELECT of_table, min(at), max(at) FROM changed
WHERE at < now() - interval '10 minutes' AND of_table <> 'session_variant'
GROUP BY of_table, date_trunc('day', at)

-- name: touch_visits
SELECT _turnspan.note_visits(array_agg(bot), array_agg(at)) FROM (
    SELECT DISTINCT bot, at FROM changed WHERE of_table = 'session') AS moved
HAVING count(*) > 0

-- name: touch_callers
-- The turns of other conversations that a call of a model may have been taken from, or
-- given back to: those of its trace.
INSERT INTO _turnspan.touched
    (bot, conversation_id, turn_id, from_time, to_time, neighbour)
SELECT DISTINCT c.bot, n.conversation_id,
    CASE WHEN n.conversation_id IS NULL THEN n.id END, n.at, n.at, true
FROM (SELECT key.bot, key.conversation_id, array_agg(DISTINCT trace_id) AS traces,
        key.w0 - key.t AS low, key.w1 + key.t AS high
    FROM rec JOIN key USING (k) WHERE kind <= 2 AND NOT key.neighbour
    GROUP BY key.bot, key.conversation_id, key.w0, key.w1, key.t) AS c
CROSS JOIN LATERAL (
    SELECT DISTINCT trace_id FROM _turnspan.span s
    WHERE s.bot = c.bot AND s.trace_id = ANY (c.traces) AND {is_call}
    AND s.start_time BETWEEN c.low AND c.high
    OFFSET 0) AS s
CROSS JOIN LATERAL (
    SELECT coalesce(turn_id, _turnspan.turn_of(trace_id, span_id)) AS id,
        conversation_id, start_time AS at
    FROM _turnspan.span
    WHERE trace_id = s.trace_id AND bot = c.bot
    AND conversation_id IS DISTINCT FROM c.conversation_id
    AND start_time BETWEEN c.low - _turnspan.naming_reach()
        AND c.high + _turnspan.naming_reach()
    AND _turnspan.is_turn(name, turn_id, initiator, outcome)
    OFFSET 0) AS n

-- name: touch_neighbours
-- Sessions outside the window that what was touched concerns: where feedback attaches,
-- where a click is credited, and the session before one that came or went.
WITH placed AS (
    SELECT r.k, r.id, r.at, r.turn_id FROM rec r JOIN key USING (k)
    WHERE r.kind = 5 AND NOT key.neighbour AND r.at BETWEEN key.a AND key.b
    AND NOT EXISTS (SELECT FROM member m WHERE m.k = r.k AND m.id = r.id)
), moved AS (
    -- What came or went here may have taken a signal from where it was credited before.
    SELECT DISTINCT key.k, r.at, r.turn_id
    FROM key JOIN rec r ON r.k = key.k AND r.kind = 5
    WHERE NOT key.neighbour AND (key.bot, key.conversation_id) IN (
        SELECT bot, conversation_id FROM changed WHERE of_table IN ('session', 'turn'))
    AND (r.at >= key.w0 OR EXISTS (
        SELECT FROM t WHERE t.k = r.k AND t.turn_id = r.turn_id))
), wanted AS (
    SELECT key.bot, key.conversation_id, place.at
    FROM (SELECT k, at, turn_id, false AS moved FROM placed
        UNION ALL SELECT k, at, turn_id, true FROM moved) p
    JOIN key USING (k)
    LEFT JOIN LATERAL (
        SELECT d.start_time FROM _turnspan.turn d
        WHERE d.bot = key.bot AND d.turn_id = p.turn_id
        AND d.conversation_id = key.conversation_id
        AND d.start_time <= p.at + _turnspan.naming_reach()
        LIMIT 1) AS named ON true
    LEFT JOIN LATERAL (
        SELECT d.start_time FROM _turnspan.session d
        WHERE d.bot = key.bot AND d.conversation_id = key.conversation_id
        AND d.start_time <= p.at
        AND NOT coalesce(d.start_time BETWEEN key.w0 AND key.w1, false)
        ORDER BY d.start_time DESC LIMIT 1) AS last ON true
    CROSS JOIN LATERAL (VALUES (named.start_time), (
        CASE WHEN p.moved OR named.start_time IS NULL THEN last.start_time END))
        AS place(at)
    UNION
    SELECT key.bot, key.conversation_id, other.at
    FROM cta other JOIN key USING (k) JOIN cta own USING (k, cta_id)
    WHERE NOT key.neighbour AND other.s IS NULL AND own.s IS NOT NULL
    AND own.at BETWEEN key.a AND key.b
)
INSERT INTO _turnspan.touched (bot, conversation_id, from_time, to_time, neighbour)
SELECT DISTINCT wanted.bot, wanted.conversation_id, wanted.at, wanted.at, true
FROM wanted JOIN key USING (bot, conversation_id)
WHERE wanted.at IS NOT NULL
AND NOT coalesce(wanted.at BETWEEN key.w0 AND key.w1, false)
