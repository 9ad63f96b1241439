-- The queries of understanding: what labels, confidences and questions say. Labelled
-- turns count as often as their weight says. Each query is as 524 describes.

-- The same plan over another view, of derived rows.
CREATE OR REPLACE FUNCTION _turnspan.metric_over(plan jsonb, relation text)
RETURNS jsonb
LANGUAGE sql IMMUTABLE
RETURN plan || jsonb_build_object('relation', relation, 'stored', null, 'fine', null,
    'coarse', null);

-- One bound of Wilson's interval of a weighted share: n is the size of the simple
-- random sample that would be worth as much (Kish 1965).
CREATE OR REPLACE FUNCTION _turnspan.weighted_wilson(
    k double precision, n double precision, squares double precision, side integer
) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN _turnspan.wilson(k * n / nullif(squares, 0), n * n / nullif(squares, 0), side);

-- The share of labelled turns that were understood, by the own key's column if any.
CREATE OR REPLACE FUNCTION _turnspan.metric_label_rate(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format(
        'SELECT label, g, open, own, k::numeric, n::numeric, k / nullif(n, 0) AS value,
            _turnspan.weighted_wilson(k, n, squares, -1) AS low,
            _turnspan.weighted_wilson(k, n, squares, 1) AS high
        FROM (
            SELECT %s, %s AS own, sum(f.%I) AS k, sum(f.weight) AS n,
                sum(f.squares) AS squares
            FROM %s %s%s HAVING sum(f.weight) > 0
        ) AS sums',
        _turnspan.metric_head(plan),
        CASE WHEN plan -> 'key' = 'null' THEN '''{}''::jsonb' ELSE format(
            'jsonb_build_object(%L, f.%I * %s)', plan #>> '{key,name}',
            plan #>> '{key,column}', (plan #>> '{key,width}')::numeric) END,
        plan ->> 'numerator',
        _turnspan.metric_rows(plan, _turnspan.metric_carried(plan) || ARRAY[
            'weight', 'squares', plan ->> 'numerator', plan #>> '{key,column}']),
        _turnspan.metric_grouping(plan),
        ', f.' || quote_ident(plan #>> '{key,column}'))
$$;

CREATE OR REPLACE FUNCTION _turnspan.metric_confusion(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format(
        'SELECT %s,
            jsonb_build_object(''predicted'', f.intent, ''labelled'', f.labelled)
                AS own,
            sum(f.weight)::numeric AS k, NULL::numeric AS n, NULL::float8 AS value
        FROM %s %s, f.intent, f.labelled',
        _turnspan.metric_head(plan),
        _turnspan.metric_rows(plan,
            _turnspan.metric_carried(plan) || '{intent,labelled,weight}'),
        _turnspan.metric_grouping(plan))
$$;

-- Of each intent: hits, how often it was predicted and labelled, and the squares of
-- both, from the pairs of predicted and labelled. A filter of intents chooses among
-- these and not among the turns, whose other half it would take away.
CREATE OR REPLACE FUNCTION _turnspan.metric_intent_counts(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format(
        'WITH pairs AS (
            SELECT %1$s, f.intent, f.labelled, sum(f.weight) AS weight,
                sum(f.squares) AS squares
            FROM %2$s %3$s, f.intent, f.labelled
        )
        SELECT label, g, open, intent, sum(hits) AS hits, sum(predicted) AS predicted,
            sum(labelled) AS labelled, sum(predicted_squares) AS predicted_squares,
            sum(labelled_squares) AS labelled_squares
        FROM (
            SELECT label, g, open, intent,
                CASE WHEN intent = labelled THEN weight ELSE 0 END AS hits,
                weight AS predicted, 0::float8 AS labelled,
                squares AS predicted_squares, 0::float8 AS labelled_squares
            FROM pairs
            UNION ALL
            SELECT label, g, open, labelled, 0, 0, weight, 0, squares FROM pairs
        ) AS sides
        WHERE true %4$s
        GROUP BY label, g, open, intent',
        _turnspan.metric_head(plan),
        _turnspan.metric_rows(plan #- '{filters,intent}',
            _turnspan.metric_carried(plan) || '{intent,labelled,weight,squares}'),
        _turnspan.metric_grouping(plan),
        CASE WHEN plan #> '{filters,intent}' IS NOT NULL THEN format(
            'AND intent = ANY (%L::text[])', ARRAY(
                SELECT jsonb_array_elements_text(plan #> '{filters,intent}'))) END)
$$;

-- Precision, recall and F1 (the numerator says which), by intent or averaged. As in
-- scikit-learn an average takes what has no value for 0, and weighted means by how
-- often the intent was labelled.
CREATE OR REPLACE FUNCTION _turnspan.metric_intent_score(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format(
        CASE plan #>> '{options,average}'
        WHEN 'macro' THEN
            'SELECT label, g, open, ''{}''::jsonb AS own, sum(hits)::numeric AS k,
                sum(labelled)::numeric AS n, avg(coalesce(score, 0)) AS value,
                NULL::float8 AS low, NULL::float8 AS high
            FROM (%s) AS scored GROUP BY label, g, open'
        WHEN 'weighted' THEN
            'SELECT label, g, open, ''{}''::jsonb AS own, sum(hits)::numeric AS k,
                sum(labelled)::numeric AS n,
                sum(coalesce(score, 0) * labelled) / nullif(sum(labelled), 0) AS value,
                NULL::float8 AS low, NULL::float8 AS high
            FROM (%s) AS scored GROUP BY label, g, open'
        ELSE
            'SELECT label, g, open, jsonb_build_object(''intent'', intent) AS own,
                k::numeric, n::numeric, score AS value,
                _turnspan.weighted_wilson(k, n, squares, -1) AS low,
                _turnspan.weighted_wilson(k, n, squares, 1) AS high
            FROM (%s) AS scored'
        END,
        format('SELECT *, k / nullif(n, 0) AS score
            FROM (SELECT *, %s FROM (%s) AS counts) AS parts',
            CASE plan ->> 'numerator'
            WHEN 'precision' THEN
                'hits AS k, predicted AS n, predicted_squares AS squares'
            WHEN 'recall' THEN 'hits AS k, labelled AS n, labelled_squares AS squares'
            ELSE '2 * hits AS k, predicted + labelled AS n, NULL::float8 AS squares'
            END,
            _turnspan.metric_intent_counts(plan)))
$$;

-- Expected calibration error over ten bins of equal width (Naeini et al. 2015): by how
-- much confidence and accuracy differ within a bin, weighted by the bin's turns.
CREATE OR REPLACE FUNCTION _turnspan.metric_calibration(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format(
        'SELECT label, g, bool_or(open) AS open, ''{}''::jsonb AS own,
            sum(hits)::numeric AS k, sum(weight)::numeric AS n,
            sum(abs(hits - sure)) / nullif(sum(weight), 0) AS value
        FROM (
            SELECT %s, sum(f.hits) AS hits, sum(f.weight) AS weight,
                sum(f.weight * f.confidence) AS sure
            FROM %s %s, f.tenth
        ) AS bins
        GROUP BY label, g',
        _turnspan.metric_head(plan),
        _turnspan.metric_rows(plan,
            _turnspan.metric_carried(plan) || '{hits,weight,confidence,tenth}'),
        _turnspan.metric_grouping(plan))
$$;

-- The probability that the classifier was surer of a turn it got right than of one it
-- got wrong, ties half: the area under the ROC curve (Mann–Whitney).
CREATE OR REPLACE FUNCTION _turnspan.metric_auroc(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format(
        'SELECT label, g, bool_or(open) AS open, ''{}''::jsonb AS own,
            sum(hits)::numeric AS k, sum(hits + misses)::numeric AS n,
            sum(hits * (below + misses / 2)) / nullif(sum(hits) * sum(misses), 0)
                AS value
        FROM (
            SELECT *, coalesce(sum(misses) OVER (PARTITION BY label, g
                ORDER BY confidence ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
                0) AS below
            FROM (
                SELECT %s, f.confidence, sum(f.hits) AS hits,
                    sum(f.weight - f.hits) AS misses
                FROM %s %s, f.confidence
            ) AS steps
        ) AS ranked
        GROUP BY label, g',
        _turnspan.metric_head(plan),
        _turnspan.metric_rows(plan,
            _turnspan.metric_carried(plan) || '{hits,weight,confidence}'),
        _turnspan.metric_grouping(plan))
$$;

-- The NLU turns, from the aggregate where it serves, and those of them with a label.
CREATE OR REPLACE FUNCTION _turnspan.metric_coverage(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format(
        'SELECT %1$s, ''{}''::jsonb AS own, sum(f.labelled_turns)::numeric AS k,
            sum(f.nlu_turns)::numeric AS n, NULL::float8 AS value
        FROM (
            SELECT f.at, %2$s, f.nlu_turns, 0 AS labelled_turns FROM %3$s
            UNION ALL
            SELECT f.at, %2$s, 0, f.labelled_turns FROM %4$s
            WHERE f.at > now() - _turnspan.setting_interval('''', ''derived_retention'')
        ) AS f %5$s HAVING sum(f.nlu_turns) > 0',
        _turnspan.metric_head(plan),
        (SELECT string_agg(format('f.%I', name), ', ')
         FROM unnest(_turnspan.metric_carried(plan)) AS name),
        _turnspan.metric_rows(plan, _turnspan.metric_carried(plan) || '{nlu_turns}'),
        _turnspan.metric_rows(_turnspan.metric_over(plan, 'fact_label'),
            _turnspan.metric_carried(plan) || '{labelled_turns}'),
        _turnspan.metric_grouping(plan))
$$;
