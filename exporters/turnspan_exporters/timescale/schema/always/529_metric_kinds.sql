-- Which query a kind of metric has.

-- The query of a metric, by its kind. A kind that is not named here has a function of
-- its own: _turnspan.metric_<kind>(plan). Quantiles of more than a month come from bins
-- also where rows are read, since sorting millions of them takes seconds.
CREATE OR REPLACE FUNCTION _turnspan.metric_values(plan jsonb) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
    kind CONSTANT text := plan ->> 'kind';
    asked text;
BEGIN
    EXECUTE format('SELECT _turnspan.%I($1)', 'metric_' || CASE
            WHEN kind IN ('count', 'rate', 'ratio') THEN 'sums'
            WHEN kind IN ('histogram', 'share') THEN 'keyed'
            WHEN kind = 'stickiness' THEN 'users'
            WHEN kind <> 'distribution' THEN kind
            WHEN plan -> 'q' = '"mean"' THEN 'sums'
            WHEN plan ->> 'stored' IS NOT NULL OR (plan ->> 'binned')::boolean
                AND (plan ->> 'ends')::timestamptz
                    > (plan ->> 'starts')::timestamptz + interval '32 days'
            THEN 'binned'
            ELSE 'quantile'
        END)
    INTO asked USING plan;
    RETURN asked;
END
$$;
