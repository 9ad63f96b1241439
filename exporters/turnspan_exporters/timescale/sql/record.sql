-- Parts of the statements of the other files, which name them in braces.

-- name: span_record
-- A span s as a row of rec; is_turn says which of the two kinds it is.
CASE WHEN s.is_turn THEN 0 ELSE 4 END, s.start_time,
    s.start_time + make_interval(secs => (s.end_nano / 1000 - s.start_nano / 1000)
        / 1000000.0),
    s.trace_id, s.name,
    CASE WHEN s.is_turn
        THEN coalesce(s.turn_id, _turnspan.turn_of(s.trace_id, s.span_id))
        ELSE s.turn_id END,
    s.trace_id, s.span_id, s.parent_span_id, s.channel, s.session_id, s.user_key,
    s.user_kind, s.node_id, s.intent_name, s.intent_confidence, s.test, s.version,
    s.environment, s.variant, NULL, NULL, NULL, NULL, NULL, NULL, NULL::float8,
    s.initiator, s.outcome, s.locale, s.intent_acted_on, s.intent_source,
    s.runner_up_confidence, s.first_response_s, s.error_type, s.input_tokens,
    s.output_tokens, s.model, s.attributes

-- name: event_record
-- An event e as a row of rec. The end of a turn says when the turn began.
CASE WHEN e.name = 'chatbot.turn.end' THEN 1
        WHEN e.name = 'chatbot.message' AND e.role = 'user' THEN 2
        WHEN _turnspan.attaches(e.name) THEN 5
        ELSE 3 END,
    CASE WHEN e.name = 'chatbot.turn.end' THEN e.time - coalesce(make_interval(
        secs => _turnspan.number(e.attributes ->> 'chatbot.turn.duration')),
        interval '0')
        ELSE e.time END,
    e.time, e.uid, e.name,
    CASE WHEN e.name = 'chatbot.turn.end' THEN coalesce(
            e.turn_id, _turnspan.turn_of(e.trace_id, e.span_id), e.uid::text)
        WHEN e.name = 'chatbot.message' AND e.role = 'user'
        THEN coalesce(e.turn_id, e.uid::text)
        ELSE e.turn_id END,
    e.trace_id, e.span_id, NULL::bigint, e.channel, e.session_id, e.user_key,
    e.user_kind, e.node_id, e.intent_name, e.intent_confidence, e.test, e.version,
    e.environment, e.variant, e.role, e.handoff_id, e.reason, e.cta_id, e.cta_type,
    e.goal_id, e.score, e.attributes ->> 'chatbot.turn.initiator',
    e.attributes ->> 'chatbot.turn.outcome', e.attributes ->> 'chatbot.locale',
    e.attributes ->> 'chatbot.intent.acted_on',
    e.attributes ->> 'chatbot.intent.source',
    _turnspan.number(e.attributes ->> 'chatbot.intent.runner_up.confidence'),
    _turnspan.number(e.attributes ->> 'chatbot.first_response.duration'),
    e.attributes ->> 'error.type',
    _turnspan.whole(e.attributes ->> 'gen_ai.usage.input_tokens'),
    _turnspan.whole(e.attributes ->> 'gen_ai.usage.output_tokens'),
    e.attributes ->> 'gen_ai.request.model', e.attributes

-- name: is_call
-- Whether a span s is the call of a model that names neither conversation nor turn.
s.conversation_id IS NULL AND s.turn_id IS NULL
    AND s.operation IN ('chat', 'text_completion', 'generate_content')
    AND NOT _turnspan.is_turn(s.name, s.turn_id, s.initiator, s.outcome)

-- name: turn_of_call
-- The turn of such a call: the last that began before it in its trace, else the first.
LATERAL (
    SELECT coalesce(n.turn_id, _turnspan.turn_of(n.trace_id, n.span_id)) AS id,
        n.conversation_id, n.start_time AS at
    FROM _turnspan.span n
    WHERE n.trace_id = s.trace_id AND n.bot = s.bot
    AND n.start_time BETWEEN s.start_time - _turnspan.naming_reach()
        AND s.start_time + _turnspan.naming_reach()
    AND _turnspan.is_turn(n.name, n.turn_id, n.initiator, n.outcome)
    ORDER BY n.start_time <= s.start_time DESC,
        abs(extract(epoch FROM n.start_time - s.start_time)), n.span_id
    LIMIT 1) AS caller

-- name: handoff_steps
-- The first time of each step of the handoffs in life.
SELECT k, handoff_id,
    min(at) FILTER (WHERE name = 'chatbot.handoff.queue') AS queued,
    min(at) FILTER (WHERE name = 'chatbot.handoff.accept') AS accepted,
    min(at) FILTER (WHERE name = 'chatbot.handoff.decline') AS declined,
    min(at) FILTER (WHERE name = 'chatbot.handoff.expire') AS expired,
    min(at) FILTER (WHERE name = 'chatbot.handoff.withdraw') AS withdrawn,
    min(at) FILTER (WHERE name = 'chatbot.handoff.close') AS closed,
    min(at) FILTER (WHERE name = 'chatbot.handoff.return') AS returned,
    _turnspan.first_known(attributes ->> 'chatbot.handoff.outcome' ORDER BY at, id)
        FILTER (WHERE name IN ('chatbot.handoff.close', 'chatbot.handoff.return'))
        AS outcome,
    _turnspan.first_known(attributes ->> 'chatbot.handoff.target.type'
        ORDER BY at, id) AS target_type,
    _turnspan.first_known(attributes ->> 'chatbot.handoff.queue.name'
        ORDER BY at, id) AS queue
FROM life GROUP BY k, handoff_id

-- name: handoff_times
-- Of the steps, what a row of a handoff holds; with the reason of its request r.
queued, accepted, declined, expired, withdrawn, closed, returned,
    least(accepted, declined, expired, withdrawn),
    CASE least(accepted, declined, expired, withdrawn)
        WHEN accepted THEN 'accepted' WHEN declined THEN 'declined'
        WHEN expired THEN 'expired' WHEN withdrawn THEN 'withdrawn'
        ELSE 'waiting' END,
    CASE WHEN known THEN r.reason ELSE 'other' END,
    coalesce(r.attributes ->> 'chatbot.handoff.original_reason',
        CASE WHEN NOT known THEN r.reason END),
    target_type, queue, step.outcome

-- name: known_reason
LATERAL (SELECT coalesce(r.reason IN ('unable_to_answer',
    'customer_requested', 'negative_sentiment', 'sensitive_topic', 'low_confidence',
    'policy', 'error', 'business_rule', 'other'), false) AS known) AS is_known
