-- Facts of handoffs, satisfaction, goals and steps of funnels; see 500.

-- The handoffs that nobody has accepted, declined, withdrawn or let expire so far.
CREATE OR REPLACE VIEW _turnspan.fact_waiting_handoff AS
SELECT f.* FROM _turnspan.fact_handoff AS f WHERE f.waiting = 1;

-- A rating on the scale 1 to 5, thumbs being its ends; null where it is none, on an
-- unknown scale or off its own.
CREATE OR REPLACE FUNCTION _turnspan.rating_score(
    name text, value double precision, label text, scale text)
RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
    SELECT CASE
        WHEN name = 'nps' OR scale = 'nps' THEN NULL
        WHEN name = 'thumbs' OR scale = 'thumbs'
            OR (value IS NULL AND label IN ('up', 'down')) THEN
            CASE WHEN label = 'up' OR value >= 1 THEN 5
            WHEN label = 'down' OR value < 1 THEN 1 END
        WHEN ends[1] < ends[2] AND value BETWEEN ends[1] AND ends[2] THEN
            1 + 4 * (value - ends[1]) / (ends[2] - ends[1]) END
    FROM (SELECT regexp_match(
        coalesce(scale, CASE WHEN coalesce(name, 'csat') = 'csat' THEN '1-5' END),
        '^\s*(-?\d{1,9}(?:\.\d{1,9})?)\s*-\s*(-?\d{1,9}(?:\.\d{1,9})?)\s*$'
        )::double precision[] AS ends) AS of_scale
);

-- Ratings asked for and given, at the start of the session they attach to. human: the
-- session was escalated and a person resolved it; contained: it stayed with the bot.
CREATE OR REPLACE VIEW _turnspan.fact_feedback AS
SELECT
    f.session_start AS at,
    f.bot,
    _turnspan.known(f.channel) AS channel,
    _turnspan.known(f.environment) AS environment,
    _turnspan.known(f.version) AS version,
    _turnspan.known(f.variant) AS variant,
    _turnspan.known(f.locale) AS locale,
    _turnspan.known(s.source) AS source,
    _turnspan.known(s.device) AS device,
    _turnspan.known(s.country) AS country,
    _turnspan.known(s.medium) AS medium,
    _turnspan.known(s.campaign) AS campaign,
    _turnspan.known(s.user_kind) AS user_kind,
    _turnspan.known(s.outcome) AS outcome,
    _turnspan.known(s.intent) AS intent,
    _turnspan.known(s.node_id) AS node,
    s.finalised,
    (f.is_request AND f.name <> 'nps' AND f.scale IS DISTINCT FROM 'nps')::integer
        AS requests,
    (f.is_request AND f.paired AND f.name <> 'nps'
        AND f.scale IS DISTINCT FROM 'nps')::integer AS answered,
    (NOT f.is_request AND f.verdict IS NOT NULL)::integer AS responses,
    (NOT f.is_request AND f.verdict IS NOT DISTINCT FROM 1)::integer AS satisfied,
    f.name AS rating,
    f.score AS value,
    f.label AS mark,
    f.scale,
    (s.outcome = 'escalated' AND coalesce(s.agent_resolved, false))::integer AS human,
    (s.user_turns > 0 AND s.outcome <> 'escalated')::integer AS contained,
    s.start_time AS joined_at
FROM _turnspan.feedback AS f
JOIN _turnspan.session AS s
    ON s.session_key = f.session_key AND s.start_time = f.session_start
WHERE NOT f.test;

-- The ratings given to people and to the bot, without a look at the sessions: where all
-- of these are over, and every rating knows who served.
CREATE OR REPLACE VIEW _turnspan.fact_feedback_settled AS
SELECT
    f.session_start AS at,
    f.bot,
    _turnspan.known(f.channel) AS channel,
    _turnspan.known(f.environment) AS environment,
    _turnspan.known(f.version) AS version,
    _turnspan.known(f.variant) AS variant,
    _turnspan.known(f.locale) AS locale,
    true AS finalised,
    1 AS responses,
    f.name AS rating,
    f.score AS value,
    f.label AS mark,
    f.scale,
    (f.served_by = 'human')::integer AS human,
    (f.served_by = 'bot')::integer AS contained
