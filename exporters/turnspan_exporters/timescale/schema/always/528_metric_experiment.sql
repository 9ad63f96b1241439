-- Experiments: users by the variant they were assigned to first, and whether each did
-- what a rate of sessions counts.

-- Whether a relation has a column.
CREATE OR REPLACE FUNCTION _turnspan.has_column(relation text, name text)
RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM pg_attribute
        WHERE attrelid = to_regclass(format('_turnspan.%I', relation))
        AND attname = name AND NOT attisdropped)
$$;

-- The metrics that an experiment can be judged by: rates whose numerator is a property
-- of a session, of which the user is known.
CREATE OR REPLACE VIEW _turnspan.experiment_metric AS
SELECT c.name, c.definition
FROM _turnspan.metric_catalogue AS c
WHERE c.definition -> 'limit' = 'null' AND (
    (c.definition ->> 'kind' IN ('rate', 'session_rate')
        AND _turnspan.has_column(c.definition ->> 'relation', 'user_key')
        AND _turnspan.has_column(c.definition ->> 'relation', 'end_time'))
    OR c.name = 'goal_completion');

-- What an experiment is judged by: the metric that is asked for, or all there are.
CREATE OR REPLACE FUNCTION _turnspan.experiment_judges(plan jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
    asked CONSTANT text := coalesce(plan #>> '{options,metric}',
        _turnspan.experiment_declared(plan #>> '{options,experiment}',
            coalesce(plan #>> '{filters,bot,0}', '')) ->> 'primary',
        'resolution_broad');
    found jsonb;
BEGIN
    SELECT jsonb_agg(m.definition) INTO found FROM _turnspan.experiment_metric AS m
    WHERE asked IN (m.name, 'all');
    IF found IS NULL THEN
        PERFORM _turnspan.refuse(format('metric: %s is no rate of sessions; take all, '
            'or one of %s.', _turnspan.quoted(asked),
            (SELECT string_agg(m.name, ', ' ORDER BY m.name)
             FROM _turnspan.experiment_metric AS m)));
    END IF;
    RETURN found;
END
$$;

-- Users who did it, by metric: in a session that was under way when they were
-- assigned, or began later. Goals count from the assignment on. Metrics of the same
-- rows are read in one pass.
CREATE OR REPLACE FUNCTION _turnspan.experiment_hits(plan jsonb, judges jsonb)
RETURNS text
LANGUAGE sql STABLE AS $$
    WITH kept(open) AS (
        SELECT CASE WHEN (plan ->> 'provisional')::boolean THEN ''
            ELSE 'AND s.finalised' END
    )
    SELECT string_agg(part.asked, ' UNION ALL ')
    FROM (
        SELECT format(
            'SELECT DISTINCT u.experiment, u.bot, u.user_key,
                ''goal_completion'' AS metric
            FROM unit AS u
            JOIN _turnspan.session AS s ON s.bot = u.bot AND s.user_key = u.user_key
            JOIN _turnspan.goal_reached AS g ON g.session_key = s.session_key
                AND g.session_start = s.start_time AND g.at >= u.at
            WHERE s.start_time >= $1 - interval ''7 days'' AND s.start_time < $2
                AND NOT s.test AND s.user_turns > 0 %s %s',
            'AND g.goal = ' || quote_literal(plan #>> '{options,goal}'), kept.open)
        FROM jsonb_array_elements(judges) AS one, kept
        WHERE one ->> 'name' = 'goal_completion'
        UNION ALL
        SELECT format(
            'SELECT u.experiment, u.bot, u.user_key, v.metric
            FROM unit AS u
            JOIN _turnspan.%I AS s ON s.bot = u.bot AND s.user_key = u.user_key
                AND s.end_time >= u.at
            CROSS JOIN LATERAL (VALUES %s) AS v(metric, did)
            WHERE s.at >= $1 - interval ''7 days'' AND s.at < $2 AND v.did = 1 %s
            GROUP BY u.experiment, u.bot, u.user_key, v.metric',
            one ->> 'relation', string_agg(
                format('(%L, s.%I)', one ->> 'name', one ->> 'numerator'), ', '),
            kept.open)
        FROM jsonb_array_elements(judges) AS one, kept
        WHERE one ->> 'name' <> 'goal_completion'
        GROUP BY one ->> 'relation', kept.open
    ) AS part(asked)
$$;

-- Users in two variants are in none; who was assigned before the range is not in it.
-- (Below 2 stands for 1: the planner takes equality for rare, and would then look up
-- the sessions of each user.)
CREATE OR REPLACE FUNCTION _turnspan.experiment_tally(plan jsonb, judges jsonb)
RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format($query$
    seen AS MATERIALIZED (
        SELECT f.*, count(*) OVER who AS variants,
            row_number() OVER (who ORDER BY f.at, f.variant) AS nth
        FROM _turnspan.fact_assignment AS f
        WHERE f.at < $2 AND coalesce(f.experiment = %1$L, true)
        WINDOW who AS (PARTITION BY f.experiment, f.bot, f.user_key)
    ), everybody AS MATERIALIZED (
        SELECT f.experiment, %2$s AS g, f.bot, f.user_key, f.variant, f.at, f.variants
        FROM seen AS f WHERE f.nth < 2 AND f.at >= $1 %3$s
    ), unit AS MATERIALIZED (
        SELECT * FROM everybody WHERE variants < 2
    ), hit AS MATERIALIZED (%4$s), assigned AS MATERIALIZED (
        SELECT experiment, g, variant, count(*)::float8 AS n
        FROM unit GROUP BY experiment, g, variant
    ), did AS MATERIALIZED (
        SELECT u.experiment, u.g, u.variant, h.metric, count(*)::float8 AS k
        FROM unit AS u JOIN hit AS h USING (experiment, bot, user_key)
        GROUP BY u.experiment, u.g, u.variant, h.metric
    ), tally AS MATERIALIZED (
        SELECT a.experiment, a.g, a.variant, m.metric, a.n, coalesce(d.k, 0) AS k
        FROM assigned AS a
        CROSS JOIN jsonb_array_elements_text(%5$L::jsonb) AS m(metric)
        LEFT JOIN did AS d USING (experiment, g, variant, metric)
    ), declared AS MATERIALIZED (
        SELECT e.experiment, d.value,
            coalesce(d.value ->> 'control', e.first) AS control
        FROM (SELECT experiment, min(variant) AS first FROM assigned
            GROUP BY experiment) AS e
        CROSS JOIN LATERAL (
            SELECT _turnspan.experiment_declared(e.experiment, %6$L)) AS d(value)
    )$query$,
        plan #>> '{options,experiment}', _turnspan.metric_group(plan),
        _turnspan.metric_filter(plan), _turnspan.experiment_hits(plan, judges),
        jsonb_path_query_array(judges, '$[*].name'),
        coalesce(plan #>> '{filters,bot,0}', ''))
$$;

-- χ² of the counts against the declared weights; users of a variant that nobody
-- declared are a matter of their own.
CREATE OR REPLACE FUNCTION _turnspan.experiment_ratio() RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT $query$
    SELECT s.experiment, s.g, sum(s.n) AS n, _turnspan.chi_square_p(
        sum(power(s.n - s.share * s.total, 2) / (s.share * s.total)),
        count(*)::integer - 1) AS p
    FROM (
        SELECT d.experiment, c.g, coalesce(t.n, 0) AS n,
            w.weight / sum(w.weight) OVER each AS share,
            sum(coalesce(t.n, 0)) OVER each AS total
        FROM declared AS d
        CROSS JOIN LATERAL (
            SELECT key AS variant, value::text::float8 AS weight
            FROM jsonb_each(d.value -> 'variants')) AS w
        JOIN (SELECT DISTINCT experiment, g FROM assigned) AS c USING (experiment)
        LEFT JOIN assigned AS t ON t.experiment = d.experiment AND t.g = c.g
            AND t.variant = w.variant
        WINDOW each AS (PARTITION BY d.experiment, c.g)
    ) AS s
    WHERE s.total > 0
    GROUP BY s.experiment, s.g
    $query$
$$;

-- A row a statistic: rate of each variant with Wilson's interval; difference to the
-- control with Newcombe's, z and p; sample_ratio_p of the split; excluded, the share
-- of users who were in two variants.
CREATE OR REPLACE FUNCTION _turnspan.metric_experiment(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format($query$
    WITH %1$s, ratio AS MATERIALIZED (%2$s)
    SELECT '-infinity'::timestamp AS label, r.g, false AS open,
        jsonb_strip_nulls(jsonb_build_object('experiment', r.experiment,
            'metric', r.metric, 'statistic', r.statistic, 'variant', r.variant)) AS own,
        r.k::numeric AS k, r.n::numeric AS n, r.value, r.low, r.high
    FROM (
        SELECT t.experiment, t.g, t.metric, t.variant, v.*
        FROM tally AS t
        JOIN declared AS d USING (experiment)
        LEFT JOIN tally AS c ON c.experiment = t.experiment AND c.g = t.g
            AND c.metric = t.metric AND c.variant = d.control
            AND t.variant <> d.control
        CROSS JOIN LATERAL (
            SELECT _turnspan.pooled_z(t.k, t.n, c.k, c.n) AS z) AS test
        CROSS JOIN LATERAL (VALUES
            ('rate', t.k, t.n, t.k / t.n, _turnspan.wilson(t.k, t.n, -1),
                _turnspan.wilson(t.k, t.n, 1)),
            ('difference', t.k, t.n, t.k / t.n - c.k / c.n,
                _turnspan.newcombe(t.k, t.n, c.k, c.n, -1),
                _turnspan.newcombe(t.k, t.n, c.k, c.n, 1)),
            ('z', NULL, t.n + c.n, test.z, NULL, NULL),
            ('p', NULL, t.n + c.n, _turnspan.two_sided_p(test.z), NULL, NULL)
        ) AS v(statistic, k, n, value, low, high)
        WHERE v.statistic = 'rate' OR c.variant IS NOT NULL
        UNION ALL
        SELECT experiment, g, NULL, NULL, 'sample_ratio_p', NULL, n, p, NULL, NULL
        FROM ratio
        UNION ALL
        SELECT experiment, g, NULL, NULL, 'excluded',
            count(*) FILTER (WHERE variants > 1), count(*),
            count(*) FILTER (WHERE variants > 1) / count(*)::float8, NULL, NULL
        FROM everybody GROUP BY experiment, g
    ) AS r
    $query$,
        _turnspan.experiment_tally(plan, judges), _turnspan.experiment_ratio())
    FROM _turnspan.experiment_judges(plan) AS judges
$$;
