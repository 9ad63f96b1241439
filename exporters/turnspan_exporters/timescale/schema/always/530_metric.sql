-- turnspan.metric: every number that is shown anywhere comes from here.

-- The groups of an answer: those seen, with every known value of the metric's own key.
CREATE OR REPLACE FUNCTION _turnspan.metric_cells(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN plan -> 'key' = 'null' THEN 'SELECT g, ''{}''::jsonb AS own FROM groups'
        WHEN plan #> '{key,values}' = '[]' THEN 'SELECT DISTINCT g, own FROM core'
        ELSE format(
            'SELECT g, jsonb_build_object(%L, known) AS own
            FROM groups CROSS JOIN jsonb_array_elements(%L::jsonb) AS known',
            plan #>> '{key,name}', plan #> '{key,values}')
    END
$$;

-- value, k, n, low, high of a finished row; all NULL where the window is not over.
CREATE OR REPLACE FUNCTION _turnspan.metric_finish(form text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT concat_ws(', ',
        format('CASE WHEN shown THEN %s END', CASE
            WHEN form IN ('rate', 'share', 'ratio')
                THEN 'k::float8 / nullif(n, 0)::float8'
            WHEN form = 'histogram' THEN 'k::float8'
            WHEN form = 'count' THEN 'coalesce(value, k::float8)'
            ELSE 'value' END),
        CASE WHEN form IN ('count', 'quantile') THEN 'NULL::numeric'
            ELSE 'CASE WHEN shown THEN k END' END,
        CASE WHEN form = 'count' THEN 'NULL::numeric'
            ELSE 'CASE WHEN shown THEN n END' END,
        CASE
            WHEN form IN ('rate', 'share') THEN
                'CASE WHEN shown THEN _turnspan.wilson(k::float8, n::float8, -1) END, '
                'CASE WHEN shown THEN _turnspan.wilson(k::float8, n::float8, 1) END'
            WHEN form = 'interval' THEN
                'CASE WHEN shown THEN low END, CASE WHEN shown THEN high END'
            ELSE 'NULL::float8, NULL::float8'
        END)
$$;

-- The whole query of an answer: windows, the metric's own rows, every (window, group)
-- filled, and the value finished as its kind asks. A cohort is in its own window alone.
-- Groups are numbered in the order of the answer, as numbers are joined and sorted in a
-- fraction of the time.
CREATE OR REPLACE FUNCTION _turnspan.metric_query(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format($query$
WITH windows AS MATERIALIZED (
    SELECT w.* FROM _turnspan.metric_windows($1, $2, %1$L, %2$L::text[], %3$L) AS w
), taken AS MATERIALIZED (
    SELECT label, first_day,
        CASE WHEN %4$s THEN least(last_day, (now() AT TIME ZONE %3$L)::date)
            ELSE last_day END AS last_day
    FROM windows WHERE whole_days OR (%4$s AND NOT future)
), core AS MATERIALIZED (
    SELECT c.label, c.g, c.open, c.own, c.k, c.n, c.value, %11$s
    FROM (%5$s) AS c
), groups AS (
    SELECT DISTINCT g FROM core UNION SELECT '{}'::jsonb WHERE %6$s
), cells AS MATERIALIZED (
    SELECT c.g, c.own, c.g || c.own AS named, dense_rank() OVER (ORDER BY c.g) AS whole,
        row_number() OVER (ORDER BY (c.g || c.own) -> 'step', c.g || c.own) AS place
    FROM (%7$s) AS c
), found AS MATERIALIZED (
    SELECT c.place, r.* FROM core AS r JOIN cells AS c ON c.g = r.g AND c.own = r.own
), guard AS MATERIALIZED (
    SELECT _turnspan.metric_check_cells((SELECT count(*) FROM cells),
        (SELECT count(*) FROM windows)) AS passed
), filled AS (
    SELECT w.at, c.named AS g, c.place, coalesce(r.k, 0) AS k, %10$s AS n,
        r.value, r.low, r.high,
        coalesce(r.open, false) AS open,
        coalesce(%8$s, false) AS complete, w.future
    FROM guard
    CROSS JOIN windows AS w
    CROSS JOIN cells AS c
    LEFT JOIN found AS r ON r.label = w.label AND r.place = c.place
    WHERE guard.passed AND (r.place IS NOT NULL OR NOT %12$s)
)
SELECT at, g, %9$s, %4$s AND (open OR NOT complete)
FROM (
    SELECT *, complete OR (%4$s AND NOT future) AS shown FROM filled
) AS finished
ORDER BY at, place
$query$,
        plan ->> 'bucket',
        ARRAY(SELECT jsonb_array_elements_text(plan -> 'zones')),
        plan ->> 'zone',
        plan ->> 'provisional',
        _turnspan.metric_values(plan),
        (plan -> 'by' = '[]')::text,
        _turnspan.metric_cells(plan),
        CASE
            WHEN plan ->> 'kind' = 'now' THEN 'true'
            WHEN plan ->> 'kind' = 'retention' THEN _turnspan.metric_retained(plan)
            WHEN plan ->> 'relation' = 'fact_user_day' THEN 'w.whole_days'
            ELSE 'w.complete'
        END,
        _turnspan.metric_finish(plan ->> 'form'),
        CASE WHEN plan ->> 'form' IN ('histogram', 'share')
            THEN 'sum(coalesce(r.k, 0)) OVER (PARTITION BY w.label, c.whole)'
            ELSE 'coalesce(r.n, 0)' END,
        CASE WHEN plan ->> 'form' = 'interval' THEN 'c.low, c.high'
            ELSE 'NULL::float8 AS low, NULL::float8 AS high' END,
        (plan ->> 'bucket' IS NOT NULL AND plan -> 'by' ? 'cohort')::text)
$$;

-- The row of an answer. A view, because its name is a type that can be replaced.
CREATE OR REPLACE VIEW _turnspan.metric_row AS
SELECT
    NULL::timestamptz AS bucket,
    NULL::jsonb AS "group",
    NULL::double precision AS value,
    NULL::numeric AS k,
    NULL::numeric AS n,
    NULL::double precision AS low,
    NULL::double precision AS high,
    NULL::boolean AS provisional
WHERE false;

-- Compiling a query takes longer than most answers do; a year's distinct users fit into
-- the memory it may take, which with the server's default they do not; and a chunk in
-- the columnstore is much work though it is small, so that its size does not decide
-- about parallel workers.
CREATE OR REPLACE FUNCTION turnspan.metric(
    name text,
    "from" timestamptz,
    "to" timestamptz,
    bucket text DEFAULT NULL,
    by text[] DEFAULT '{}',
    filters jsonb DEFAULT '{}',
    options jsonb DEFAULT '{}'
) RETURNS SETOF _turnspan.metric_row
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET jit = off
SET work_mem = '64MB'
SET min_parallel_table_scan_size = 0
SET parallel_tuple_cost = 0.01
AS $$
DECLARE
    plan jsonb := _turnspan.metric_plan(
        name, "from", "to", bucket, by, filters, options);
    bounds timestamptz[] := _turnspan.metric_bounds(plan, "from", "to");
BEGIN
    RETURN QUERY EXECUTE _turnspan.metric_query(plan)
        USING bounds[1], bounds[2], bounds[3], bounds[4], bounds[5], bounds[6];
END
$$;
COMMENT ON FUNCTION turnspan.metric IS
    'The values of one metric of the catalogue over [from, to). Without bucket the '
    'range is one row a group; bucket is hour, day, week or month of the bots'' local '
    'time. by: dimensions to group by. filters: {dimension: value or [values]}. '
    'options: q (0 to 1 or "mean"), within (seconds), theta, provisional.';

-- The catalogue, for readers.
CREATE OR REPLACE VIEW turnspan.metrics AS
SELECT
    c.name,
    c.definition ->> 'title' AS title,
    c.definition ->> 'unit' AS unit,
    c.definition ->> 'kind' AS kind,
    c.definition ->> 'sentence' AS sentence,
    c.definition ->> 'formula' AS formula,
    c.definition ->> 'better' AS better,
    ARRAY(SELECT jsonb_array_elements_text(c.definition -> 'dimensions')) AS dimensions,
    ARRAY(SELECT jsonb_object_keys(c.definition -> 'options')) AS options,
    ARRAY(SELECT one ->> 'name' FROM jsonb_array_elements(
            (c.definition -> 'aggregates') || coalesce(
                nullif(c.definition #> '{whole,aggregates}', 'null'), '[]')
        ) WITH ORDINALITY AS listed(one, place) ORDER BY place) AS aggregates,
    (c.definition ->> 'raw')::boolean AS raw,
    (c.definition ->> 'definition_version')::integer AS definition_version
FROM _turnspan.metric_catalogue AS c;
