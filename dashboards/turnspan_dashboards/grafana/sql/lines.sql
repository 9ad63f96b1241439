-- A metric over time in columns: the value, the end that is still open, the interval
-- and the number it rests on. The open end starts at the last complete bucket.
SELECT
    bucket AS "time",
    CASE WHEN NOT provisional THEN value END AS {{label}},
    CASE
        WHEN provisional OR lead(provisional) OVER (ORDER BY bucket) THEN value
    END AS {{open}},
    low AS {{low}},
    high AS {{high}},
    n AS {{n}}
FROM turnspan.metric(
    {{metric}}, {{from}}, {{to}}, bucket => {{bucket}},
    filters => {{filters}}, options => {{options}}
)
ORDER BY "time"
