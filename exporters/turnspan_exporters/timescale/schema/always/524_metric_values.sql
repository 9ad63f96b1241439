-- One query a kind of metric. Each gives rows of label, g (the asked dimensions), own
-- (the metric's key), k, n, value and open; turnspan.metric fills and finishes them.

-- The numerator, where an option or a setting of the bot limits it: only rows whose
-- column is at most (or below) the limit count.
CREATE OR REPLACE FUNCTION _turnspan.metric_numerator(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN plan -> 'limit' = 'null' THEN format('f.%I', plan ->> 'numerator')
        ELSE format('CASE WHEN f.%I %s %s THEN f.%I ELSE 0 END',
            plan #>> '{limit,column}',
            CASE plan #>> '{limit,strict}' WHEN 'true' THEN '<' ELSE '<=' END,
            coalesce(
                plan #>> '{limit,bound}',
                plan #>> ARRAY['options', plan #>> '{limit,option}'],
                plan #>> '{limit,default}',
                format('(coalesce(%L::jsonb -> f.bot, %L::jsonb) #>> ''{}'')::float8',
                    (SELECT coalesce(jsonb_object_agg(b.name,
                        _turnspan.setting(b.name, plan #>> '{limit,setting}')), '{}')
                     FROM _turnspan.bot AS b),
                    _turnspan.setting('', plan #>> '{limit,setting}'))),
            plan ->> 'numerator')
    END
$$;

-- Counts, rates, ratios and means: sums of two measures. A group in which there is
-- nothing to count or to divide by is none, be it read from rows or from aggregates.
CREATE OR REPLACE FUNCTION _turnspan.metric_sums(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format(
        'SELECT %s, ''{}''::jsonb AS own, sum(%s)::numeric AS k, sum(%s)::numeric AS n,
            NULL::float8 AS value
        FROM %s %s HAVING sum(f.%I) > 0',
        _turnspan.metric_head(plan),
        _turnspan.metric_numerator(plan),
        coalesce('f.' || quote_ident(plan ->> 'denominator'), 'NULL::numeric'),
        _turnspan.metric_rows(plan, _turnspan.metric_carried(plan) || ARRAY[
            plan ->> 'numerator', plan ->> 'denominator', plan #>> '{limit,column}']),
        _turnspan.metric_grouping(plan),
        coalesce(plan ->> 'denominator', plan ->> 'numerator'))
$$;

-- Counts by the metric's own key: a column, or one measure a value.
CREATE OR REPLACE FUNCTION _turnspan.metric_keyed(plan jsonb) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
    measures jsonb := plan #> '{key,measures}';
    columns text[] := _turnspan.metric_carried(plan);
    pairs text;
    sums text;
BEGIN
    IF measures = '{}' THEN
        RETURN format(
            'SELECT %s, jsonb_build_object(%L, f.%I%s) AS own, sum(f.%I)::numeric AS k,
                NULL::numeric AS n, NULL::float8 AS value
            FROM %s %s, f.%I HAVING sum(f.%5$I) > 0',
            _turnspan.metric_head(plan), plan #>> '{key,name}', plan #>> '{key,column}',
            ' * ' || (plan #>> '{key,width}')::numeric,
            plan ->> 'numerator',
            _turnspan.metric_rows(plan,
                columns || ARRAY[plan #>> '{key,column}', plan ->> 'numerator']),
            _turnspan.metric_grouping(plan), plan #>> '{key,column}');
    END IF;
    SELECT string_agg(format('(%L, f.%I)', key, value), ', '),
        string_agg(DISTINCT format('sum(f.%I) AS %1$I', value), ', ')
    INTO pairs, sums FROM jsonb_each_text(measures);
    RETURN format(
        'SELECT f.label, f.g, f.open, jsonb_build_object(%L, v.key) AS own,
            v.k::numeric AS k, NULL::numeric AS n, NULL::float8 AS value
        FROM (SELECT %s, %s FROM %s %s) AS f
        CROSS JOIN LATERAL (VALUES %s) AS v(key, k)',
        plan #>> '{key,name}', _turnspan.metric_head(plan), sums,
        _turnspan.metric_rows(plan, columns
            || ARRAY(SELECT value FROM jsonb_each_text(measures))),
        _turnspan.metric_grouping(plan), pairs);
END
$$;

-- An exact quantile over the rows that are in the denominator.
CREATE OR REPLACE FUNCTION _turnspan.metric_quantile(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format(
        'SELECT %s, ''{}''::jsonb AS own, NULL::numeric AS k, count(*)::numeric AS n,
            percentile_cont(%s) WITHIN GROUP (ORDER BY f.%I::float8) AS value
        FROM %s WHERE f.%I = 1 %s',
        _turnspan.metric_head(plan), plan ->> 'q', plan ->> 'numerator',
        _turnspan.metric_rows(plan, _turnspan.metric_carried(plan)
            || ARRAY[plan ->> 'numerator', plan ->> 'denominator']),
        plan ->> 'denominator', _turnspan.metric_grouping(plan))
$$;

-- The asked dimensions as d1, d2, … while rows are counted, since comparing them costs
-- less than comparing a group: the group made of them, their names, and what they are.
CREATE OR REPLACE FUNCTION _turnspan.metric_dimensions(
    plan jsonb, OUT made text, OUT names text, OUT columns text
)
LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(
            'jsonb_build_object(' || string_agg(format('%L, d%s', name, place), ', ')
            || ')', '''{}''::jsonb'),
        coalesce(string_agg(', d' || place, ''), ''),
        coalesce(string_agg(format(', f.%I AS d%s', name, place), ''), '')
    FROM jsonb_array_elements_text(plan -> 'by') WITH ORDINALITY AS by(name, place)
$$;

-- The same quantile from bins: the mean of a bin stands for each of its members. Counts
-- are exact in floating point.
CREATE OR REPLACE FUNCTION _turnspan.metric_binned(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format(
        'SELECT label, %1$s AS g, bool_or(open) AS open, ''{}''::jsonb AS own,
            NULL::numeric AS k, max(n)::numeric AS n,
            min(mean) FILTER (WHERE upto > floor(%2$s * (n - 1)))
            + (max(%2$s * (n - 1)) - max(floor(%2$s * (n - 1))))
                * (min(mean) FILTER (WHERE upto > ceil(%2$s * (n - 1)))
                    - min(mean) FILTER (WHERE upto > floor(%2$s * (n - 1)))) AS value
        FROM (
            SELECT label%3$s, open, total / members AS mean,
                sum(members) OVER (PARTITION BY label%3$s ORDER BY bin) AS upto,
                sum(members) OVER (PARTITION BY label%3$s) AS n
            FROM (
                SELECT %4$s AS label%5$s, %6$s AS open, f.bin,
                    sum(f.%9$I)::float8 AS members, sum(f.%10$I)::float8 AS total
                FROM %7$s %8$s, f.bin
            ) AS bins
        ) AS ranked
        GROUP BY label%3$s',
        asked.made,
        (plan ->> 'q')::float8,
        asked.names,
        _turnspan.metric_label(plan),
        asked.columns,
        _turnspan.metric_open(plan),
        _turnspan.metric_rows(plan, _turnspan.metric_carried(plan)
            || ARRAY['bin', plan ->> 'denominator', plan ->> 'numerator']),
        _turnspan.metric_grouping(plan),
        plan ->> 'denominator', plan ->> 'numerator')
    FROM _turnspan.metric_dimensions(plan) AS asked
$$;

-- A rate over sessions of which each may have several rows.
CREATE OR REPLACE FUNCTION _turnspan.metric_session_rate(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format(
        'SELECT %s, ''{}''::jsonb AS own,
            (count(DISTINCT f.session_key) FILTER (WHERE f.%I = 1))::numeric AS k,
            (count(DISTINCT f.session_key) FILTER (WHERE f.%I = 1))::numeric AS n,
            NULL::float8 AS value
        FROM %s %s HAVING sum(f.%3$I) > 0',
        _turnspan.metric_head(plan), plan ->> 'numerator', plan ->> 'denominator',
        _turnspan.metric_rows(plan, _turnspan.metric_carried(plan) || ARRAY[
            'session_key', plan ->> 'numerator', plan ->> 'denominator']),
        _turnspan.metric_grouping(plan))
$$;

-- Kaplan–Meier: the smallest time t with S(t) <= 1 - q, NULL where S stays above. The
-- numerator is the event, all else is censored when it happened. Factors of S are
-- multiplied one by one, so 1e-10 covers their rounding for any count of handoffs.
CREATE OR REPLACE FUNCTION _turnspan.metric_survival(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format(
        'SELECT label, %1$s AS g, false AS open, ''{}''::jsonb AS own,
            sum(events)::numeric AS k, sum(leaving)::numeric AS n,
            min(t) FILTER (WHERE survival <= 1 - %2$s + 1e-10) AS value
        FROM (
            SELECT label%3$s, t, events, leaving, _turnspan.product(
                1 - events / (everyone - left_before))
                    OVER (PARTITION BY label%3$s ORDER BY t) AS survival
            FROM (
                SELECT label%3$s, t, events, leaving,
                    sum(leaving) OVER (PARTITION BY label%3$s) AS everyone,
                    sum(leaving) OVER (PARTITION BY label%3$s ORDER BY t) - leaving
                        AS left_before
                FROM (
                    SELECT %4$s AS label%5$s, f.wait_s::float8 AS t,
                        sum(f.%6$I)::float8 AS events, count(*)::float8 AS leaving
                    FROM %7$s %8$s, f.wait_s::float8
                ) AS times
            ) AS at_risk
        ) AS curve
        GROUP BY label%3$s',
        asked.made, plan ->> 'q', asked.names, _turnspan.metric_label(plan),
        asked.columns, plan ->> 'numerator',
        _turnspan.metric_rows(plan, _turnspan.metric_carried(plan)
            || ARRAY['wait_s', plan ->> 'numerator']),
        _turnspan.metric_grouping(plan))
    FROM _turnspan.metric_dimensions(plan) AS asked
$$;

-- Sessions that are open and had an event within the timeout, at this moment.
CREATE OR REPLACE FUNCTION _turnspan.metric_now(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format(
        'SELECT ''-infinity''::timestamp AS label, %s AS g, false AS open,
            ''{}''::jsonb AS own, count(*)::numeric AS k, NULL::numeric AS n,
            NULL::float8 AS value
        FROM %s AS f
        WHERE true %s
        %s',
        _turnspan.metric_group(plan),
        _turnspan.metric_relation(plan, plan ->> 'relation'),
        _turnspan.metric_filter(plan),
        _turnspan.metric_grouping(plan))
$$;
