-- Where the rows that aggregates are made of begin. A refresh over what was dropped
-- would delete what the aggregate still knows of it, also when a late row has brought
-- one chunk of that time back.
CREATE TABLE _turnspan.dropped (
    of_table text PRIMARY KEY,           -- as continuous_aggregates name their source
    first_chunk timestamptz NOT NULL,    -- where the earliest began at the last look
    dropped_before timestamptz NOT NULL DEFAULT '-infinity'
);
