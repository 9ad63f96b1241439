-- A window that is all of an aggregate: until it is done the aggregate may lack ranges
-- that nothing names, and does not answer.
ALTER TABLE _turnspan.touched_window ADD COLUMN is_whole boolean NOT NULL DEFAULT false;
