-- Records that left a process and did not arrive.

-- Numbers of the sequences by quarter-hour and block of 1,024; test traffic too, since
-- a lost record cannot say that it was a test.
CREATE OR REPLACE VIEW _turnspan.fact_sequence AS
SELECT at, bot, process, block, received, last_seq FROM _turnspan.event_sequence_15m
UNION ALL
SELECT at, bot, process, block, received, last_seq FROM _turnspan.span_sequence_15m;

-- sent: a block that another follows is whole, and so are blocks of which nothing
-- arrived, which count with the next one; the last one of a process reaches as far as
-- its highest number. A block counts when most of it arrived. Blocks are looked at a
-- week beyond the range: a process goes on, and what is older is sent late.
CREATE OR REPLACE FUNCTION _turnspan.metric_loss(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format(
        'SELECT %1$s AS label, %2$s AS g, false AS open, ''{}''::jsonb AS own,
            greatest(sum(f.sent - f.received), 0)::numeric AS k,
            sum(f.sent)::numeric AS n, NULL::float8 AS value
        FROM (
            SELECT b.at, b.bot, b.process, b.received,
                CASE WHEN lead(b.block) OVER of_process IS NULL THEN b.last_seq
                    ELSE (b.block + 1) * 1024 END
                - coalesce((lag(b.block) OVER of_process + 1) * 1024,
                    b.block * 1024) AS sent
            FROM (
                SELECT f.bot, f.process, f.block, sum(f.received) AS received,
                    max(f.last_seq) AS last_seq,
                    (array_agg(f.at ORDER BY f.received DESC, f.at))[1] AS at
                FROM _turnspan.%3$I AS f
                WHERE f.at >= $1 - interval ''7 days''
                    AND f.at < $2 + interval ''7 days''
                    %4$s
                GROUP BY f.bot, f.process, f.block
            ) AS b
            WINDOW of_process AS (PARTITION BY b.bot, b.process ORDER BY b.block)
        ) AS f
        WHERE f.at >= $1 AND f.at < $2
        %5$s',
        _turnspan.metric_label(plan), _turnspan.metric_group(plan), plan ->> 'relation',
        _turnspan.metric_filter(plan), _turnspan.metric_grouping(plan))
$$;
