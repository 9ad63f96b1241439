-- The dimension business_hours: whether a bot's people were there at that moment, by
-- the opening hours and the time zone that the bot has now.

-- Opening hours as minutes of the week, Monday's midnight being 0; null: always open.
CREATE OR REPLACE FUNCTION _turnspan.open_minutes(hours jsonb) RETURNS int4multirange
LANGUAGE sql IMMUTABLE AS $$
    SELECT range_agg(int4range(
        day.starts + split_part(span ->> 0, ':', 1)::integer * 60
            + split_part(span ->> 0, ':', 2)::integer,
        day.starts + split_part(span ->> 1, ':', 1)::integer * 60
            + split_part(span ->> 1, ':', 2)::integer))
    FROM (VALUES ('mon', 0), ('tue', 1440), ('wed', 2880), ('thu', 4320),
        ('fri', 5760), ('sat', 7200), ('sun', 8640)) AS day(name, starts)
    CROSS JOIN jsonb_array_elements(
        CASE jsonb_typeof(hours) WHEN 'object' THEN hours -> day.name END) AS span
$$;

-- 2001 began with a Monday.
CREATE OR REPLACE FUNCTION _turnspan.business_hours(
    at timestamptz, zone text, minutes int4multirange
) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN minutes IS NULL OR minutes @> (
        mod(floor(extract(epoch FROM (at AT TIME ZONE zone) - timestamp '2001-01-01')
            / 60), 10080)::integer)
    THEN 'open' ELSE 'closed'
END;

-- The hours of the asked bots, '' being all others: zone and minutes by bot.
CREATE OR REPLACE FUNCTION _turnspan.opening(bots jsonb) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_agg(jsonb_build_object('bot', b.name,
        'zone', _turnspan.setting(b.name, 'timezone') #>> '{}',
        'minutes', _turnspan.open_minutes(_turnspan.setting(b.name, 'opening_hours'))))
    FROM (
        SELECT name FROM _turnspan.bot WHERE bots IS NULL OR bots ? name
        UNION ALL SELECT ''
    ) AS b
$$;

-- Whether all hours begin and end with a bucket of that many minutes.
CREATE OR REPLACE FUNCTION _turnspan.opening_aligned(opening jsonb, minutes integer)
RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(bool_and(lower(span) % minutes = 0 AND upper(span) % minutes = 0),
        true)
    FROM jsonb_array_elements(opening) AS one
    CROSS JOIN unnest((one ->> 'minutes')::int4multirange) AS span
$$;

-- A relation of the plan, with the column business_hours where it is asked. One of
-- turns takes the beginning of the range.
CREATE OR REPLACE FUNCTION _turnspan.metric_relation(plan jsonb, relation text)
RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN plan -> 'opening' IS NULL
        THEN name
        ELSE format(
            '(SELECT x.*, _turnspan.business_hours(x.at, coalesce(h.zone, %1$L),
                CASE WHEN h.bot IS NULL THEN %2$L::int4multirange ELSE h.minutes END)
                AS business_hours
            FROM %3$s AS x
            LEFT JOIN jsonb_to_recordset(%4$L)
                AS h(bot text, zone text, minutes int4multirange) ON h.bot = x.bot)',
            rest ->> 'zone', rest ->> 'minutes', name, plan -> 'opening')
        END
    FROM jsonb_path_query_first(plan, '$.opening[*] ? (@.bot == "")') AS rest
    CROSS JOIN (SELECT format('_turnspan.%I', relation)
        || CASE WHEN relation LIKE '%\_of\_turns' THEN '($1)' ELSE '' END) AS n(name)
$$;
