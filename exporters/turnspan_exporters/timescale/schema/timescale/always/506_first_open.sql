-- Which sessions are open, found without looking at all there are.

-- The start of the earliest session of the bots (null: of all) in a range that is not
-- finalised. The aggregate by the day says from which day on any may be; what it has
-- not seen yet, above its watermark or because a refresh waits, is looked at too.
CREATE OR REPLACE FUNCTION _turnspan.first_open(
    bots jsonb, starts timestamptz, ends timestamptz
) RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$
DECLARE
    low timestamptz;
    found timestamptz;
BEGIN
    -- Adding nothing keeps the planner from looking for the first in order of time.
    SELECT least(_turnspan.stored_until('session_1d'), (
        SELECT min(w.from_time) FROM _turnspan.touched_window AS w
        WHERE w.of_table IN ('session', 'session_15m', 'session_1d')
    ), (
        SELECT min(d.at + interval '0') FROM _turnspan.session_1d AS d
        WHERE d.at >= starts - interval '1 day' AND d.at < ends AND NOT d.finalised
        AND (bots IS NULL OR bots ? d.bot)
    )) INTO low;
    SELECT min(s.start_time + interval '0') INTO found FROM _turnspan.session AS s
    WHERE s.start_time >= greatest(starts, low) AND s.start_time < ends
    AND NOT s.finalised AND (bots IS NULL OR bots ? s.bot);
    RETURN found;
END
$$;
