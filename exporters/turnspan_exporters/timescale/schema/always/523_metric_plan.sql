-- The plan of one answer: the checked question, and the SQL that names its rows. All
-- identifiers come from the catalogue; what a caller gave is quoted or bound.

-- zones: the time zones of the asked bots. zone: the one that buckets are shown in, the
-- bots' where they share one, else the installation's.
CREATE OR REPLACE FUNCTION _turnspan.metric_zones(bots jsonb) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'zones', coalesce(jsonb_agg(DISTINCT s.timezone)
            FILTER (WHERE s.bot IS NOT NULL), jsonb_build_array(d.zone)),
        'zone', CASE WHEN count(DISTINCT s.timezone) = 1
            THEN min(s.timezone) ELSE d.zone END,
        'zone_of', coalesce(jsonb_object_agg(s.bot, s.timezone)
            FILTER (WHERE s.bot IS NOT NULL), '{}'))
    FROM (SELECT _turnspan.setting('', 'timezone') #>> '{}' AS zone) AS d
    LEFT JOIN _turnspan.bot_setting AS s ON bots IS NULL OR bots ? s.bot
    GROUP BY d.zone
$$;

-- The stored aggregate that serves, null where none does: the first that has every
-- asked dimension. turnspan.metric_source (auto, facts, aggregate) is for tests.
CREATE OR REPLACE FUNCTION _turnspan.metric_stored(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT one.aggregate ->> 'name'
    FROM jsonb_array_elements(plan -> 'aggregates') WITH ORDINALITY
        AS one(aggregate, place)
    WHERE CASE current_setting('turnspan.metric_source', true)
            WHEN 'facts' THEN false
            WHEN 'aggregate' THEN true
            ELSE _turnspan.aggregates_stored()
        END
        AND one.aggregate -> 'dimensions' @> (plan -> 'by')
        AND one.aggregate -> 'dimensions' @> coalesce(
            (SELECT jsonb_agg(name) FROM jsonb_object_keys(plan -> 'filters') AS name),
            '[]')
        AND (plan ->> 'kind' <> 'distribution' OR plan -> 'q' = '"mean"'
            OR (plan ->> 'binned')::boolean)
    ORDER BY one.place LIMIT 1
$$;

CREATE OR REPLACE FUNCTION _turnspan.metric_plan(
    metric text, starts timestamptz, ends timestamptz, bucket text, by text[],
    filters jsonb, options jsonb
) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
    plan jsonb := _turnspan.metric_definition(metric);
    asked_filters jsonb;
BEGIN
    PERFORM _turnspan.metric_check_range(starts, ends, bucket, plan);
    asked_filters := _turnspan.metric_check_filters(plan, filters);
    plan := plan
        || jsonb_build_object(
            'bucket', bucket,
            'by', _turnspan.metric_check_by(plan, by),
            'filters', asked_filters,
            'options', _turnspan.metric_check_options(plan, options))
        || _turnspan.metric_zones(asked_filters -> 'bot');
    plan := plan || jsonb_build_object(
        'provisional', coalesce(plan #> '{options,provisional}', 'false') = 'true',
        'q', coalesce(plan #> '{options,q}', plan -> 'default_q'));
    IF plan ->> 'kind' = 'histogram' AND plan #> '{options,q}' IS NOT NULL THEN
        plan := plan || '{"kind": "distribution", "form": "quantile", "key": null,
            "numerator": "total", "denominator": "n"}';
    END IF;
    IF plan ->> 'kind' = 'distribution' AND plan -> 'q' = '"mean"' THEN
        plan := plan || '{"form": "ratio"}';
    END IF;
    RETURN plan || jsonb_build_object('stored', _turnspan.metric_stored(plan));
END
$$;

CREATE OR REPLACE FUNCTION _turnspan.metric_label(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN plan ->> 'bucket' IS NULL THEN '''-infinity''::timestamp'
        WHEN plan ->> 'bucket' = 'hour' THEN format(
            'date_trunc(''hour'', f.at, %L) AT TIME ZONE ''UTC''', plan ->> 'zone')
        WHEN jsonb_array_length(plan -> 'zones') = 1 THEN format(
            'date_trunc(%L, f.at AT TIME ZONE %L)', plan ->> 'bucket',
            plan #>> '{zones,0}')
        ELSE format(
            'date_trunc(%L, f.at AT TIME ZONE coalesce(%L::jsonb ->> f.bot, %L))',
            plan ->> 'bucket', plan -> 'zone_of', plan ->> 'zone')
    END
$$;

CREATE OR REPLACE FUNCTION _turnspan.metric_group(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT coalesce('jsonb_build_object(' || string_agg(
        format('%L, f.%I', name, name), ', ') || ')', '''{}''::jsonb')
    FROM jsonb_array_elements_text(plan -> 'by') AS name
$$;

CREATE OR REPLACE FUNCTION _turnspan.metric_grouping(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT 'GROUP BY label' || coalesce(string_agg(format(', f.%I', name), ''), '')
    FROM jsonb_array_elements_text(plan -> 'by') AS name
$$;

-- The dimensions a query of facts must carry: those asked, and the bot for its zone.
CREATE OR REPLACE FUNCTION _turnspan.metric_carried(plan jsonb) RETURNS text[]
LANGUAGE sql STABLE AS $$
    SELECT array_agg(DISTINCT name)
    FROM jsonb_array_elements_text(plan -> 'by' || '"bot"') AS name
$$;

-- The pieces every query of facts has: label, the asked dimensions, open, GROUP BY.
CREATE OR REPLACE FUNCTION _turnspan.metric_head(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format('%s AS label, %s AS g, %s AS open', _turnspan.metric_label(plan),
        _turnspan.metric_group(plan),
        CASE WHEN (plan ->> 'open_rows')::boolean
            THEN 'bool_or(NOT f.finalised)' ELSE 'false' END)
$$;

CREATE OR REPLACE FUNCTION _turnspan.metric_filter(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT coalesce(string_agg(
        format(' AND f.%I = ANY (%L::text[])', key,
            ARRAY(SELECT jsonb_array_elements_text(value))), ''), '')
    FROM jsonb_each(plan -> 'filters')
$$;

-- The rows of the fact within $1 and $2, or of its aggregate from $3 to $4 with the
-- fact's rows at the edges that are no whole quarter of an hour.
CREATE OR REPLACE FUNCTION _turnspan.metric_rows(plan jsonb, columns text[])
RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
    listed text := (SELECT string_agg(DISTINCT format('f.%I', name), ', ')
        FROM unnest(columns) AS name WHERE name IS NOT NULL);
    kept text := _turnspan.metric_filter(plan);
    part text;
BEGIN
    IF (plan ->> 'open_rows')::boolean THEN
        listed := listed || ', f.finalised';
        kept := kept || CASE WHEN (plan ->> 'provisional')::boolean THEN ''
            ELSE ' AND f.finalised' END;
    END IF;
    part := format('SELECT f.at, %s FROM _turnspan.%%I AS f WHERE %s', listed,
        'f.at >= $%s AND f.at < $%s' || replace(kept, '%', '%%'));
    IF plan ->> 'stored' IS NULL THEN
        RETURN format('(%s) AS f', format(part, plan ->> 'relation', 1, 2));
    END IF;
    RETURN format('(%s UNION ALL %s UNION ALL %s) AS f',
        format(part, plan ->> 'stored', 3, 4),
        format(part, plan ->> 'relation', 1, 3),
        format(part, plan ->> 'relation', 4, 2));
END
$$;
