-- What names a turn or a handoff and no conversation.

-- name: resolve_claim
WITH taken AS (
    DELETE FROM _turnspan.touched WHERE id IN (
        SELECT id FROM _turnspan.touched WHERE shard = -1 ORDER BY id LIMIT %(rows)s)
    RETURNING bot, turn_id, handoff_id, from_time, to_time)
INSERT INTO orphan
SELECT bot, turn_id, handoff_id, min(from_time), max(to_time)
FROM taken GROUP BY bot, turn_id, handoff_id

-- name: resolve_turns
-- The turn is known: what names it belongs to its conversation.
INSERT INTO _turnspan.touched (bot, conversation_id, from_time, to_time, neighbour)
SELECT DISTINCT o.bot, t.conversation_id, t.start_time, t.start_time, true
FROM orphan o JOIN _turnspan.turn t ON t.bot = o.bot AND t.turn_id = o.turn_id
WHERE t.conversation_id IS NOT NULL

-- name: resolve_handoffs
-- The request is known: a later step belongs to its conversation.
INSERT INTO _turnspan.touched (bot, conversation_id, from_time, to_time)
SELECT DISTINCT o.bot, e.conversation_id, e.time, e.time
FROM orphan o JOIN _turnspan.event e
    ON e.bot = o.bot AND e.handoff_id = o.handoff_id
WHERE e.conversation_id IS NOT NULL AND e.name = 'chatbot.handoff.request'

-- name: lone_turns
-- Turns without a conversation are counted, and stay outside of sessions.
INSERT INTO _turnspan.turn
SELECT DISTINCT ON (o.bot, o.turn_id) s.start_time, s.bot, o.turn_id,
    coalesce(s.channel, ''), NULL, s.session_id, NULL::uuid, NULL::timestamptz,
    s.start_time + make_interval(secs => (s.end_nano / 1000 - s.start_nano / 1000)
        / 1000000.0),
    (s.end_nano / 1000 - s.start_nano / 1000) / 1000000.0, s.first_response_s, true,
    coalesce(s.initiator, 'user'), s.outcome, s.locale, s.node_id,
    s.attributes ->> 'chatbot.framework.name', s.intent_name, s.intent_confidence,
    _turnspan.number(s.attributes ->> 'chatbot.intent.threshold'), s.intent_acted_on,
    s.intent_source, s.runner_up_confidence,
    s.attributes ->> 'chatbot.intent.model.version',
    coalesce(s.outcome = 'fallback', false), s.attributes ->> 'chatbot.answer.source',
    s.attributes ->> 'chatbot.sentiment.label',
    _turnspan.number(s.attributes ->> 'chatbot.sentiment.score'), s.user_key,
    s.user_kind,
    s.environment, s.version, s.variant, s.error_type, s.input_tokens, s.output_tokens,
    s.model, NULL::integer, s.test, s.trace_id, s.span_id, 1
FROM orphan o JOIN _turnspan.span s ON s.bot = o.bot AND s.conversation_id IS NULL
    AND s.start_time BETWEEN o.from_time AND o.to_time
    AND (s.turn_id = o.turn_id OR (s.turn_id IS NULL
        AND _turnspan.turn_of(s.trace_id, s.span_id) = o.turn_id))
    AND _turnspan.is_turn(s.name, s.turn_id, s.initiator, s.outcome)
WHERE o.turn_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM _turnspan.turn t WHERE t.bot = o.bot AND t.turn_id = o.turn_id)
ORDER BY o.bot, o.turn_id, s.start_time, s.trace_id, s.span_id
ON CONFLICT DO NOTHING
