-- A chunk that was made since the last look tells nothing of what was there before: a
-- late row may have brought back one that had been dropped.
ALTER TABLE _turnspan.dropped
    ADD COLUMN looked_at timestamptz NOT NULL DEFAULT now();
