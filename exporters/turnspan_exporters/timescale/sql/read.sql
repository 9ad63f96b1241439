-- Reading what a recomputation needs: handoffs first, since an open one bridges gaps,
-- then the records around what was touched, widened until quiet lies on both sides.

-- name: read_handoffs
WITH asked AS (
    SELECT DISTINCT k.k, k.bot, k.conversation_id, k.a, e.handoff_id, e.uid, e.time,
        e.attributes
    FROM key k CROSS JOIN LATERAL (
        SELECT uid, time, handoff_id, attributes FROM _turnspan.event e
        WHERE e.bot = k.bot AND e.conversation_id = k.conversation_id
        AND e.name = 'chatbot.handoff.request'
        AND e.time BETWEEN k.a - _turnspan.handoff_reach()
            AND k.b + _turnspan.handoff_reach()
    OFFSET 0) AS e
)
INSERT INTO life (k, handoff_id, name, at, id, attributes)
SELECT k, uid::text, 'chatbot.handoff.request', time, uid, attributes
FROM asked WHERE handoff_id IS NULL
UNION ALL
SELECT a.k, a.handoff_id, e.name, e.time, e.uid, e.attributes
FROM (SELECT DISTINCT k, bot, conversation_id, a, handoff_id
    FROM asked WHERE handoff_id IS NOT NULL) a
CROSS JOIN LATERAL (
    SELECT name, time, uid, attributes FROM _turnspan.event e
    WHERE e.bot = a.bot AND e.handoff_id = a.handoff_id
    AND e.time >= a.a - _turnspan.handoff_reach()
    AND starts_with(e.name, 'chatbot.handoff.')
    AND (e.name <> 'chatbot.handoff.request' OR e.conversation_id IS NULL
        OR e.conversation_id = a.conversation_id)
    OFFSET 0) AS e

-- name: pauses
WITH step AS (
    SELECT k, handoff_id,
        min(at) FILTER (WHERE name = 'chatbot.handoff.request') AS requested,
        min(at) FILTER (WHERE name = 'chatbot.handoff.accept') AS accepted,
        min(at) FILTER (WHERE name IN ('chatbot.handoff.accept',
            'chatbot.handoff.decline', 'chatbot.handoff.expire',
            'chatbot.handoff.withdraw')) AS pending_end
    FROM life GROUP BY k, handoff_id
), human AS (
    SELECT s.*, (
        SELECT min(l.at) FROM life l
        WHERE l.k = s.k AND l.handoff_id = s.handoff_id AND l.at >= s.accepted
        AND l.name IN ('chatbot.handoff.close', 'chatbot.handoff.return')) AS human_end
    FROM step s
), part AS (
    SELECT k, tstzrange(requested, greatest(requested, least(pending_end,
        requested + pending_max))) AS open
    FROM human JOIN key USING (k)
    UNION ALL
    SELECT k, tstzrange(accepted, least(human_end, accepted + human_max))
    FROM human JOIN key USING (k) WHERE accepted IS NOT NULL
), touched_step AS (
    -- A step of a handoff changes the session of its request, up to where the handoff
    -- may have kept it open before the step was known.
    SELECT k, min(requested) AS requested, max(reach) AS reach
    FROM (
        SELECT l.k, l.handoff_id, bool_or(l.at BETWEEN k.a AND k.b) AS is_touched,
            max(CASE l.name WHEN 'chatbot.handoff.request' THEN l.at + k.pending_max
                WHEN 'chatbot.handoff.accept' THEN l.at + k.human_max END + k.t)
                AS reach
        FROM life l JOIN key k USING (k) GROUP BY l.k, l.handoff_id) AS l
    JOIN human h USING (k, handoff_id) WHERE is_touched GROUP BY k
), merged AS (
    SELECT k, range_agg(open) AS pauses FROM part GROUP BY k
)
UPDATE key SET
    pauses = merged.pauses,
    a = least(key.a, requested), b = greatest(key.b, reach),
    lo = least(key.a, requested) - 2 * (t + pending_max + human_max),
    hi = greatest(key.b, reach) + 2 * (t + pending_max + human_max)
FROM merged LEFT JOIN touched_step USING (k)
WHERE key.k = merged.k

-- name: read_spans
INSERT INTO rec
SELECT k.k, {span_record}
FROM key k CROSS JOIN LATERAL (
    SELECT *, _turnspan.is_turn(name, turn_id, initiator, outcome) AS is_turn
    FROM _turnspan.span
    WHERE bot = k.bot AND conversation_id = k.conversation_id
    AND start_time BETWEEN k.lo AND k.hi
    AND start_time BETWEEN %(from)s AND %(to)s
    AND (operation IN ('chat', 'text_completion', 'generate_content')
        OR _turnspan.is_turn(name, turn_id, initiator, outcome))
    OFFSET 0) AS s
WHERE k.open

