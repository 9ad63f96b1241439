-- The same blocks without TimescaleDB: counted when they are asked for.

CREATE OR REPLACE VIEW _turnspan.event_sequence_15m AS
SELECT
    time_bucket('15 minutes', time) AS at,
    bot,
    attributes ->> 'chatbot.process.id' AS process,
    (seq - 1) / 1024 AS block,
    count(*) AS received,
    max(seq) AS last_seq
FROM _turnspan.event
WHERE seq > 0 AND attributes ->> 'chatbot.process.id' IS NOT NULL
GROUP BY 1, 2, 3, 4;

CREATE OR REPLACE VIEW _turnspan.span_sequence_15m AS
SELECT
    time_bucket('15 minutes', start_time) AS at,
    bot,
    attributes ->> 'chatbot.process.id' AS process,
    (seq - 1) / 1024 AS block,
    count(*) AS received,
    max(seq) AS last_seq
FROM _turnspan.span
WHERE seq > 0 AND attributes ->> 'chatbot.process.id' IS NOT NULL
GROUP BY 1, 2, 3, 4;