FROM _turnspan.feedback AS f
WHERE NOT f.test AND NOT f.is_request AND f.verdict IS NOT NULL
    AND f.served_by IN ('human', 'bot');

-- A session with at least one user message, for what is told of single sessions.
CREATE OR REPLACE VIEW _turnspan.fact_flow AS
SELECT
    s.start_time AS at,
    s.bot,
    _turnspan.known(s.channel) AS channel,
    _turnspan.known(s.environment) AS environment,
    _turnspan.known(s.version) AS version,
    _turnspan.known(s.variant) AS variant,
    _turnspan.known(s.locale) AS locale,
    _turnspan.known(s.source) AS source,
    _turnspan.known(s.device) AS device,
    _turnspan.known(s.country) AS country,
    _turnspan.known(s.medium) AS medium,
    _turnspan.known(s.campaign) AS campaign,
    _turnspan.known(s.user_kind) AS user_kind,
    _turnspan.known(s.outcome) AS outcome,
    _turnspan.known(s.intent) AS intent,
    _turnspan.known(s.node_id) AS node,
    s.finalised,
    s.session_key,
    s.user_key,
    1 AS base
FROM _turnspan.session AS s
WHERE NOT s.test AND s.user_turns > 0;

-- A user turn whose sentiment the bot's scorer gave.
CREATE OR REPLACE VIEW _turnspan.fact_sentiment AS
SELECT
    t.start_time AS at,
    t.bot,
    _turnspan.known(t.channel) AS channel,
    _turnspan.known(t.environment) AS environment,
    _turnspan.known(t.version) AS version,
    _turnspan.known(t.variant) AS variant,
    _turnspan.known(t.locale) AS locale,
    _turnspan.known(t.source) AS source,
    _turnspan.known(t.device) AS device,
    _turnspan.known(t.country) AS country,
    _turnspan.known(t.medium) AS medium,
    _turnspan.known(t.campaign) AS campaign,
    _turnspan.known(t.user_kind) AS user_kind,
    _turnspan.known(t.outcome) AS outcome,
    _turnspan.known(t.intent_name) AS intent,
    _turnspan.known(t.node_id) AS node,
    _turnspan.known(t.model) AS model,
    _turnspan.known(t.sentiment_label) AS sentiment,
    1 AS turns,
    (t.sentiment_label IS NOT DISTINCT FROM 'negative')::integer AS negative
FROM _turnspan.turn AS t
WHERE t.initiator = 'user' AND NOT t.test
    AND (t.sentiment_label IS NOT NULL OR t.sentiment_score IS NOT NULL);

-- What a step of a funnel is: one view a kind, with the id, the session it belongs to
-- and the time. A session has as many rows as it came there.

-- Clicks: the first that is credited to the session from the derived rows; further
-- ones, and those without an impression, from the events, as far as these reach. A
-- click goes to the latest session that saw the CTA before it, within the window.
CREATE OR REPLACE VIEW _turnspan.step_cta AS
SELECT c.bot, c.session_key, c.session_start, c.cta_id AS of, c.first_click AS at
FROM _turnspan.session_cta AS c
WHERE c.first_click IS NOT NULL
UNION ALL
SELECT c.bot, c.session_key, c.session_start, c.cta_id, e.time
FROM _turnspan.session_cta AS c
JOIN _turnspan.session AS s
    ON s.session_key = c.session_key AND s.start_time = c.session_start
JOIN _turnspan.event AS e
    ON e.bot = c.bot AND e.cta_id = c.cta_id AND e.conversation_id = c.conversation_id
    AND e.name = 'chatbot.cta.click' AND e.time >= c.session_start
WHERE (c.clicks > 1 OR c.unattributed_clicks > 0) AND CASE
    WHEN e.time >= c.first_impression THEN e.time > c.first_click
        AND e.time <= s.end_time + _turnspan.setting_interval(c.bot, 'click_window')
        AND NOT EXISTS (
            SELECT FROM _turnspan.session_cta AS n
            WHERE n.bot = c.bot AND n.conversation_id = c.conversation_id
            AND n.cta_id = c.cta_id AND n.session_start > c.session_start
            AND n.first_impression <= e.time)
    ELSE e.time <= s.end_time AND NOT EXISTS (
            SELECT FROM _turnspan.session_cta AS b
            WHERE b.bot = c.bot AND b.conversation_id = c.conversation_id
            AND b.cta_id = c.cta_id AND b.session_start < c.session_start
            AND b.first_impression
                >= e.time - _turnspan.setting_interval(c.bot, 'click_window'))
    END;

