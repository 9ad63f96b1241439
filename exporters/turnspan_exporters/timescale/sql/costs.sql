-- What is asked and told of costs.

-- name: currency
SELECT _turnspan.currency()

-- name: zone_of_bot
SELECT _turnspan.setting(%(bot)s, 'timezone') #>> '{}'

-- An entry of a date that has one already comes a microsecond later: the quarter of an
-- hour is the same, the later one holds, and the history keeps both.
-- name: declare_cost
INSERT INTO _turnspan.parameter (bot, name, valid_from, value)
SELECT %(bot)s, %(name)s, since.at + count(p.*) * interval '1 microsecond',
    %(value)s::jsonb
FROM (SELECT coalesce(%(since)s::timestamptz, clock_timestamp()) AS at) AS since
LEFT JOIN _turnspan.parameter AS p ON p.bot = %(bot)s AND p.name = %(name)s
    AND p.valid_from >= since.at AND p.valid_from < since.at + interval '1 second'
GROUP BY since.at

-- name: declared_costs
SELECT split_part(p.name, ':', 1), substr(p.name, strpos(p.name || ':', ':') + 1),
    p.bot, nullif(p.value, 'null'), p.valid_from, p.set_at,
    p.valid_from <= clock_timestamp() AND row_number() OVER (
        PARTITION BY p.bot, p.name, p.valid_from <= clock_timestamp()
        ORDER BY p.valid_from DESC) = 1
FROM _turnspan.parameter AS p
WHERE split_part(p.name, ':', 1) = ANY (%(kinds)s)
    AND (%(bot)s::text IS NULL OR p.bot IN (%(bot)s, ''))
ORDER BY p.name, p.bot, p.valid_from

-- name: default_prices
SELECT 'price', d.model, '', jsonb_strip_nulls(jsonb_build_object('input', d.input,
        'output', d.output, 'cached', d.cached, 'currency', 'USD',
        'source', _turnspan.price_source())),
    greatest(d.valid_from, '0001-01-01 00:00Z'), greatest(d.valid_from,
        '0001-01-01 00:00Z'),
    d.valid_from <= now() AND row_number() OVER (
        PARTITION BY d.valid_from <= now() ORDER BY d.valid_from DESC) = 1
FROM _turnspan.price_default AS d
WHERE d.model = (
    SELECT p.model FROM _turnspan.price_default AS p
    JOIN unnest(_turnspan.model_names(%(model)s)) WITH ORDINALITY AS n(name, place)
        ON n.name = p.model
    ORDER BY n.place LIMIT 1)
ORDER BY d.valid_from
