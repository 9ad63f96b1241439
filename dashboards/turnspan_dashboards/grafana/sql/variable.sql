-- The values of a dimension with sessions in the range.
SELECT "group" ->> {{dimension}} AS value
FROM turnspan.metric(
    'sessions', $__timeFrom(), $__timeTo(), by => ARRAY[{{dimension}}],
    filters => {{filters}}, options => '{"provisional": true}'
)
WHERE "group" ->> {{dimension}} IS NOT NULL
ORDER BY value
