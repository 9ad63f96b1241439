-- The published rules of other products, applied to the rows of one bot: each statement
-- gives conversation_id, start_time and the label that the product would give. The unit
-- is theirs, a session or a conversation; the words of their pages stand in
-- elsewhere.py.

-- name: elsewhere_turnspan
SELECT s.conversation_id, s.start_time, s.outcome
FROM turnspan.sessions AS s
WHERE s.bot = %(bot)s AND s.start_time >= %(from)s AND s.start_time < %(to)s
    AND s.finalised

-- name: elsewhere_copilot
-- A topic: an intent, or the fallback topic. The End of Conversation topic asks whether
-- the question was answered: a request for feedback. Yes or no answer resolves.
WITH topical AS (
    SELECT session_key, session_start,
        bool_or(intent_name IS NOT NULL OR is_fallback) AS engaged
    FROM turnspan.turns WHERE bot = %(bot)s AND initiator = 'user'
    GROUP BY session_key, session_start
), survey AS (
    SELECT session_key, session_start,
        bool_or(is_request) AS asked,
        bool_or(NOT is_request AND verdict = 1) AS yes,
        bool_or(NOT is_request AND verdict = -1) AS no
    FROM turnspan.feedback WHERE bot = %(bot)s
    GROUP BY session_key, session_start
)
SELECT s.conversation_id, s.start_time, CASE
        WHEN s.handoffs > 0 THEN 'escalated'
        WHEN NOT coalesce(topical.engaged, false) THEN 'unengaged'
        WHEN survey.yes OR (survey.asked AND NOT survey.no) THEN 'resolved'
        ELSE 'abandoned'
    END
FROM turnspan.sessions AS s
LEFT JOIN topical
    ON topical.session_key = s.session_key AND topical.session_start = s.start_time
LEFT JOIN survey
    ON survey.session_key = s.session_key AND survey.session_start = s.start_time
WHERE s.bot = %(bot)s AND s.start_time >= %(from)s AND s.start_time < %(to)s
    AND s.finalised

-- name: elsewhere_lex
-- The last intent decides: fulfilled is success, fallback or failed is failure, and a
-- user who left while the bot still asked has dropped it.
SELECT s.conversation_id, s.start_time, CASE
        WHEN last.is_fallback OR last.outcome IN ('fallback', 'error') THEN 'failed'
        WHEN last.outcome IN ('answered', 'handoff') THEN 'success'
        ELSE 'dropped'
    END
FROM turnspan.sessions AS s
CROSS JOIN LATERAL (
    SELECT t.outcome, t.is_fallback FROM turnspan.turns AS t
    WHERE t.bot = s.bot AND t.session_key = s.session_key
        AND t.session_start = s.start_time AND t.initiator = 'user'
    ORDER BY t.start_time DESC, t.turn_id DESC LIMIT 1) AS last
WHERE s.bot = %(bot)s AND s.start_time >= %(from)s AND s.start_time < %(to)s
    AND s.finalised

-- name: elsewhere_fin
-- A conversation of the bot: after its last answer the customer said it helped
-- (confirmed), or left without asking for more (assumed).
WITH talk AS (
    SELECT conversation_id, min(start_time) AS start_time, sum(handoffs) AS handoffs
    FROM turnspan.sessions
    WHERE bot = %(bot)s AND start_time >= %(from)s AND start_time < %(to)s
        AND finalised AND user_turns > 0
    GROUP BY conversation_id
)
SELECT talk.conversation_id, talk.start_time, CASE
        WHEN talk.handoffs > 0 OR said.bad OR last.is_fallback
            OR last.outcome <> 'answered' THEN 'unresolved'
        WHEN said.good THEN 'confirmed'
        ELSE 'assumed'
    END
FROM talk
CROSS JOIN LATERAL (
    SELECT t.outcome, t.is_fallback FROM turnspan.turns AS t
    WHERE t.bot = %(bot)s AND t.conversation_id = talk.conversation_id
        AND t.initiator = 'user'
    ORDER BY t.start_time DESC, t.turn_id DESC LIMIT 1) AS last
CROSS JOIN LATERAL (
    SELECT coalesce(bool_or(verdict = 1), false) AS good,
        coalesce(bool_or(verdict = -1), false) AS bad
    FROM turnspan.feedback AS f
    WHERE f.bot = %(bot)s AND f.conversation_id = talk.conversation_id
        AND NOT f.is_request) AS said

-- name: elsewhere_rasa
-- Every session; a success unless a person took part.
SELECT s.conversation_id, s.start_time,
    CASE WHEN EXISTS (
            SELECT FROM turnspan.handoffs AS h
            WHERE h.bot = s.bot AND h.session_key = s.session_key
                AND h.session_start = s.start_time AND h.accepted_at IS NOT NULL)
        THEN 'handed off' ELSE 'successful' END
FROM turnspan.sessions AS s
WHERE s.bot = %(bot)s AND s.start_time >= %(from)s AND s.start_time < %(to)s
    AND s.finalised

-- name: elsewhere_zendesk
-- A conversation, 72 hours after its last message: no person took part, and it ended
-- with good feedback or with a relevant answer that nobody objected to.
WITH talk AS (
    SELECT conversation_id, min(start_time) AS start_time,
        max(end_time) AS end_time, sum(handoffs) AS handoffs
    FROM turnspan.sessions
    WHERE bot = %(bot)s AND start_time >= %(from)s AND start_time < %(to)s
        AND finalised AND user_turns > 0
    GROUP BY conversation_id
)
SELECT talk.conversation_id, talk.start_time, CASE
        WHEN talk.handoffs > 0 THEN 'escalated'
        WHEN said.bad OR last.is_fallback OR last.outcome <> 'answered'
            THEN 'not resolved'
        WHEN talk.end_time + interval '72 hours' > %(now)s THEN 'pending'
        ELSE 'automated resolution'
    END
FROM talk
CROSS JOIN LATERAL (
    SELECT t.outcome, t.is_fallback FROM turnspan.turns AS t
    WHERE t.bot = %(bot)s AND t.conversation_id = talk.conversation_id
        AND t.initiator = 'user'
    ORDER BY t.start_time DESC, t.turn_id DESC LIMIT 1) AS last
CROSS JOIN LATERAL (
    SELECT coalesce(bool_or(verdict = -1), false) AS bad
    FROM turnspan.feedback AS f
    WHERE f.bot = %(bot)s AND f.conversation_id = talk.conversation_id
        AND NOT f.is_request) AS said
