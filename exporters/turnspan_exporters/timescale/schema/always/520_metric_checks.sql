-- What turnspan.metric checks before it asks: every mistake is one sentence that names
-- the field, its value and the limit, under SQLSTATE 22023.

CREATE OR REPLACE FUNCTION _turnspan.refuse(sentence text) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = sentence;
END
$$;

-- A value as an error quotes it: short, on one line.
CREATE OR REPLACE FUNCTION _turnspan.quoted(value text) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN '"' || left(regexp_replace(coalesce(value, ''), '[[:cntrl:]]', ' ', 'g'), 64)
    || '"';

CREATE OR REPLACE FUNCTION _turnspan.listed(names jsonb) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN (SELECT string_agg(name, ', ') FROM jsonb_array_elements_text(names) AS name);

CREATE OR REPLACE FUNCTION _turnspan.metric_definition(metric text) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
    found jsonb;
BEGIN
    SELECT c.definition INTO found
    FROM _turnspan.metric_catalogue AS c WHERE c.name = metric;
    IF found IS NULL THEN
        PERFORM _turnspan.refuse(format(
            'name: there is no metric %s; the view turnspan.metrics lists them.',
            _turnspan.quoted(metric)));
    END IF;
    RETURN found;
END
$$;

CREATE OR REPLACE FUNCTION _turnspan.metric_check_range(
    starts timestamptz, ends timestamptz, bucket text, definition jsonb
) RETURNS void
LANGUAGE plpgsql STABLE AS $$
DECLARE
    buckets_max CONSTANT integer := 10000;
    seconds CONSTANT jsonb :=
        '{"hour": 3600, "day": 86400, "week": 604800, "month": 2419200}';
    buckets double precision;
BEGIN
    IF starts IS NULL OR ends IS NULL OR NOT isfinite(starts) OR NOT isfinite(ends) THEN
        PERFORM _turnspan.refuse('from, to: both must be given, as finite times.');
    END IF;
    IF starts >= ends THEN
        PERFORM _turnspan.refuse(format(
            'from: %s is not before to, %s; a range is [from, to).',
            starts AT TIME ZONE 'UTC', ends AT TIME ZONE 'UTC'));
    END IF;
    IF bucket IS NULL THEN
        RETURN;
    END IF;
    IF NOT definition -> 'buckets' ? bucket THEN
        PERFORM _turnspan.refuse(format(
            'bucket: %s is not one that %s takes: %s.', _turnspan.quoted(bucket),
            definition ->> 'name', _turnspan.listed(definition -> 'buckets')));
    END IF;
    buckets := extract(epoch FROM ends - starts) / (seconds ->> bucket)::float8;
    IF buckets > buckets_max THEN
        PERFORM _turnspan.refuse(format(
            'bucket: %s cuts the range into %s buckets, the limit is %s; take a larger '
            'bucket or a shorter range.', bucket, ceil(buckets), buckets_max));
    END IF;
END
$$;

