-- What names a turn or a handoff and no conversation; and calls of models that name
-- neither, which come as the turn 'trace:' and their trace.

-- name: resolve_claim
WITH taken AS (
    DELETE FROM _turnspan.touched WHERE id IN (
        SELECT id FROM _turnspan.touched WHERE shard = -1 ORDER BY id LIMIT %(rows)s)
    RETURNING bot, turn_id, handoff_id, from_time, to_time, neighbour)
INSERT INTO orphan
SELECT row_number() OVER (), bot, turn_id, handoff_id, min(from_time), max(to_time),
    bool_and(neighbour)
FROM taken GROUP BY bot, turn_id, handoff_id

-- name: span_of_calls
SELECT min(from_time), max(to_time) FROM orphan
WHERE turn_id ~ '^trace:[0-9a-f]{32}$'

-- name: resolve_calls
-- The turn of each call, and of what may lie between two of them: of a conversation,
-- or one of those here.
WITH found AS (
    SELECT DISTINCT o.bot, caller.conversation_id, caller.id, caller.at
    FROM orphan o CROSS JOIN LATERAL (
        SELECT * FROM _turnspan.span s
        WHERE s.bot = o.bot AND s.trace_id = CASE
            WHEN o.turn_id ~ '^trace:[0-9a-f]{32}$' THEN right(o.turn_id, 32)::uuid END
        AND s.start_time BETWEEN o.from_time AND o.to_time
        AND s.start_time BETWEEN %(low)s AND %(high)s
        AND s.operation IS NOT NULL
        OFFSET 0) AS s
    CROSS JOIN {turn_of_call}
), placed AS (
    INSERT INTO _turnspan.touched (bot, conversation_id, from_time, to_time, neighbour)
    SELECT bot, conversation_id, at, at, true
    FROM found WHERE conversation_id IS NOT NULL
)
INSERT INTO orphan
SELECT (SELECT max(k) FROM orphan) + row_number() OVER (), bot, id, NULL, at, at, true
FROM found
WHERE conversation_id IS NULL AND NOT EXISTS (
    SELECT FROM orphan o WHERE o.bot = found.bot AND o.turn_id = found.id)

-- name: resolve_turns
-- The turn is known: what names it belongs to its conversation.
INSERT INTO _turnspan.touched (bot, conversation_id, from_time, to_time, neighbour)
SELECT DISTINCT o.bot, t.conversation_id, t.start_time, t.start_time, true
FROM orphan o JOIN _turnspan.turn t ON t.bot = o.bot AND t.turn_id = o.turn_id
WHERE t.conversation_id IS NOT NULL

-- name: lone_spans
-- Turns, and the LLM spans that name them.
INSERT INTO rec
SELECT o.k, {span_record}
FROM orphan o CROSS JOIN LATERAL (
    SELECT *, _turnspan.is_turn(name, turn_id, initiator, outcome) AS is_turn
    FROM (
        SELECT * FROM _turnspan.span
        WHERE bot = o.bot AND turn_id = o.turn_id AND conversation_id IS NULL
        UNION ALL
        SELECT * FROM _turnspan.span
        WHERE bot = o.bot AND turn_id IS NULL AND conversation_id IS NULL
        AND trace_id = CASE WHEN o.turn_id ~ '^[0-9a-f]{32}:[0-9a-f]{16}$'
            THEN left(o.turn_id, 32)::uuid END
        AND _turnspan.turn_of(trace_id, span_id) = o.turn_id) AS either
) AS s
WHERE o.turn_id IS NOT NULL AND (s.is_turn
    OR s.operation IN ('chat', 'text_completion', 'generate_content'))

-- name: lone_events
INSERT INTO rec
SELECT DISTINCT ON (o.k, e.uid) o.k, {event_record}
FROM orphan o JOIN _turnspan.event e
    ON e.bot = o.bot AND e.turn_id = o.turn_id AND e.conversation_id IS NULL
WHERE starts_with(e.name, 'chatbot.')
ORDER BY o.k, e.uid, e.time

-- name: lone_calls
-- Calls of models that are theirs by the trace alone.
INSERT INTO rec
SELECT o.k, {span_record}
FROM (SELECT DISTINCT k, trace_id FROM rec WHERE kind <= 2) AS turn
JOIN orphan o USING (k)
CROSS JOIN LATERAL (
    SELECT s.*, false AS is_turn FROM _turnspan.span s CROSS JOIN {turn_of_call}
    WHERE s.bot = o.bot AND s.trace_id = turn.trace_id AND {is_call}
    AND caller.id = o.turn_id
    OFFSET 0) AS s

