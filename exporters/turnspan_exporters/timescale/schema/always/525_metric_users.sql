-- Distinct users. A user is a (bot, user key); the days are the bots' local days.

-- Changes of the running counts by day, and a change of nothing on each window's day.
CREATE OR REPLACE FUNCTION _turnspan.metric_user_changes(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format(
        'WITH days AS MATERIALIZED (
            SELECT %1$s AS g, f.bot, f.user_key, f.day
            FROM _turnspan.%2$I AS f
            WHERE f.day > (SELECT min(last_day) FROM taken) - %3$s
                AND f.day <= (SELECT max(last_day) FROM taken) %4$s
            GROUP BY g, f.bot, f.user_key, f.day
        ), spans AS (
            SELECT g, day, day + %3$s AS out_of_window,
                least(day + %3$s, lead(day) OVER (
                    PARTITION BY g, bot, user_key ORDER BY day)) AS until
            FROM days
        )
        SELECT g, day, count(*), count(*), false FROM spans GROUP BY g, day
        UNION ALL SELECT g, until, -count(*), 0, false FROM spans GROUP BY g, until
        UNION ALL SELECT g, out_of_window, 0, -count(*), false
            FROM spans GROUP BY g, out_of_window
        UNION ALL SELECT d.g, w.last_day, 0, 0, true
            FROM (SELECT DISTINCT g FROM days) AS d
            CROSS JOIN (SELECT DISTINCT last_day FROM taken) AS w',
        _turnspan.metric_group(plan), plan ->> 'relation', plan ->> 'days',
        _turnspan.metric_filter(plan))
$$;

-- Users active on the days of the window itself; all of them, or the new, whose first
-- day is one of these, or the returning, whose first day was earlier.
CREATE OR REPLACE FUNCTION _turnspan.metric_period_users(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format(
        'SELECT u.label, u.g, false AS open, ''{}''::jsonb AS own, NULL::numeric AS k,
            NULL::numeric AS n, count(*)::float8 AS value
        FROM (
            SELECT w.label, %1$s AS g, f.bot, f.user_key
            FROM taken AS w
            JOIN _turnspan.%2$I AS f ON f.day BETWEEN w.first_day AND w.last_day
            WHERE true %3$s %4$s
            GROUP BY w.label, g, f.bot, f.user_key
        ) AS u
        GROUP BY u.label, u.g',
        _turnspan.metric_group(plan), plan ->> 'relation',
        _turnspan.metric_filter(plan),
        CASE plan ->> 'numerator'
            WHEN 'new' THEN 'AND f.first_day >= w.first_day'
            WHEN 'returning' THEN 'AND f.first_day < w.first_day' END)
$$;

-- Users active within the trailing days that end on each window's last day, exact and
-- in one pass (GROUP BY, because DISTINCT here meets a fault of TimescaleDB 2.29's skip
-- scan): an active day counts from itself until the user's next active day, at
-- most for the length of the window. Where the window is the metric's calendar variant
-- (weeks of wau, months of mau), its own days are counted instead.
CREATE OR REPLACE FUNCTION _turnspan.metric_users(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN plan ->> 'bucket' = plan ->> 'calendar'
        THEN _turnspan.metric_period_users(plan) ELSE format(
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
    END
$$;