CREATE OR REPLACE VIEW _turnspan.step_intent AS
SELECT t.bot, t.session_key, t.session_start, t.intent_name AS of, t.start_time AS at
FROM _turnspan.turn AS t
WHERE t.initiator = 'user' AND t.session_key IS NOT NULL;

-- Nodes: the first time from the sessions' rows, all that turns show from the turns.
CREATE OR REPLACE VIEW _turnspan.step_node AS
SELECT n.bot, n.session_key, n.session_start, n.node_id AS of, n.first_at AS at
FROM _turnspan.session_node AS n
UNION ALL
SELECT t.bot, t.session_key, t.session_start, t.node_id, t.start_time
FROM _turnspan.turn AS t
WHERE t.session_key IS NOT NULL AND t.node_id IS NOT NULL;

-- Goals by their events; what a goal is declared by is a step of another kind.
CREATE OR REPLACE VIEW _turnspan.step_goal AS
SELECT g.bot, g.session_key, g.session_start, g.goal_id AS of, g.at
FROM _turnspan.goal AS g;

-- Events: what attaches to a session from its derived rows, all others from the events
-- between a session's first and last.
CREATE OR REPLACE VIEW _turnspan.step_event AS
SELECT g.bot, g.session_key, g.session_start, 'chatbot.goal' AS of, g.at
FROM _turnspan.goal AS g
UNION ALL
SELECT f.bot, f.session_key, f.session_start,
    CASE WHEN f.is_request THEN 'chatbot.feedback.request' ELSE 'chatbot.feedback' END,
    f.at
FROM _turnspan.feedback AS f
UNION ALL
SELECT h.bot, h.session_key, h.session_start, step.of, step.at
FROM _turnspan.handoff AS h
CROSS JOIN LATERAL (VALUES
    ('chatbot.handoff.request', h.requested_at),
    ('chatbot.handoff.queue', h.queued_at),
    ('chatbot.handoff.accept', h.accepted_at),
    ('chatbot.handoff.decline', h.declined_at),
    ('chatbot.handoff.expire', h.expired_at),
    ('chatbot.handoff.withdraw', h.withdrawn_at),
    ('chatbot.handoff.close', h.closed_at),
    ('chatbot.handoff.return', h.returned_at)) AS step(of, at)
WHERE h.session_key IS NOT NULL AND step.at IS NOT NULL
UNION ALL
SELECT e.bot, s.session_key, s.start_time, e.name, e.time
FROM _turnspan.event AS e
JOIN _turnspan.session AS s
    ON s.bot = e.bot AND s.conversation_id = e.conversation_id
    AND e.time BETWEEN s.start_time AND s.end_time
    AND (e.channel IS NULL OR e.channel = s.channel)
    AND (e.session_id IS NULL OR e.session_id IS NOT DISTINCT FROM s.session_id)
WHERE e.name <> ALL ('{chatbot.goal,chatbot.feedback,chatbot.feedback.request}')
    AND NOT starts_with(e.name, 'chatbot.handoff.');

