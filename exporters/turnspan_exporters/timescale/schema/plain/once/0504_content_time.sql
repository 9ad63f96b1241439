-- The worker deletes by time what TimescaleDB drops by the chunk.
CREATE INDEX content_time ON _turnspan.content (time);
