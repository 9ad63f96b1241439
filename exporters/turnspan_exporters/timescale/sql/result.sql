-- The derived rows of the windows, as they shall be.

-- name: ctas
-- A click credits the session of its latest impression within the window; impressions
-- and clicks of the sessions around count too.
WITH shown AS (
    SELECT DISTINCT key.k, bot, conversation_id, w0, w1, click_window
    FROM key JOIN member USING (k) WHERE member.name LIKE 'chatbot.cta.%%'
), near AS (
    SELECT DISTINCT ON (k, id) * FROM (
        SELECT k, s, at, id, name, cta_id, cta_type
        FROM member WHERE name LIKE 'chatbot.cta.%%'
        UNION ALL
        SELECT shown.k, NULL, e.time, e.uid, e.name, e.cta_id, e.cta_type
        FROM shown CROSS JOIN LATERAL (
            SELECT time, uid, name, cta_id, cta_type FROM _turnspan.event e
            WHERE e.bot = shown.bot AND e.conversation_id = shown.conversation_id
            AND ((e.time >= w0 - click_window AND e.time < w0)
                OR (e.time > w1 AND e.time <= w1 + click_window))
            AND e.name IN ('chatbot.cta.impression', 'chatbot.cta.click')) AS e
    ) AS both_kinds
    WHERE cta_id IS NOT NULL ORDER BY k, id, s NULLS LAST, at
)
INSERT INTO cta
SELECT n.k, n.s, n.at, n.id, n.name = 'chatbot.cta.click', n.cta_id, n.cta_type,
    credit.s, credit.id IS NOT NULL
FROM near n JOIN key USING (k)
LEFT JOIN LATERAL (
    SELECT i.s, i.id FROM near i
    WHERE n.name = 'chatbot.cta.click' AND i.name = 'chatbot.cta.impression'
    AND i.k = n.k AND i.cta_id = n.cta_id
    AND i.at <= n.at AND i.at >= n.at - key.click_window
    ORDER BY i.at DESC, i.id DESC LIMIT 1) AS credit ON true

-- name: signals
INSERT INTO signal
WITH spoken AS (
    SELECT DISTINCT ON (s) s, k, turn_id, at, timed, outcome, is_fallback, said
    FROM t WHERE is_user AND s IS NOT NULL ORDER BY s, at DESC, turn_id DESC
), rated AS (
    SELECT m.s, m.at, m.id, m.turn_id, _turnspan.rating(
            m.attributes ->> 'gen_ai.evaluation.name', m.score,
            m.attributes ->> 'gen_ai.evaluation.score.label',
            m.attributes ->> 'chatbot.feedback.scale') AS verdict,
        m.turn_id = spoken.turn_id AND coalesce(
            m.attributes ->> 'chatbot.feedback.scope', 'turn') = 'turn' AS is_explicit
    FROM member m LEFT JOIN spoken USING (s) WHERE m.name = 'chatbot.feedback'
), resolved AS (
    SELECT s, at, id, CASE WHEN attributes ->> 'chatbot.resolution.status' = 'resolved'
        THEN 1 ELSE -1 END AS verdict
    FROM member WHERE name = 'chatbot.resolution'
), latest AS (
    SELECT DISTINCT ON (s) s, verdict FROM (
        SELECT s, at, id, verdict FROM resolved
        UNION ALL
        SELECT s, at, id, verdict FROM rated WHERE is_explicit AND verdict <> 0
    ) AS explicit ORDER BY s, at DESC, id DESC
), last_resolution AS (
    SELECT DISTINCT ON (s) s, verdict FROM resolved ORDER BY s, at DESC, id DESC
), ratings AS (
    SELECT s, bool_or(verdict = 1) AS good, bool_or(verdict = -1) AS bad,
        count(verdict) AS given
    FROM rated GROUP BY s
)
SELECT sess.s, spoken.s IS NOT NULL,
    coalesce(latest.verdict = 1, false),
    coalesce(CASE WHEN spoken.timed THEN spoken.outcome = 'answered'
        ELSE spoken.said OR EXISTS (SELECT FROM member m
            WHERE m.s = sess.s AND m.name = 'chatbot.message' AND m.role = 'bot'
            AND m.turn_id IS NULL AND m.at >= spoken.at) END
        AND NOT spoken.is_fallback, false)
        AND NOT coalesce(ratings.bad, false)
        AND coalesce(last_resolution.verdict, 1) = 1,
    coalesce(ratings.good, false) OR coalesce(last_resolution.verdict = 1, false),
    coalesce(ratings.given, 0)