-- Goals that are declared by something else, the first time in each session. A branch
-- whose kind nothing is declared by costs nothing.
CREATE OR REPLACE VIEW _turnspan.declared_goal_reached AS
SELECT bot, session_key, session_start, of, kind, value, currency, cta, min(at) AS at
FROM (
    SELECT h.bot, h.session_key, h.session_start, d.name AS of, d.kind, d.value,
        d.currency, h.of AS cta, h.at
    FROM _turnspan.declared_goal AS d
    JOIN _turnspan.step_cta AS h ON h.of = d.of AND d.bot IN ('', h.bot)
    WHERE d.by = 'cta'
    UNION ALL
    SELECT h.bot, h.session_key, h.session_start, d.name, d.kind, d.value,
        d.currency, NULL, h.at
    FROM _turnspan.declared_goal AS d
    JOIN _turnspan.step_intent AS h ON h.of = d.of AND d.bot IN ('', h.bot)
    WHERE d.by = 'intent'
    UNION ALL
    SELECT h.bot, h.session_key, h.session_start, d.name, d.kind, d.value,
        d.currency, NULL, h.at
    FROM _turnspan.declared_goal AS d
    JOIN _turnspan.step_node AS h ON h.of = d.of AND d.bot IN ('', h.bot)
    WHERE d.by = 'node'
    UNION ALL
    SELECT h.bot, h.session_key, h.session_start, d.name, d.kind, d.value,
        d.currency, NULL, h.at
    FROM _turnspan.declared_goal AS d
    JOIN _turnspan.step_event AS h ON h.of = d.of AND d.bot IN ('', h.bot)
    WHERE d.by = 'event'
) AS reached
GROUP BY bot, session_key, session_start, of, kind, value, currency, cta;

-- Every goal reached in a session: the events of goals, and the declared ones.
CREATE OR REPLACE VIEW _turnspan.goal_reached AS
SELECT
    bot, session_key, session_start, goal_id AS goal, kind, value, currency,
    last_cta AS cta, at
FROM _turnspan.goal
UNION ALL
SELECT bot, session_key, session_start, of, kind, value, currency, cta, at
FROM _turnspan.declared_goal_reached;

-- A goal, at the start of its session. cta: the last one clicked before it.
CREATE OR REPLACE VIEW _turnspan.fact_goal AS
SELECT
    s.start_time AS at,
    s.bot,
    _turnspan.known(s.channel) AS channel,
    _turnspan.known(s.environment) AS environment,
    _turnspan.known(s.version) AS version,
    _turnspan.known(s.variant) AS variant,
    _turnspan.known(s.locale) AS locale,
    _turnspan.known(s.source) AS source,
    _turnspan.known(s.device) AS device,
    _turnspan.known(s.country) AS country,
    _turnspan.known(s.medium) AS medium,
    _turnspan.known(s.campaign) AS campaign,
    _turnspan.known(s.user_kind) AS user_kind,
    _turnspan.known(s.outcome) AS outcome,
    _turnspan.known(s.intent) AS intent,
    _turnspan.known(s.node_id) AS node,
    _turnspan.known(g.goal) AS goal,
    _turnspan.known(g.kind) AS goal_kind,
    _turnspan.known(g.cta) AS cta,
    _turnspan.known(g.currency) AS currency,
    s.finalised,
    s.session_key,
    (s.user_turns > 0)::integer AS base,
    1 AS goals,
    g.value,
    g.session_start AS joined_at
FROM _turnspan.goal_reached AS g
JOIN _turnspan.session AS s
    ON s.session_key = g.session_key AND s.start_time = g.session_start
WHERE NOT s.test;

-- The same of the events alone, where no goal is declared by anything else.
CREATE OR REPLACE VIEW _turnspan.fact_goal_event AS
SELECT
    s.start_time AS at,
    s.bot,
    _turnspan.known(s.channel) AS channel,
    _turnspan.known(s.environment) AS environment,
    _turnspan.known(s.version) AS version,
    _turnspan.known(s.variant) AS variant,
    _turnspan.known(s.locale) AS locale,
    _turnspan.known(s.source) AS source,
    _turnspan.known(s.device) AS device,
    _turnspan.known(s.country) AS country,
    _turnspan.known(s.medium) AS medium,
    _turnspan.known(s.campaign) AS campaign,
    _turnspan.known(s.user_kind) AS user_kind,
    _turnspan.known(s.outcome) AS outcome,
    _turnspan.known(s.intent) AS intent,
    _turnspan.known(s.node_id) AS node,
    _turnspan.known(g.goal_id) AS goal,
    _turnspan.known(g.kind) AS goal_kind,
    _turnspan.known(g.last_cta) AS cta,
    _turnspan.known(g.currency) AS currency,
    s.finalised,
    s.session_key,
    (s.user_turns > 0)::integer AS base,
    1 AS goals,
    g.value,
    g.session_start AS joined_at
FROM _turnspan.goal AS g
JOIN _turnspan.session AS s
    ON s.session_key = g.session_key AND s.start_time = g.session_start
WHERE NOT s.test;
