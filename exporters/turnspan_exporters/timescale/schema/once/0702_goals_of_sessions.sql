-- What a goal knows of its session besides, see 0700. NULL: derived before.

ALTER TABLE _turnspan.goal
    ADD COLUMN session_intent text;              -- '' where it has none
