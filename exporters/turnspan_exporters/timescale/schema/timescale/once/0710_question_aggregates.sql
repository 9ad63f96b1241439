-- What is asked of single questions, added up: how sure the classifier was, whether an
-- answer was missed (a fallback, or a retrieval that failed), and the margin over the
-- second intent. As 0500; the columns are those of schema/plain/always/511.

CREATE MATERIALIZED VIEW _turnspan.question_15m
WITH (timescaledb.continuous, timescaledb.materialized_only = false,
    timescaledb.create_group_indexes = false) AS
SELECT
    time_bucket('15 minutes', start_time) AS at,
    bot,
    coalesce(nullif(channel, ''), 'unknown') AS channel,
    coalesce(nullif(environment, ''), 'unknown') AS environment,
    coalesce(nullif(version, ''), 'unknown') AS version,
    coalesce(nullif(variant, ''), 'unknown') AS variant,
    coalesce(nullif(intent_name, ''), 'unknown') AS intent,
    CASE WHEN intent_confidence IS NOT NULL
        THEN least(floor(intent_confidence * 20 + 1e-9), 19)::integer END AS bin,
    is_fallback OR coalesce(answer_source = 'rag'
        AND outcome IN ('fallback', 'no_response', 'error'), false) AS missed,
    count(*) AS nlu_turns,
    sum(intent_confidence) AS total,
    count(intent_confidence - runner_up_confidence) AS turns,
    coalesce(sum(intent_confidence - runner_up_confidence), 0) AS margin
FROM _turnspan.turn
WHERE initiator = 'user' AND NOT test
    AND coalesce(intent_source, '') NOT IN ('button', 'rule')
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
WITH NO DATA;

SELECT add_continuous_aggregate_policy('_turnspan.question_15m',
    start_offset => interval '1 day',
    end_offset => interval '2 hours',
    schedule_interval => interval '15 minutes',
    initial_start => now() + interval '15 minutes');

ALTER MATERIALIZED VIEW _turnspan.question_15m
    SET (timescaledb.enable_columnstore, timescaledb.segmentby = 'bot');

CREATE INDEX question_15m_bot ON _turnspan.question_15m (bot, at DESC);
