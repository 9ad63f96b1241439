-- One row a group: those with the most data, longest bar first.
WITH top AS (
    SELECT {{group}} AS name, value, low, high, k, n
    FROM turnspan.metric(
        {{metric}}, {{from}}, {{to}}, by => {{by}},
        filters => {{filters}}, options => {{options}}
    )
    WHERE value IS NOT NULL
    ORDER BY n DESC NULLS LAST, value DESC, name
    LIMIT {{groups_max}}
)

SELECT
    name || COALESCE(' (' || COALESCE(k || ' of ', 'n ') || n || ')', '') AS name,
    value AS {{label}},
    low AS {{low}},
    high AS {{high}}
FROM top
ORDER BY value DESC, name
