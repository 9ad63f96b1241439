-- no-transaction
-- Calls of models that name neither conversation nor turn are found by their trace.
-- Made a chunk at a time, so that none is locked for long; one that was cut off is made
-- again.
DROP INDEX IF EXISTS _turnspan.span_call;
CREATE INDEX span_call ON _turnspan.span (bot, trace_id)
    WITH (timescaledb.transaction_per_chunk)
    WHERE conversation_id IS NULL AND turn_id IS NULL
    AND operation IN ('chat', 'text_completion', 'generate_content');
