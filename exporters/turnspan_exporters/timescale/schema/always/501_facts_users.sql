-- Facts of sessions one by one, of users, goals, nodes and single events: what metrics
-- ask for that sums of a session's measures do not answer.

-- Base sessions with who was in them. Each *_due says that the window after the last
-- event is over, and what goes with it is counted only then. The window is in hours,
-- since a day of daylight saving is no other span of time.
CREATE OR REPLACE VIEW _turnspan.fact_base_session AS
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
    s.user_key,
    s.conversation_id,
    1 AS base,
    s.user_messages,
    s.bot_messages,
    s.agent_messages,
    (r.resolved AND r.quiet > interval '24 hours')::integer AS recontact_due,
    (r.resolved AND r.quiet > interval '24 hours' AND r.back <= interval '24 hours')
        ::integer AS recontacts,
    (r.resolved AND r.quiet > interval '168 hours')::integer AS durable_due,
    (r.resolved AND r.quiet > interval '168 hours'
        AND coalesce(r.back > interval '168 hours', true))::integer AS durable,
    (r.quiet > interval '24 hours')::integer AS contact_due,
    (r.resolved AND coalesce(r.back > interval '24 hours', true))::integer
        AS first_contact
FROM _turnspan.session AS s
CROSS JOIN LATERAL (SELECT
    s.outcome IN ('resolved_confirmed', 'resolved_implied') AS resolved,
    now() - s.end_time AS quiet,
    s.next_start - s.end_time AS back) AS r
WHERE NOT s.test AND s.user_turns > 0;

-- A node shown in a base session, at the session's start.
CREATE OR REPLACE VIEW _turnspan.fact_node AS
SELECT
    n.session_start AS at,
    n.bot,
    _turnspan.known(n.channel) AS channel,
    _turnspan.known(n.environment) AS environment,
    _turnspan.known(n.version) AS version,
    _turnspan.known(n.variant) AS variant,
    _turnspan.known(n.locale) AS locale,
    _turnspan.known(s.source) AS source,
    _turnspan.known(s.device) AS device,
    _turnspan.known(s.country) AS country,
    _turnspan.known(s.medium) AS medium,
    _turnspan.known(s.campaign) AS campaign,
    _turnspan.known(s.user_kind) AS user_kind,
    _turnspan.known(s.outcome) AS outcome,
    _turnspan.known(s.intent) AS intent,
    _turnspan.known(n.node_id) AS node,
    s.finalised,
    1 AS shown,
    n.is_last::integer AS dropped
FROM _turnspan.session_node AS n
JOIN _turnspan.session AS s
    ON s.session_key = n.session_key AND s.start_time = n.session_start
WHERE NOT n.test AND n.base;

-- Messages, views and accesses to content are single events, counted when they happen.
CREATE OR REPLACE VIEW _turnspan.fact_message AS
SELECT at, bot, channel, environment, version, variant, role, events
FROM _turnspan.fact_event
WHERE name = 'chatbot.message';

CREATE OR REPLACE VIEW _turnspan.fact_content_access AS
SELECT at, bot, channel, environment, version, variant, node, events
FROM _turnspan.fact_event
WHERE name = 'chatbot.content.access';

CREATE OR REPLACE VIEW _turnspan.fact_view AS
SELECT
    e.time AS at,
    e.bot,
    _turnspan.known(e.channel) AS channel,
    _turnspan.known(e.environment) AS environment,
    _turnspan.known(e.version) AS version,
    _turnspan.known(e.variant) AS variant,
    _turnspan.known(e.node_id) AS node,
    e.user_key,
    1 AS events
FROM _turnspan.event AS e
WHERE NOT e.test AND e.name = 'chatbot.view';
