-- Functions that the derivation's statements share.

-- The first value of a group that is not null, in the order of the aggregate.
CREATE OR REPLACE AGGREGATE _turnspan.first_known(anyelement) (
    sfunc = any_value_transfn, stype = anyelement);

-- The time within [from_time, to_time] in which handoffs were open.
CREATE OR REPLACE FUNCTION _turnspan.paused(
    pauses tstzmultirange, from_time timestamptz, to_time timestamptz)
RETURNS interval LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(sum(upper(part) - lower(part)), interval '0')
    FROM unnest(pauses * tstzmultirange(
        tstzrange(from_time, greatest(from_time, to_time)))) AS part
$$;

-- When the gap after a session's last event has lasted timeout, pauses left out.
CREATE OR REPLACE FUNCTION _turnspan.quiet_until(
    pauses tstzmultirange, last_event timestamptz, timeout interval)
RETURNS timestamptz LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    until timestamptz := last_event + timeout;
    part tstzrange;
BEGIN
    FOR part IN SELECT p FROM unnest(pauses) p
        WHERE upper(p) > last_event ORDER BY lower(p)
    LOOP
        EXIT WHEN lower(part) > until;
        until := until + (upper(part) - greatest(lower(part), last_event));
    END LOOP;
    RETURN until;
END
$$;

-- A rating as 1 (positive), -1 (negative), 0 (neither); null where it is none, as NPS.
-- Thumbs are 1 or 0, or the labels up and down. Others are brought to 1 to 5 in a
-- straight line from the scale they name, such as 0-10; at least 4 is positive, at most
-- 2 negative. CSAT without a scale is 1-5. What is off its scale, or on an unknown one,
-- is neither.
DROP FUNCTION IF EXISTS _turnspan.rating(text, double precision, text);
CREATE OR REPLACE FUNCTION _turnspan.rating(
    name text, value double precision, label text, scale text)
RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
    SELECT CASE
        WHEN name = 'nps' OR scale = 'nps' THEN NULL
        WHEN name = 'thumbs' OR scale = 'thumbs'
            OR (value IS NULL AND label IN ('up', 'down')) THEN
            CASE WHEN label = 'up' OR value >= 1 THEN 1
            WHEN label = 'down' OR value < 1 THEN -1 END
        WHEN value IS NULL THEN NULL
        WHEN ends[1] < ends[2] AND value BETWEEN ends[1] AND ends[2] THEN
            CASE WHEN 4 * (value - ends[1]) >= 3 * (ends[2] - ends[1]) THEN 1
            WHEN 4 * (value - ends[1]) <= ends[2] - ends[1] THEN -1 ELSE 0 END
        ELSE 0 END
    FROM (SELECT regexp_match(
        coalesce(scale, CASE WHEN coalesce(name, 'csat') = 'csat' THEN '1-5' END),
        '^\s*(-?\d{1,9}(?:\.\d{1,9})?)\s*-\s*(-?\d{1,9}(?:\.\d{1,9})?)\s*$'
        )::double precision[] AS ends) AS of_scale
);

-- Whether a span is a turn.
CREATE OR REPLACE FUNCTION _turnspan.is_turn(
    name text, turn_id text, initiator text, outcome text)
RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN name = 'chatbot.turn' OR starts_with(name, 'chatbot.turn ')
    OR (turn_id IS NOT NULL AND (starts_with(name, 'invoke_workflow')
        OR initiator IS NOT NULL OR outcome IS NOT NULL));

-- A turn's id where the bot gave none: trace and span in hexadecimal.
CREATE OR REPLACE FUNCTION _turnspan.turn_of(trace_id uuid, span_id bigint)
RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN replace(trace_id::text, '-', '') || ':' || lpad(to_hex(span_id), 16, '0');

-- How far back a request may lie whose handoff keeps a conversation open.
CREATE OR REPLACE FUNCTION _turnspan.handoff_reach() RETURNS interval
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN interval '720 hours';

-- How long before its turn a signal may name it. Clocks differ, and a page may know the
-- turn's id first; without a bound all the past would be searched for each new turn.
CREATE OR REPLACE FUNCTION _turnspan.naming_reach() RETURNS interval
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN interval '24 hours';

-- How far ahead a return is looked for.
CREATE OR REPLACE FUNCTION _turnspan.return_reach() RETURNS interval
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN interval '744 hours';

-- A session's label. A return within the window turns an implied resolution over.
CREATE OR REPLACE FUNCTION _turnspan.outcome(
    has_user boolean, escalated boolean, confirmed boolean, implied boolean,
    end_time timestamptz, next_start timestamptz, came_back interval)
RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN NOT has_user THEN 'unengaged'
    WHEN escalated THEN 'escalated'
    WHEN confirmed THEN 'resolved_confirmed'
    WHEN implied AND (next_start IS NULL OR next_start > end_time + came_back)
        THEN 'resolved_implied'
    ELSE 'abandoned'
END;

-- Attributes as typed values; what is none is unknown, and never an error.
-- (Stable, as pg_input_is_valid is: only so they are inlined.)
CREATE OR REPLACE FUNCTION _turnspan.number(value text) RETURNS double precision
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE WHEN pg_input_is_valid(value, 'double precision') THEN value::float8 END;

CREATE OR REPLACE FUNCTION _turnspan.whole(value text) RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE WHEN pg_input_is_valid(value, 'bigint') THEN value::bigint END;

CREATE OR REPLACE FUNCTION _turnspan.truth(value text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE WHEN pg_input_is_valid(value, 'boolean') THEN value::boolean END;