FROM sess
LEFT JOIN spoken USING (s)
LEFT JOIN latest USING (s)
LEFT JOIN last_resolution USING (s)
LEFT JOIN ratings USING (s)

-- name: handoffs
INSERT INTO handoff_out
WITH request AS (
    SELECT DISTINCT ON (l.k, l.handoff_id) l.k, l.handoff_id, l.at, m.s, m.turn_id,
        m.user_key, m.locale, m.environment, m.version, m.variant, m.test, m.reason,
        m.attributes
    FROM life l JOIN member m ON m.k = l.k AND m.id = l.id
    WHERE l.name = 'chatbot.handoff.request' ORDER BY l.k, l.handoff_id, l.at, l.id
), step AS (
    {handoff_steps}
)
SELECT r.at, key.bot, r.handoff_id, sess.channel, key.conversation_id,
    sess.session_key, sess.at, r.turn_id,
    (SELECT count(*) FROM t WHERE t.s = r.s AND t.is_user AND t.at <= r.at),
    {handoff_times},
    ARRAY(SELECT intent_name FROM (
        SELECT t.intent_name, t.at, t.turn_id FROM t
        WHERE t.s = r.s AND t.intent_name IS NOT NULL AND t.at <= r.at
        ORDER BY t.at DESC, t.turn_id DESC LIMIT 3) AS last ORDER BY at, turn_id),
    coalesce(r.user_key, (SELECT _turnspan.first_known(t.user_key
        ORDER BY t.at, t.turn_id) FROM t WHERE t.s = r.s)),
    coalesce(r.locale, (SELECT _turnspan.first_known(t.locale
        ORDER BY t.at, t.turn_id) FROM t WHERE t.s = r.s)),
    r.environment, r.version,
    coalesce(r.variant, (SELECT _turnspan.first_known(t.variant
        ORDER BY t.at, t.turn_id) FROM t WHERE t.s = r.s)),
    r.test OR coalesce((SELECT bool_or(t.test) FROM t WHERE t.s = r.s), false),
    _turnspan.definition_version(), '', '', '', '', '', '', ''
FROM request r
JOIN step USING (k, handoff_id)
JOIN sess USING (s)
JOIN key ON key.k = r.k
CROSS JOIN {known_reason}

-- name: nodes
-- What the bot showed, by a turn or an event; user messages say where the user was.
INSERT INTO node
SELECT s, node_id, count(DISTINCT showing), min(at), bool_or(place = 1)
FROM (
    SELECT *, row_number() OVER (
        PARTITION BY s ORDER BY at DESC, kind DESC, id DESC) AS place
    FROM (
        SELECT s, node_id, at, 0 AS kind, turn_id AS id, turn_id AS showing
        FROM t WHERE s IS NOT NULL AND node_id IS NOT NULL
        UNION ALL
        SELECT s, node_id, at, 1, id::text, coalesce(turn_id, id::text)
        FROM member WHERE kind = 3 AND node_id IS NOT NULL) AS shown
) AS placed
GROUP BY s, node_id

