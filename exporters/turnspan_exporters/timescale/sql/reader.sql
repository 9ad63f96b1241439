-- What the reader asks. Test traffic is left out, except in a conversation's timeline,
-- which is asked for by its id.

-- name: read_metric
SELECT bucket, "group", value, k, n, low, high, provisional
FROM turnspan.metric(%(name)s, %(start)s, %(end)s, %(bucket)s, %(by)s::text[],
    %(filters)s::jsonb, %(options)s::jsonb)

-- name: read_change
SELECT bucket, "group", value, previous, change, k, n, low, high, provisional
FROM turnspan.metric_change(%(name)s, %(start)s, %(end)s, %(bucket)s, %(by)s::text[],
    %(filters)s::jsonb, %(options)s::jsonb)

-- name: read_zone
SELECT _turnspan.metric_zones(%(bots)s::jsonb) ->> 'zone'

-- name: read_bots
SELECT
    b.name,
    ARRAY(
        SELECT DISTINCT nullif(t.channel, '') FROM _turnspan.turn t
        WHERE t.bot = b.name AND NOT t.test AND t.channel <> ''
        AND t.start_time >= now() - interval '31 days'
        ORDER BY 1
    ) AS channels,
    ARRAY(
        SELECT DISTINCT t.environment FROM _turnspan.turn t
        WHERE t.bot = b.name AND NOT t.test AND t.environment IS NOT NULL
        AND t.start_time >= now() - interval '31 days'
        ORDER BY 1
    ) AS environments,
    _turnspan.setting(b.name, 'timezone') #>> '{}' AS timezone,
    (
        SELECT max(t.start_time) FROM _turnspan.turn t
        WHERE t.bot = b.name AND NOT t.test
    ) AS last_turn
FROM _turnspan.bot b
ORDER BY b.name

-- A turn whose messages came before its span waits for it, but not for long.
-- name: read_tail
SELECT
    t.turn_id, t.start_time, t.end_time, t.bot, nullif(t.channel, '') AS channel,
    t.conversation_id, coalesce(t.intent_acted_on, t.intent_name) AS intent,
    t.intent_confidence AS confidence, t.outcome, t.initiator,
    CASE WHEN t.timed THEN t.duration_s END AS duration_s, t.first_response_s
FROM _turnspan.turn t
WHERE t.start_time >= %(since)s AND NOT t.test
AND (t.timed OR t.end_time < now() - interval '5 seconds')
AND (%(bots)s::text[] IS NULL OR t.bot = ANY (%(bots)s::text[]))
AND (%(channels)s::text[] IS NULL OR t.channel = ANY (%(channels)s::text[]))
ORDER BY t.start_time DESC, t.bot, t.turn_id
LIMIT %(limit)s

-- What happened in turns that are given by the reader, for the tail.
-- name: read_tail_events
SELECT
    e.bot, e.turn_id, e.name,
    coalesce(e.reason, e.cta_id, e.goal_id, e.score::text) AS detail
FROM _turnspan.event e
WHERE e.bot = ANY (%(bots)s) AND e.conversation_id = ANY (%(conversations)s)
AND e.time BETWEEN %(start)s AND %(end)s AND e.turn_id = ANY (%(turns)s)
AND e.name LIKE ANY (%(names)s)
ORDER BY e.time, e.uid

-- name: read_freshness
SELECT
    now() AS now,
    (SELECT max(t.start_time) FROM _turnspan.turn t) AS last_turn,
    coalesce((
        SELECT extract(epoch FROM now() - min(touched_at))::float8
        FROM _turnspan.touched
    ), 0) AS lag_s

-- name: read_annotations
SELECT
    e.time, e.bot, e.attributes ->> %(text)s AS text, e.attributes ->> %(kind)s AS kind
FROM _turnspan.event e
WHERE e.name = 'chatbot.annotation' AND NOT e.test
AND e.time >= %(start)s AND e.time < %(end)s
AND (%(bots)s::text[] IS NULL OR e.bot = ANY (%(bots)s::text[]))
ORDER BY e.time
LIMIT %(limit)s

-- name: read_conversations
SELECT
    s.conversation_id, s.bot, nullif(s.channel, '') AS channel, s.start_time,
    s.end_time, s.finalised, s.user_turns, s.handoffs, s.outcome, s.intent, s.duration_s
