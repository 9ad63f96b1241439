-- What metrics read of the raw events by time, as 0501 has it for derived rows. Events
-- arrive in order of time, so that a summary of each stretch of blocks will do.
CREATE INDEX event_time ON _turnspan.event USING brin (time)
    WITH (pages_per_range = 32, autosummarize = on);
CREATE INDEX event_seen ON _turnspan.event (time)
    WHERE name IN ('chatbot.view', 'chatbot.content.access');