-- The asked dimensions, without the metric's own key, which comes anyway.
CREATE OR REPLACE FUNCTION _turnspan.metric_check_by(definition jsonb, by text[])
RETURNS text[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
    dimensions_max CONSTANT integer := 5;
    asked text;
    kept text[] := '{}';
BEGIN
    FOREACH asked IN ARRAY coalesce(by, '{}') LOOP
        CONTINUE WHEN asked = definition #>> '{key,name}' OR asked = ANY (kept);
        IF NOT coalesce(definition -> 'dimensions' ? asked, false) THEN
            PERFORM _turnspan.refuse(format(
                'by: %s has no dimension %s; it has %s.', definition ->> 'name',
                _turnspan.quoted(asked),
                _turnspan.listed(definition -> 'dimensions')));
        END IF;
        kept := kept || asked;
    END LOOP;
    IF cardinality(kept) > dimensions_max THEN
        PERFORM _turnspan.refuse(format('by: %s dimensions are asked, the limit is %s.',
            cardinality(kept), dimensions_max));
    END IF;
    RETURN kept;
END
$$;

-- The values asked of one dimension, as an array; empty where all are.
CREATE OR REPLACE FUNCTION _turnspan.metric_filter_values(dimension text, given jsonb)
RETURNS text[]
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    values_max CONSTANT integer := 1000;
    asked text[];
BEGIN
    IF jsonb_typeof(given) = 'object' OR given @? 'strict $[*] ? (@.type() == "object"
        || @.type() == "array" || @.type() == "null")' AND jsonb_typeof(given) = 'array'
    THEN
        PERFORM _turnspan.refuse(format(
            'filters: %s must be a text or an array of texts.', dimension));
    END IF;
    SELECT array_agg(DISTINCT value) INTO asked
    FROM jsonb_array_elements_text(
        CASE jsonb_typeof(given)
            WHEN 'array' THEN given
            WHEN 'null' THEN '[]'
            ELSE jsonb_build_array(given)
        END) AS value;
    IF cardinality(asked) > values_max THEN
        PERFORM _turnspan.refuse(format('filters: %s has %s values, the limit is %s.',
            dimension, cardinality(asked), values_max));
    END IF;
    RETURN coalesce(asked, '{}');
END
$$;

-- {dimension: [value, …]} of the filters that narrow anything.
CREATE OR REPLACE FUNCTION _turnspan.metric_check_filters(
    definition jsonb, filters jsonb
) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
    dimension text;
    given jsonb;
    asked text[];
    kept jsonb := '{}';
BEGIN
    IF jsonb_typeof(coalesce(filters, '{}')) <> 'object' THEN
        PERFORM _turnspan.refuse('filters: must be an object of dimension and values.');
    END IF;
    FOR dimension, given IN SELECT * FROM jsonb_each(coalesce(filters, '{}')) LOOP
        IF NOT definition -> 'dimensions' ? dimension THEN
            PERFORM _turnspan.refuse(format(
                'filters: %s has no dimension %s; it has %s.', definition ->> 'name',
                _turnspan.quoted(dimension),
                _turnspan.listed(definition -> 'dimensions')));
        END IF;
        asked := _turnspan.metric_filter_values(dimension, given);
        IF cardinality(asked) > 0 THEN
            kept := kept || jsonb_build_object(dimension, asked);
        END IF;
    END LOOP;
    RETURN kept;
END
$$;