FROM _turnspan.session s
WHERE NOT s.test
AND s.start_time < %(before)s
AND (%(bots)s::text[] IS NULL OR s.bot = ANY (%(bots)s::text[]))
AND (%(channels)s::text[] IS NULL OR s.channel = ANY (%(channels)s::text[]))
AND (%(outcomes)s::text[] IS NULL OR s.outcome = ANY (%(outcomes)s::text[]))
ORDER BY s.start_time DESC, s.session_key
LIMIT %(limit)s

-- name: read_conversation_bots
SELECT b.name
FROM _turnspan.bot b
CROSS JOIN LATERAL (
    SELECT max(at) AS last FROM (
        SELECT max(t.start_time) AS at FROM _turnspan.turn t
        WHERE t.bot = b.name AND t.conversation_id = %(conversation)s
        UNION ALL
        SELECT max(e.time) FROM _turnspan.event e
        WHERE e.bot = b.name AND e.conversation_id = %(conversation)s
    ) ends
) seen
WHERE seen.last IS NOT NULL
ORDER BY seen.last DESC, b.name

-- name: read_conversation_sessions
SELECT
    s.start_time, s.end_time, nullif(s.channel, '') AS channel, s.session_id,
    s.finalised, s.ended_by, s.duration_s, s.user_turns, s.handoffs, s.outcome,
    s.engaged, s.intent, s.user_key, s.test
FROM _turnspan.session s
WHERE s.bot = %(bot)s AND s.conversation_id = %(conversation)s
ORDER BY s.start_time DESC
LIMIT %(limit)s

-- name: read_conversation_handoffs
SELECT
    h.handoff_id, h.requested_at, h.queued_at, h.accepted_at, h.declined_at,
    h.expired_at, h.withdrawn_at, h.closed_at, h.returned_at, h.wait_outcome,
    h.reason, h.original_reason, h.target_type, h.queue, h.outcome, h.intents_before
FROM _turnspan.handoff h
WHERE h.bot = %(bot)s AND h.conversation_id = %(conversation)s
ORDER BY h.requested_at DESC
LIMIT %(limit)s

-- name: read_conversation_turns
SELECT
    t.turn_id, t.start_time, t.end_time, t.initiator, t.outcome, t.turn_number,
    CASE WHEN t.timed THEN t.duration_s END AS duration_s, t.first_response_s,
    t.intent_name, t.intent_confidence, t.intent_acted_on, t.intent_source,
    t.is_fallback, t.node_id, t.model, t.input_tokens, t.output_tokens, t.error_type,
    CASE WHEN t.span_id IS NOT NULL THEN replace(t.trace_id::text, '-', '') END
        AS trace_id
FROM _turnspan.turn t
WHERE t.bot = %(bot)s AND t.conversation_id = %(conversation)s
ORDER BY t.start_time DESC, t.turn_id
LIMIT %(limit)s

-- name: read_conversation_texts
-- What was kept of it, for as long as it may be; of a long text the beginning. What
-- names no turn is of the one that began last in its trace.
SELECT
    c.uid, c.attribute,
    coalesce(c.turn_id, (
        SELECT t.turn_id FROM _turnspan.turn t
        WHERE t.bot = c.bot AND t.conversation_id = c.conversation_id
        AND t.trace_id = c.trace_id AND t.start_time <= c.time
        ORDER BY t.start_time DESC LIMIT 1)) AS turn_id,
    CASE WHEN length(c.text) > %(chars)s THEN left(c.text, %(chars)s) || '…'
        ELSE c.text END AS text
FROM _turnspan.content c
WHERE c.bot = %(bot)s AND c.conversation_id = %(conversation)s
AND c.time > now() - _turnspan.setting_interval('', 'content_retention')
ORDER BY c.time DESC, c.attribute DESC, c.id
LIMIT %(limit)s

-- name: read_conversation_events
SELECT uid, time, name, turn_id, role, handoff_id, reason, cta_id, cta_type, goal_id,
    score, intent_name, intent_confidence, attributes
FROM (
    SELECT * FROM _turnspan.event e
    WHERE e.bot = %(bot)s AND e.conversation_id = %(conversation)s
    UNION ALL
    SELECT * FROM _turnspan.event e
    WHERE e.bot = %(bot)s AND e.handoff_id = ANY (%(handoffs)s::text[])
    AND e.conversation_id IS NULL
) found
WHERE name <> '' AND name <> %(turn_end)s
ORDER BY time DESC, name
LIMIT %(limit)s
