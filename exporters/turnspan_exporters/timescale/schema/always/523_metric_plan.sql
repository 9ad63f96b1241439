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

-- Whether buckets of a width of UTC compose to the windows of every zone in the range:
-- its offset is then a multiple of the width. A range without buckets needs no zone,
-- unless it is asked for its hours.
CREATE OR REPLACE FUNCTION _turnspan.metric_aligned(
    plan jsonb, width interval, starts timestamptz, ends timestamptz
) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT (bucket IS NULL OR width <= interval '15 minutes'
            OR ('1 ' || bucket)::interval >= width AND (
                SELECT bool_and(mod(extract(epoch FROM
                    (at AT TIME ZONE zone) - (at AT TIME ZONE 'UTC')),
                    extract(epoch FROM width)) = 0)
                FROM jsonb_array_elements_text(plan -> 'zones' || (plan -> 'zone'))
                    AS zone
                CROSS JOIN (
                    SELECT generate_series(starts, ends, interval '7 days')
                    UNION ALL SELECT ends
                ) AS moment(at)))
        AND (plan -> 'opening' IS NULL OR _turnspan.opening_aligned(plan -> 'opening',
            (extract(epoch FROM width) / 60)::integer))
    FROM (SELECT CASE plan ->> 'kind' WHEN 'peak' THEN 'hour'
        ELSE plan ->> 'bucket' END AS bucket) AS asked
$$;

-- The aggregates that could serve, in the catalogue's order: they have every asked
-- dimension, and the rows of the fact that the question is about. One of all bots
-- together serves where neither the time zone nor a limit is a bot's own.
CREATE OR REPLACE FUNCTION _turnspan.metric_candidates(plan jsonb)
RETURNS TABLE (aggregate jsonb, width interval, place bigint)
LANGUAGE sql STABLE AS $$
    SELECT one.aggregate, (one.aggregate ->> 'width')::interval, one.place
    FROM jsonb_array_elements(plan -> 'aggregates') WITH ORDINALITY
        AS one(aggregate, place)
    WHERE one.aggregate -> 'dimensions' || '"business_hours"' @> (plan -> 'by')
        AND one.aggregate -> 'dimensions' || '"business_hours"' @> coalesce(
            (SELECT jsonb_agg(name) FROM jsonb_object_keys(plan -> 'filters') AS name),
            '[]')
        AND (one.aggregate -> 'dimensions' ? 'bot'
            OR (jsonb_array_length(plan -> 'zones') = 1
                AND NOT plan ?| '{opening,each_bot}'
                AND plan ->> 'kind' = ANY ('{count,rate,ratio,distribution,histogram,'
                    'share,drift,what_if,questions,peak,session_messages}'::text[])))
        AND (plan ->> 'kind' <> 'distribution' OR plan -> 'q' = '"mean"'
            OR ((plan ->> 'binned')::boolean
                AND (one.aggregate ->> 'binned')::boolean))
$$;

-- What is stored for the question: the aggregate of 15 minutes, and a coarse one for
-- the inside of the range; null where derived rows serve, be it everywhere or beside
-- the coarse one. The setting turnspan.metric_source (auto, facts, aggregate) is for
-- tests.
CREATE OR REPLACE FUNCTION _turnspan.metric_stored(
    plan jsonb, starts timestamptz, ends timestamptz
) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
    quarter CONSTANT interval := '15 minutes';
    source CONSTANT text := current_setting('turnspan.metric_source', true);
    fine jsonb;
    coarse jsonb;
BEGIN
    IF source = 'facts' OR jsonb_array_length(plan -> 'aggregates') = 0 THEN
        RETURN '{"stored": null, "fine": null, "coarse": null}';
    END IF;
    IF (_turnspan.aggregates_stored() OR source = 'aggregate')
        AND _turnspan.metric_aligned(plan, quarter, starts, ends)
    THEN
        SELECT c.aggregate INTO fine FROM _turnspan.metric_candidates(plan) AS c
        WHERE c.width = quarter ORDER BY c.place LIMIT 1;
    END IF;
    IF _turnspan.aggregates_stored() THEN
        SELECT c.aggregate INTO coarse FROM _turnspan.metric_candidates(plan) AS c
        WHERE c.width > quarter AND c.width <= ends - starts
            AND _turnspan.metric_aligned(plan, c.width, starts, ends)
        ORDER BY c.place LIMIT 1;
    END IF;
    RETURN jsonb_build_object('stored', coalesce(fine, coarse) ->> 'name',
        'fine', fine, 'coarse', coarse);
END
$$;

-- What the question says, besides the catalogue's entry: what was asked, checked.
CREATE OR REPLACE FUNCTION _turnspan.metric_question(
    entry jsonb, bucket text, by text[], filters jsonb, options jsonb
) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
    kept_by text[] := _turnspan.metric_check_by(entry, by);
    kept jsonb := _turnspan.metric_check_filters(entry, filters);
    taken jsonb := _turnspan.metric_check_options(entry, options);
