-- Calls of models that name neither conversation nor turn are found by their trace.
CREATE INDEX span_call ON _turnspan.span (bot, trace_id)
    WHERE conversation_id IS NULL AND turn_id IS NULL
    AND operation IN ('chat', 'text_completion', 'generate_content');