-- name: session_rows
INSERT INTO session_out
WITH said AS (
    SELECT s, at, turn_id AS id, user_key, user_kind, locale, environment, version,
        variant, test, NULL::jsonb AS attributes, 0 AS kind
    FROM t WHERE s IS NOT NULL
    UNION ALL
    SELECT s, at, id::text, user_key, user_kind, locale, environment, version, variant,
        test, attributes, 1
    FROM member WHERE kind <= 3
), dims AS (
    SELECT s,
        _turnspan.first_known(user_key ORDER BY at, kind, id) AS user_key,
        _turnspan.first_known(user_kind ORDER BY at, kind, id) AS user_kind,
        _turnspan.first_known(locale ORDER BY at, kind, id) AS locale,
        _turnspan.first_known(environment ORDER BY at, kind, id) AS environment,
        _turnspan.first_known(version ORDER BY at, kind, id) AS version,
        _turnspan.first_known(variant ORDER BY at, kind, id) AS variant,
        _turnspan.first_known(attributes ->> 'chatbot.entry.utm.source'
            ORDER BY at, kind, id) AS utm_source,
        _turnspan.first_known(attributes ->> 'chatbot.entry.utm.medium'
            ORDER BY at, kind, id) AS medium,
        _turnspan.first_known(attributes ->> 'chatbot.entry.utm.campaign'
            ORDER BY at, kind, id) AS campaign,
        _turnspan.first_known(attributes ->> 'chatbot.entry.referrer'
            ORDER BY at, kind, id) AS referrer,
        _turnspan.first_known(attributes ->> 'chatbot.entry.device'
            ORDER BY at, kind, id) AS device,
        _turnspan.first_known(attributes ->> 'chatbot.entry.country'
            ORDER BY at, kind, id) AS country,
        bool_or(test) AS test
    FROM said GROUP BY s
), spoken AS (
    SELECT s, count(*) FILTER (WHERE is_user) AS user_turns,
        count(*) FILTER (WHERE is_user AND is_fallback) AS fallbacks,
        count(*) FILTER (WHERE is_user AND outcome = 'error') AS errors,
        sum(input_tokens)::bigint AS input_tokens,
        sum(output_tokens)::bigint AS output_tokens,
        min(intent_confidence) FILTER (WHERE is_user
            AND coalesce(source, '') NOT IN ('button', 'rule')) AS lowest_confidence
    FROM t GROUP BY s
), counted AS (
    SELECT s,
        count(*) FILTER (WHERE name = 'chatbot.message' AND role = 'user') AS by_user,
        count(*) FILTER (WHERE name = 'chatbot.message' AND role = 'bot') AS by_bot,
        count(*) FILTER (WHERE name = 'chatbot.message' AND role = 'human_agent')
            AS by_agent,
        count(*) FILTER (WHERE name = 'chatbot.goal') AS goals
    FROM member GROUP BY s
), clicked AS (
    SELECT s, sum(credited)::integer AS credited, sum(other)::integer AS other,
        sum(shown)::integer AS shown
    FROM (SELECT credit_s AS s, count(*) AS credited, 0 AS other, 0 AS shown
        FROM cta WHERE is_click AND credit_s IS NOT NULL GROUP BY credit_s
        UNION ALL
        SELECT s, 0, count(*) FILTER (WHERE is_click AND NOT is_credited),
            count(*) FILTER (WHERE NOT is_click)
        FROM cta WHERE s IS NOT NULL GROUP BY s) AS clicks
    GROUP BY s
), asked AS (
    SELECT session_key, count(*) AS handoffs, min(requested_at) AS first_request,
        bool_or(withdrawn_at IS NULL OR withdrawn_at >= accepted_at) AS stands,
        bool_or(outcome = 'resolved') AS resolved
    FROM handoff_out GROUP BY session_key
), intent AS (
    SELECT DISTINCT ON (t.s) t.s, t.intent_name
    FROM t JOIN sess USING (s) LEFT JOIN asked USING (session_key)
    WHERE t.intent_name IS NOT NULL
    ORDER BY t.s, coalesce(t.at <= first_request, true) DESC, t.at DESC, t.turn_id DESC
), judged AS (
    SELECT sess.*, has_user, coalesce(asked.stands, false) AND has_user AS escalated,
        is_confirmed AND has_user AS confirmed,
        has_user AND is_answered AND NOT is_confirmed
            AND NOT coalesce(asked.stands, false) AS implied,
        coalesce(asked.handoffs, 0) AS handoffs, is_good, ratings,
        coalesce(asked.resolved, false) AS agent_resolved
    FROM sess JOIN signal USING (s) LEFT JOIN asked USING (session_key)
)
SELECT j.at, j.session_key, key.bot, j.channel, key.conversation_id, j.session_id,
    j.until, closing.at, j.ended OR closing.at < now(),
    CASE WHEN j.ended THEN 'event' ELSE 'timeout' END,
    extract(epoch FROM j.until - j.at),
    coalesce(spoken.user_turns, 0), coalesce(by_user, 0), coalesce(by_bot, 0),
    coalesce(by_agent, 0), coalesce(spoken.fallbacks, 0), coalesce(spoken.errors, 0),
    coalesce(credited, 0), coalesce(counted.goals, 0), j.handoffs, j.escalated,
    has_user AND (spoken.user_turns >= 2 OR coalesce(credited + other, 0) > 0
        OR coalesce(counted.goals, 0) > 0 OR j.handoffs > 0 OR is_good),
    j.implied, old.next_start,
    _turnspan.outcome(has_user, j.escalated, confirmed, j.implied,
        j.until, old.next_start, came_back),
    intent.intent_name, node.node_id, dims.user_key, dims.user_kind, dims.locale,
    dims.environment, dims.version, dims.variant,
    coalesce(dims.utm_source, dims.referrer), dims.device, dims.country,
    coalesce(dims.test, false), _turnspan.definition_version(), key.parameters,
    coalesce(clicked.shown, 0),
    j.ratings, spoken.input_tokens, spoken.output_tokens, j.agent_resolved,
    dims.medium, dims.campaign, coalesce(spoken.lowest_confidence, 'Infinity')
