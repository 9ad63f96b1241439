-- Counts over time, a row a group, the largest groups only; what is still open adds
-- up to one series of its own.
WITH counted AS (
    SELECT bucket, {{group}} AS name, value, provisional
    FROM turnspan.metric(
        {{metric}}, {{from}}, {{to}}, bucket => {{bucket}}, by => {{by}},
        filters => {{filters}}, options => {{options}}
    )
),

top AS (
    SELECT name
    FROM counted
    GROUP BY name
    ORDER BY sum(value) DESC NULLS LAST, name
    LIMIT {{groups_max}}
)

SELECT
    bucket AS "time",
    CASE WHEN provisional THEN 'still open (provisional)' ELSE name END AS metric,
    sum(value) AS value
FROM counted
JOIN top USING (name)
WHERE value IS NOT NULL
GROUP BY bucket, 2
ORDER BY "time", metric
