-- The further parts of the windows' sessions, each with its session's dimensions.

-- name: goal_rows
INSERT INTO goal_out
SELECT o.start_time, o.session_key, o.bot, o.channel, o.conversation_id, m.id, m.at,
    coalesce(m.goal_id, ''),
    CASE WHEN m.attributes ->> 'chatbot.goal.kind' IN ('conversion', 'lead',
        'follow_up') THEN m.attributes ->> 'chatbot.goal.kind' ELSE 'other' END,
    _turnspan.finite(m.attributes ->> 'chatbot.goal.value'),
    m.attributes ->> 'chatbot.goal.currency',
    _turnspan.finite(m.attributes ->> 'chatbot.goal.quality'),
    m.turn_id,
    (SELECT c.cta_id FROM cta c WHERE c.s = m.s AND c.is_click AND c.at <= m.at
        ORDER BY c.at DESC, c.id DESC LIMIT 1),
    o.user_turns > 0, o.user_key, o.locale, o.environment, o.version, o.variant, o.test,
    coalesce(o.intent, '')
FROM member m JOIN sess USING (s) JOIN session_out o USING (session_key)
WHERE m.name = 'chatbot.goal'

-- name: feedback_rows
-- A response answers the latest request of its name (and of its turn, where it names
-- one) that is not later, in whatever session. Requests of other windows, and
-- responses to these that attach there, are read as they were derived.
INSERT INTO feedback_out
WITH own AS (
    SELECT m.s, m.k, m.id, m.at, m.turn_id, m.score, m.attributes,
        m.name = 'chatbot.feedback.request' AS is_request,
        coalesce(m.attributes ->> 'gen_ai.evaluation.name', 'csat') AS name
    FROM member m WHERE m.name IN ('chatbot.feedback', 'chatbot.feedback.request')
), near AS (
    SELECT *,
        min(at) FILTER (WHERE is_request) OVER of_name AS first_asked,
        max(at) FILTER (WHERE is_request) OVER of_name AS last_asked,
        min(at) FILTER (WHERE NOT is_request AND turn_id IS NULL) OVER at_or_after
            AS next_given,
        min(at) FILTER (WHERE is_request) OVER following AS next_asked,
        min(at) FILTER (WHERE is_request) OVER of_turn AS turn_first_asked,
        min(at) FILTER (WHERE NOT is_request) OVER turn_at_or_after AS turn_next_given,
        min(at) FILTER (WHERE is_request) OVER turn_following AS turn_next_asked
    FROM own
    WINDOW of_name AS (PARTITION BY k, name),
        at_or_after AS (PARTITION BY k, name ORDER BY at DESC
            RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
        following AS (PARTITION BY k, name ORDER BY at DESC, id DESC
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
        of_turn AS (PARTITION BY k, name, turn_id),
        turn_at_or_after AS (PARTITION BY k, name, turn_id ORDER BY at DESC
            RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
        turn_following AS (PARTITION BY k, name, turn_id ORDER BY at DESC, id DESC
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
), paired AS (
    SELECT n.*, CASE WHEN n.is_request THEN
        coalesce(next_given < coalesce(next_asked, 'infinity'), false)
        OR coalesce(n.turn_id IS NOT NULL
            AND turn_next_given < coalesce(turn_next_asked, 'infinity'), false)
        OR (next_given IS NULL AND next_asked IS NULL AND EXISTS (
            SELECT FROM (
                SELECT min(d.at) AS at FROM _turnspan.feedback d
                WHERE d.bot = key.bot AND d.conversation_id = key.conversation_id
                AND d.name = n.name AND NOT d.is_request AND d.turn_id IS NULL
                AND d.at > key.w1
                AND NOT d.session_start BETWEEN key.w0 AND key.w1) AS given
            WHERE given.at IS NOT NULL AND NOT EXISTS (
                SELECT FROM _turnspan.feedback d
                WHERE d.bot = key.bot AND d.conversation_id = key.conversation_id
                AND d.name = n.name AND d.is_request
                AND d.at > key.w1 AND d.at <= given.at)))
        OR (n.is_foreign AND EXISTS (
                SELECT FROM _turnspan.feedback d
                WHERE d.bot = key.bot AND d.conversation_id = key.conversation_id
                AND d.name = n.name AND NOT d.is_request AND d.turn_id = n.turn_id
                AND d.at >= n.at AND d.at < coalesce(turn_next_asked, 'infinity')
                AND NOT d.session_start BETWEEN key.w0 AND key.w1
                AND NOT EXISTS (
                    SELECT FROM _turnspan.feedback later
                    WHERE later.bot = d.bot
                    AND later.conversation_id = d.conversation_id
                    AND later.name = d.name AND later.is_request
                    AND later.turn_id = d.turn_id
                    AND later.at > key.w1 AND later.at <= d.at)))
    WHEN n.turn_id IS NULL THEN coalesce(first_asked <= n.at, false) OR EXISTS (
            SELECT FROM _turnspan.feedback d
            WHERE d.bot = key.bot AND d.conversation_id = key.conversation_id
            AND d.name = n.name AND d.is_request AND d.at < key.w0)
    ELSE coalesce(turn_first_asked <= n.at, false) OR EXISTS (
            SELECT FROM _turnspan.feedback d
            WHERE d.bot = key.bot AND d.conversation_id = key.conversation_id
            AND d.name = n.name AND d.is_request AND d.turn_id = n.turn_id
            AND d.at <= n.at AND (d.at < key.w0 OR d.at > key.w1))
    END AS is_paired
    FROM (SELECT near.*, near.turn_id IS NOT NULL AND t.turn_id IS NULL AS is_foreign
        FROM near LEFT JOIN t ON t.k = near.k AND t.turn_id = near.turn_id) AS n
    JOIN key USING (k)
)
SELECT o.start_time, o.session_key, o.bot, o.channel, o.conversation_id, p.id, p.at,
    p.is_request, p.name, p.turn_id, p.is_paired, p.score,
    p.attributes ->> 'gen_ai.evaluation.score.label',
    p.attributes ->> 'chatbot.feedback.scale',
    p.attributes ->> 'chatbot.feedback.scope',
    p.attributes ->> 'chatbot.feedback.source',
    CASE WHEN NOT p.is_request THEN _turnspan.rating(
        p.attributes ->> 'gen_ai.evaluation.name', p.score,
        p.attributes ->> 'gen_ai.evaluation.score.label',
        p.attributes ->> 'chatbot.feedback.scale') END,
    o.user_turns > 0, o.user_key, o.locale, o.environment, o.version, o.variant, o.test,
    CASE WHEN o.outcome = 'escalated' AND o.agent_resolved THEN 'human'
        WHEN o.user_turns > 0 AND o.outcome <> 'escalated' THEN 'bot' ELSE '' END
FROM paired p JOIN sess USING (s) JOIN session_out o USING (session_key)

-- name: session_node_rows
INSERT INTO session_node_out
SELECT o.start_time, o.session_key, o.bot, o.channel, o.conversation_id, n.node_id,
    n.times_shown, n.first_at, n.is_last, o.user_turns > 0, o.locale, o.environment,
    o.version, o.variant, o.test
FROM node n JOIN sess USING (s) JOIN session_out o USING (session_key)

-- name: session_variant_rows
-- The variants that turns and events name, for their user, else for the session's.
INSERT INTO session_variant_out
WITH carried AS (
    SELECT t.s, r.at, coalesce(r.user_key, t.user_key) AS user_key, r.variant,
        r.attributes
    FROM rec r JOIN t USING (k, turn_id)
    WHERE r.kind <= 1 AND t.s IS NOT NULL
    UNION ALL
    SELECT s, at, user_key, variant, attributes FROM member
), named AS (
    SELECT s, at, user_key, attributes ->> 'feature_flag.key' AS experiment, variant
    FROM carried WHERE variant IS NOT NULL
    UNION ALL
    SELECT s, at, user_key, split_part(pair, '=', 1),
        substr(pair, strpos(pair, '=') + 1)
    FROM carried CROSS JOIN LATERAL jsonb_array_elements_text(CASE jsonb_typeof(
        attributes -> 'chatbot.experiment.assignments') WHEN 'array'
        THEN attributes -> 'chatbot.experiment.assignments' END) AS pair
    WHERE attributes ? 'chatbot.experiment.assignments' AND strpos(pair, '=') > 1
)
SELECT o.start_time, o.session_key, o.bot, o.channel, o.conversation_id,
    coalesce(n.user_key, o.user_key), n.experiment, n.variant, min(n.at), o.test
FROM named n JOIN sess USING (s) JOIN session_out o USING (session_key)
WHERE n.experiment <> '' AND n.variant <> ''
AND coalesce(n.user_key, o.user_key) IS NOT NULL
GROUP BY o.start_time, o.session_key, o.bot, o.channel, o.conversation_id,
    coalesce(n.user_key, o.user_key), n.experiment, n.variant, o.test

-- name: touch_pairs
-- Sessions of other windows whose requests or responses may have found, or lost, what
-- they pair with. A row that stays as it is touches nothing further.
WITH apart AS MATERIALIZED (
    SELECT * FROM key
    WHERE EXISTS (SELECT FROM _turnspan.feedback d WHERE d.bot = key.bot
        AND d.conversation_id = key.conversation_id AND d.session_start < key.w0)
    OR EXISTS (SELECT FROM _turnspan.feedback d WHERE d.bot = key.bot
        AND d.conversation_id = key.conversation_id AND d.session_start > key.w1)
), own AS (
    SELECT apart.k, o.name, o.is_request, o.turn_id, o.at
    FROM feedback_out o JOIN apart USING (bot, conversation_id)
    WHERE (o.bot, o.conversation_id, o.session_start) IN (
        SELECT bot, conversation_id, at FROM changed WHERE of_table = 'feedback')
), of_name AS (
    SELECT apart.*, name, is_request, first_at
    FROM (SELECT k, name, is_request, min(at) AS first_at FROM own
        WHERE is_request OR turn_id IS NULL GROUP BY k, name, is_request) AS o
    JOIN apart USING (k)
), of_turn AS (
    SELECT apart.*, name, is_request, turn_id, first_at, last_at
    FROM (SELECT k, name, is_request, turn_id, min(at) AS first_at, max(at) AS last_at
        FROM own WHERE turn_id IS NOT NULL GROUP BY k, name, is_request, turn_id) AS o
    JOIN apart USING (k)
), wanted AS (
    -- Responses that no request was known for.
    SELECT o.bot, o.conversation_id, d.session_start AS at, o.w0, o.w1
    FROM of_name o CROSS JOIN LATERAL (
        SELECT session_start FROM _turnspan.feedback d
        WHERE d.bot = o.bot AND d.conversation_id = o.conversation_id
        AND d.name = o.name AND NOT d.is_request AND d.turn_id IS NULL
        AND d.at >= o.first_at AND NOT d.paired OFFSET 0) AS d
    WHERE o.is_request
    UNION
    SELECT o.bot, o.conversation_id, d.session_start, o.w0, o.w1
    FROM of_turn o CROSS JOIN LATERAL (
        SELECT session_start FROM _turnspan.feedback d
        WHERE d.bot = o.bot AND d.conversation_id = o.conversation_id
        AND d.name = o.name AND NOT d.is_request AND d.turn_id = o.turn_id
        AND d.at >= o.first_at AND NOT d.paired OFFSET 0) AS d
    WHERE o.is_request
    UNION
    -- The request before these, which a response may have left or found.
    SELECT o.bot, o.conversation_id, p.session_start, o.w0, o.w1
    FROM of_name o CROSS JOIN LATERAL (
        SELECT at, session_start, paired FROM _turnspan.feedback d
        WHERE d.bot = o.bot AND d.conversation_id = o.conversation_id
        AND d.name = o.name AND d.is_request AND d.at < o.w0
        ORDER BY d.at DESC, d.uid DESC LIMIT 1) AS p
    WHERE CASE WHEN o.is_request THEN p.paired AND o.first_at <= (
            SELECT min(d.at) FROM _turnspan.feedback d
            WHERE d.bot = o.bot AND d.conversation_id = o.conversation_id
            AND d.name = o.name AND NOT d.is_request AND d.turn_id IS NULL
            AND d.at >= p.at)
        ELSE NOT p.paired END
    UNION
    SELECT o.bot, o.conversation_id, d.session_start, o.w0, o.w1
    FROM of_turn o CROSS JOIN LATERAL (
        SELECT session_start FROM _turnspan.feedback d
        WHERE d.bot = o.bot AND d.conversation_id = o.conversation_id
        AND d.name = o.name AND d.is_request AND d.turn_id = o.turn_id
        AND d.at <= o.last_at AND d.paired = o.is_request OFFSET 0) AS d
)
INSERT INTO _turnspan.touched (bot, conversation_id, from_time, to_time, neighbour)
SELECT DISTINCT bot, conversation_id, at, at, true FROM wanted
WHERE NOT at BETWEEN w0 AND w1
