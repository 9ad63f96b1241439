-- Facts: what metrics are made of. One view a population, of derived rows: at (the
-- time of attribution), the dimensions ('unknown' where there is none) and measures
-- that add up. Test traffic is left out here, once for all metrics. The 15-minute
-- aggregates have the same columns, so that one formula reads either.

CREATE OR REPLACE FUNCTION _turnspan.known(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce(nullif(value, ''), 'unknown');

-- The bin of a positive duration: bins grow by 1 %, so that a bin's own mean stands
-- for each of its members within 1 %. All that is under a microsecond is one bin.
CREATE OR REPLACE FUNCTION _turnspan.log_bin(seconds double precision) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN floor(ln(greatest(seconds, 1e-6)) / ln(1.01::double precision))::integer;

-- The confidence's bin of 0.05, 0 to 19; 1 belongs to the last. The billionth makes up
-- for what floating point may take, so that no bin's lower bound falls below it.
CREATE OR REPLACE FUNCTION _turnspan.confidence_bin(confidence double precision)
RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN least(floor(confidence * 20 + 1e-9), 19)::integer;

-- A session counts at its start. base: at least one user message; every measure but
-- the outcomes and the sessions themselves is of base sessions.
CREATE OR REPLACE VIEW _turnspan.fact_session AS
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
    _turnspan.known(s.ended_by) AS ended_by,
    s.finalised,
    s.end_time,
    (s.user_turns > 0)::integer AS base,
    (s.user_turns = 0)::integer AS proactive,
    (s.user_turns > 0 AND s.engaged)::integer AS engaged,
    (s.user_turns > 0 AND NOT s.engaged)::integer AS bounced,
    (s.user_turns = 1)::integer AS depth_1,
    (s.user_turns = 2)::integer AS depth_2,
    (s.user_turns BETWEEN 3 AND 9)::integer AS depth_3,
    (s.user_turns >= 10)::integer AS depth_10,
    (s.outcome = 'escalated')::integer AS escalated,
    (s.outcome = 'resolved_confirmed')::integer AS resolved_confirmed,
    (s.outcome = 'resolved_implied')::integer AS resolved_implied,
    (s.outcome IN ('resolved_confirmed', 'resolved_implied'))::integer AS resolved,
    (s.outcome = 'abandoned')::integer AS abandoned,
    (s.outcome = 'unengaged')::integer AS unengaged,
    (s.user_turns > 0 AND s.outcome <> 'escalated')::integer AS contained,
    s.user_turns,
    CASE WHEN s.user_turns > 0
        THEN s.user_messages + s.bot_messages + s.agent_messages ELSE 0
    END AS messages,
    CASE WHEN s.user_turns > 0 THEN s.duration_s ELSE 0 END AS duration_s,
    (s.user_turns > 0 AND coalesce(s.cta_impressions, 0) > 0)::integer AS shown,
    (s.user_turns > 0 AND coalesce(s.cta_impressions, 0) > 0 AND s.cta_clicks > 0)
        ::integer AS clicked,
    (s.user_turns > 0 AND coalesce(s.ratings, 0) > 0)::integer AS rated,
    s.user_key,
    s.session_key,
    s.lowest_confidence
FROM _turnspan.session AS s
WHERE NOT s.test;

-- How long base sessions took; one of a single event took no time.
CREATE OR REPLACE VIEW _turnspan.fact_duration AS
SELECT
    at, bot, channel, environment, version, variant, locale, source, device, country,
    medium, campaign, user_kind, outcome, intent, node, ended_by, finalised,
    _turnspan.log_bin(duration_s) AS bin,
    base,
    duration_s
FROM _turnspan.fact_session
WHERE base = 1;

-- The sessions that are going on: the gap since the last event is no longer than T.
CREATE OR REPLACE VIEW _turnspan.fact_open_session AS
SELECT f.*
FROM _turnspan.fact_session AS f
WHERE NOT f.finalised AND f.base = 1
    AND f.end_time >= now() - _turnspan.setting_interval(f.bot, 'session_timeout');

-- A user turn counts at its start. nlu_turns: those that a classifier had to read.
CREATE OR REPLACE VIEW _turnspan.fact_turn AS
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
    _turnspan.known(t.intent_acted_on) AS acted_on,
    _turnspan.known(t.intent_source) AS intent_source,
    _turnspan.known(t.answer_source) AS answer_source,
    _turnspan.known(t.sentiment_label) AS sentiment,
    _turnspan.known(t.error_type) AS error_type,
    _turnspan.known(t.framework) AS framework,
    _turnspan.known(t.node_id) AS node,
    _turnspan.known(t.model) AS model,
    1 AS user_turns,
    (t.outcome IS NOT DISTINCT FROM 'error')::integer AS errors,
    (coalesce(t.intent_source, '') NOT IN ('button', 'rule'))::integer AS nlu_turns,
    (t.is_fallback AND coalesce(t.intent_source, '') NOT IN ('button', 'rule'))::integer
        AS fallbacks,
    t.timed AND coalesce(t.outcome, '') NOT IN ('error', 'no_response') AS answered,
    t.duration_s,
    coalesce(t.first_response_s, t.duration_s) AS first_response_s,
    t.intent_confidence,
    t.intent_model_version
FROM _turnspan.turn AS t
WHERE t.initiator = 'user' AND NOT t.test;

-- The same turns for questions about understanding, where the model is what read the
-- message: the classifier's version, else the language model.
CREATE OR REPLACE VIEW _turnspan.fact_nlu AS
SELECT
    at, bot, channel, environment, version, variant, locale, source, device, country,
    medium, campaign, user_kind, outcome, intent, acted_on, intent_source,
    answer_source, sentiment, error_type, framework, node,
    coalesce(nullif(intent_model_version, ''), model) AS model,
    nlu_turns,
    fallbacks,
    intent_confidence
FROM _turnspan.fact_turn
WHERE nlu_turns = 1;

CREATE OR REPLACE VIEW _turnspan.fact_confidence AS
SELECT
    at, bot, channel, environment, version, variant, locale, source, device, country,
    medium, campaign, user_kind, outcome, intent, acted_on, intent_source,
    answer_source, sentiment, error_type, framework, node, model,
    _turnspan.confidence_bin(intent_confidence) AS bin,
    1 AS n,
    intent_confidence AS total
FROM _turnspan.fact_nlu
WHERE intent_confidence IS NOT NULL;

CREATE OR REPLACE VIEW _turnspan.fact_latency AS
SELECT
    at, bot, channel, environment, version, variant, locale, source, device, country,
    medium, campaign, user_kind, outcome, intent, acted_on, intent_source,
    answer_source, sentiment, error_type, framework, node, model,
    _turnspan.log_bin(duration_s) AS bin,
    1 AS n,
    duration_s AS total
FROM _turnspan.fact_turn
WHERE answered;

CREATE OR REPLACE VIEW _turnspan.fact_first_response AS
SELECT
    at, bot, channel, environment, version, variant, locale, source, device, country,
    medium, campaign, user_kind, outcome, intent, acted_on, intent_source,
    answer_source, sentiment, error_type, framework, node, model,
    _turnspan.log_bin(first_response_s) AS bin,
    1 AS n,
    first_response_s AS total
FROM _turnspan.fact_turn
WHERE answered;

-- A handoff counts at its request. wait_s is how long its end was awaited, or has
-- been so far.
CREATE OR REPLACE VIEW _turnspan.fact_handoff AS
SELECT
    h.requested_at AS at,
    h.bot,
    _turnspan.known(h.channel) AS channel,
    _turnspan.known(h.environment) AS environment,
    _turnspan.known(h.version) AS version,
    _turnspan.known(h.variant) AS variant,
    _turnspan.known(h.locale) AS locale,
    _turnspan.known(h.source) AS source,
    _turnspan.known(h.device) AS device,
    _turnspan.known(h.country) AS country,
    _turnspan.known(h.medium) AS medium,
    _turnspan.known(h.campaign) AS campaign,
    _turnspan.known(h.user_kind) AS user_kind,
    _turnspan.known(h.session_intent) AS intent,
    _turnspan.known(h.reason) AS reason,
    _turnspan.known(h.queue) AS queue,
    _turnspan.known(h.target_type) AS target_type,
    1 AS handoffs,
    (h.wait_outcome = 'accepted')::integer AS accepted,
    (h.wait_outcome = 'withdrawn')::integer AS withdrawn,
    (h.wait_outcome = 'accepted' AND h.outcome IS NOT DISTINCT FROM 'resolved')::integer
        AS succeeded,
    (coalesce(h.turn_number, 4) <= 3)::integer AS early,
    extract(
        epoch FROM least(coalesce(h.ended_wait_at, now()), now()) - h.requested_at
    )::double precision AS wait_s,
    (h.wait_outcome = 'waiting')::integer AS waiting,
    _turnspan.known(array_to_string(h.intents_before, ' > ')) AS intents
FROM _turnspan.handoff AS h
WHERE NOT h.test;

-- One row per base session and CTA shown in it, at the session's start.
CREATE OR REPLACE VIEW _turnspan.fact_cta AS
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
    _turnspan.known(c.cta_id) AS cta,
    _turnspan.known(c.cta_type) AS cta_type,
    s.finalised,
    s.session_key,
    (c.impressions > 0)::integer AS shown,
    (c.impressions > 0 AND c.clicks > 0)::integer AS clicked,
    c.impressions,
    c.clicks,
    s.end_time,
    s.user_key
FROM _turnspan.session_cta AS c
JOIN _turnspan.session AS s
    ON s.session_key = c.session_key AND s.start_time = c.session_start
WHERE NOT s.test AND s.user_turns > 0;

-- A user on a local day of the bot; one user may have several rows, see user_day.
-- first_day is the day of the user's first message ever to this bot.
CREATE OR REPLACE VIEW _turnspan.fact_user_day AS
SELECT
    d.day,
    d.bot,
    _turnspan.known(d.channel) AS channel,
    _turnspan.known(d.environment) AS environment,
    _turnspan.known(d.version) AS version,
    _turnspan.known(d.variant) AS variant,
    _turnspan.known(d.locale) AS locale,
    d.user_key,
    d.identified,
    (f.first_time AT TIME ZONE coalesce(b.timezone, 'UTC'))::date AS first_day
FROM _turnspan.user_day AS d
LEFT JOIN _turnspan.user_first_seen AS f
    ON f.bot = d.bot AND f.user_key = d.user_key AND f.test = d.test
LEFT JOIN _turnspan.bot_setting AS b ON b.bot = d.bot
WHERE NOT d.test;

-- An event of the bot's, by name. Records without an event name are not counted.
CREATE OR REPLACE VIEW _turnspan.fact_event AS
SELECT
    e.time AS at,
    e.bot,
    _turnspan.known(e.channel) AS channel,
    _turnspan.known(e.environment) AS environment,
    _turnspan.known(e.version) AS version,
    _turnspan.known(e.variant) AS variant,
    e.name,
    _turnspan.known(e.role) AS role,
    _turnspan.known(e.reason) AS reason,
    _turnspan.known(e.cta_id) AS cta,
    _turnspan.known(e.goal_id) AS goal,
    _turnspan.known(e.node_id) AS node,
    1 AS events
FROM _turnspan.event AS e
WHERE NOT e.test AND e.name <> '';
