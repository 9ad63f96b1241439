-- no-transaction
-- What metrics read of the raw events by time, as 0501 has it for derived rows. Events
-- arrive in order of time, so that a summary of each stretch of blocks will do. Made
-- beside what is being written; one that was cut off is made again.
DROP INDEX IF EXISTS _turnspan.event_time;
CREATE INDEX CONCURRENTLY event_time ON _turnspan.event USING brin (time)
    WITH (pages_per_range = 32, autosummarize = on);
DROP INDEX IF EXISTS _turnspan.event_seen;
CREATE INDEX CONCURRENTLY event_seen ON _turnspan.event (time)
    WHERE name IN ('chatbot.view', 'chatbot.content.access');