BEGIN
    RETURN jsonb_build_object(
            'bucket', bucket, 'by', kept_by, 'filters', kept, 'options', taken,
            'provisional', coalesce(taken -> 'provisional', 'false') = 'true',
            'q', coalesce(taken -> 'q', entry -> 'default_q'))
        || _turnspan.metric_zones(kept -> 'bot')
        || CASE WHEN 'business_hours' = ANY (kept_by) OR kept ? 'business_hours'
            THEN jsonb_build_object('opening', _turnspan.opening(kept -> 'bot'))
            ELSE '{}' END;
END
$$;

-- A rate of distinct sessions needs no counting of them where each has one row at most,
-- which is so by (or for one) unit, nor where the session itself knows both.
CREATE OR REPLACE FUNCTION _turnspan.metric_simplified(plan jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
    SELECT plan || CASE
        WHEN plan ->> 'kind' <> 'session_rate' THEN '{}'
        WHEN plan -> 'by' ? (plan #>> '{whole,unit}') OR jsonb_array_length(
            plan -> 'filters' -> (plan #>> '{whole,unit}')) = 1
        THEN '{"kind": "rate"}'
        WHEN plan -> 'whole' <> 'null'
            AND plan #> '{whole,dimensions}' @> (plan -> 'by')
            AND plan #> '{whole,dimensions}' @> coalesce((SELECT jsonb_agg(name)
                FROM jsonb_object_keys(plan -> 'filters') AS name), '[]')
        THEN '{"kind": "rate"}' || (plan -> 'whole')
        ELSE '{"aggregates": []}' END
$$;

-- The plan with the turns in place of their sessions, where any of these was derived
-- before sessions knew their lowest confidence.
CREATE OR REPLACE FUNCTION _turnspan.metric_of_turns(
    plan jsonb, starts timestamptz, ends timestamptz
) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT plan || CASE
        WHEN plan ->> 'relation' <> 'fact_session_confidence'
            OR _turnspan.session_confidences_known(starts, ends) THEN '{}'::jsonb
        ELSE '{"relation": "fact_session_confidence_of_turns", "aggregates": []}' END
$$;

CREATE OR REPLACE FUNCTION _turnspan.metric_plan(
    metric text, starts timestamptz, ends timestamptz, bucket text, by text[],
    filters jsonb, options jsonb
) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
    plan jsonb := _turnspan.metric_definition(metric);
BEGIN
    PERFORM _turnspan.metric_check_range(starts, ends, bucket, plan);
    plan := plan || _turnspan.metric_question(plan, bucket, by, filters, options);
    IF plan ->> 'kind' = 'histogram' AND plan #> '{options,q}' IS NOT NULL THEN
        plan := plan || '{"kind": "distribution", "form": "quantile", "key": null,
            "numerator": "total", "denominator": "n"}';
    END IF;
    IF plan ->> 'kind' = 'distribution' AND plan -> 'q' = '"mean"' THEN
        plan := plan || '{"form": "ratio"}';
    END IF;
    plan := _turnspan.metric_limited(_turnspan.metric_simplified(plan));
    plan := _turnspan.metric_of_turns(plan, starts, ends);
    RETURN plan || _turnspan.metric_stored(plan, starts, ends)
        || jsonb_build_object('starts', starts, 'ends', ends);
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

-- The dimensions a query of facts must carry: those asked, and the bot for its zone,
-- which an aggregate of all bots has not.
CREATE OR REPLACE FUNCTION _turnspan.metric_carried(plan jsonb) RETURNS text[]
LANGUAGE sql STABLE AS $$
    SELECT coalesce(array_agg(DISTINCT name), '{}')
    FROM jsonb_array_elements_text(plan -> 'by' || CASE
        WHEN NOT plan #> '{coarse,dimensions}' ? 'bot' THEN '[]'::jsonb
        ELSE '["bot"]' END) AS name
$$;

-- Whether sessions among the rows are open.
CREATE OR REPLACE FUNCTION _turnspan.metric_open(plan jsonb) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN CASE WHEN (plan ->> 'open_rows')::boolean THEN 'bool_or(NOT f.finalised)'
    ELSE 'false' END;

