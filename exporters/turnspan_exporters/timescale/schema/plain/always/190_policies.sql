-- Plain PostgreSQL's counterparts of what TimescaleDB brings.

CREATE OR REPLACE FUNCTION _turnspan.month_bucket(months integer, at timestamp)
RETURNS timestamp LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT timestamp '2000-01-01' + make_interval(months =>
        (floor(((extract(year FROM at) - 2000) * 12 + extract(month FROM at) - 1)
            / months) * months)::integer)
$$;

-- time_bucket as TimescaleDB has it: weeks start on Monday, months on the first.
CREATE OR REPLACE FUNCTION _turnspan.time_bucket(width interval, at timestamptz)
RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT CASE
        WHEN extract(year FROM width) * 12 + extract(month FROM width) = 0
        THEN date_bin(width, at, timestamptz '2000-01-03 00:00:00+00')
        ELSE _turnspan.month_bucket(
            (extract(year FROM width) * 12 + extract(month FROM width))::integer,
            at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
    END
$$;

CREATE OR REPLACE FUNCTION _turnspan.time_bucket(
    width interval, at timestamptz, timezone text)
RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE STRICT AS $$
    SELECT _turnspan.time_bucket(width, (at AT TIME ZONE timezone) AT TIME ZONE 'UTC')
        AT TIME ZONE 'UTC' AT TIME ZONE timezone
$$;

CREATE OR REPLACE FUNCTION _turnspan.apply_policies()
RETURNS void LANGUAGE sql AS $$ SELECT $$;
COMMENT ON FUNCTION _turnspan.apply_policies IS
    'Nothing to do here: without TimescaleDB the worker deletes what is too old.';
