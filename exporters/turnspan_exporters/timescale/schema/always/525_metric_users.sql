-- Distinct users. A user is a (bot, user key); the days are the bots' local days.

-- The columns that tell users apart: the asked dimensions and the user.
CREATE OR REPLACE FUNCTION _turnspan.metric_person(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT string_agg(format('f.%I', name), ', ' ORDER BY name)
    FROM (SELECT DISTINCT name
        FROM unnest(_turnspan.metric_carried(plan) || '{user_key}') AS name) AS names
$$;

-- The window that a row's local day belongs to.
CREATE OR REPLACE FUNCTION _turnspan.metric_day_label(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN plan ->> 'bucket' IS NULL THEN '''-infinity''::timestamp'
        ELSE format('date_trunc(%L, f.day::timestamp)', plan ->> 'bucket') END
$$;

-- The days that the windows of a range can reach, and so many before, or after. The
-- windows say it exactly; this is for the planner, which then knows how many rows come.
CREATE OR REPLACE FUNCTION _turnspan.metric_near(
    plan jsonb, before integer DEFAULT 0, after integer DEFAULT 0
) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format('f.day BETWEEN ($1 AT TIME ZONE ''UTC'')::date - %s
        AND ($2 AT TIME ZONE ''UTC'')::date + %s', margin + before, margin + after)
    FROM (SELECT CASE plan ->> 'bucket' WHEN 'week' THEN 9 WHEN 'month' THEN 33
        ELSE 2 END AS margin) AS of
$$;

-- Changes of the running counts by day, and a change of nothing on each window's day.
CREATE OR REPLACE FUNCTION _turnspan.metric_user_changes(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format(
        'WITH days AS MATERIALIZED (
            SELECT %1$s, f.day
            FROM _turnspan.%2$I AS f
            WHERE f.day - (SELECT min(last_day) FROM taken) > -%3$s
                AND f.day - (SELECT max(last_day) FROM taken) <= 0
                AND %7$s %4$s
            GROUP BY %1$s, f.day
        ), spans AS (
            SELECT %1$s, f.day, f.day + %3$s AS out_of_window,
                least(f.day + %3$s, lead(f.day) OVER (
                    PARTITION BY %1$s ORDER BY f.day)) AS until
            FROM days AS f
        )
        SELECT %5$s, day, count(*), count(*), false FROM spans AS f %6$s day
        UNION ALL SELECT %5$s, until, -count(*), 0, false FROM spans AS f %6$s until
        UNION ALL SELECT %5$s, out_of_window, 0, -count(*), false
            FROM spans AS f %6$s out_of_window
        UNION ALL SELECT d.g, w.last_day, 0, 0, true
            FROM (SELECT DISTINCT %5$s AS g FROM days AS f) AS d
            CROSS JOIN (SELECT DISTINCT last_day FROM taken) AS w',
        _turnspan.metric_person(plan), plan ->> 'relation', plan ->> 'days',
        _turnspan.metric_filter(plan),
        _turnspan.metric_group(plan),
        'GROUP BY ' || (SELECT coalesce(string_agg(format('f.%I, ', name), ''), '')
            FROM jsonb_array_elements_text(plan -> 'by') AS name),
        _turnspan.metric_near(plan, (plan ->> 'days')::integer))
$$;

-- Where units are many, they are told apart one bot after another: a table of one
-- bot's units fits into the processor's cache, which one of all bots' does not. Not
-- where so many are asked that it costs more to look for their rows again and again.
CREATE OR REPLACE FUNCTION _turnspan.metric_bots(plan jsonb) RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN count(*) BETWEEN 2 AND 100 THEN array_agg(bot) END
    FROM jsonb_object_keys(plan -> 'zone_of') AS bot
$$;

-- The columns of a unit, but for the bot where there is one at a time; the condition
-- for that one; and a query of units, for one bot after another.
CREATE OR REPLACE FUNCTION _turnspan.metric_apart(
    plan jsonb, unit text[], bots text[]
) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT string_agg(DISTINCT format('f.%I', name), ', ')
    FROM unnest(_turnspan.metric_carried(plan) || unit) AS name
    WHERE name <> 'bot' OR bots IS NULL
$$;

CREATE OR REPLACE FUNCTION _turnspan.metric_this_bot(bots text[]) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN CASE WHEN bots IS NULL THEN '' ELSE ' AND f.bot = b.bot' END;

CREATE OR REPLACE FUNCTION _turnspan.metric_each_bot(bots text[], query text)
RETURNS text
LANGUAGE sql IMMUTABLE
RETURN CASE WHEN bots IS NULL THEN format('(%s) AS f', query)
    ELSE format('(SELECT b.bot, f.* FROM unnest(%L::text[]) AS b(bot)
        CROSS JOIN LATERAL (%s) AS f) AS f', bots, query) END;

-- A user's first day by the bot's calendar. The zones come with the plan, because a
-- setting that is looked up for each row costs more than all the rest.
CREATE OR REPLACE FUNCTION _turnspan.metric_first_day(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format('(s.first_time AT TIME ZONE %s)::date', CASE
        jsonb_array_length(plan -> 'zones')
        WHEN 1 THEN quote_literal(plan #>> '{zones,0}')
        ELSE format('coalesce(%L::jsonb ->> s.bot, %L)', plan -> 'zone_of',
            plan ->> 'zone') END)
$$;

-- The users active on the days of each window, one row each, with a measure of theirs;
-- those kept whose first day is as it says. OFFSET has them found before their first
-- day is looked up. One bot's at a time where the index alone tells them.
CREATE OR REPLACE FUNCTION _turnspan.metric_window_users(
    plan jsonb, measure text, kept text DEFAULT NULL
) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT _turnspan.metric_each_bot(bots, CASE WHEN kept IS NULL THEN active
        ELSE format(
            'SELECT f.* FROM (%s OFFSET 0) AS f
            JOIN taken AS w ON w.label = f.label
            JOIN _turnspan.user_first_seen AS s
                ON s.bot = %s.bot AND s.user_key = f.user_key AND NOT s.test AND %s %s',
            active, CASE WHEN bots IS NULL THEN 'f' ELSE 'b' END,
            _turnspan.metric_first_day(plan), kept) END)
    FROM (SELECT bots, format(
            'SELECT w.label, %1$s, %2$s AS measure
            FROM _turnspan.%3$I AS f
            JOIN taken AS w
                ON w.label = %4$s AND f.day BETWEEN w.first_day AND w.last_day
            WHERE %5$s %6$s %7$s
            GROUP BY w.label, %1$s',
            _turnspan.metric_apart(plan, '{user_key}', bots), measure,
            plan ->> 'relation',
            _turnspan.metric_day_label(plan),
            _turnspan.metric_near(plan),
            _turnspan.metric_filter(plan),
            _turnspan.metric_this_bot(bots)) AS active
        FROM (SELECT CASE measure WHEN 'true' THEN _turnspan.metric_bots(plan) END
            AS bots) AS asked) AS of
$$;

-- Users active on the days of the window itself; all of them, or the new, whose first
-- day is one of these, or the returning, whose first day was earlier.
CREATE OR REPLACE FUNCTION _turnspan.metric_period_counted(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format(
        'SELECT label, %s AS g, false AS open, ''{}''::jsonb AS own, NULL::numeric AS k,
            NULL::numeric AS n, count(*)::float8 AS value
        FROM %s %s',
        _turnspan.metric_group(plan),
        _turnspan.metric_window_users(plan, 'true', CASE plan ->> 'numerator'
            WHEN 'new' THEN
                '>= w.first_day AND s.first_time >= $1 - interval ''34 days'''
            WHEN 'returning' THEN '< w.first_day' END),
        _turnspan.metric_grouping(plan))
