-- Which turns know their session's intent: an index knows.

CREATE OR REPLACE FUNCTION _turnspan.session_intents_known(
    starts timestamptz, ends timestamptz
) RETURNS boolean
LANGUAGE sql STABLE
RETURN NOT EXISTS (
    SELECT FROM _turnspan.turn AS t
    WHERE t.start_time >= starts AND t.start_time < ends
        AND t.session_intent IS NULL AND NOT t.test
        AND (t.input_tokens > 0 OR t.output_tokens > 0));