-- name: touch_callers_of_lone
-- What a turn that came took them from.
INSERT INTO _turnspan.touched
    (bot, conversation_id, turn_id, from_time, to_time, neighbour)
SELECT DISTINCT o.bot, n.conversation_id,
    CASE WHEN n.conversation_id IS NULL THEN n.id END, n.at, n.at, true
FROM orphan o JOIN rec r USING (k) CROSS JOIN LATERAL (
    SELECT coalesce(turn_id, _turnspan.turn_of(trace_id, span_id)) AS id,
        conversation_id, start_time AS at
    FROM _turnspan.span
    WHERE trace_id = r.trace_id AND bot = o.bot
    AND _turnspan.is_turn(name, turn_id, initiator, outcome)
    OFFSET 0) AS n
WHERE NOT o.neighbour AND r.kind = 4 AND r.turn_id IS NULL AND n.id <> o.turn_id

-- name: lone_turn_rows
-- Turns without a conversation are counted, and stay outside of sessions.
INSERT INTO turn_out
SELECT t.at, o.bot, t.turn_id, coalesce(t.channel, ''), NULL, t.session_id, NULL, NULL,
    t.until, extract(epoch FROM t.until - t.at), t.first_response_s, t.timed,
    t.initiator, t.outcome, t.locale, t.node_id, t.framework, t.intent_name,
    t.intent_confidence, t.intent_threshold, t.acted_on, t.source, t.runner_up,
    t.model_version, t.is_fallback, t.answer_source, t.sentiment_label,
    t.sentiment_score, t.user_key, t.user_kind, t.environment, t.version, t.variant,
    t.error_type, t.input_tokens, t.output_tokens, t.model, NULL, t.test, t.trace_id,
    t.span_id, _turnspan.definition_version(), '', '', '', '', '', ''
FROM t JOIN orphan o USING (k)
WHERE NOT EXISTS (SELECT FROM _turnspan.turn d WHERE d.bot = o.bot
    AND d.turn_id = t.turn_id AND d.conversation_id IS NOT NULL)

-- name: span_of_lone_turns_gone
SELECT min(d.start_time), max(d.start_time)
FROM _turnspan.turn d JOIN orphan o USING (bot, turn_id)
WHERE d.conversation_id IS NULL AND NOT EXISTS (SELECT FROM turn_out n
    WHERE n.bot = d.bot AND n.turn_id = d.turn_id AND n.start_time = d.start_time
    AND ROW(n.*) IS NOT DISTINCT FROM ROW(d.*))

-- name: lone_turns_gone
WITH gone AS (
    DELETE FROM _turnspan.turn d USING orphan o
    WHERE d.bot = o.bot AND d.turn_id = o.turn_id AND d.conversation_id IS NULL
    AND d.start_time BETWEEN %(low)s AND %(high)s
    AND NOT EXISTS (SELECT FROM turn_out n
        WHERE n.bot = d.bot AND n.turn_id = d.turn_id
        AND n.start_time = d.start_time
        AND ROW(n.*) IS NOT DISTINCT FROM ROW(d.*))
    RETURNING d.bot, d.user_key, d.start_time)
INSERT INTO changed SELECT 'turn', bot, NULL, user_key, start_time, true FROM gone

-- name: lone_turns_new
WITH new AS (
    INSERT INTO _turnspan.turn SELECT * FROM turn_out ON CONFLICT DO NOTHING
    RETURNING bot, user_key, start_time)
INSERT INTO changed SELECT 'turn', bot, NULL, user_key, start_time, false FROM new

-- name: lone_handoff_ids
-- Handoffs that are named, or that a turn without a conversation asked for.
INSERT INTO lone (k, bot, handoff_id)
SELECT row_number() OVER (), bot, handoff_id FROM (
    SELECT bot, handoff_id FROM orphan WHERE handoff_id IS NOT NULL
    UNION
    SELECT o.bot, coalesce(r.handoff_id, r.id::text)
    FROM rec r JOIN orphan o USING (k) WHERE r.name = 'chatbot.handoff.request') AS ids

