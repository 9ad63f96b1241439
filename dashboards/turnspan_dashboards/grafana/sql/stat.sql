-- A headline number: the period before at its start, this period at its end, so that
-- Grafana shows the last one and the change from the first. A previous 0 has none.
SELECT start AS "time", NULLIF(was.value, 0) AS {{label}}
FROM (
    SELECT
        ({{from}})::timestamptz AS start,
        ({{to}})::timestamptz AS stop
) AS span
CROSS JOIN LATERAL turnspan.metric(
    {{metric}}, start - (stop - start), start,
    filters => {{filters}}, options => {{options}}
) AS was
UNION ALL
SELECT ({{to}})::timestamptz, now.value
FROM turnspan.metric(
    {{metric}}, {{from}}, {{to}},
    filters => {{filters}}, options => {{options}}
) AS now
ORDER BY "time"
