-- no-transaction
-- Calls of models that name neither conversation nor turn are found by their trace.
-- Made beside what is being written; one that was cut off is made again.
DROP INDEX IF EXISTS _turnspan.span_call;
CREATE INDEX CONCURRENTLY span_call ON _turnspan.span (bot, trace_id)
    WHERE conversation_id IS NULL AND turn_id IS NULL
    AND operation IN ('chat', 'text_completion', 'generate_content');