-- name: read_events
INSERT INTO rec
SELECT DISTINCT ON (k.k, e.uid) k.k, {event_record}
FROM key k CROSS JOIN LATERAL (
    SELECT * FROM _turnspan.event
    WHERE bot = k.bot AND conversation_id = k.conversation_id
    AND time BETWEEN k.lo AND k.hi
    AND time BETWEEN %(from)s AND %(to)s
    AND (starts_with(name, 'chatbot.') OR name = 'feature_flag.evaluation')
    OFFSET 0) AS e
WHERE k.open
ORDER BY k.k, e.uid, e.time

-- name: settle_windows
WITH g AS (
    SELECT r.k, r.at, r.until, r.id, key.t, key.pauses, max(r.until) OVER (
        PARTITION BY r.k ORDER BY r.at, r.until, r.id
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reach
    FROM rec r JOIN key USING (k) WHERE key.open AND r.kind <= 3
), cut AS (
    SELECT *, reach IS NULL OR (at - reach > t AND (pauses IS NULL
        OR at - reach - _turnspan.paused(pauses, reach, at) > t)) AS is_cut
    FROM g
), island AS (
    SELECT k, n, min(at) AS from_time, max(until) AS to_time
    FROM (SELECT *, count(*) FILTER (WHERE is_cut) OVER (
        PARTITION BY k ORDER BY at, until, id ROWS UNBOUNDED PRECEDING) AS n
        FROM cut) AS numbered
    GROUP BY k, n
), hit AS (
    SELECT k, min(from_time) AS w0, max(to_time) AS w1
    FROM island JOIN key USING (k)
    WHERE from_time <= key.b + key.t AND to_time >= key.a - key.t
    AND from_time > %(horizon)s
    GROUP BY k
), seen AS (
    SELECT key.k, hit.w0, hit.w1,
        hit.w0 IS NOT NULL AND lo > %(horizon)s AND hit.w0 - lo <= t
            + coalesce(_turnspan.paused(pauses, lo, hit.w0), interval '0') AS more_lo,
        hit.w1 IS NOT NULL AND hi < now() AND hi - hit.w1 <= t
            + coalesce(_turnspan.paused(pauses, hit.w1, hi), interval '0') AS more_hi
    FROM key LEFT JOIN hit USING (k) WHERE key.open
)
UPDATE key SET
    w0 = seen.w0, w1 = seen.w1, open = more_lo OR more_hi,
    lo = CASE WHEN more_lo THEN greatest(%(horizon)s, a - 4 * (a - lo)) ELSE lo END,
    hi = CASE WHEN more_hi THEN b + 4 * (hi - b) ELSE hi END
FROM seen WHERE key.k = seen.k

-- name: widening
SELECT count(*) FROM key WHERE open

-- name: forget_open
DELETE FROM rec USING key WHERE rec.k = key.k AND key.open

-- name: span_of_keys
SELECT min(lo), max(hi), now() - _turnspan.setting_interval('', 'raw_retention'),
    (SELECT count(*) FROM rec)
FROM key WHERE open

-- name: keep_horizon
-- What the raw rows no longer hold completely is left as it was derived.
UPDATE key SET w0 = NULL, w1 = NULL WHERE w0 <= %(horizon)s

-- name: next_opener
UPDATE key SET next_start = n.at
FROM (SELECT rec.k, min(rec.at) AS at FROM rec JOIN key USING (k)
    WHERE rec.kind <= 3 AND rec.at > key.w1 GROUP BY rec.k) AS n
WHERE key.k = n.k

-- name: trim
-- A model may be called after the last that makes a session long.
DELETE FROM rec USING key
WHERE rec.k = key.k AND rec.kind <= 4 AND (key.w0 IS NULL
    OR rec.kind <= 3 AND NOT rec.at BETWEEN key.w0 AND key.w1
    OR rec.kind = 4 AND NOT rec.at BETWEEN key.w0 - key.t AND key.w1 + key.t)

-- name: read_attached
-- Feedback and the like may come long after the session they attach to, and name a turn
-- that is yet to begin. An hour more, since strays may widen the window by one.
INSERT INTO rec
SELECT k.k, {event_record}
FROM key k CROSS JOIN LATERAL (
    SELECT * FROM _turnspan.event
    WHERE bot = k.bot AND conversation_id = k.conversation_id
    AND _turnspan.attaches(name) AND time > k.hi AND k.hi < now()
    UNION ALL
    SELECT * FROM _turnspan.event
    WHERE bot = k.bot AND conversation_id = k.conversation_id
    AND _turnspan.attaches(name) AND turn_id IS NOT NULL AND time < k.lo
    AND time >= k.w0 - _turnspan.naming_reach() - interval '1 hour'
    OFFSET 0) AS e
WHERE k.w0 IS NOT NULL

-- name: next_derived
UPDATE key SET next_start = least(key.next_start, n.start_time)
FROM key k CROSS JOIN LATERAL (
    SELECT start_time FROM _turnspan.session s
    WHERE s.bot = k.bot AND s.conversation_id = k.conversation_id
    AND s.start_time > k.w1 ORDER BY s.start_time LIMIT 1) AS n
WHERE key.k = k.k AND k.w0 IS NOT NULL
AND EXISTS (SELECT FROM rec WHERE rec.k = k.k AND kind = 5 AND rec.at > k.w1)

-- name: read_strays
-- Records that name a turn of the window and no conversation: within an hour of it, or
-- attached. The turns are asked for together: there are few such records, and any chunk
-- may have one.
INSERT INTO rec
WITH named AS (
    SELECT k, turn_id, min(at) AS at, max(until) AS until
    FROM rec WHERE kind <= 2 GROUP BY k, turn_id
)
SELECT t.k, {event_record}
FROM (SELECT k, bot, array_agg(turn_id) AS turns, min(at) AS low
    FROM named JOIN key USING (k) GROUP BY k, bot) AS t
CROSS JOIN LATERAL (
    SELECT * FROM _turnspan.event e
    WHERE e.bot = t.bot AND e.turn_id = ANY (t.turns) AND e.conversation_id IS NULL
    AND e.time >= t.low - _turnspan.naming_reach()
    AND (starts_with(e.name, 'chatbot.') OR e.name = 'feature_flag.evaluation')
    OFFSET 0) AS e
JOIN named ON named.k = t.k AND named.turn_id = e.turn_id
WHERE CASE WHEN _turnspan.attaches(e.name)
    THEN e.time >= named.at - _turnspan.naming_reach()
    ELSE e.time BETWEEN named.at - interval '1 hour' AND named.until + interval '1 hour'
    END

-- name: read_stray_turns
INSERT INTO rec
SELECT t.k, {span_record}
FROM (SELECT k, key.bot, array_agg(turn_id) AS turns, key.w0, key.w1
    FROM (SELECT k, turn_id FROM rec WHERE kind <= 2
        GROUP BY k, turn_id HAVING min(kind) > 0) AS unseen JOIN key USING (k)
    GROUP BY k, key.bot, key.w0, key.w1) AS t
CROSS JOIN LATERAL (
    SELECT *, true AS is_turn FROM _turnspan.span s
    WHERE s.bot = t.bot AND s.turn_id = ANY (t.turns) AND s.conversation_id IS NULL
    AND s.start_time BETWEEN t.w0 - interval '1 hour' AND t.w1 + interval '1 hour'
    AND _turnspan.is_turn(s.name, s.turn_id, s.initiator, s.outcome)
    OFFSET 0) AS s

-- name: read_stray_calls
-- Calls of models that name no conversation: they name a turn of the window, or one of
-- its turns is theirs by the trace.
INSERT INTO rec
SELECT t.k, {span_record}
FROM (SELECT k, key.bot, array_agg(DISTINCT turn_id) AS turns,
        array_agg(DISTINCT trace_id) AS traces, key.w0 - key.t AS low,
        key.w1 + key.t AS high
    FROM rec JOIN key USING (k) WHERE kind <= 2
    GROUP BY k, key.bot, key.w0, key.w1, key.t) AS t
CROSS JOIN LATERAL (
    SELECT s.*, false AS is_turn FROM _turnspan.span s
    WHERE s.bot = t.bot AND s.turn_id = ANY (t.turns) AND s.conversation_id IS NULL
    AND s.start_time BETWEEN t.low AND t.high
    AND s.operation IN ('chat', 'text_completion', 'generate_content')
    AND NOT _turnspan.is_turn(s.name, s.turn_id, s.initiator, s.outcome)
    UNION ALL
    SELECT s.*, false FROM _turnspan.span s CROSS JOIN {turn_of_call}
    WHERE s.bot = t.bot AND s.trace_id = ANY (t.traces) AND {is_call}
    AND s.start_time BETWEEN t.low AND t.high AND caller.id = ANY (t.turns)
    OFFSET 0) AS s

-- name: read_stray_handoffs
-- A request that names a turn of the window and no conversation, and what followed.
WITH asked AS (
    SELECT DISTINCT r.k, key.bot, r.handoff_id, r.id, r.at, r.attributes
    FROM rec r JOIN key USING (k)
    WHERE r.kind = 3 AND r.name = 'chatbot.handoff.request'
    AND NOT EXISTS (SELECT FROM life l
        WHERE l.k = r.k AND l.handoff_id = coalesce(r.handoff_id, r.id::text))
)
INSERT INTO life (k, handoff_id, name, at, id, attributes)
SELECT k, id::text, 'chatbot.handoff.request', at, id, attributes
FROM asked WHERE handoff_id IS NULL
UNION ALL
SELECT a.k, a.handoff_id, e.name, e.time, e.uid, e.attributes
FROM (SELECT DISTINCT k, bot, handoff_id FROM asked WHERE handoff_id IS NOT NULL) a
JOIN _turnspan.event e ON e.bot = a.bot AND e.handoff_id = a.handoff_id
    AND starts_with(e.name, 'chatbot.handoff.')

-- name: include_strays
UPDATE key SET w0 = least(w0, r.low), w1 = greatest(w1, r.high)
FROM (SELECT k, min(at) AS low, max(until) AS high FROM rec WHERE kind <= 3 GROUP BY k)
    AS r
WHERE r.k = key.k AND (r.low < w0 OR r.high > w1)
