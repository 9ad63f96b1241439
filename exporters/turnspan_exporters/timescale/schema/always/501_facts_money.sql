-- Facts of money: what is paid for, at the time at which it arose. The columns that
-- aggregates have too are equal to theirs.

-- The one currency of the installation: amounts of others are kept apart.
CREATE OR REPLACE FUNCTION _turnspan.currency() RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN _turnspan.setting('', 'currency') #>> '{}';

-- Tokens of a turn of any initiator, at the turn's start: a bot that speaks by itself
-- pays as well. Turns of which no tokens are known are none.
CREATE OR REPLACE VIEW _turnspan.fact_token AS
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
    _turnspan.known(t.model) AS model,
    _turnspan.known(t.intent_name) AS intent,
    _turnspan.known(t.node_id) AS node,
    _turnspan.known(t.session_intent) AS session_intent,
    coalesce(t.input_tokens, 0) AS input_tokens,
    coalesce(t.output_tokens, 0) AS output_tokens,
    coalesce(t.input_tokens, 0) + coalesce(t.output_tokens, 0) AS tokens
FROM _turnspan.turn AS t
WHERE NOT t.test AND (t.input_tokens > 0 OR t.output_tokens > 0);

DROP VIEW IF EXISTS _turnspan.fact_cost_token_alone;

-- The same tokens where money is asked by intent, which is then the session's.
CREATE OR REPLACE VIEW _turnspan.fact_cost_token AS
SELECT
    at, bot, channel, environment, version, variant, locale, source, device, country,
    medium, campaign, user_kind, model, session_intent AS intent, input_tokens,
    output_tokens
FROM _turnspan.fact_token;

-- A session of any kind, at its start. handled: it has a user's message.
CREATE OR REPLACE VIEW _turnspan.fact_cost_session AS
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
    1 AS sessions,
    s.user_messages + s.bot_messages + s.agent_messages AS messages,
    one.handled,
    one.resolved,
    one.contained,
    (s.outcome = 'escalated')::integer AS escalated,
    one.handled * s.duration_s AS handled_s,
    one.resolved * s.duration_s AS resolved_s,
    one.contained * s.duration_s AS contained_s
FROM _turnspan.session AS s
CROSS JOIN LATERAL (SELECT
    (s.user_turns > 0)::integer AS handled,
    (s.outcome IN ('resolved_confirmed', 'resolved_implied'))::integer AS resolved,
    (s.user_turns > 0 AND s.outcome <> 'escalated')::integer AS contained
) AS one
WHERE NOT s.test;

-- The human part of an escalated session's handoffs, at the session's start. minutes:
-- from acceptance to the close or the return; unmeasured: accepted, and not ended yet.
CREATE OR REPLACE VIEW _turnspan.fact_human AS
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
    coalesce(extract(epoch FROM ended.at - h.accepted_at) / 60, 0) AS minutes,
    (ended.at IS NULL)::integer AS unmeasured
FROM _turnspan.handoff AS h
JOIN _turnspan.session AS s
    ON s.session_key = h.session_key AND s.start_time = h.session_start
CROSS JOIN LATERAL (SELECT least(h.closed_at, h.returned_at) AS at) AS ended
WHERE NOT s.test AND s.outcome = 'escalated' AND h.accepted_at IS NOT NULL;