CREATE OR REPLACE FUNCTION _turnspan.metric_check_number(
    option text, given jsonb, low double precision, high double precision,
    mean boolean DEFAULT false
) RETURNS double precision
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    number double precision;
BEGIN
    BEGIN
        number := (given #>> '{}')::double precision;
    EXCEPTION WHEN invalid_text_representation OR numeric_value_out_of_range THEN
        number := 'NaN';
    END;
    IF number IS NULL OR number = 'NaN' OR number NOT BETWEEN low AND high THEN
        PERFORM _turnspan.refuse(format('%s: %s is not a number from %s to %s%s.',
            option, _turnspan.quoted(given #>> '{}'), low, high,
            CASE WHEN mean THEN ', or "mean"' END));
    END IF;
    RETURN number;
END
$$;

CREATE OR REPLACE FUNCTION _turnspan.metric_check_flag(option text, given jsonb)
RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF given #>> '{}' NOT IN ('true', 'false') THEN
        PERFORM _turnspan.refuse(format('%s: %s is neither true nor false.', option,
            _turnspan.quoted(given #>> '{}')));
    END IF;
    RETURN to_jsonb(given #>> '{}' = 'true');
END
$$;

CREATE OR REPLACE FUNCTION _turnspan.metric_check_text(
    option text, given jsonb, choices jsonb
) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    letters_max CONSTANT integer := 200;
BEGIN
    IF jsonb_typeof(given) <> 'string' OR given = '""'
        OR length(given #>> '{}') > letters_max
    THEN
        PERFORM _turnspan.refuse(format(
            '%s: must be a text of 1 to %s characters.', option, letters_max));
    ELSIF choices <> '[]' AND NOT choices ? (given #>> '{}') THEN
        PERFORM _turnspan.refuse(format('%s: %s is none of %s.', option,
            _turnspan.quoted(given #>> '{}'), _turnspan.listed(choices)));
    END IF;
    RETURN given;
END
$$;

-- One option, checked by the type that the catalogue gives it.
CREATE OR REPLACE FUNCTION _turnspan.metric_check_option(
    option text, given jsonb, type jsonb, mean boolean
) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
    low CONSTANT float8 := coalesce((type ->> 'low')::float8, '-Infinity');
    high CONSTANT float8 := coalesce((type ->> 'high')::float8, 'Infinity');
    found jsonb;
BEGIN
    IF type ->> 'type' = 'flag' THEN
        RETURN _turnspan.metric_check_flag(option, given);
    ELSIF type ->> 'type' = 'text' THEN
        RETURN _turnspan.metric_check_text(option, given, type -> 'choices');
    ELSIF type ->> 'type' = 'quantile' AND mean AND given = '"mean"' THEN
        RETURN given;
    END IF;
    found := to_jsonb(_turnspan.metric_check_number(option, given, low, high,
        type ->> 'type' = 'quantile' AND mean));
    IF type ->> 'type' = 'integer' AND (found #>> '{}')::numeric % 1 <> 0 THEN
        PERFORM _turnspan.refuse(format('%s: %s is not a whole number from %s to %s.',
            option, _turnspan.quoted(given #>> '{}'), low, high));
    END IF;
    RETURN found;
END
$$;

-- The options, checked; those not given are left out.
CREATE OR REPLACE FUNCTION _turnspan.metric_check_options(
    definition jsonb, options jsonb
) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
    option text;
    given jsonb;
    kept jsonb := '{}';
BEGIN
    IF jsonb_typeof(coalesce(options, '{}')) <> 'object' THEN
        PERFORM _turnspan.refuse('options: must be an object of option and value.');
    END IF;
    FOR option, given IN SELECT * FROM jsonb_each(coalesce(options, '{}')) LOOP
        IF NOT definition -> 'options' ? option THEN
            PERFORM _turnspan.refuse(format(
                'options: %s does not take %s; it takes %s.',
                definition ->> 'name', _turnspan.quoted(option),
                (SELECT string_agg(name, ', ')
                 FROM jsonb_object_keys(definition -> 'options') AS name)));
        END IF;
        CONTINUE WHEN jsonb_typeof(given) = 'null';
        kept := kept || jsonb_build_object(option, _turnspan.metric_check_option(
            option, given, definition #> ARRAY['options', option],
            definition ->> 'kind' <> 'survival'));
    END LOOP;
    RETURN kept;
END
$$;

-- A guard inside the answer's query: too many cells are refused, not cut short. What
-- that query calls is marked for parallel plans: one that is not forbids them all.
CREATE OR REPLACE FUNCTION _turnspan.metric_check_cells(groups bigint, windows bigint)
RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL RESTRICTED AS $$
DECLARE
    groups_max CONSTANT integer := 5000;
    rows_max CONSTANT integer := 500000;
BEGIN
    IF groups > groups_max THEN
        PERFORM _turnspan.refuse(format(
            'by: the answer has %s groups, the limit is %s; filter, or ask fewer '
            'dimensions.', groups, groups_max));
    END IF;
    IF groups * windows > rows_max THEN
        PERFORM _turnspan.refuse(format(
            'bucket: the answer has %s rows, the limit is %s; take a larger bucket, a '
            'shorter range or fewer dimensions.', groups * windows, rows_max));
    END IF;
    RETURN true;
END
$$;
