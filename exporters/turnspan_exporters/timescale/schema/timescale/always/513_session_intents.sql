-- Which turns know their session's intent, found without looking at all of them.

CREATE OR REPLACE FUNCTION _turnspan.session_intents_known(
    starts timestamptz, ends timestamptz
) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE
    seen CONSTANT timestamptz :=
        coalesce(_turnspan.stored_until('token_intent_1d'), 'epoch');
BEGIN
    RETURN NOT EXISTS (
        SELECT FROM _turnspan.token_intent_1d AS f
        WHERE f.at >= starts - interval '1 day' AND f.at < least(ends, seen)
            AND f.unseen > 0)
    AND NOT EXISTS (
        SELECT FROM _turnspan.turn AS t
        WHERE t.start_time >= greatest(starts, seen) AND t.start_time < ends
            AND t.session_intent IS NULL AND NOT t.test
            AND (t.input_tokens > 0 OR t.output_tokens > 0));
END
$$;
