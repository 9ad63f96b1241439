-- The names of the aggregates of questions without TimescaleDB, see 505.

CREATE OR REPLACE VIEW _turnspan.question_15m AS
SELECT
    time_bucket('15 minutes', at) AS at,
    bot, channel, environment, version, variant, intent, bin, missed,
    sum(nlu_turns) AS nlu_turns,
    sum(total) AS total,
    count(margin) AS turns,
    coalesce(sum(margin), 0) AS margin
FROM _turnspan.fact_question
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9;
