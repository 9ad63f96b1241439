-- The windows of an answer: buckets of the bots' local time, cut to the range.

-- label joins rows to their window; at is what the answer shows; complete says that the
-- bucket is over, also where the range ends within it; future that it has not begun.
-- last_day and whole_days serve the users' metrics, which know whole local days: the
-- day the value is taken at, and whether that day is over.
CREATE OR REPLACE FUNCTION _turnspan.metric_windows(
    starts timestamptz, ends timestamptz, bucket text, zones text[], zone text
) RETURNS TABLE (
    label timestamp, at timestamptz, complete boolean, future boolean,
    first_day date, last_day date, whole_days boolean
)
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED AS $$
BEGIN
    IF bucket IS NULL THEN
        RETURN QUERY SELECT w.* FROM _turnspan.metric_range(starts, ends, zone) AS w;
    ELSIF bucket = 'hour' THEN
        -- Half an hour at a time: there are clocks that change by half an hour.
        RETURN QUERY
        SELECT DISTINCT ON (hour)
            hour AT TIME ZONE 'UTC', hour, hour + interval '1 hour' <= now(),
            hour > now(), NULL::date, NULL::date, NULL::boolean
        FROM generate_series(date_trunc('hour', starts, zone),
            ends - interval '1 microsecond', '30 minutes') AS step,
            date_trunc('hour', step, zone) AS hour
        ORDER BY hour;
    ELSE
        RETURN QUERY
        SELECT
            w.label, _turnspan.local_start(w.label, zone),
            w.over <= now(), w.begun > now(),
            w.label::date, (w.next - interval '1 day')::date, w.over <= now()
        FROM _turnspan.metric_local_windows(starts, ends, bucket, zones) AS w;
    END IF;
END
$$;

-- The range as one window. Its users are those of the last day that is over in it.
CREATE OR REPLACE FUNCTION _turnspan.metric_range(
    starts timestamptz, ends timestamptz, zone text
) RETURNS TABLE (
    label timestamp, at timestamptz, complete boolean, future boolean,
    first_day date, last_day date, whole_days boolean
)
LANGUAGE sql STABLE PARALLEL RESTRICTED AS $$
    SELECT
        '-infinity'::timestamp, NULL::timestamptz, ends <= now(), starts > now(),
        first_day, last_day, last_day >= first_day
    FROM (SELECT
        (starts AT TIME ZONE zone)::date AS first_day,
        (least(ends, now()) AT TIME ZONE zone)::date - 1 AS last_day) AS days
$$;

-- Local days, weeks or months that the range touches in any of the zones.
CREATE OR REPLACE FUNCTION _turnspan.metric_local_windows(
    starts timestamptz, ends timestamptz, bucket text, zones text[]
) RETURNS TABLE (label timestamp, next timestamp, begun timestamptz, over timestamptz)
LANGUAGE sql STABLE PARALLEL RESTRICTED AS $$
    SELECT
        series.label,
        series.label + step,
        min(_turnspan.local_start(series.label, z.zone)),
        max(_turnspan.local_start(series.label + step, z.zone))
    FROM unnest(zones) AS z(zone)
    CROSS JOIN (SELECT ('1 ' || bucket)::interval AS step) AS one
    CROSS JOIN (
        SELECT generate_series(
            min(date_trunc(bucket, starts AT TIME ZONE of.zone)),
            max(date_trunc(bucket,
                (ends - interval '1 microsecond') AT TIME ZONE of.zone)),
            ('1 ' || bucket)::interval)
        FROM unnest(zones) AS of(zone)
    ) AS series(label)
    GROUP BY series.label, step
$$;