-- The pieces every query of facts has: label, the asked dimensions, open, GROUP BY.
CREATE OR REPLACE FUNCTION _turnspan.metric_head(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format('%s AS label, %s AS g, %s AS open', _turnspan.metric_label(plan),
        _turnspan.metric_group(plan), _turnspan.metric_open(plan))
$$;

CREATE OR REPLACE FUNCTION _turnspan.metric_filter(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT coalesce(string_agg(
        format(' AND f.%I = ANY (%L::text[])', key,
            ARRAY(SELECT jsonb_array_elements_text(value))), ''), '')
    FROM jsonb_each(plan -> 'filters')
$$;

-- One part of the rows: those of a relation between two of the parameters. Of an
-- aggregate only the rows of the fact are taken; where it does not know which sessions
-- are open, it is asked for times at which none is.
CREATE OR REPLACE FUNCTION _turnspan.metric_part(
    plan jsonb, columns text[], aggregate jsonb, low integer, high integer
) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format('SELECT f.at, %s FROM %s AS f WHERE f.at >= $%s AND f.at < $%s%s',
        (SELECT string_agg(format('f.%I', name), ', ') FROM (
            SELECT DISTINCT name FROM unnest(columns) AS name WHERE name IS NOT NULL
            ORDER BY name) AS sorted)
        || CASE
            WHEN NOT (plan ->> 'open_rows')::boolean THEN ''
            WHEN (aggregate ->> 'open_rows')::boolean IS false
                THEN ', true AS finalised'
            ELSE ', f.finalised' END,
        _turnspan.metric_relation(plan,
            coalesce(aggregate ->> 'name', plan ->> 'relation')),
        low, high,
        _turnspan.metric_filter(plan)
        || CASE WHEN (plan ->> 'open_rows')::boolean
                AND NOT (plan ->> 'provisional')::boolean
                AND (aggregate ->> 'open_rows')::boolean IS DISTINCT FROM false
            THEN ' AND f.finalised' ELSE '' END
        || coalesce((SELECT string_agg(format(' AND f.%I = %L', key, value), '')
            FROM jsonb_each_text(aggregate -> 'only')), ''))
$$;

-- The rows of the fact within $1 and $2; of its aggregate from $3 to $4, with the
-- fact's rows at the edges that are no whole quarter of an hour; and of the coarse
-- aggregate from $5 to $6, within $3 and $4.
CREATE OR REPLACE FUNCTION _turnspan.metric_rows(plan jsonb, columns text[])
RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT coalesce(_turnspan.goal_rows(plan, columns), format('(%s) AS f', string_agg(
        _turnspan.metric_part(plan, columns, part.aggregate, part.low, part.high),
        ' UNION ALL ')))
    FROM (
        SELECT plan -> nullif(v.level, 'fact') AS aggregate, v.low, v.high
        FROM (VALUES
            ('none', 'fact', 1, 2),
            ('fine', 'fact', 1, 3), ('fine', 'fine', 3, 4), ('fine', 'fact', 4, 2),
            ('coarse', 'fact', 1, 5), ('coarse', 'coarse', 5, 6),
            ('coarse', 'fact', 6, 2),
            ('both', 'fact', 1, 3), ('both', 'fine', 3, 5), ('both', 'coarse', 5, 6),
            ('both', 'fine', 6, 4), ('both', 'fact', 4, 2)
        ) AS v(stored, level, low, high)
        WHERE v.stored = CASE
            WHEN plan ->> 'stored' IS NULL THEN 'none'
            WHEN plan ->> 'coarse' IS NULL THEN 'fine'
            WHEN plan ->> 'fine' IS NULL THEN 'coarse'
            ELSE 'both' END
    ) AS part
$$;

-- The parameters of an answer, $1 to $6.
CREATE OR REPLACE FUNCTION _turnspan.metric_bounds(
    plan jsonb, starts timestamptz, ends timestamptz
) RETURNS timestamptz[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
    origin CONSTANT timestamptz := '2000-01-01 00:00:00Z';
    quarter CONSTANT interval := '15 minutes';
    tick CONSTANT interval := '1 microsecond';
    width CONSTANT interval := plan #>> '{coarse,width}';
    low timestamptz := starts;
    high timestamptz := starts;
    inner_low timestamptz;
    inner_high timestamptz;
BEGIN
    IF plan ->> 'stored' IS NOT NULL THEN
        low := date_bin(quarter, starts + quarter - tick, origin);
        high := date_bin(quarter, least(ends, coalesce(
            _turnspan.served_until(plan ->> 'stored'), starts), CASE
                WHEN (plan ->> 'open_rows')::boolean
                    AND NOT coalesce(plan #>> '{fine,open_rows}',
                        plan #>> '{coarse,open_rows}')::boolean
                THEN _turnspan.first_open(plan #> '{filters,bot}', starts, ends) END),
            origin);
    ELSIF plan ->> 'kind' IN ('distinct', 'user_sessions', 'user_returns') THEN
        SELECT part[1], part[2] INTO low, high
        FROM _turnspan.visit_bounds(plan, starts, ends) AS part;
    END IF;
    IF low >= high THEN
        low := starts;
        high := starts;
    END IF;
    inner_low := low;
    inner_high := low;
    IF width IS NOT NULL THEN
        inner_low := date_bin(width, low + width - tick, origin);
        inner_high := date_bin(width, least(high, coalesce(
            _turnspan.served_until(plan #>> '{coarse,name}'), low), CASE
                WHEN plan #>> '{coarse,settled}' IS NOT NULL
                THEN _turnspan.first_unsettled(plan, starts, ends) END), origin);
    END IF;
    IF inner_low >= inner_high THEN
        inner_low := low;
        inner_high := low;
    END IF;
    RETURN ARRAY[starts, ends, low, high, inner_low, inner_high];
END
$$;