-- name: lone_lives
INSERT INTO life (k, handoff_id, name, at, id, attributes)
SELECT n.k, n.handoff_id, e.name, e.time, e.uid, e.attributes
FROM lone n JOIN _turnspan.event e
    ON e.bot = n.bot AND e.handoff_id = n.handoff_id
    AND starts_with(e.name, 'chatbot.handoff.')
UNION ALL
SELECT DISTINCT n.k, n.handoff_id, r.name, r.at, r.id, r.attributes
FROM lone n JOIN rec r ON r.handoff_id IS NULL AND r.id::text = n.handoff_id

-- name: resolve_handoffs
-- The request, or the turn it names, says the conversation: the handoff is part of it.
WITH found AS (
    SELECT n.k, n.bot, coalesce(e.conversation_id, d.conversation_id) AS conversation,
        CASE WHEN e.conversation_id IS NULL THEN d.start_time ELSE e.time END AS at
    FROM lone n JOIN life l USING (k)
    JOIN _turnspan.event e ON e.uid = l.id AND e.time = l.at
    LEFT JOIN LATERAL (
        SELECT conversation_id, start_time FROM _turnspan.turn t
        WHERE t.bot = n.bot AND t.turn_id = e.turn_id
        AND t.conversation_id IS NOT NULL LIMIT 1) AS d ON true
    WHERE l.name = 'chatbot.handoff.request'
    AND coalesce(e.conversation_id, d.conversation_id) IS NOT NULL
), placed AS (
    UPDATE lone SET is_placed = true FROM found WHERE lone.k = found.k
)
INSERT INTO _turnspan.touched (bot, conversation_id, from_time, to_time)
SELECT DISTINCT bot, conversation, at, at FROM found

-- name: lone_handoff_rows
-- Handoffs without a conversation are counted, and stay outside of sessions.
INSERT INTO handoff_out
WITH request AS (
    SELECT DISTINCT ON (l.k) l.k, l.handoff_id AS id, n.bot, e.time, e.turn_id,
        e.channel, e.user_key, e.environment, e.version, e.variant, e.test, e.reason,
        e.attributes
    FROM lone n JOIN life l USING (k)
    JOIN _turnspan.event e ON e.uid = l.id AND e.time = l.at
    WHERE l.name = 'chatbot.handoff.request' AND NOT n.is_placed
    ORDER BY l.k, l.at, l.id
), step AS (
    {handoff_steps}
)
SELECT r.time, r.bot, r.id, coalesce(r.channel, d.channel, ''), NULL, NULL, NULL,
    r.turn_id, NULL, {handoff_times},
    ARRAY(SELECT intent WHERE intent IS NOT NULL),
    coalesce(r.user_key, d.user_key),
    coalesce(r.attributes ->> 'chatbot.locale', d.locale), r.environment, r.version,
    coalesce(r.variant, d.variant), r.test OR coalesce(d.test, false),
    _turnspan.definition_version(), '', '', '', '', '', '', ''
FROM request r
JOIN step USING (k)
LEFT JOIN LATERAL (
    SELECT channel, user_key, locale, variant, test, intent_name AS intent
    FROM _turnspan.turn t WHERE t.bot = r.bot AND t.turn_id = r.turn_id
    ORDER BY t.start_time LIMIT 1) AS d ON true
CROSS JOIN {known_reason}

-- name: span_of_lone_handoffs_gone
SELECT min(d.requested_at), max(d.requested_at)
FROM _turnspan.handoff d JOIN lone n USING (bot, handoff_id)
WHERE d.conversation_id IS NULL AND NOT EXISTS (SELECT FROM handoff_out o
    WHERE o.bot = d.bot AND o.handoff_id = d.handoff_id
    AND o.requested_at = d.requested_at AND ROW(o.*) IS NOT DISTINCT FROM ROW(d.*))

-- name: lone_handoffs_gone
DELETE FROM _turnspan.handoff d USING lone n
WHERE d.bot = n.bot AND d.handoff_id = n.handoff_id AND d.conversation_id IS NULL
AND d.requested_at BETWEEN %(low)s AND %(high)s
AND NOT EXISTS (SELECT FROM handoff_out o
    WHERE o.bot = d.bot AND o.handoff_id = d.handoff_id
    AND o.requested_at = d.requested_at AND ROW(o.*) IS NOT DISTINCT FROM ROW(d.*))

-- name: lone_handoffs_new
INSERT INTO _turnspan.handoff SELECT * FROM handoff_out ON CONFLICT DO NOTHING
