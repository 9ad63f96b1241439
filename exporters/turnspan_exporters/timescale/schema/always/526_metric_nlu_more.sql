-- Further queries of understanding: drift, thresholds, and questions.

-- A time that an option names: a date is the local midnight, a time without an offset
-- is local.
CREATE OR REPLACE FUNCTION _turnspan.metric_moment(
    option text, given text, zone text
) RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF given IS NULL THEN
        RETURN NULL;
    ELSIF given ~ '^\d{4}-\d\d-\d\d$' AND pg_input_is_valid(given, 'date') THEN
        RETURN _turnspan.local_start(given::timestamp, zone);
    ELSIF given ~ '^\d{4}-\d\d-\d\d[T ]\d\d:\d\d'
        AND pg_input_is_valid(given, 'timestamptz')
    THEN
        RETURN CASE WHEN given ~ ':.*(Z|[+-]\d\d(:?\d\d)?)$' THEN given::timestamptz
            ELSE given::timestamp AT TIME ZONE zone END;
    END IF;
    PERFORM _turnspan.refuse(format('%s: %s is neither a date (2026-03-31) nor a time '
        'of RFC 3339 (2026-03-31T12:00:00Z).', option, _turnspan.quoted(given)));
    RETURN NULL;
END
$$;

-- The baseline of a drift: as asked, else as long as the range; where neither end is
-- asked it ends where the range begins.
CREATE OR REPLACE FUNCTION _turnspan.metric_baseline(
    plan jsonb, starts timestamptz, ends timestamptz
) RETURNS tstzrange
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED AS $$
DECLARE
    low timestamptz := _turnspan.metric_moment(
        'baseline_from', plan #>> '{options,baseline_from}', plan ->> 'zone');
    high timestamptz := _turnspan.metric_moment(
        'baseline_to', plan #>> '{options,baseline_to}', plan ->> 'zone');
BEGIN
    IF low IS NULL THEN
        high := coalesce(high, starts);
        low := high - (ends - starts);
    END IF;
    high := coalesce(high, low + (ends - starts));
    IF low >= high THEN
        PERFORM _turnspan.refuse(format(
            'baseline_from: %s is not before baseline_to, %s; a baseline is '
            '[from, to).',
            low AT TIME ZONE 'UTC', high AT TIME ZONE 'UTC'));
    END IF;
    RETURN tstzrange(low, high);
END
$$;

-- How the turns of a range are spread over intents, or bins of confidence.
CREATE OR REPLACE FUNCTION _turnspan.metric_mix(plan jsonb, part tstzrange)
RETURNS TABLE (label timestamp, g jsonb, category text, n double precision)
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED AS $$
DECLARE
    category CONSTANT text :=
        CASE WHEN (plan ->> 'binned')::boolean THEN 'bin' ELSE 'intent' END;
    of_part CONSTANT jsonb := plan || _turnspan.metric_stored(
        plan, lower(part), upper(part));
    bounds CONSTANT timestamptz[] :=
        _turnspan.metric_bounds(of_part, lower(part), upper(part));
BEGIN
    RETURN QUERY EXECUTE format(
        'SELECT %s AS label, %s AS g, f.%I::text, sum(f.%I)::float8
        FROM %s %s, f.%3$I HAVING sum(f.%4$I) > 0',
        _turnspan.metric_label(of_part), _turnspan.metric_group(of_part), category,
        plan ->> 'numerator',
        _turnspan.metric_rows(of_part, _turnspan.metric_carried(of_part)
            || ARRAY[category, plan ->> 'numerator']),
        _turnspan.metric_grouping(of_part))
    USING bounds[1], bounds[2], bounds[3], bounds[4], bounds[5], bounds[6];
END
$$;

-- The population stability index of each window against the baseline: the sum over
-- categories of (p - q) ln(p / q). A category that one of the two lacks has a share of
-- 0.0001 there, so that the sum stays finite.
CREATE OR REPLACE FUNCTION _turnspan.metric_drift(plan jsonb) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
    -- A baseline that is wrong is refused even where there is nothing to compare.
    PERFORM _turnspan.metric_baseline(plan, now(), now() + interval '1 day');
    RETURN format(
        'WITH mix AS MATERIALIZED (
            SELECT m.*, sum(m.n) OVER (PARTITION BY m.label, m.g) AS whole
            FROM _turnspan.metric_mix(%1$L::jsonb, tstzrange($1, $2)) AS m
        ), base AS MATERIALIZED (
            SELECT b.g, b.category, sum(b.n) AS n,
                sum(sum(b.n)) OVER (PARTITION BY b.g) AS whole
            FROM _turnspan.metric_mix(%1$L::jsonb,
                _turnspan.metric_baseline(%1$L::jsonb, $1, $2)) AS b
            GROUP BY b.g, b.category
        ), seen AS (
            SELECT DISTINCT label, g, whole FROM mix
        ), kinds AS (
            SELECT label, g, category FROM mix
            UNION SELECT s.label, g, b.category FROM seen AS s JOIN base AS b USING (g)
        ), shares AS (
            SELECT s.label, g, s.whole, b.whole AS base_whole,
                CASE WHEN m.n > 0 THEN m.n / s.whole ELSE 0.0001 END AS p,
                CASE WHEN c.n > 0 THEN c.n / b.whole ELSE 0.0001 END AS q
            FROM seen AS s
            JOIN kinds AS one USING (label, g)
            LEFT JOIN (SELECT DISTINCT g, whole FROM base) AS b USING (g)
            LEFT JOIN mix AS m USING (label, g, category)
            LEFT JOIN base AS c USING (g, category)
        )
        SELECT label, g, false AS open, ''{}''::jsonb AS own,
            max(base_whole)::numeric AS k, max(whole)::numeric AS n,
            CASE WHEN max(base_whole) > 0 THEN sum((p - q) * ln(p / q)) END AS value
        FROM shares GROUP BY label, g',
        plan);
END
$$;

-- At each threshold of the own key, who would fall below it: turns, or sessions by
-- their lowest confidence. Thresholds are bounds of bins, so this is exact.
CREATE OR REPLACE FUNCTION _turnspan.metric_what_if(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format(
        'SELECT b.label, b.g, b.open, jsonb_build_object(''theta'', v.step * 0.05)
                AS own,
            coalesce(v.k, 0)::numeric AS k, b.n::numeric AS n, NULL::float8 AS value
        FROM (
            SELECT label, g, bool_or(open) AS open, sum(members) AS n, %s
            FROM (SELECT %s, f.bin, sum(f.n) AS members FROM %s %s, f.bin) AS bins
            GROUP BY label, g
        ) AS b CROSS JOIN LATERAL (VALUES %s) AS v(step, k)',
        string_agg(format('sum(members) FILTER (WHERE bin < %s) AS below_%1$s', step),
            ', ' ORDER BY step),
        _turnspan.metric_head(plan),
        _turnspan.metric_rows(plan, _turnspan.metric_carried(plan) || '{bin,n}'),
        _turnspan.metric_grouping(plan),
        string_agg(format('(%s, b.below_%1$s)', step), ', ' ORDER BY step))
    FROM generate_series(1, 19) AS step
$$;

-- At each threshold, the share understood of the labelled turns that stay above it.
CREATE OR REPLACE FUNCTION _turnspan.metric_kept_accuracy(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format(
        'SELECT label, g, open, jsonb_build_object(''theta'', step * 0.05) AS own,
            k::numeric, n::numeric, k / nullif(n, 0) AS value,
            _turnspan.weighted_wilson(k, n, squares, -1) AS low,
            _turnspan.weighted_wilson(k, n, squares, 1) AS high
        FROM (
            SELECT label, g, bool_or(open) AS open, step,
                coalesce(sum(hits) FILTER (WHERE bin >= step), 0) AS k,
                coalesce(sum(weight) FILTER (WHERE bin >= step), 0) AS n,
                sum(squares) FILTER (WHERE bin >= step) AS squares
            FROM (
                SELECT %s, f.bin, sum(f.hits) AS hits, sum(f.weight) AS weight,
                    sum(f.squares) AS squares
                FROM %s %s, f.bin
            ) AS bins CROSS JOIN generate_series(1, 19) AS step
            GROUP BY label, g, step
        ) AS steps',
        _turnspan.metric_head(plan),
        _turnspan.metric_rows(plan,
            _turnspan.metric_carried(plan) || '{bin,hits,weight,squares}'),
        _turnspan.metric_grouping(plan))
$$;

-- The plan with its limit as what rows are compared with: one number where it is asked
-- or the same for all asked bots, so that no row looks up its own. A limit that is a
-- bound of bins is one of the bin, which aggregates have; no other can they answer.
CREATE OR REPLACE FUNCTION _turnspan.metric_limited(plan jsonb) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN coalesce(plan #> '{limit,bins}', 'null') = 'null' THEN plan
        WHEN NOT bool_and(binned) THEN plan || '{"aggregates": []}'
        WHEN count(DISTINCT bound) = 1 THEN jsonb_set(plan, '{limit}',
            plan -> 'limit' || jsonb_build_object(
                'column', 'bin', 'bound', min(bound)::text))
        ELSE jsonb_set(plan, '{limit}', plan -> 'limit' || jsonb_build_object(
                'column', 'bin', 'bound', format(
                    'coalesce((%L::jsonb ->> f.bot)::integer, %s)',
                    jsonb_object_agg(bot, bound),
                    coalesce(min(bound) FILTER (WHERE bot = ''), min(bound)))))
            || '{"each_bot": true}'
    END
    FROM (
        SELECT bot, round(value * bins)::integer AS bound,
            abs(value * bins - round(value * bins)) < 1e-9 AS binned
        FROM (
            SELECT o.bot, (coalesce(plan #> ARRAY['options', plan #>> '{limit,option}'],
                    _turnspan.setting(o.bot, plan #>> '{limit,setting}')) #>> '{}')
                    ::float8 AS value,
                (plan #>> '{limit,bins}')::float8 AS bins
            FROM (
                SELECT jsonb_array_elements_text(plan #> '{filters,bot}') AS bot
                UNION ALL SELECT '' WHERE plan #> '{filters,bot}' IS NULL
                UNION ALL SELECT b.name FROM _turnspan.bot AS b
                WHERE plan #> '{filters,bot}' IS NULL
            ) AS o
            WHERE plan #> '{limit,bins}' <> 'null'
        ) AS settings
    ) AS bounds
$$;

-- Of each category of questions: hits (asked, or with a limit not understood or not
-- answered), turns, the sum of the hits' confidences, and the hits that have one. How
-- often an intent was asked for is read from the aggregate where it serves.
CREATE OR REPLACE FUNCTION _turnspan.metric_question_counts(
    plan jsonb, relation text, category text
) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN relation = plan ->> 'relation' AND plan -> 'limit' = 'null'
    THEN format(
        'SELECT %s, f.%I AS category, sum(f.nlu_turns) AS hits,
            sum(f.nlu_turns) AS turns, NULL::float8 AS sure, NULL::bigint AS known
        FROM %s %s, f.%2$I',
        _turnspan.metric_head(plan), category,
        _turnspan.metric_rows(plan,
            _turnspan.metric_carried(plan) || ARRAY[category, 'nlu_turns']),
        _turnspan.metric_grouping(plan))
    ELSE format(
        'SELECT %s, f.%I AS category, sum(%s) AS hits, sum(f.nlu_turns) AS turns, %s
        FROM %s %s, f.%2$I',
        _turnspan.metric_head(asked), category, hit,
        CASE WHEN asked #>> '{options,measure}' = 'confidence' THEN format(
            'sum(CASE WHEN %s > 0 THEN f.total ELSE 0 * f.total END) AS sure,
            sum(%1$s) FILTER (WHERE f.bin IS NOT NULL) AS known', hit)
        ELSE 'NULL::float8 AS sure, NULL::bigint AS known' END,
        _turnspan.metric_rows(asked, _turnspan.metric_carried(asked)
            || ARRAY[category, 'nlu_turns', 'total', 'bin']
            || CASE WHEN asked -> 'limit' <> 'null'
                THEN ARRAY['missed', asked #>> '{limit,column}'] END),
        _turnspan.metric_grouping(asked))
    END
    FROM (SELECT CASE WHEN relation = plan ->> 'relation' THEN plan
        ELSE _turnspan.metric_over(plan, relation) END) AS of(asked)
    CROSS JOIN LATERAL (SELECT CASE WHEN asked -> 'limit' = 'null' THEN 'f.nlu_turns'
        ELSE format('CASE WHEN f.missed THEN f.nlu_turns ELSE %s END',
            _turnspan.metric_numerator(asked)) END) AS counted(hit)
$$;

-- The questions asked most, or with a limit those least understood: below it, a
-- fallback, or without what was looked for. Told apart by intent, or by their words.
CREATE OR REPLACE FUNCTION _turnspan.metric_questions(plan jsonb) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
    top_default CONSTANT integer := 20;
    by_text CONSTANT boolean := coalesce(plan #>> '{options,question}' = 'text', false);
    sure CONSTANT boolean :=
        coalesce(plan #>> '{options,measure}' = 'confidence', false);
    category CONSTANT text := CASE WHEN by_text THEN 'question' ELSE 'intent' END;
BEGIN
    RETURN format(
        'SELECT label, g, open, jsonb_build_object(%L, category) AS own, %s
        FROM (
            SELECT *, dense_rank() OVER (PARTITION BY g ORDER BY often DESC, category)
                AS place
            FROM (
                SELECT *, sum(hits) OVER (PARTITION BY label, g) AS all_hits,
                    sum(hits) OVER (PARTITION BY g, category) AS often
                FROM (%s) AS counts
            ) AS sums
            WHERE often > 0
        ) AS ranked
        WHERE place <= %s AND hits > 0',
        category,
        CASE
            WHEN sure THEN 'sure::numeric AS k, known::numeric AS n,
                sure / nullif(known, 0) AS value'
            WHEN plan -> 'limit' = 'null' THEN
                'hits::numeric AS k, all_hits::numeric AS n, hits::float8 AS value'
            ELSE 'hits::numeric AS k, turns::numeric AS n, hits::float8 AS value'
        END,
        _turnspan.metric_question_counts(plan,
            CASE WHEN by_text THEN 'fact_question_text'
                WHEN sure THEN 'fact_question' ELSE plan ->> 'relation' END,
            category),
        coalesce(plan #>> '{options,top}', top_default::text));
END
$$;
