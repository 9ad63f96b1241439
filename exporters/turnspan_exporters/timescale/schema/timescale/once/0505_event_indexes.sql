-- no-transaction
-- Events that are few and asked for by themselves: annotations, what experiments
-- assigned to a user, and clicks, of which later ones of a session, and those without
-- an impression, are read from here. Made a chunk at a time, so that
-- none is locked for long.
CREATE INDEX IF NOT EXISTS event_annotation ON _turnspan.event (time)
    WITH (timescaledb.transaction_per_chunk)
    WHERE name = 'chatbot.annotation';
CREATE INDEX IF NOT EXISTS event_evaluated ON _turnspan.event (bot, user_key, time)
    WITH (timescaledb.transaction_per_chunk)
    WHERE name = 'feature_flag.evaluation' AND user_key IS NOT NULL;
CREATE INDEX IF NOT EXISTS event_click ON _turnspan.event (bot, cta_id, time)
    WITH (timescaledb.transaction_per_chunk)
    WHERE name = 'chatbot.cta.click';