FROM judged j
JOIN key ON key.k = j.k
CROSS JOIN LATERAL (SELECT CASE WHEN j.ended THEN j.until
    WHEN pauses IS NULL THEN j.until + t
    ELSE _turnspan.quiet_until(pauses, j.until, t) END AS at) AS closing
LEFT JOIN dims USING (s)
LEFT JOIN (SELECT DISTINCT ON (s) s, node_id FROM node ORDER BY s, first_at, node_id)
    AS node USING (s)
LEFT JOIN spoken USING (s)
LEFT JOIN counted USING (s)
LEFT JOIN clicked USING (s)
LEFT JOIN intent USING (s)
LEFT JOIN _turnspan.session old
    ON old.session_key = j.session_key AND old.start_time = j.at

-- name: handoffs_of_sessions
UPDATE handoff_out h SET session_intent = coalesce(o.intent, ''),
    user_kind = coalesce(o.user_kind, ''), source = coalesce(o.source, ''),
    device = coalesce(o.device, ''), country = coalesce(o.country, ''),
    medium = coalesce(o.medium, ''), campaign = coalesce(o.campaign, '')
FROM session_out o WHERE o.session_key = h.session_key

-- name: session_cta_rows
INSERT INTO session_cta_out
WITH counted AS (
    SELECT s, cta_id, min(cta_type) AS cta_type, sum(shown)::integer AS impressions,
        sum(clicked)::integer AS clicks, sum(lost)::integer AS unattributed,
        min(first_shown) AS first_shown, min(first_clicked) AS first_clicked
    FROM (
        SELECT s, cta_id, cta_type, count(*) AS shown, 0 AS clicked, 0 AS lost,
            min(at) AS first_shown, NULL::timestamptz AS first_clicked
        FROM cta WHERE s IS NOT NULL AND NOT is_click GROUP BY s, cta_id, cta_type
        UNION ALL
        SELECT credit_s, cta_id, NULL, 0, count(*), 0, NULL, min(at)
        FROM cta WHERE credit_s IS NOT NULL GROUP BY credit_s, cta_id
        UNION ALL
        SELECT s, cta_id, cta_type, 0, 0, count(*), NULL, NULL
        FROM cta WHERE s IS NOT NULL AND is_click AND NOT is_credited
        GROUP BY s, cta_id, cta_type) AS parts
    GROUP BY s, cta_id
)
SELECT o.start_time, o.session_key, o.bot, o.channel, o.conversation_id, c.cta_id,
    c.cta_type, c.impressions, c.clicks, c.unattributed, c.first_shown,
    c.first_clicked, o.user_key, o.locale, o.environment, o.version, o.variant, o.test,
    o.user_turns > 0
FROM counted c JOIN sess USING (s) JOIN session_out o USING (session_key)

-- name: turn_rows
INSERT INTO turn_out
SELECT t.at, key.bot, t.turn_id, sess.channel, key.conversation_id, sess.session_id,
    sess.session_key, sess.at, t.until, extract(epoch FROM t.until - t.at),
    t.first_response_s, t.timed, t.initiator, t.outcome, t.locale, t.node_id,
    t.framework, t.intent_name, t.intent_confidence, t.intent_threshold, t.acted_on,
    t.source, t.runner_up, t.model_version, t.is_fallback, t.answer_source,
    t.sentiment_label, t.sentiment_score, t.user_key, t.user_kind, t.environment,
    t.version, t.variant, t.error_type, t.input_tokens, t.output_tokens, t.model,
    t.turn_number, t.test, t.trace_id, t.span_id,
    _turnspan.definition_version(), coalesce(o.intent, ''), coalesce(o.source, ''),
    coalesce(o.device, ''), coalesce(o.country, ''), coalesce(o.medium, ''),
    coalesce(o.campaign, '')
FROM t JOIN key USING (k) JOIN sess ON sess.s = t.s
JOIN session_out o ON o.session_key = sess.session_key
