-- Releases and other marks that the bots reported.
SELECT
    time,
    attributes ->> {{text}} AS text,
    bot AS tags
FROM turnspan.events
WHERE
    name = {{name}}
    AND $__timeFilter(time)
    AND (
        cardinality(array_remove(ARRAY[${bot:sqlstring}]::text[], NULL)) = 0
        OR bot = ANY(ARRAY[${bot:sqlstring}]::text[])
    )
ORDER BY time
