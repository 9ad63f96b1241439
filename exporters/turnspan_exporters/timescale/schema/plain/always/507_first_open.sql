-- Which sessions are open: an index knows.

-- The start of the earliest session of the bots (null: of all) in a range that is not
-- finalised.
CREATE OR REPLACE FUNCTION _turnspan.first_open(
    bots jsonb, starts timestamptz, ends timestamptz
) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT min(s.start_time) FROM _turnspan.session AS s
    WHERE s.start_time >= starts AND s.start_time < ends
    AND NOT s.finalised AND (bots IS NULL OR bots ? s.bot)
$$;
