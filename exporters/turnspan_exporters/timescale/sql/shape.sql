-- From records to turns and sessions.

-- name: turns
INSERT INTO t
SELECT k, turn_id,
    (array_agg(at ORDER BY kind, at, id))[1],
    (array_agg(until ORDER BY kind, at, id))[1],
    min(kind) <= 1,
    coalesce(_turnspan.first_known(initiator ORDER BY kind, at, id), 'user') = 'user'
        OR bool_or(kind = 2),
    CASE WHEN bool_or(kind = 2) THEN 'user' ELSE coalesce(
        _turnspan.first_known(initiator ORDER BY kind, at, id), 'user') END,
    _turnspan.first_known(outcome ORDER BY kind, at, id),
    _turnspan.first_known(locale ORDER BY kind, at, id),
    _turnspan.first_known(node_id ORDER BY kind, at, id),
    _turnspan.first_known(attributes ->> 'chatbot.framework.name'
        ORDER BY kind, at, id),
    _turnspan.first_known(intent_name ORDER BY kind, at, id),
    _turnspan.first_known(intent_confidence ORDER BY kind, at, id),
    _turnspan.first_known(_turnspan.number(attributes ->> 'chatbot.intent.threshold')
        ORDER BY kind, at, id),
    _turnspan.first_known(acted_on ORDER BY kind, at, id),
    _turnspan.first_known(source ORDER BY kind, at, id),
    _turnspan.first_known(runner_up ORDER BY kind, at, id),
    _turnspan.first_known(attributes ->> 'chatbot.intent.model.version'
        ORDER BY kind, at, id),
    coalesce(_turnspan.first_known(outcome ORDER BY kind, at, id) = 'fallback', false)
        OR coalesce(bool_or(_turnspan.truth(attributes ->>
        'chatbot.intent.is_fallback')),
            false),
    _turnspan.first_known(attributes ->> 'chatbot.answer.source' ORDER BY kind, at, id),
    _turnspan.first_known(attributes ->> 'chatbot.sentiment.label'
        ORDER BY kind, at, id),
    _turnspan.first_known(_turnspan.number(attributes ->> 'chatbot.sentiment.score')
        ORDER BY kind, at, id),
    _turnspan.first_known(first_response_s ORDER BY kind, at, id),
    _turnspan.first_known(user_key ORDER BY kind, at, id),
    _turnspan.first_known(user_kind ORDER BY kind, at, id),
    _turnspan.first_known(environment ORDER BY kind, at, id),
    _turnspan.first_known(version ORDER BY kind, at, id),
    _turnspan.first_known(variant ORDER BY kind, at, id),
    _turnspan.first_known(error_type ORDER BY kind, at, id),
    _turnspan.first_known(input_tokens ORDER BY kind, at, id),
    _turnspan.first_known(output_tokens ORDER BY kind, at, id),
    _turnspan.first_known(model ORDER BY kind, at, id),
    bool_or(test),
    _turnspan.first_known(trace_id ORDER BY kind, at, id),
    _turnspan.first_known(span_id ORDER BY kind, at, id),
    _turnspan.first_known(channel ORDER BY kind, at, id),
    _turnspan.first_known(session_id ORDER BY kind, at, id),
    bool_or(kind = 3 AND name = 'chatbot.message' AND role = 'bot')
FROM rec WHERE kind <= 3 AND turn_id IS NOT NULL
GROUP BY k, turn_id HAVING bool_or(kind <= 2)

