-- The indexes of 0693, for databases that were made with its first form.
CREATE INDEX IF NOT EXISTS event_sequence_15m_bot
    ON _turnspan.event_sequence_15m (bot, at);
CREATE INDEX IF NOT EXISTS span_sequence_15m_bot
    ON _turnspan.span_sequence_15m (bot, at);
