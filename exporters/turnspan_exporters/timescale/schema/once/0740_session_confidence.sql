-- How unsure the classifier was at most in a session: the lowest confidence of its NLU
-- turns, infinite where none has one. NULL: derived before there was the column.

ALTER TABLE _turnspan.session
    ADD COLUMN lowest_confidence double precision;

-- Questions ask whether any is left that does not know.
CREATE INDEX session_without_confidence ON _turnspan.session (start_time)
    WHERE lowest_confidence IS NULL;