-- name: tokens
-- LLM spans count that have no LLM span below them: wrappers repeat their children. One
-- is a turn's when it begins no further from it than two turns of a session may be.
WITH RECURSIVE named AS (
    SELECT r.k, r.trace_id, r.span_id, r.parent, r.at, r.input_tokens, r.output_tokens,
        r.model, coalesce(r.turn_id, (
            SELECT t.turn_id FROM t WHERE t.k = r.k AND t.trace_id = r.trace_id
            ORDER BY t.at <= r.at DESC, abs(extract(epoch FROM t.at - r.at)), t.turn_id
            LIMIT 1)) AS turn_id
    FROM rec r WHERE r.kind = 4
), llm AS (
    SELECT DISTINCT ON (n.k, n.trace_id, n.span_id) n.*
    FROM named n JOIN t USING (k, turn_id) LEFT JOIN key USING (k)
    WHERE n.at BETWEEN t.at - coalesce(key.t, interval '1 hour')
        AND t.until + coalesce(key.t, interval '1 hour')
    ORDER BY n.k, n.trace_id, n.span_id, n.at
), several AS (
    SELECT DISTINCT k, trace_id FROM llm GROUP BY k, trace_id HAVING count(*) > 1
), up AS (
    SELECT l.k, l.trace_id, l.parent AS span_id, 1 AS steps
    FROM llm l JOIN several USING (k, trace_id) WHERE l.parent IS NOT NULL
    UNION
    SELECT up.k, up.trace_id, s.parent_span_id, up.steps + 1
    FROM up JOIN _turnspan.span s
        ON s.trace_id = up.trace_id AND s.span_id = up.span_id
    WHERE s.parent_span_id IS NOT NULL AND up.steps < 64
), summed AS (
    SELECT k, turn_id, sum(input_tokens)::bigint AS input_tokens,
        sum(output_tokens)::bigint AS output_tokens,
        _turnspan.first_known(model ORDER BY at, span_id) AS model
    FROM llm
    WHERE NOT EXISTS (
        SELECT FROM up WHERE up.k = llm.k AND up.trace_id = llm.trace_id
        AND up.span_id = llm.span_id)
    GROUP BY k, turn_id
)
UPDATE t SET
    input_tokens = coalesce(summed.input_tokens, t.input_tokens),
    output_tokens = coalesce(summed.output_tokens, t.output_tokens),
    model = coalesce(t.model, summed.model)
FROM summed WHERE t.k = summed.k AND t.turn_id = summed.turn_id

