-- The counts of trailing users: which days are to be made anew, making them, and the
-- questions that they answer. They are exact: whatever is not counted yet, or again, is
-- asked of user_day itself.

-- Days that are not over are counted when they are. One that ends within the hour is
-- noted too: the transaction may still run when the day's counts are made. Days whose
-- rows retention deletes keep their counts.
CREATE OR REPLACE FUNCTION _turnspan.note_user_days(days jsonb) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO _turnspan.touched_user_day (bot, day, mark)
    SELECT d.bot, d.day, d.mark
    FROM jsonb_to_recordset(days) AS d(bot text, day date, mark bigint)
    WHERE d.mark <> 0
        AND d.day < _turnspan.local_day(d.bot, clock_timestamp() + interval '1 hour')
        AND d.day > (clock_timestamp()
            - _turnspan.setting_interval('', 'derived_retention'))::date
$$;

-- The bots whose counts are behind, of those asked (null: of all).
CREATE OR REPLACE FUNCTION _turnspan.stale_user_trailing(bots jsonb DEFAULT NULL)
RETURNS SETOF text LANGUAGE sql STABLE AS $$
    SELECT b.name
    FROM _turnspan.bot AS b
    LEFT JOIN _turnspan.user_trailing_until AS u ON u.bot = b.name
    WHERE (bots IS NULL OR bots ? b.name)
        AND u.until IS DISTINCT FROM _turnspan.local_day(b.name, now()) - 1
    UNION
    SELECT t.bot
    FROM (
        SELECT bot, day FROM _turnspan.touched_user_day
        WHERE bots IS NULL OR bots ? bot
        GROUP BY bot, day HAVING bit_xor(mark) <> 0
    ) AS t
    WHERE t.day < _turnspan.local_day(t.bot, now())
$$;

