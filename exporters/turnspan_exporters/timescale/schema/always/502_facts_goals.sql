-- Goals, leads and revenue: what sessions reached, at the session's start. Each has two
-- views more than its own. One of the events alone (…_event), where no goal is declared
-- by anything else; and one that reads no session (…_settled), for times in which every
-- session is over: a goal knows those dimensions of its session that aggregates have.
-- joined_at is at once more, on the other side of the join: a range of both is looked
-- up in few chunks.

-- Who came back to what was agreed: the last goal of kind follow_up of a user, or
-- without a user key of a conversation.
CREATE OR REPLACE VIEW _turnspan.follow_up_event AS
SELECT g.bot, coalesce('u' || g.user_key, 'c' || g.conversation_id) AS person,
    max(g.at) AS at
FROM _turnspan.goal AS g
WHERE g.kind = 'follow_up' AND NOT g.test
GROUP BY 1, 2;

CREATE OR REPLACE VIEW _turnspan.follow_up AS
SELECT s.bot, coalesce('u' || s.user_key, 'c' || s.conversation_id) AS person,
    max(g.at) AS at
FROM _turnspan.goal_reached AS g
JOIN _turnspan.session AS s
    ON s.session_key = g.session_key AND s.start_time = g.session_start
WHERE g.kind = 'follow_up' AND NOT s.test
GROUP BY 1, 2;

-- A lead: a goal of that kind, be it an event or declared. followed: the same user, or
-- without a user key the same conversation, reached a goal of kind follow_up after it.
CREATE OR REPLACE VIEW _turnspan.fact_lead AS
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
    _turnspan.known(g.goal) AS goal,
    _turnspan.known(g.currency) AS currency,
    s.finalised,
    1 AS leads,
    coalesce(g.value, 0) AS value,
    coalesce(g.quality, 0) AS quality,
    (g.quality IS NOT NULL)::integer AS scored,
    coalesce(f.at > g.at, false)::integer AS followed,
    g.session_start AS joined_at
FROM (
    SELECT session_key, session_start, goal_id AS goal, value, currency, quality, at
    FROM _turnspan.goal WHERE kind = 'lead'
    UNION ALL
    SELECT session_key, session_start, of, value, currency, NULL, at
    FROM _turnspan.declared_goal_reached WHERE kind = 'lead'
) AS g
JOIN _turnspan.session AS s
    ON s.session_key = g.session_key AND s.start_time = g.session_start
LEFT JOIN _turnspan.follow_up AS f ON f.bot = s.bot
    AND f.person = coalesce('u' || s.user_key, 'c' || s.conversation_id)
WHERE NOT s.test;

CREATE OR REPLACE VIEW _turnspan.fact_lead_event AS
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
    _turnspan.known(g.goal_id) AS goal,
    _turnspan.known(g.currency) AS currency,
    s.finalised,
    1 AS leads,
    coalesce(g.value, 0) AS value,
    coalesce(g.quality, 0) AS quality,
    (g.quality IS NOT NULL)::integer AS scored,
    coalesce(f.at > g.at, false)::integer AS followed,
    g.session_start AS joined_at
FROM _turnspan.goal AS g
JOIN _turnspan.session AS s
    ON s.session_key = g.session_key AND s.start_time = g.session_start
LEFT JOIN _turnspan.follow_up_event AS f ON f.bot = s.bot
    AND f.person = coalesce('u' || s.user_key, 'c' || s.conversation_id)
WHERE g.kind = 'lead' AND NOT s.test;

CREATE OR REPLACE VIEW _turnspan.fact_lead_settled AS
SELECT
    g.session_start AS at,
    g.bot,
    _turnspan.known(g.channel) AS channel,
    _turnspan.known(g.environment) AS environment,
    _turnspan.known(g.version) AS version,
    _turnspan.known(g.variant) AS variant,
    _turnspan.known(g.locale) AS locale,
    _turnspan.known(g.session_intent) AS intent,
    _turnspan.known(g.goal_id) AS goal,
    _turnspan.known(g.currency) AS currency,
    true AS finalised,
    1 AS leads,
    coalesce(g.value, 0) AS value,
    coalesce(g.quality, 0) AS quality,
    (g.quality IS NOT NULL)::integer AS scored,
    coalesce(f.at > g.at, false)::integer AS followed
FROM _turnspan.goal AS g
LEFT JOIN _turnspan.follow_up_event AS f ON f.bot = g.bot
    AND f.person = coalesce('u' || g.user_key, 'c' || g.conversation_id)
WHERE g.kind = 'lead' AND NOT g.test;

CREATE OR REPLACE VIEW _turnspan.fact_goal_settled AS
SELECT
    g.session_start AS at,
    g.bot,
    _turnspan.known(g.channel) AS channel,
    _turnspan.known(g.environment) AS environment,
    _turnspan.known(g.version) AS version,
    _turnspan.known(g.variant) AS variant,
    _turnspan.known(g.locale) AS locale,
    _turnspan.known(g.session_intent) AS intent,
    _turnspan.known(g.goal_id) AS goal,
    _turnspan.known(g.kind) AS goal_kind,
    _turnspan.known(g.last_cta) AS cta,
    _turnspan.known(g.currency) AS currency,
    true AS finalised,
    g.session_key,
    g.base::integer AS base,
    1 AS goals,
    g.value
FROM _turnspan.goal AS g
WHERE NOT g.test;

-- Revenue: a lead, or a conversion's value.
CREATE OR REPLACE VIEW _turnspan.fact_revenue AS
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
    _turnspan.known(s.intent) AS intent,
    s.finalised,
    g.kind,
    g.value::numeric AS value,
    coalesce(upper(g.currency), '') AS currency,
    g.session_start AS joined_at
FROM _turnspan.goal_reached AS g
JOIN _turnspan.session AS s
    ON s.session_key = g.session_key AND s.start_time = g.session_start
WHERE NOT s.test AND g.kind IN ('lead', 'conversion');

CREATE OR REPLACE VIEW _turnspan.fact_revenue_event AS
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
    _turnspan.known(s.intent) AS intent,
    s.finalised,
    g.kind,
    g.value::numeric AS value,
    coalesce(upper(g.currency), '') AS currency,
    g.session_start AS joined_at
FROM _turnspan.goal AS g
JOIN _turnspan.session AS s
    ON s.session_key = g.session_key AND s.start_time = g.session_start
WHERE NOT s.test AND g.kind IN ('lead', 'conversion');

CREATE OR REPLACE VIEW _turnspan.fact_revenue_settled AS
SELECT
    g.session_start AS at,
    g.bot,
    _turnspan.known(g.channel) AS channel,
    _turnspan.known(g.environment) AS environment,
    _turnspan.known(g.version) AS version,
    _turnspan.known(g.variant) AS variant,
    _turnspan.known(g.locale) AS locale,
    _turnspan.known(g.session_intent) AS intent,
    true AS finalised,
    g.kind,
    g.value::numeric AS value,
    coalesce(upper(g.currency), '') AS currency
FROM _turnspan.goal AS g
WHERE NOT g.test AND g.kind IN ('lead', 'conversion');
