-- The names of the aggregates of durations without TimescaleDB, see 505.

CREATE OR REPLACE VIEW _turnspan.duration_all_1d AS
SELECT
    time_bucket('1 day', at) AS at,
    channel, bin, finalised,
    sum(base) AS base,
    sum(duration_s) AS duration_s
FROM _turnspan.fact_duration
GROUP BY 1, 2, 3, 4;

CREATE OR REPLACE VIEW _turnspan.duration_intent_all_1d AS
SELECT
    time_bucket('1 day', at) AS at,
    intent, bin, finalised,
    sum(base) AS base,
    sum(duration_s) AS duration_s
FROM _turnspan.fact_duration
GROUP BY 1, 2, 3, 4;

CREATE OR REPLACE VIEW _turnspan.duration_node_all_1d AS
SELECT
    time_bucket('1 day', at) AS at,
    node, bin, finalised,
    sum(base) AS base,
    sum(duration_s) AS duration_s
FROM _turnspan.fact_duration
GROUP BY 1, 2, 3, 4;
