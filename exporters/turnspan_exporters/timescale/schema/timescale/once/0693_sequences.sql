-- Which numbers of their processes' sequences arrived: blocks of 1,024 by when they
-- did, so that a record that says it is of yesterday still fills its block.

CREATE MATERIALIZED VIEW _turnspan.event_sequence_15m
WITH (timescaledb.continuous, timescaledb.materialized_only = false,
    timescaledb.create_group_indexes = false) AS
SELECT
    time_bucket('15 minutes', time) AS at,
    bot,
    attributes ->> 'chatbot.process.id' AS process,
    (seq - 1) / 1024 AS block,
    count(*) AS received,
    max(seq) AS last_seq
FROM _turnspan.event
WHERE seq > 0 AND attributes ->> 'chatbot.process.id' IS NOT NULL
GROUP BY 1, 2, 3, 4
WITH NO DATA;

CREATE MATERIALIZED VIEW _turnspan.span_sequence_15m
WITH (timescaledb.continuous, timescaledb.materialized_only = false,
    timescaledb.create_group_indexes = false) AS
SELECT
    time_bucket('15 minutes', start_time) AS at,
    bot,
    attributes ->> 'chatbot.process.id' AS process,
    (seq - 1) / 1024 AS block,
    count(*) AS received,
    max(seq) AS last_seq
FROM _turnspan.span
WHERE seq > 0 AND attributes ->> 'chatbot.process.id' IS NOT NULL
GROUP BY 1, 2, 3, 4
WITH NO DATA;

SELECT add_continuous_aggregate_policy(
    format('_turnspan.%I', name)::regclass,
    start_offset => interval '1 day',
    end_offset => interval '2 hours',
    schedule_interval => interval '15 minutes'
)
FROM unnest(ARRAY['event_sequence_15m', 'span_sequence_15m']) AS name;

ALTER MATERIALIZED VIEW _turnspan.event_sequence_15m
    SET (timescaledb.enable_columnstore, timescaledb.segmentby = 'bot');
ALTER MATERIALIZED VIEW _turnspan.span_sequence_15m
    SET (timescaledb.enable_columnstore, timescaledb.segmentby = 'bot');

CREATE INDEX event_sequence_15m_bot ON _turnspan.event_sequence_15m (bot, at);
CREATE INDEX span_sequence_15m_bot ON _turnspan.span_sequence_15m (bot, at);
