-- The further aggregates' names without TimescaleDB, see 505. Those that know no open
-- sessions are of all of them: turnspan.metric asks them for times before any.

CREATE OR REPLACE VIEW _turnspan.handoff_15m AS
SELECT
    time_bucket('15 minutes', at) AS at,
    bot, channel, environment, version, variant, reason,
    sum(handoffs) AS handoffs,
    sum(accepted) AS accepted,
    sum(withdrawn) AS withdrawn,
    sum(succeeded) AS succeeded,
    sum(early) AS early
FROM _turnspan.fact_handoff
GROUP BY 1, 2, 3, 4, 5, 6, 7;

CREATE OR REPLACE VIEW _turnspan.cta_15m AS
SELECT
    time_bucket('15 minutes', at) AS at,
    bot, channel, environment, version, variant, cta, cta_type,
    sum(shown) AS shown,
    sum(clicked) AS clicked,
    sum(impressions) AS impressions,
    sum(clicks) AS clicks
FROM _turnspan.fact_cta
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8;

CREATE OR REPLACE VIEW _turnspan.node_15m AS
SELECT
    time_bucket('15 minutes', at) AS at,
    bot, channel, environment, version, variant, node,
    sum(shown) AS shown,
    sum(dropped) AS dropped
FROM _turnspan.fact_node
GROUP BY 1, 2, 3, 4, 5, 6, 7;

CREATE OR REPLACE VIEW _turnspan.feedback_15m AS
SELECT
    time_bucket('15 minutes', at) AS at,
    bot, channel, environment, version, variant,
    sum(requests) AS requests,
    sum(answered) AS answered,
    sum(responses) AS responses,
    sum(satisfied) AS satisfied
FROM _turnspan.fact_feedback
GROUP BY 1, 2, 3, 4, 5, 6;

CREATE OR REPLACE VIEW _turnspan.sentiment_15m AS
SELECT
    time_bucket('15 minutes', at) AS at,
    bot, channel, environment, version, variant, intent, sentiment,
    sum(turns) AS turns,
    sum(negative) AS negative
FROM _turnspan.fact_sentiment
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8;
