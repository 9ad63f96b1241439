-- What turns and ratings know of their session, so that aggregates can tell, which read
-- one table alone. NULL: derived before there was the column.

ALTER TABLE _turnspan.turn
    ADD COLUMN session_intent text;              -- '' where it has none

ALTER TABLE _turnspan.feedback
    -- human: escalated, and a person resolved it; bot: it stayed with the bot; else ''
    ADD COLUMN served_by text;

-- Questions ask whether any is left that does not know.
CREATE INDEX turn_without_session_intent ON _turnspan.turn (start_time)
    WHERE session_intent IS NULL;
CREATE INDEX feedback_without_served_by ON _turnspan.feedback (session_start)
    WHERE served_by IS NULL;
