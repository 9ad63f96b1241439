-- What things cost at a moment. Prices stand in _turnspan.parameter with their
-- history: price:<model>, channel_cost[:<channel>], human_cost, fixed_cost:<name>,
-- lead_value and investment; the bot's own entry goes before the installation's (bot
-- ''). An entry holds from the beginning of the quarter of an hour that it is valid
-- from, so that aggregates of 15 minutes never mix two.

CREATE OR REPLACE FUNCTION _turnspan.quarter(at timestamptz) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN isfinite(at)
    THEN date_bin('15 minutes', at, '2000-01-01 00:00:00Z') ELSE at END;

-- The entry that holds at a moment; null where there is none, it was withdrawn, or its
-- amounts are of another currency than the installation's.
CREATE OR REPLACE FUNCTION _turnspan.cost_at(
    of_bot text, of_name text, moment timestamptz
) RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN found.value ->> 'currency' = _turnspan.currency()
        THEN found.value END
    FROM (
        SELECT p.value
        FROM _turnspan.parameter AS p
        WHERE p.name = of_name AND p.bot IN (of_bot, '')
            AND _turnspan.quarter(p.valid_from) <= moment
        ORDER BY p.bot DESC, p.valid_from DESC LIMIT 1
    ) AS found
$$;

-- The names to look a model up by: as it was asked for, then without who serves it,
-- then without its date. What matches none of them has no price: a likely one would be
-- a wrong number.
CREATE OR REPLACE FUNCTION _turnspan.model_names(model text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ARRAY[whole, own, regexp_replace(own,
        '([-@](20\d{6}|20\d{2}-\d{2}-\d{2}|latest|\d{3}))$', '')]
    FROM (SELECT lower(model) AS whole, regexp_replace(lower(model), '^.*/', '') AS own)
        AS names
$$;

-- The price of a model's tokens per million. Default prices are in US dollars, and
-- none elsewhere.
CREATE OR REPLACE FUNCTION _turnspan.price_at(
    of_bot text, of_model text, moment timestamptz
) RETURNS TABLE (input numeric, output numeric)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    WITH names AS (
        SELECT * FROM unnest(_turnspan.model_names(of_model))
            WITH ORDINALITY AS n(name, place)
    )
    SELECT found.input, found.output
    FROM (
        SELECT 1 AS level, n.place, moment AS valid_from,
            (c.entry ->> 'input')::numeric AS input,
            (c.entry ->> 'output')::numeric AS output
        FROM names AS n
        CROSS JOIN LATERAL (
            SELECT _turnspan.cost_at(of_bot, 'price:' || n.name, moment) AS entry
        ) AS c
        WHERE c.entry IS NOT NULL
        UNION ALL
        SELECT 2, n.place, d.valid_from, d.input, d.output
        FROM names AS n JOIN _turnspan.price_default AS d ON d.model = n.name
        WHERE d.valid_from <= moment AND _turnspan.currency() = 'USD'
    ) AS found
    ORDER BY found.level, found.place, found.valid_from DESC LIMIT 1
$$;

-- The moments since which other entries of these names hold, from the beginning of time
-- on; for those of tokens the default prices too.
CREATE OR REPLACE FUNCTION _turnspan.cost_moments(names text) RETURNS timestamptz[]
LANGUAGE sql STABLE AS $$
    SELECT array_agg(moment ORDER BY moment)
    FROM (
        SELECT '-infinity'::timestamptz AS moment
        UNION SELECT _turnspan.quarter(valid_from) FROM _turnspan.parameter
        WHERE name ~ names
        UNION SELECT valid_from FROM _turnspan.price_default WHERE 'price:' ~ names
    ) AS moments
$$;

-- Months of the calendar between two local times, their days left out.
CREATE OR REPLACE FUNCTION _turnspan.months_apart(low timestamp, high timestamp)
RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (12 * (extract(year FROM high) - extract(year FROM low))
    + extract(month FROM high) - extract(month FROM low))::integer;

-- The months of fixed costs that touch [starts, ends): each entry costs from its date
-- on, in months of its own from that day, until its end or the next entry of its name.
CREATE OR REPLACE FUNCTION _turnspan.fixed_months(starts timestamptz, ends timestamptz)
RETURNS TABLE (
    bot text, begun timestamptz, over timestamptz, until timestamptz, amount numeric)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    WITH entry AS (
        SELECT p.bot, p.value, z.zone, p.valid_from AT TIME ZONE z.zone AS since,
            coalesce(lead(p.valid_from) OVER (
                PARTITION BY p.bot, p.name ORDER BY p.valid_from), 'infinity') AS next
        FROM _turnspan.parameter AS p
        CROSS JOIN LATERAL (
            SELECT _turnspan.setting(p.bot, 'timezone') #>> '{}') AS z(zone)
        WHERE p.name LIKE 'fixed\_cost:%' AND isfinite(p.valid_from)
    ), month AS (
        SELECT e.bot, e.next, e.value,
            (e.since + make_interval(months => n)) AT TIME ZONE e.zone AS begun,
            (e.since + make_interval(months => n + 1)) AT TIME ZONE e.zone AS over
        FROM entry AS e
        CROSS JOIN LATERAL generate_series(
            greatest(0,
                _turnspan.months_apart(e.since, starts AT TIME ZONE e.zone) - 1),
            least((e.value ->> 'months')::integer - 1,
                _turnspan.months_apart(e.since, ends AT TIME ZONE e.zone) + 1)) AS n
        WHERE e.value ->> 'currency' = _turnspan.currency()
    )
    SELECT m.bot, m.begun, m.over, least(m.over, m.next), coalesce(
        (m.value ->> 'monthly')::numeric,
        (m.value ->> 'amount')::numeric / (m.value ->> 'months')::numeric)
    FROM month AS m
    WHERE m.begun < ends AND least(m.over, m.next) > starts AND m.begun < m.next
$$;

-- How many months a span is long: whole ones from its beginning, and what is left as
-- a share of the month that it falls into.
CREATE OR REPLACE FUNCTION _turnspan.months_long(span tstzrange, zone text)
RETURNS numeric
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT whole + extract(epoch FROM high - (low + make_interval(months => whole)))
        / extract(epoch FROM (low + make_interval(months => whole + 1))
            - (low + make_interval(months => whole)))
    FROM (
        SELECT low, high,
            (extract(year FROM gap) * 12 + extract(month FROM gap))::integer AS whole
        FROM (SELECT low, high, age(high, low) AS gap
            FROM (SELECT lower(span) AT TIME ZONE zone AS low,
                upper(span) AT TIME ZONE zone AS high) AS ends) AS gaps
    ) AS months
$$;