$$;

-- Those of the window's users who have a property on any of its days.
CREATE OR REPLACE FUNCTION _turnspan.metric_share_counted(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format(
        'SELECT label, %s AS g, false AS open, ''{}''::jsonb AS own,
            (count(*) FILTER (WHERE f.measure))::numeric AS k, count(*)::numeric AS n,
            NULL::float8 AS value
        FROM %s %s',
        _turnspan.metric_group(plan),
        _turnspan.metric_window_users(plan,
            format('bool_or(f.%I)', plan ->> 'numerator')),
        _turnspan.metric_grouping(plan))
$$;

-- Users active within the trailing days that end on each window's last day, exact and
-- in one pass (GROUP BY, because DISTINCT here meets a fault of TimescaleDB 2.29's skip
-- scan): an active day counts from itself until the user's next active day, at
-- most for the length of the window.
CREATE OR REPLACE FUNCTION _turnspan.metric_users_counted(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format(
        'SELECT w.label, c.g, false AS open, ''{}''::jsonb AS own,
            c.active_days::numeric / %2$s AS k, c.users::numeric AS n,
            c.users::float8 AS value
        FROM (
            SELECT g, day, is_window,
                sum(sum(users)) OVER so_far AS users,
                sum(sum(active)) OVER so_far AS active_days
            FROM (%1$s) AS changes(g, day, users, active, is_window)
            GROUP BY g, day, is_window
            WINDOW so_far AS (PARTITION BY g ORDER BY day, is_window)
        ) AS c
        JOIN taken AS w ON w.last_day = c.day
        WHERE c.is_window',
        _turnspan.metric_user_changes(plan), plan ->> 'days')
$$;
