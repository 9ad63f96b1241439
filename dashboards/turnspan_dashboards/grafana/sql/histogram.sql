-- One row a bin, in the order of their lower bounds.
SELECT {{group}} AS bin, value AS {{label}}
FROM turnspan.metric(
    {{metric}}, {{from}}, {{to}}, by => {{by}},
    filters => {{filters}}, options => {{options}}
)
ORDER BY substring({{group}} FROM '^[0-9.]+')::numeric
