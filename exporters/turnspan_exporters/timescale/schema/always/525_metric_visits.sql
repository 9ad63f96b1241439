-- The counts of visits: which days are to be made anew, making them, and the part of a
-- question that they answer. They are exact: whatever is not counted yet, or again, is
-- asked of the sessions themselves.

-- What a bot's calendar says at a moment.
CREATE OR REPLACE FUNCTION _turnspan.local_day(of_bot text, at timestamptz)
RETURNS date LANGUAGE sql STABLE
RETURN (at AT TIME ZONE (_turnspan.setting(of_bot, 'timezone') #>> '{}'))::date;

-- Days that are not over are counted when they are. One that ends within the hour is
-- noted too: the transaction may still run when the day's counts are made.
CREATE OR REPLACE FUNCTION _turnspan.note_visits(bots text[], ats timestamptz[])
RETURNS void
LANGUAGE sql AS $$
    WITH clock AS MATERIALIZED (
        SELECT bot, _turnspan.setting(bot, 'timezone') #>> '{}' AS zone
        FROM (SELECT DISTINCT bot FROM unnest(bots) AS bot) AS named
    )
    INSERT INTO _turnspan.touched_visit (bot, day)
    SELECT DISTINCT t.bot, (t.at AT TIME ZONE c.zone)::date
    FROM unnest(bots, ats) AS t(bot, at) JOIN clock AS c USING (bot)
    WHERE (t.at AT TIME ZONE c.zone)::date
        < ((clock_timestamp() + interval '1 hour') AT TIME ZONE c.zone)::date
$$;

-- The bots whose counts are behind, of those asked (null: of all).
CREATE OR REPLACE FUNCTION _turnspan.stale_visits(bots jsonb DEFAULT NULL)
RETURNS SETOF text LANGUAGE sql STABLE AS $$
    SELECT b.name
    FROM _turnspan.bot AS b
    LEFT JOIN _turnspan.visit_until AS u ON u.bot = b.name
    WHERE (bots IS NULL OR bots ? b.name)
        AND (u.until IS DISTINCT FROM _turnspan.local_day(b.name, now()) - 1
            OR u.timezone <> _turnspan.setting(b.name, 'timezone') #>> '{}')
    UNION
    SELECT t.bot FROM _turnspan.touched_visit AS t
    WHERE (bots IS NULL OR bots ? t.bot) AND t.day < _turnspan.local_day(t.bot, now())
$$;

-- What follows for the days from low to high. Whole weeks and months around them are
-- read: a unit's sessions in a period so far, before and with the day's own, say
-- whether its first or second was on the day; and those to come its last ones.
CREATE OR REPLACE FUNCTION _turnspan.count_visits(
    of_bot text, zone text, low date, high date
) RETURNS SETOF _turnspan.visit
LANGUAGE sql STABLE AS $$
    WITH reach AS MATERIALIZED (
        SELECT least(date_trunc('month', low), date_trunc('week', low)) AS first,
            greatest(date_trunc('month', high) + interval '1 month',
                date_trunc('week', high) + interval '7 days') AS next
    ), s AS (
        SELECT (start_time AT TIME ZONE zone)::date AS day, user_key,
            _turnspan.known(channel) AS channel, conversation_id,
            _turnspan.known(environment) AS environment,
            _turnspan.known(version) AS version, _turnspan.known(variant) AS variant
        FROM _turnspan.session
        WHERE bot = of_bot AND NOT test AND user_turns > 0
            AND start_time >= (SELECT first AT TIME ZONE zone FROM reach)
            AND start_time < (SELECT next AT TIME ZONE zone FROM reach)
        OFFSET 0
    ), unit AS (
        SELECT v.dimension, v.value, s.day, u.is_user, u.a, u.b, count(*) AS n
        FROM s
        CROSS JOIN LATERAL (VALUES (true, user_key, ''),
            (false, channel, conversation_id)) AS u(is_user, a, b)
        CROSS JOIN LATERAL (VALUES ('', ''), ('channel', channel),
            ('environment', environment), ('version', version),
            ('variant', variant)) AS v(dimension, value)
        WHERE u.a IS NOT NULL
        GROUP BY v.dimension, v.value, s.day, u.is_user, u.a, u.b
    ), placed AS (
        SELECT dimension, value, day, is_user, n,
            sum(n) OVER (of_week ORDER BY day) - n AS week_before,
            sum(n) OVER of_week - sum(n) OVER (of_week ORDER BY day) AS week_after,
            sum(n) OVER (of_month ORDER BY day) - n AS month_before,
            sum(n) OVER of_month - sum(n) OVER (of_month ORDER BY day) AS month_after
        FROM unit
        WINDOW of_week AS (PARTITION BY
                dimension, value, is_user, a, b, date_trunc('week', day)),
            of_month AS (PARTITION BY
                dimension, value, is_user, a, b, date_trunc('month', day))
    )
    SELECT dimension, day, of_bot, value,
        coalesce(sum(n) FILTER (WHERE is_user), 0)::integer,
        (count(*) FILTER (WHERE is_user))::integer,
        (count(*) FILTER (WHERE is_user AND n > 1))::integer,
        (count(*) FILTER (WHERE NOT is_user))::integer,
        (count(*) FILTER (WHERE is_user AND week_before = 0))::integer,
        (count(*) FILTER (WHERE is_user AND week_before < 2 AND week_before + n > 1))
            ::integer,
        (count(*) FILTER (WHERE NOT is_user AND week_before = 0))::integer,
        (count(*) FILTER (WHERE is_user AND week_after = 0))::integer,
        (count(*) FILTER (WHERE is_user AND week_after < 2 AND week_after + n > 1))
            ::integer,
        (count(*) FILTER (WHERE NOT is_user AND week_after = 0))::integer,
        (count(*) FILTER (WHERE is_user AND month_before = 0))::integer,
        (count(*) FILTER (WHERE is_user AND month_before < 2 AND month_before + n > 1))
            ::integer,
        (count(*) FILTER (WHERE NOT is_user AND month_before = 0))::integer,
        (count(*) FILTER (WHERE is_user AND month_after = 0))::integer,
        (count(*) FILTER (WHERE is_user AND month_after < 2 AND month_after + n > 1))
            ::integer,
        (count(*) FILTER (WHERE NOT is_user AND month_after = 0))::integer
    FROM placed
    WHERE day BETWEEN low AND high
    GROUP BY dimension, day, value
$$;

-- Bring one bot's counts up to yesterday; returns how many rows were made. A changed
-- day reaches its week and its month; the last days of both change with each new one.
CREATE OR REPLACE FUNCTION _turnspan.refresh_visits(of_bot text)
RETURNS bigint LANGUAGE plpgsql SET jit = off SET work_mem = '64MB' AS $$
DECLARE
    zone CONSTANT text := _turnspan.setting(of_bot, 'timezone') #>> '{}';
    yesterday CONSTANT date := (now() AT TIME ZONE zone)::date - 1;
    done_until date;
    stale datemultirange;
    part daterange;
    made bigint := 0;
    counted bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(1953719093, hashtext(of_bot));
    SELECT u.until INTO done_until FROM _turnspan.visit_until AS u
    WHERE u.bot = of_bot AND u.timezone = zone;
    WITH taken AS (
        DELETE FROM _turnspan.touched_visit
        WHERE bot = of_bot AND day <= yesterday RETURNING day
    ), reached AS (
        SELECT day FROM taken
        UNION SELECT generate_series(least(done_until, yesterday) + 1, yesterday,
            interval '1 day')::date
    )
    SELECT range_agg(span) INTO stale FROM (
        SELECT daterange(date_trunc('month', day)::date,
            (date_trunc('month', day) + interval '1 month')::date) AS span FROM reached
        UNION ALL
        SELECT daterange(date_trunc('week', day)::date,
            date_trunc('week', day)::date + 7) FROM reached
    ) AS periods;
    IF done_until IS NULL THEN
        DELETE FROM _turnspan.visit WHERE bot = of_bot;
        SELECT datemultirange(daterange((min(start_time) AT TIME ZONE zone)::date,
            yesterday + 1)) INTO stale
        FROM _turnspan.session WHERE bot = of_bot AND start_time < now()
        HAVING (min(start_time) AT TIME ZONE zone)::date <= yesterday;
    END IF;
    FOR part IN
        SELECT unnest(stale - datemultirange(daterange(yesterday + 1, NULL)))
    LOOP
        DELETE FROM _turnspan.visit
        WHERE bot = of_bot AND day >= lower(part) AND day < upper(part);
        INSERT INTO _turnspan.visit SELECT * FROM _turnspan.count_visits(
            of_bot, zone, lower(part), upper(part) - 1);
        GET DIAGNOSTICS counted = ROW_COUNT;
        made := made + counted;
    END LOOP;
    INSERT INTO _turnspan.visit_until (bot, until, timezone)
    VALUES (of_bot, yesterday, zone)
    ON CONFLICT (bot) DO UPDATE SET
        until = excluded.until, timezone = excluded.timezone;
    RETURN made;
END
$$;

-- The dimension whose counts answer a question, '' for all sessions; null where none
-- do: distinct units of two dimensions, or of two values together, do not add up.
CREATE OR REPLACE FUNCTION _turnspan.metric_visits(plan jsonb) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
    source CONSTANT text := current_setting('turnspan.metric_source', true);
    asked CONSTANT text[] := ARRAY(
        SELECT jsonb_array_elements_text(plan -> 'by')
        UNION SELECT jsonb_object_keys(plan -> 'filters')
        EXCEPT SELECT 'bot');
BEGIN
    IF source = 'facts' OR (plan ->> 'provisional')::boolean
        OR plan ->> 'relation' <> 'fact_base_session'
        OR coalesce(plan ->> 'q', 'null') NOT IN ('mean', 'null')
        OR coalesce(plan ->> 'bucket', 'hour') = 'hour'
        OR jsonb_array_length(plan -> 'zones') > 1
        OR cardinality(asked) > 1
        OR NOT asked <@ '{channel,environment,version,variant}'
        OR (NOT plan -> 'by' ? asked[1]
            AND jsonb_array_length(plan -> 'filters' -> asked[1]) > 1)
        OR NOT EXISTS (SELECT FROM _turnspan.visit_until)
        OR EXISTS (SELECT FROM _turnspan.stale_visits(plan #> '{filters,bot}'))
    THEN
        RETURN NULL;
    END IF;
    RETURN coalesce(asked[1], '');
END
$$;

-- The part of a range that the counts answer, of whole buckets by the bots' clock: from
-- where rows are kept to today, or to the first session that is open. The first bucket
-- may begin within one, and the last end, but not both in one.
CREATE OR REPLACE FUNCTION _turnspan.visit_bounds(
    plan jsonb, starts timestamptz, ends timestamptz
) RETURNS timestamptz[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
    zone CONSTANT text := plan #>> '{zones,0}';
    bucket CONSTANT text := plan ->> 'bucket';
    step CONSTANT interval := '1 ' || bucket;
    kept CONSTANT timestamp := (now() - _turnspan.setting_interval('',
        'derived_retention') + interval '40 days') AT TIME ZONE zone;
    low timestamp := starts AT TIME ZONE zone;
    high timestamp := least(ends, now(),
        _turnspan.first_open(plan #> '{filters,bot}', starts, ends)) AT TIME ZONE zone;
BEGIN
    IF _turnspan.metric_visits(plan) IS NULL THEN
        RETURN ARRAY[starts, starts];
    END IF;
    IF date_trunc('day', low) <> low OR low < kept THEN
        low := greatest(low, kept) - interval '1 microsecond';
        low := date_trunc(bucket, low) + step;
    END IF;
    IF date_trunc('day', high) <> high OR high <> ends AT TIME ZONE zone THEN
        high := date_trunc(bucket, high);
    END IF;
    IF date_trunc(bucket, low) <> low AND high < date_trunc(bucket, low) + step THEN
        high := low;
    END IF;
    IF low >= high THEN
        RETURN ARRAY[starts, starts];
    END IF;
    RETURN ARRAY[_turnspan.local_start(low, zone), _turnspan.local_start(high, zone)];
END
$$;

-- The counted days of a question, with label and the columns that it asks for: those of
-- the last sessions where the range begins within the bucket.
CREATE OR REPLACE FUNCTION _turnspan.metric_visit_rows(plan jsonb, dimension text)
RETURNS text
LANGUAGE sql STABLE STRICT AS $$
    SELECT format(
        '(SELECT f.* FROM (
            SELECT c.*%1$s, date_trunc(%2$L, c.day::timestamp) AS label, %3$s
            FROM _turnspan.visit AS c
            CROSS JOIN (SELECT ($3 AT TIME ZONE %4$L)::date AS low,
                ($4 AT TIME ZONE %4$L)::date AS high) AS part
            WHERE c.dimension = %5$L AND c.day >= part.low AND c.day < part.high
        ) AS f WHERE true %6$s) AS f',
        CASE dimension WHEN '' THEN '' ELSE format(', c.value AS %I', dimension) END,
        bucket,
        (SELECT string_agg(CASE bucket
            WHEN 'day' THEN format('c.day_%1$s AS %1$s', unit)
            ELSE format('CASE WHEN date_trunc(%L, c.day::timestamp) < part.low
                THEN c.%2$s_%3$s_last ELSE c.%2$s_%3$s END AS %3$s',
                bucket, bucket, unit) END, ', ')
         FROM unnest('{users,again,conversations}'::text[]) AS unit),
        plan #>> '{zones,0}',
        dimension,
        _turnspan.metric_filter(plan))
    FROM (SELECT plan ->> 'bucket' AS bucket) AS of
$$;

-- What is counted in rows, and beside it what is stored: whole buckets each.
CREATE OR REPLACE FUNCTION _turnspan.metric_with_visits(
    plan jsonb, counted text, k text, n text, value text
) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT counted || CASE WHEN stored IS NULL THEN '' ELSE format(
        ' UNION ALL
        SELECT label, %s AS g, false AS open, ''{}''::jsonb AS own, %s AS k, %s AS n,
            %s AS value
        FROM %s %s HAVING sum(f.%s) > 0',
        _turnspan.metric_group(plan), k, n, value, stored,
        _turnspan.metric_grouping(plan),
        CASE plan ->> 'kind' WHEN 'distinct' THEN 'conversations' ELSE 'users' END) END
    FROM (SELECT _turnspan.metric_visit_rows(plan, _turnspan.metric_visits(plan))
        AS stored) AS of
$$;
