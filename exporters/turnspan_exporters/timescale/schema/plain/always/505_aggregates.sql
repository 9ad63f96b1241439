-- The aggregates' names without TimescaleDB: views over the facts, never stale.

CREATE OR REPLACE VIEW _turnspan.session_15m AS
SELECT
    time_bucket('15 minutes', at) AS at,
    bot, channel, environment, version, variant, intent, node, finalised,
    sum(base) AS base,
    sum(proactive) AS proactive,
    sum(engaged) AS engaged,
    sum(bounced) AS bounced,
    sum(depth_1) AS depth_1,
    sum(depth_2) AS depth_2,
    sum(depth_3) AS depth_3,
    sum(depth_10) AS depth_10,
    sum(escalated) AS escalated,
    sum(resolved_confirmed) AS resolved_confirmed,
    sum(resolved_implied) AS resolved_implied,
    sum(resolved) AS resolved,
    sum(abandoned) AS abandoned,
    sum(unengaged) AS unengaged,
    sum(contained) AS contained,
    sum(user_turns) AS user_turns,
    sum(messages) AS messages,
    sum(duration_s) AS duration_s,
    sum(shown) AS shown,
    sum(clicked) AS clicked,
    sum(rated) AS rated
FROM _turnspan.fact_session
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9;

CREATE OR REPLACE VIEW _turnspan.turn_15m AS
SELECT
    time_bucket('15 minutes', at) AS at,
    bot, channel, environment, version, variant, intent, node,
    sum(user_turns) AS user_turns,
    sum(errors) AS errors,
    sum(nlu_turns) AS nlu_turns,
    sum(fallbacks) AS fallbacks
FROM _turnspan.fact_turn
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8;

CREATE OR REPLACE VIEW _turnspan.confidence_15m AS
SELECT
    time_bucket('15 minutes', at) AS at,
    bot, channel, environment, version, variant, intent, model, bin,
    sum(n) AS n,
    sum(total) AS total
FROM _turnspan.fact_confidence
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9;

CREATE OR REPLACE VIEW _turnspan.latency_15m AS
SELECT
    time_bucket('15 minutes', at) AS at,
    bot, channel, environment, version, variant, bin,
    sum(n) AS n,
    sum(total) AS total
FROM _turnspan.fact_latency
GROUP BY 1, 2, 3, 4, 5, 6, 7;

CREATE OR REPLACE VIEW _turnspan.first_response_15m AS
SELECT
    time_bucket('15 minutes', at) AS at,
    bot, channel, environment, version, variant, bin,
    sum(n) AS n,
    sum(total) AS total
FROM _turnspan.fact_first_response
GROUP BY 1, 2, 3, 4, 5, 6, 7;

CREATE OR REPLACE VIEW _turnspan.event_15m AS
SELECT
    time_bucket('15 minutes', at) AS at,
    bot, channel, environment, version, variant, name, role, reason, cta, goal, node,
    sum(events) AS events
FROM _turnspan.fact_event
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12;

-- Whether the aggregates are faster than the facts they are made of.
CREATE OR REPLACE FUNCTION _turnspan.aggregates_stored() RETURNS boolean
LANGUAGE sql IMMUTABLE RETURN false;

-- Up to where an aggregate is materialised: a view always is.
CREATE OR REPLACE FUNCTION _turnspan.stored_until(aggregate text) RETURNS timestamptz
LANGUAGE sql IMMUTABLE RETURN 'infinity'::timestamptz;

CREATE OR REPLACE FUNCTION _turnspan.served_until(aggregate text) RETURNS timestamptz
LANGUAGE sql IMMUTABLE RETURN 'infinity'::timestamptz;
