-- Retention: who of those that came on one local day is there again n days later.

-- Whether a user of a cohort came back. on_or_after asks for any day from the n-th on;
-- the other modes for the n-th itself.
CREATE OR REPLACE FUNCTION _turnspan.metric_came_back(mode text, after integer)
RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT format(CASE mode WHEN 'on_or_after' THEN
        'SELECT d.bot, d.user_key, max(d.day) AS last, NULL::date AS day
        FROM _turnspan.user_day AS d
        WHERE NOT d.test AND d.day >= (SELECT min(first_day) FROM taken) + %1$s
        GROUP BY d.bot, d.user_key'
        ELSE
        'SELECT d.bot, d.user_key, NULL::date AS last, d.day
        FROM _turnspan.user_day AS d
        WHERE NOT d.test AND d.day BETWEEN (SELECT min(first_day) FROM taken) + %1$s
            AND (SELECT max(last_day) FROM taken) + %1$s
        GROUP BY d.bot, d.user_key, d.day' END, after)
$$;

-- A cohort is made of users whose first day ever it is, or in the mode recurring of all
-- who are active on it. It counts once its n-th day has ended by the bot's clock; a
-- bucket counts once that holds for its last day.
CREATE OR REPLACE FUNCTION _turnspan.metric_retention(plan jsonb) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
    bare CONSTANT jsonb := jsonb_set(jsonb_set(plan,
        '{by}', (plan -> 'by') - 'cohort'),
        '{filters}', (plan -> 'filters') - 'cohort');
    after CONSTANT integer := coalesce((plan #>> '{options,day}')::numeric, 1);
    mode CONSTANT text := coalesce(plan #>> '{options,mode}', 'exact');
    cohort text := CASE WHEN plan ->> 'bucket' IS NULL THEN 'f.day::text'
        ELSE 'f.label::date::text' END;
BEGIN
    RETURN format(
        'WITH cohort AS (
            SELECT w.label, %1$s, f.day, bool_or(f.day + %2$s >= %13$s) AS open
            FROM _turnspan.%3$I AS f
            JOIN taken AS w
                ON w.label = %4$s AND f.day BETWEEN w.first_day AND w.last_day
            LEFT JOIN (
                SELECT bot, (now() AT TIME ZONE timezone)::date AS today
                FROM _turnspan.bot_setting OFFSET 0
            ) AS b ON b.bot = f.bot
            WHERE f.day >= (SELECT min(first_day) FROM taken)
                AND f.day <= (SELECT max(last_day) FROM taken)
                AND %5$s + %2$s < %13$s + %6$s %7$s %8$s %9$s
            GROUP BY w.label, %1$s, f.day
        ), back AS (%10$s)
        SELECT label, %11$s AS g, bool_or(open) AS open, ''{}''::jsonb AS own,
            count(back.bot)::numeric AS k, count(*)::numeric AS n, NULL::float8 AS value
        FROM cohort AS f
        LEFT JOIN back ON back.bot = f.bot AND back.user_key = f.user_key
            AND CASE WHEN back.last IS NULL THEN back.day = f.day + %2$s
                ELSE back.last >= f.day + %2$s END
        %12$s',
        _turnspan.metric_person(bare), after, plan ->> 'relation',
        _turnspan.metric_day_label(plan),
        CASE WHEN plan ->> 'bucket' IS NULL THEN 'f.day' ELSE 'w.last_day' END,
        (plan ->> 'provisional')::boolean::integer,
        CASE mode WHEN 'recurring' THEN '' ELSE 'AND f.first_day = f.day' END,
        _turnspan.metric_filter(bare),
        CASE WHEN plan #> '{filters,cohort}' IS NULL THEN ''
            ELSE format('AND %s = ANY (%L::text[])',
                replace(cohort, 'f.label', 'w.label'),
                ARRAY(SELECT jsonb_array_elements_text(plan #> '{filters,cohort}')))
            END,
        _turnspan.metric_came_back(mode, after),
        _turnspan.metric_group(bare) || CASE WHEN plan -> 'by' ? 'cohort'
            THEN format(' || jsonb_build_object(''cohort'', %s)', cohort) ELSE '' END,
        _turnspan.metric_grouping(bare) || CASE
            WHEN NOT plan -> 'by' ? 'cohort' THEN ''
            WHEN plan ->> 'bucket' IS NULL THEN ', f.day' ELSE '' END,
        'coalesce(b.today, (now() AT TIME ZONE ''UTC'')::date)');
END
$$;