-- name: openers
-- What opens or extends a session, cut where the gap is too long or an end was said.
-- Of a turn that was delivered twice, the first delivery counts.
WITH first AS (
    SELECT k, at, until, false AS is_end, NULL::uuid AS id, turn_id, true AS is_turn,
        channel, session_id
    FROM t
    UNION ALL
    SELECT r.k, r.at, r.until, r.name = 'chatbot.conversation.end', r.id, r.turn_id,
        false, coalesce(r.channel, t.channel), coalesce(r.session_id, t.session_id)
    FROM rec r JOIN key USING (k)
    LEFT JOIN t ON t.k = r.k AND t.turn_id = r.turn_id
    WHERE r.kind = 3
        OR (r.kind = 2 AND r.at BETWEEN t.at - key.t AND t.until + key.t)
), reached AS (
    SELECT raw.*, max(until) OVER (
        PARTITION BY k ORDER BY at, until, id, turn_id
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reach
    FROM first AS raw
), raw AS (
    SELECT r.*, count(*) FILTER (WHERE at - reach > t AND (pauses IS NULL
            OR at - reach - _turnspan.paused(pauses, reach, at) > t)) OVER (
        PARTITION BY r.k ORDER BY at, until, id, turn_id
        ROWS UNBOUNDED PRECEDING) AS n
    FROM reached r JOIN key USING (k)
), lone AS (
    -- A record without channel or session id makes no key of its own where the
    -- others of its stretch have one.
    SELECT k, n, min(channel) AS channel, max(channel) AS last_channel,
        min(session_id) AS session_id, max(session_id) AS last_session_id
    FROM raw GROUP BY k, n
), filled AS (
    SELECT raw.k, at, until, is_end, id, turn_id, is_turn,
        coalesce(raw.channel, CASE
            WHEN lone.channel IS NOT DISTINCT FROM last_channel THEN lone.channel
            ELSE (SELECT r.channel FROM raw r
                WHERE r.k = raw.k AND r.n = raw.n AND r.channel IS NOT NULL
                ORDER BY r.at <= raw.at DESC, abs(extract(epoch FROM r.at - raw.at)),
                    r.channel LIMIT 1) END, '') AS channel,
        coalesce(raw.session_id, CASE
            WHEN lone.session_id IS NOT DISTINCT FROM last_session_id
            THEN lone.session_id
            ELSE (SELECT r.session_id FROM raw r
                WHERE r.k = raw.k AND r.n = raw.n AND r.session_id IS NOT NULL
                ORDER BY r.at <= raw.at DESC, abs(extract(epoch FROM r.at - raw.at)),
                    r.session_id LIMIT 1) END) AS session_id
    FROM raw JOIN lone USING (k, n)
), placed AS (
    -- The end that a turn said holds for the whole turn.
    SELECT f.*, CASE WHEN is_end AND turn_id IS NOT NULL
        THEN least(at + key.t, max(until) OVER (PARTITION BY f.k, turn_id))
        ELSE at END AS pos,
        key.t, key.pauses
    FROM filled f JOIN key USING (k)
), ordered AS (
    SELECT *,
        max(until) OVER earlier AS reach,
        coalesce(lag(is_end) OVER following, true) AS after_end
    FROM placed
    WINDOW following AS (PARTITION BY k, channel, session_id
            ORDER BY pos, is_end, at, until, id, turn_id),
        earlier AS (following ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
), cut AS (
    SELECT *, after_end OR (at - reach > t AND (pauses IS NULL
        OR at - reach - _turnspan.paused(pauses, reach, at) > t)) AS is_first
    FROM ordered
)
INSERT INTO opener (k, pos, at, until, is_end, id, turn_id, is_turn, channel,
    session_id, s)
SELECT k, pos, at, until, is_end, id, turn_id, is_turn, channel, session_id,
    count(*) FILTER (WHERE is_first) OVER (
        ORDER BY k, channel, session_id, pos, is_end, at, until, id, turn_id
        ROWS UNBOUNDED PRECEDING)
FROM cut

-- name: sessions
INSERT INTO sess (s, k, channel, session_id, at, until, ended, session_key)
SELECT s, k, o.channel, o.session_id, min(at), max(until), bool_or(is_end),
    md5(concat_ws(E'\x1f', bot, o.channel, conversation_id,
        coalesce(o.session_id, E'\x1e'),
        (extract(epoch FROM min(at)) * 1000000)::bigint))::uuid
FROM opener o JOIN key USING (k)
GROUP BY s, k, o.channel, o.session_id, bot, conversation_id

-- name: number_turns
UPDATE t SET s = n.s, turn_number = CASE WHEN t.is_user THEN n.turn_number END
FROM (
    SELECT t.k, t.turn_id, o.s, count(*) FILTER (WHERE is_user) OVER (
        PARTITION BY o.s ORDER BY t.at, t.turn_id ROWS UNBOUNDED PRECEDING)
        AS turn_number
    FROM t JOIN opener o ON o.k = t.k AND o.turn_id = t.turn_id AND o.is_turn
) AS n
WHERE t.k = n.k AND t.turn_id = n.turn_id

-- name: members
INSERT INTO member
SELECT o.s, r.k, r.kind, r.at, r.id, r.name, r.turn_id, r.role, r.handoff_id, r.cta_id,
    r.cta_type, r.goal_id, r.score, r.user_key, r.user_kind, r.node_id, r.locale,
    r.environment, r.version, r.variant, r.test, r.reason, r.attributes
FROM rec r JOIN opener o ON o.k = r.k AND o.id = r.id
WHERE r.kind IN (2, 3)
UNION ALL
SELECT coalesce(t.s, near.s), r.k, r.kind, r.at, r.id, r.name, r.turn_id, r.role,
    r.handoff_id, r.cta_id, r.cta_type, r.goal_id, r.score, r.user_key, r.user_kind,
    r.node_id, r.locale, r.environment, r.version, r.variant, r.test, r.reason,
    r.attributes
FROM (SELECT DISTINCT ON (k, id) * FROM rec
    WHERE kind = 5 ORDER BY k, id, at) AS r
JOIN key USING (k)
LEFT JOIN t ON t.k = r.k AND t.turn_id = r.turn_id
    AND r.at >= t.at - _turnspan.naming_reach()
LEFT JOIN LATERAL (
    SELECT s FROM sess
    WHERE t.s IS NULL AND sess.k = r.k AND sess.at <= r.at AND r.at < key.next_start
    AND (r.turn_id IS NULL OR NOT EXISTS (
        SELECT FROM _turnspan.turn d
        WHERE d.bot = key.bot AND d.turn_id = r.turn_id
        AND d.conversation_id = key.conversation_id
        AND d.start_time <= r.at + _turnspan.naming_reach()
        AND NOT d.start_time BETWEEN key.w0 AND key.w1))
    ORDER BY sess.at DESC, s DESC LIMIT 1) AS near ON true
WHERE coalesce(t.s, near.s) IS NOT NULL
