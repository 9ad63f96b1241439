-- no-transaction
-- Events that are few and asked for by themselves: annotations, what experiments
-- assigned to a user, and clicks, of which later ones of a session, and those without
-- an impression, are read from here. Made beside what is being written.
CREATE INDEX CONCURRENTLY IF NOT EXISTS event_annotation
    ON _turnspan.event (time)
    WHERE name = 'chatbot.annotation';
CREATE INDEX CONCURRENTLY IF NOT EXISTS event_evaluated
    ON _turnspan.event (bot, user_key, time)
    WHERE name = 'feature_flag.evaluation' AND user_key IS NOT NULL;
CREATE INDEX CONCURRENTLY IF NOT EXISTS event_click
    ON _turnspan.event (bot, cta_id, time)
    WHERE name = 'chatbot.cta.click';