-- What follows for the days from low to high, in one pass: each active day of a user in
-- a group adds one to every window that it is the first to reach. (GROUP BY, as
-- DISTINCT meets a fault of TimescaleDB 2.29's skip scan.)
CREATE OR REPLACE FUNCTION _turnspan.count_user_trailing(
    of_bot text, low date, high date
) RETURNS SETOF _turnspan.user_trailing
LANGUAGE sql STABLE AS $$
    WITH active AS (
        SELECT v.dimension, v.value, d.day, f.first_day,
            bool_or(d.identified) AS identified, bool_or(d.back_1) AS back_1,
            bool_or(d.back_7) AS back_7, bool_or(d.back_30) AS back_30,
            lag(d.day) OVER person AS before, lead(d.day) OVER person AS after,
            max(CASE WHEN bool_or(d.identified) THEN d.day END) OVER (
                person ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ) AS identified_before
        FROM (
            SELECT user_key, day, channel, environment, version, variant, locale,
                bool_or(identified) AS identified,
                count(*) OVER (person RANGE BETWEEN interval '1 day' FOLLOWING
                    AND interval '1 day' FOLLOWING) > 0 AS back_1,
                count(*) OVER (person RANGE BETWEEN interval '7 days' FOLLOWING
                    AND interval '7 days' FOLLOWING) > 0 AS back_7,
                count(*) OVER (person RANGE BETWEEN interval '30 days' FOLLOWING
                    AND interval '30 days' FOLLOWING) > 0 AS back_30
            FROM _turnspan.user_day
            WHERE bot = of_bot AND NOT test AND day BETWEEN low - 31 AND high
            GROUP BY user_key, day, channel, environment, version, variant, locale
            WINDOW person AS (PARTITION BY user_key ORDER BY day)
        ) AS d
        LEFT JOIN (
            SELECT user_key, (first_time AT TIME ZONE
                (SELECT _turnspan.setting(of_bot, 'timezone') #>> '{}'))::date
                AS first_day
            FROM _turnspan.user_first_seen WHERE bot = of_bot AND NOT test
        ) AS f USING (user_key)
        CROSS JOIN LATERAL (VALUES
            ('', ''), ('channel', _turnspan.known(d.channel)),
            ('environment', _turnspan.known(d.environment)),
            ('version', _turnspan.known(d.version)),
            ('variant', _turnspan.known(d.variant)),
            ('locale', _turnspan.known(d.locale))) AS v(dimension, value)
        GROUP BY v.dimension, v.value, d.user_key, d.day, f.first_day
        WINDOW person AS (
            PARTITION BY v.dimension, v.value, d.user_key ORDER BY d.day)
    ), change AS (
        SELECT dimension, value, c.day, c.dau, c.wau, c.mau, c.active_days,
            c.week_users, c.month_users,
            CASE WHEN first_day = a.day THEN c.dau ELSE 0 END AS new_day,
            CASE WHEN first_day >= date_trunc('week', a.day)::date
                THEN c.week_users ELSE 0 END AS new_week,
            CASE WHEN first_day >= date_trunc('month', a.day)::date
                THEN c.month_users ELSE 0 END AS new_month,
            CASE WHEN a.identified THEN c.dau ELSE 0 END AS identified_day,
            (c.dau = 1 AND a.identified AND (identified_before IS NULL
                OR identified_before < date_trunc('week', a.day)))::integer
                AS identified_week,
            (c.dau = 1 AND a.identified AND (identified_before IS NULL
                OR identified_before < date_trunc('month', a.day)))::integer
                AS identified_month,
            0 AS back_1, 0 AS back_7, 0 AS back_30
        FROM active AS a
        CROSS JOIN LATERAL (VALUES
            (a.day, 1, 1, 1, 1,
                (before IS NULL OR before < date_trunc('week', a.day))::integer,
                (before IS NULL OR before < date_trunc('month', a.day))::integer),
            (least(a.day + 7, after), 0, -1, 0, 0, 0, 0),
            (least(a.day + 30, after), 0, 0, -1, 0, 0, 0),
            (a.day + 30, 0, 0, 0, -1, 0, 0)
        ) AS c(day, dau, wau, mau, active_days, week_users, month_users)
        UNION ALL
        SELECT dimension, value, day + n, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            (n = 1)::integer, (n = 7)::integer, (n = 30)::integer
        FROM active
        CROSS JOIN LATERAL (VALUES (1, back_1), (7, back_7), (30, back_30))
            AS b(n, is_back)
        WHERE day = first_day AND is_back
        UNION ALL
        SELECT dimension, value, day::date, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
        FROM (SELECT DISTINCT dimension, value FROM active) AS groups
        CROSS JOIN generate_series(low, high, interval '1 day') AS day
    ), daily AS (
        SELECT dimension, value, day, sum(dau) AS dau, sum(wau) AS wau, sum(mau) AS mau,
            sum(active_days) AS active_days, sum(week_users) AS week_users,
            sum(month_users) AS month_users, sum(new_day) AS new_day,
            sum(new_week) AS new_week, sum(new_month) AS new_month,
            sum(identified_day) AS identified_day,
            sum(identified_week) AS identified_week,
            sum(identified_month) AS identified_month,
            sum(back_1) AS back_1, sum(back_7) AS back_7, sum(back_30) AS back_30
        FROM change GROUP BY dimension, value, day
    )
    SELECT * FROM (
        SELECT dimension, day, of_bot, value, dau::integer,
            (sum(wau) OVER so_far)::integer, (sum(mau) OVER so_far)::integer AS mau,
            (sum(active_days) OVER so_far)::integer,
            (sum(week_users) OVER of_week)::integer,
            (sum(month_users) OVER of_month)::integer AS month_users,
            new_day::integer, (sum(new_week) OVER of_week)::integer,
            (sum(new_month) OVER of_month)::integer,
            identified_day::integer, (sum(identified_week) OVER of_week)::integer,
            (sum(identified_month) OVER of_month)::integer,
            back_1::integer AS back_1, back_7::integer, back_30::integer AS back_30
        FROM daily
        WINDOW so_far AS (PARTITION BY dimension, value ORDER BY day),
            of_week AS (
                PARTITION BY dimension, value, date_trunc('week', day) ORDER BY day),
            of_month AS (
                PARTITION BY dimension, value, date_trunc('month', day) ORDER BY day)
    ) AS counted
    WHERE day BETWEEN low AND high AND (mau > 0 OR month_users > 0 OR back_30 > 0)
$$;

-- Bring one bot's counts up to yesterday; returns how many rows were made. A changed
-- day reaches the 30 days from it on, the rest of its month at most.
CREATE OR REPLACE FUNCTION _turnspan.refresh_user_trailing(of_bot text)
RETURNS bigint LANGUAGE plpgsql SET jit = off SET work_mem = '64MB' AS $$
DECLARE
    yesterday CONSTANT date := _turnspan.local_day(of_bot, now()) - 1;
    done_until date;
    stale datemultirange;
    part daterange;
    made bigint := 0;
    counted bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(1953719092, hashtext(of_bot));
    SELECT u.until INTO done_until
    FROM _turnspan.user_trailing_until AS u WHERE u.bot = of_bot;
    WITH taken AS (
        DELETE FROM _turnspan.touched_user_day
        WHERE bot = of_bot AND day <= yesterday RETURNING day, mark
    ), changed AS (
        SELECT day FROM taken GROUP BY day HAVING bit_xor(mark) <> 0
    )
    SELECT range_agg(daterange(day, day + 31)) INTO stale FROM changed;
    IF done_until IS NULL THEN
        SELECT datemultirange(daterange(min(day), yesterday, '[]')) INTO stale
        FROM _turnspan.user_day WHERE bot = of_bot AND NOT test AND day <= yesterday
        HAVING count(*) > 0;
    ELSE
        stale := coalesce(stale, '{}')
            + datemultirange(daterange(least(done_until, yesterday) + 1, yesterday + 1))
            - datemultirange(daterange(yesterday + 1, NULL));
        DELETE FROM _turnspan.user_trailing WHERE bot = of_bot AND day > yesterday;
    END IF;
    FOR part IN SELECT unnest(stale) LOOP
        DELETE FROM _turnspan.user_trailing
        WHERE bot = of_bot AND day >= lower(part) AND day < upper(part);
        INSERT INTO _turnspan.user_trailing
        SELECT * FROM _turnspan.count_user_trailing(
            of_bot, lower(part), upper(part) - 1);
        GET DIAGNOSTICS counted = ROW_COUNT;
        made := made + counted;
    END LOOP;
    INSERT INTO _turnspan.user_trailing_until (bot, until) VALUES (of_bot, yesterday)
    ON CONFLICT (bot) DO UPDATE SET until = excluded.until;
    RETURN made;
END
$$;

-- The dimension whose counts answer a question, '' for all users; null where none do:
-- distinct users of two dimensions, or of two values together, do not add up.
CREATE OR REPLACE FUNCTION _turnspan.metric_trailing(plan jsonb) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
    source CONSTANT text := current_setting('turnspan.metric_source', true);
    asked CONSTANT text[] := ARRAY(
        SELECT jsonb_array_elements_text(plan -> 'by')
        UNION SELECT jsonb_object_keys(plan -> 'filters')
        EXCEPT SELECT 'bot');
BEGIN
    IF source = 'facts' OR (plan ->> 'provisional')::boolean
        OR cardinality(asked) > 1
        OR NOT asked <@ '{channel,environment,version,variant,locale}'
        OR (NOT plan -> 'by' ? asked[1]
            AND jsonb_array_length(plan -> 'filters' -> asked[1]) > 1)
        OR (source IS DISTINCT FROM 'aggregate' AND EXISTS (
            SELECT FROM _turnspan.stale_user_trailing(plan #> '{filters,bot}')))
    THEN
        RETURN NULL;
    END IF;
    RETURN coalesce(asked[1], '');
END
$$;

-- The rows of a question that the counts answer, as a fact by the day.
CREATE OR REPLACE FUNCTION _turnspan.metric_trailing_rows(plan jsonb, dimension text)
RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format(
        '(SELECT f.* FROM (
            SELECT c.*%s FROM _turnspan.user_trailing AS c
            WHERE c.dimension = %L
                AND c.day > (SELECT min(least(first_day, last_day)) FROM taken) - %s
                AND c.day <= (SELECT max(last_day) FROM taken)
        ) AS f WHERE true %s) AS f',
        CASE dimension WHEN '' THEN '' ELSE format(', c.value AS %I', dimension) END,
        dimension, coalesce(plan ->> 'days', '1'), _turnspan.metric_filter(plan))
$$;

-- Trailing users on the windows' last days. Whoever was active in any of the trailing
-- days is a group, with 0 where none is left.
CREATE OR REPLACE FUNCTION _turnspan.metric_users_stored(plan jsonb, dimension text)
RETURNS text
LANGUAGE sql STABLE STRICT AS $$
    SELECT format(
        'WITH rows AS MATERIALIZED (
            SELECT f.day, %1$s AS g, sum(f.dau) AS dau, sum(f.%2$I)::numeric AS users,
                sum(f.active_days)::numeric AS active_days
            FROM %3$s GROUP BY f.day %4$s
        )
        SELECT w.label, s.g, false AS open, ''{}''::jsonb AS own,
            coalesce(v.active_days, 0) / %5$s AS k, coalesce(v.users, 0) AS n,
            coalesce(v.users, 0)::float8 AS value
        FROM taken AS w
        CROSS JOIN (
            SELECT DISTINCT g FROM rows
            WHERE dau > 0 AND day > (SELECT min(last_day) FROM taken) - %5$s
        ) AS s
        LEFT JOIN rows AS v ON v.day = w.last_day AND v.g = s.g',
        _turnspan.metric_group(plan),
        CASE plan ->> 'days' WHEN '1' THEN 'dau' WHEN '7' THEN 'wau' ELSE 'mau' END,
        _turnspan.metric_trailing_rows(plan, dimension),
        (SELECT string_agg(format(', f.%I', name), '')
         FROM jsonb_array_elements_text(plan -> 'by') AS name),
        plan ->> 'days')
$$;

-- Users of whole days, weeks or months, or of the range those who are new; null where
-- that is not stored.
CREATE OR REPLACE FUNCTION _turnspan.metric_period_stored(plan jsonb, dimension text)
RETURNS text
LANGUAGE sql STABLE STRICT AS $$
    SELECT format(
        'SELECT w.label, %1$s AS g, false AS open, ''{}''::jsonb AS own,
            NULL::numeric AS k, NULL::numeric AS n, sum(%2$s)::float8 AS value
        FROM %3$s
        JOIN taken AS w ON f.day = w.last_day
            OR (w.label = ''-infinity'' AND f.day BETWEEN w.first_day AND w.last_day)
        %4$s HAVING sum(%2$s) > 0',
        _turnspan.metric_group(plan),
        CASE coalesce(plan ->> 'numerator', 'all')
            WHEN 'new' THEN 'f.new_' || period
            WHEN 'returning' THEN format('(f.%s - f.new_%s)', users, period)
            ELSE 'f.' || users END,
        _turnspan.metric_trailing_rows(plan, dimension),
        _turnspan.metric_grouping(plan))
    FROM (SELECT
        coalesce(plan ->> 'bucket', 'day') AS period,
        CASE plan ->> 'bucket' WHEN 'week' THEN 'week_users'
            WHEN 'month' THEN 'month_users' ELSE 'dau' END AS users) AS of
    WHERE plan ->> 'bucket' IS NOT NULL
        OR (plan ->> 'numerator' = 'new' AND dimension = '')
$$;

-- Users of a period, stored or counted.
CREATE OR REPLACE FUNCTION _turnspan.metric_period_users(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        _turnspan.metric_period_stored(plan, _turnspan.metric_trailing(plan)),
        _turnspan.metric_period_counted(plan))
$$;

-- Users with a property, of all of whole days, weeks or months.
CREATE OR REPLACE FUNCTION _turnspan.metric_share_stored(plan jsonb, dimension text)
RETURNS text
LANGUAGE sql STABLE STRICT AS $$
    SELECT format(
        'SELECT w.label, %s AS g, false AS open, ''{}''::jsonb AS own,
            sum(f.identified_%s)::numeric AS k, sum(f.%s)::numeric AS n,
            NULL::float8 AS value
        FROM %s
        JOIN taken AS w ON f.day = w.last_day
        %s HAVING sum(f.%3$s) > 0',
        _turnspan.metric_group(plan),
        plan ->> 'bucket',
        CASE plan ->> 'bucket' WHEN 'week' THEN 'week_users'
            WHEN 'month' THEN 'month_users' ELSE 'dau' END,
        _turnspan.metric_trailing_rows(plan, dimension),
        _turnspan.metric_grouping(plan))
    WHERE plan ->> 'bucket' IS NOT NULL AND plan ->> 'numerator' = 'identified'
$$;

CREATE OR REPLACE FUNCTION _turnspan.metric_user_share(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        _turnspan.metric_share_stored(plan, _turnspan.metric_trailing(plan)),
        _turnspan.metric_share_counted(plan))
$$;

-- Cohorts of first days and who of them was active the n-th day after, for the days
-- that are stored.
CREATE OR REPLACE FUNCTION _turnspan.metric_retention_stored(
    plan jsonb, dimension text
) RETURNS text
LANGUAGE sql STABLE STRICT AS $$
    SELECT format(
        'WITH clock AS MATERIALIZED (
            SELECT bot, (now() AT TIME ZONE timezone)::date AS today
            FROM _turnspan.bot_setting
        ), cohort AS (
            SELECT f.*, w.label, coalesce(b.back_%1$s, 0) AS back, %2$s + %1$s
                < coalesce(t.today, (now() AT TIME ZONE ''UTC'')::date) AS over
            FROM %3$s
            JOIN taken AS w
                ON w.label = %4$s AND f.day BETWEEN w.first_day AND w.last_day
            LEFT JOIN clock AS t ON t.bot = f.bot
            LEFT JOIN _turnspan.user_trailing AS b ON b.dimension = f.dimension
                AND b.bot = f.bot AND b.value = f.value AND b.day = f.day + %1$s
            WHERE f.new_day > 0
        )
        SELECT label, %5$s AS g, false AS open, ''{}''::jsonb AS own,
            coalesce(sum(f.back) FILTER (WHERE over), 0)::numeric AS k,
            coalesce(sum(f.new_day) FILTER (WHERE over), 0)::numeric AS n,
            NULL::float8 AS value
        FROM cohort AS f
        %6$s',
        after,
        CASE WHEN plan ->> 'bucket' IS NULL THEN 'f.day' ELSE 'w.last_day' END,
        _turnspan.metric_trailing_rows(plan || '{"days": 32}', dimension),
        _turnspan.metric_day_label(plan),
        _turnspan.metric_group(plan),
        _turnspan.metric_grouping(plan))
    FROM (SELECT coalesce((plan #>> '{options,day}')::numeric, 1) AS after) AS asked
    WHERE after IN (1, 7, 30)
        AND coalesce(plan #>> '{options,mode}', 'exact') = 'exact'
$$;

CREATE OR REPLACE FUNCTION _turnspan.metric_retention(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        _turnspan.metric_retention_stored(plan, _turnspan.metric_trailing(plan)),
        _turnspan.metric_retention_counted(plan))
$$;

-- Trailing users. Where the window is the metric's calendar variant (weeks of wau,
-- months of mau), its own days are counted instead.
CREATE OR REPLACE FUNCTION _turnspan.metric_users(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN plan ->> 'bucket' = plan ->> 'calendar'
        THEN _turnspan.metric_period_users(plan)
        ELSE coalesce(
            _turnspan.metric_users_stored(plan, _turnspan.metric_trailing(plan)),
            _turnspan.metric_users_counted(plan))
    END
$$;
