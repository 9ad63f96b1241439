-- Retention: who of those that came on one local day is there again n days later.

-- Whether a user of a cohort was there again: looked up one by one, which takes the
-- same time whatever the planner believes of the cohorts. on_or_after asks for any day
-- from the n-th on; the other modes for the n-th itself.
CREATE OR REPLACE FUNCTION _turnspan.metric_came_back(mode text, after integer)
RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT format(
        'EXISTS (SELECT FROM _turnspan.user_day AS d
            WHERE d.bot = f.bot AND d.user_key = f.user_key AND NOT d.test
            AND d.day %s f.day + %s)',
        CASE mode WHEN 'on_or_after' THEN '>=' ELSE '=' END, after)
$$;

-- A cohort is made of users whose first day ever it is, or in the mode recurring of all
-- who are active on it. It counts once its n-th day has ended by the bot's clock, and a
-- bucket once that holds for its last day; until then it is there and NULL.
CREATE OR REPLACE FUNCTION _turnspan.metric_retention_counted(plan jsonb) RETURNS text
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
        'WITH clock AS MATERIALIZED (
            SELECT bot, (now() AT TIME ZONE timezone)::date AS today
            FROM _turnspan.bot_setting
        ), cohort AS (
            SELECT w.label, %1$s, f.day, bool_or(f.day + %2$s >= %13$s) AS open,
                bool_and(%5$s + %2$s < %13$s + %6$s) AS over
            FROM _turnspan.%3$I AS f
            JOIN taken AS w
                ON w.label = %4$s AND f.day BETWEEN w.first_day AND w.last_day
            LEFT JOIN clock AS b ON b.bot = f.bot
            %7$s
            WHERE %14$s %8$s %9$s
            GROUP BY w.label, %1$s, f.day
        )
        SELECT label, %11$s AS g, bool_or(open AND over) AS open, ''{}''::jsonb AS own,
            (count(*) FILTER (WHERE over AND %10$s))::numeric AS k,
            (count(*) FILTER (WHERE over))::numeric AS n, NULL::float8 AS value
        FROM cohort AS f
        %12$s',
        _turnspan.metric_person(bare), after, plan ->> 'relation',
        _turnspan.metric_day_label(plan),
        CASE WHEN plan ->> 'bucket' IS NULL THEN 'f.day' ELSE 'w.last_day' END,
        (plan ->> 'provisional')::boolean::integer,
        CASE mode WHEN 'recurring' THEN '' ELSE format(
            'JOIN _turnspan.user_first_seen AS s
            ON s.bot = f.bot AND s.user_key = f.user_key AND NOT s.test
                AND %s = f.day AND s.first_time
                    BETWEEN $1 - interval ''34 days'' AND $2 + interval ''34 days''',
            _turnspan.metric_first_day(plan)) END,
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
        'coalesce(b.today, (now() AT TIME ZONE ''UTC'')::date)',
        _turnspan.metric_near(plan));
END
$$;

-- Whether a window's cohorts can be told: the n-th day after the bucket's last has
-- ended by every clock; of a range, that of its first cohort.
CREATE OR REPLACE FUNCTION _turnspan.metric_retained(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format(
        'w.whole_days AND (
            SELECT bool_and(_turnspan.local_start(
                (w.%I + %s)::timestamp, zone) <= now())
            FROM unnest(%L::text[]) AS zone)',
        CASE WHEN plan ->> 'bucket' IS NULL THEN 'first_day' ELSE 'last_day' END,
        coalesce((plan #>> '{options,day}')::numeric, 1)::integer + 1,
        ARRAY(SELECT jsonb_array_elements_text(plan -> 'zones')))
$$;
