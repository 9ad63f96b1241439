-- Questions about an answer: how it differs from the period before, and what it is
-- read from.

-- How far back the period before lies: as many months, weeks or days of the local time
-- as the range has, so that each bucket is held against one of its own kind and a day
-- of daylight saving is one day; whatever is no whole day, by its exact length.
CREATE OR REPLACE FUNCTION _turnspan.metric_shift(
    starts timestamp, ends timestamp, bucket text
) RETURNS interval
LANGUAGE sql IMMUTABLE
RETURN CASE
    WHEN bucket = 'month' THEN date_trunc('month', age(
            date_trunc('month', ends - interval '1 microsecond'),
            date_trunc('month', starts))) + interval '1 month'
    WHEN bucket = 'week' THEN make_interval(
            weeks => ceil(extract(epoch FROM ends - starts) / 604800)::integer)
    WHEN bucket = 'day' THEN make_interval(
            days => ceil(extract(epoch FROM ends - starts) / 86400)::integer)
    WHEN bucket = 'hour' AND starts::time <> ends::time THEN make_interval(
            hours => ceil(extract(epoch FROM ends - starts) / 3600)::integer)
    WHEN starts::time = ends::time THEN make_interval(days => ends::date - starts::date)
    ELSE ends - starts
END;

-- The row of metric_change. A view, because its name is a type that can be replaced.
CREATE OR REPLACE VIEW _turnspan.metric_change_row AS
SELECT
    NULL::timestamptz AS bucket,
    NULL::jsonb AS "group",
    NULL::double precision AS value,
    NULL::double precision AS previous,
    NULL::double precision AS change,
    NULL::numeric AS k,
    NULL::numeric AS n,
    NULL::double precision AS low,
    NULL::double precision AS high,
    NULL::boolean AS provisional
WHERE false;

CREATE OR REPLACE FUNCTION turnspan.metric_change(
    name text,
    "from" timestamptz,
    "to" timestamptz,
    bucket text DEFAULT NULL,
    by text[] DEFAULT '{}',
    filters jsonb DEFAULT '{}',
    options jsonb DEFAULT '{}'
) RETURNS SETOF _turnspan.metric_change_row
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    zone text := _turnspan.metric_plan(
        $1, $2, $3, $4, $5, $6, $7) ->> 'zone';
    shift interval := _turnspan.metric_shift(
        $2 AT TIME ZONE zone, $3 AT TIME ZONE zone, $4);
    starts timestamptz := ($2 AT TIME ZONE zone - shift) AT TIME ZONE zone;
    ends timestamptz := ($3 AT TIME ZONE zone - shift) AT TIME ZONE zone;
BEGIN
    RETURN QUERY
    WITH now_is AS MATERIALIZED (
        SELECT * FROM turnspan.metric($1, $2, $3, $4, $5, $6, $7)
    ), was AS MATERIALIZED (
        SELECT * FROM turnspan.metric($1, starts, ends, $4, $5, $6, $7)
    )
    SELECT c.bucket, c."group", c.value, p.value,
        (c.value - p.value) / nullif(p.value, 0), c.k, c.n, c.low, c.high, c.provisional
    FROM now_is AS c
    LEFT JOIN LATERAL (
        SELECT was.value FROM was
        WHERE was."group" = c."group" AND was.bucket AT TIME ZONE zone
            IS NOT DISTINCT FROM c.bucket AT TIME ZONE zone - shift
        LIMIT 1
    ) AS p ON true;
END
$$;
COMMENT ON FUNCTION turnspan.metric_change IS
    'The values of turnspan.metric beside those of the period before, as long as this: '
    'change = (value - previous) / previous, NULL where previous is 0 or one is NULL.';

-- A part of an answer's range, and the relation that serves it.
CREATE OR REPLACE VIEW _turnspan.metric_source_row AS
SELECT
    NULL::text AS relation,
    NULL::timestamptz AS "from",
    NULL::timestamptz AS "to",
    NULL::boolean AS raw
WHERE false;

CREATE OR REPLACE FUNCTION turnspan.metric_source(
    name text,
    by text[] DEFAULT '{}',
    filters jsonb DEFAULT '{}',
    bucket text DEFAULT NULL,
    "from" timestamptz DEFAULT date_trunc('day', now(), 'UTC') - interval '30 days',
    "to" timestamptz DEFAULT now(),
    options jsonb DEFAULT '{}'
) RETURNS SETOF _turnspan.metric_source_row
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    plan jsonb := _turnspan.metric_plan(
        name, "from", "to", bucket, by, filters, options);
    bounds timestamptz[] := _turnspan.metric_bounds(plan, "from", "to");
    fine text := plan #>> '{fine,name}';
BEGIN
    RETURN QUERY
    SELECT part.relation, bounds[part.low], bounds[part.high],
        part.relation = plan ->> 'relation' AND (plan ->> 'raw')::boolean
    FROM (VALUES
        (plan ->> 'relation', 1, CASE WHEN fine IS NULL THEN 5 ELSE 3 END),
        (fine, 3, 5),
        (plan #>> '{coarse,name}', 5, 6),
        (fine, 6, 4),
        (plan ->> 'relation', CASE WHEN fine IS NULL THEN 6 ELSE 4 END, 2)
    ) AS part(relation, low, high)
    WHERE part.relation IS NOT NULL AND bounds[part.low] < bounds[part.high]
    UNION ALL
    SELECT besides, "from", "to", false
    FROM jsonb_array_elements_text(plan -> 'beside') AS besides
    WHERE plan ->> 'stored' IS NOT NULL
    ORDER BY 2;
END
$$;
COMMENT ON FUNCTION turnspan.metric_source IS
    'What serves a question: the relations its rows are read from, each with its part '
    'of the range. raw: the relation reads raw rows, whose retention is shorter.';
