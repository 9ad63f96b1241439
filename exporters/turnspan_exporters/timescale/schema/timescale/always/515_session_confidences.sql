-- Which sessions know their lowest confidence, found without looking at all of them.

CREATE OR REPLACE FUNCTION _turnspan.session_confidences_known(
    starts timestamptz, ends timestamptz
) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE
    seen CONSTANT timestamptz :=
        coalesce(_turnspan.stored_until('session_confidence_1d'), 'epoch');
BEGIN
    RETURN NOT EXISTS (
        SELECT FROM _turnspan.session_confidence_1d AS f
        WHERE f.at >= starts - interval '1 day' AND f.at < least(ends, seen)
            AND f.bin IS NULL)
    AND NOT EXISTS (
        SELECT FROM _turnspan.session AS s
        WHERE s.start_time >= greatest(starts, seen) AND s.start_time < ends
            AND s.lowest_confidence IS NULL AND NOT s.test);
END
$$;
