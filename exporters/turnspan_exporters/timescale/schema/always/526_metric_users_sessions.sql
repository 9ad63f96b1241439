-- Distinct users and conversations by their sessions and events, and what each of them
-- has. Unlike active days, these are of the asked range to the microsecond.

-- The fact's rows but for those from $3 to $4, whose units are stored.
CREATE OR REPLACE FUNCTION _turnspan.metric_uncounted(plan jsonb, columns text[])
RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format('(%s UNION ALL %s) AS f',
        _turnspan.metric_part(plan, columns, NULL, 1, 3),
        _turnspan.metric_part(plan, columns, NULL, 4, 2))
$$;

-- One row a unit, label and asked dimensions: the fact's rows grouped. measures are
-- further columns; the unit's last column is one that may be missing. The outer query
-- groups again, so that g is made once a group. OFFSET keeps the planner from grouping
-- each chunk by itself, which finds little to group. Sessions in chunks are found one
-- bot at a time; other rows are not.
CREATE OR REPLACE FUNCTION _turnspan.metric_units(
    plan jsonb, unit text[], measures text, columns text[] DEFAULT '{}'
) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT _turnspan.metric_each_bot(bots, format(
        'SELECT %s AS label, %s, %s AS open%s
        FROM (SELECT f.* FROM %s WHERE f.%I IS NOT NULL%s OFFSET 0) AS f
        GROUP BY label, %2$s',
        _turnspan.metric_label(plan),
        _turnspan.metric_apart(plan, unit, bots),
        CASE WHEN (plan ->> 'provisional')::boolean
            THEN _turnspan.metric_open(plan) ELSE 'false' END,
        ', ' || measures,
        _turnspan.metric_uncounted(plan,
            _turnspan.metric_carried(plan) || unit || columns),
        unit[cardinality(unit)],
        _turnspan.metric_this_bot(bots)))
    FROM (SELECT CASE WHEN _turnspan.aggregates_stored()
            AND plan ->> 'relation' = 'fact_base_session'
        THEN _turnspan.metric_bots(plan) END AS bots) AS asked
$$;

-- Distinct units: the numerator names one.
CREATE OR REPLACE FUNCTION _turnspan.metric_distinct(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT _turnspan.metric_with_visits(plan, format(
        'SELECT label, %s AS g, bool_or(f.open) AS open, ''{}''::jsonb AS own,
            count(*)::numeric AS k, NULL::numeric AS n, NULL::float8 AS value
        FROM %s %s',
        _turnspan.metric_group(plan),
        _turnspan.metric_units(plan, CASE plan ->> 'numerator'
            WHEN 'users' THEN '{bot,user_key}'::text[]
            WHEN 'conversations' THEN '{bot,channel,conversation_id}' END,
            NULL),
        _turnspan.metric_grouping(plan)),
        'sum(f.conversations)::numeric', 'NULL::numeric', 'NULL::float8')
$$;

-- Sessions of each user: their mean or a quantile.
CREATE OR REPLACE FUNCTION _turnspan.metric_user_sessions(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT _turnspan.metric_with_visits(plan, format(
        'SELECT label, %s AS g, bool_or(f.open) AS open, ''{}''::jsonb AS own,
            sum(f.sessions)::numeric AS k, count(*)::numeric AS n, %s AS value
        FROM %s %s',
        _turnspan.metric_group(plan),
        CASE WHEN plan -> 'q' = '"mean"'
            THEN 'sum(f.sessions)::float8 / count(*)::float8'
            ELSE format('percentile_cont(%s) WITHIN GROUP (ORDER BY f.sessions)',
                plan ->> 'q')
        END,
        _turnspan.metric_units(plan, '{bot,user_key}', 'count(*) AS sessions'),
        _turnspan.metric_grouping(plan)),
        'sum(f.sessions)::numeric', 'sum(f.users)::numeric',
        'sum(f.sessions)::float8 / sum(f.users)::float8')
$$;

-- Users with at least two sessions in the window, of its users.
CREATE OR REPLACE FUNCTION _turnspan.metric_user_returns(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT _turnspan.metric_with_visits(plan, format(
        'SELECT label, %s AS g, bool_or(f.open) AS open, ''{}''::jsonb AS own,
            (count(*) FILTER (WHERE f.sessions >= 2))::numeric AS k,
            count(*)::numeric AS n, NULL::float8 AS value
        FROM %s %s',
        _turnspan.metric_group(plan),
        _turnspan.metric_units(plan, '{bot,user_key}', 'count(*) AS sessions'),
        _turnspan.metric_grouping(plan)),
        'sum(f.again)::numeric', 'sum(f.users)::numeric', 'NULL::float8')
$$;

-- A user's first session ever on an intent, where it lies in the range: whether it was
-- resolved and the user stayed away for a day. Of two that began at once, both must.

-- In one pass, where the first contact's other columns do not matter: the least of time
-- and verdict as one number, the verdict in its last two bits. 0: not resolved, 1: it
-- was, 2: not known yet. Microseconds since 2000 are exact in floating point. OFFSET
-- keeps the planner from grouping each chunk by itself, which finds little to group.
CREATE OR REPLACE FUNCTION _turnspan.metric_first_contact_simply(plan jsonb)
RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format(
        'SELECT %1$s AS label, %2$s AS g, false AS open, ''{}''::jsonb AS own,
            sum(f.verdict)::numeric AS k, count(*)::numeric AS n, NULL::float8 AS value
        FROM (
            SELECT f.bot, f.intent, f.first & 3 AS verdict,
                ''2000-01-01 00:00Z''::timestamptz
                    + (f.first >> 2) * interval ''1 microsecond'' AS at
            FROM (
                SELECT f.bot, f.user_key, f.intent, min(f.code) AS first
                FROM (
                    SELECT f.bot, f.user_key, f.intent,
                        (round((date_part(''epoch'', f.at) - 946684800) * 1e6)::bigint
                            << 2) | CASE WHEN f.finalised AND f.contact_due = 1
                                THEN f.first_contact ELSE 2 END AS code
                    FROM _turnspan.%3$I AS f
                    WHERE f.at < $2 AND f.user_key IS NOT NULL
                        AND f.intent <> ''unknown'' %4$s
                    OFFSET 0
                ) AS f
                GROUP BY f.bot, f.user_key, f.intent
            ) AS f
        ) AS f
        WHERE f.at >= $1 AND f.verdict < 2 %5$s',
        _turnspan.metric_label(plan),
        _turnspan.metric_group(plan),
        plan ->> 'relation',
        _turnspan.metric_filter(plan),
        _turnspan.metric_grouping(plan))
$$;

-- By dimensions of that session: it is looked up.
CREATE OR REPLACE FUNCTION _turnspan.metric_first_contact_joined(plan jsonb)
RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format(
        'SELECT label, %1$s AS g, false AS open, ''{}''::jsonb AS own,
            sum(f.resolved)::numeric AS k, count(*)::numeric AS n, NULL::float8 AS value
        FROM (
            SELECT %2$s AS label, %3$s, min(f.first_contact) AS resolved
            FROM (
                SELECT f.bot, f.user_key, f.intent, min(f.at) AS at
                FROM %7$s AS f
                WHERE f.at < $2 AND f.user_key IS NOT NULL AND f.intent <> ''unknown''
                    %4$s
                GROUP BY f.bot, f.user_key, f.intent
                HAVING min(f.at) >= $1
            ) AS o
            JOIN %8$s AS f USING (bot, user_key, intent, at)
            WHERE f.at >= $1 AND f.at < $2 AND f.finalised AND f.contact_due = 1 %5$s
            GROUP BY label, %3$s
        ) AS f %6$s',
        _turnspan.metric_group(plan),
        _turnspan.metric_label(plan),
        (SELECT string_agg(DISTINCT format('f.%I', name), ', ')
         FROM unnest(_turnspan.metric_carried(plan) || '{user_key,intent}') AS name),
        _turnspan.metric_filter(plan || jsonb_build_object('filters',
            (SELECT coalesce(jsonb_object_agg(key, value), '{}')
             FROM jsonb_each(plan -> 'filters') WHERE key IN ('bot', 'intent')))),
        _turnspan.metric_filter(plan),
        _turnspan.metric_grouping(plan),
        format('_turnspan.%I', plan ->> 'relation'),
        _turnspan.metric_relation(plan, plan ->> 'relation'))
$$;

-- The way that a question allows.
CREATE OR REPLACE FUNCTION _turnspan.metric_first_contact(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN (SELECT coalesce(bool_and(name IN ('bot', 'intent')), true)
            FROM jsonb_array_elements_text(plan -> 'by' || (SELECT coalesce(
                jsonb_agg(key), '[]') FROM jsonb_object_keys(plan -> 'filters') AS key))
                AS name)
        THEN _turnspan.metric_first_contact_simply(plan)
        ELSE _turnspan.metric_first_contact_joined(plan) END
$$;

-- Messages of a session, of all roles or of those asked. A session counts in each.
CREATE OR REPLACE FUNCTION _turnspan.metric_session_messages(plan jsonb) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
    bare CONSTANT jsonb := jsonb_set(jsonb_set(plan,
        '{by}', (plan -> 'by') - 'role'), '{filters}', (plan -> 'filters') - 'role');
    roles CONSTANT jsonb := coalesce(plan #> '{filters,role}',
        '["user", "bot", "human_agent"]');
    apart CONSTANT boolean := plan -> 'by' ? 'role';
    mean CONSTANT boolean := plan -> 'q' = '"mean"';
BEGIN
    IF mean AND plan ->> 'stored' IS NOT NULL THEN
        RETURN format('SELECT label, g, open, own, k, n, (k / n)::float8 AS value
            FROM (%s) AS stored', _turnspan.metric_sums(plan
                || '{"numerator": "messages", "denominator": "base",
                    "relation": "fact_session"}'));
    END IF;
    RETURN format(
        'SELECT %s AS label, %s%s AS g, bool_or(NOT f.finalised) AS open,
            ''{}''::jsonb AS own, sum(v.messages)::numeric AS k, count(*)::numeric AS n,
            %s AS value
        FROM %s CROSS JOIN LATERAL (
            SELECT %s AS role, sum(m.messages) AS messages
            FROM (VALUES (''user'', f.user_messages), (''bot'', f.bot_messages),
                (''human_agent'', f.agent_messages)) AS m(role, messages)
            WHERE m.role = ANY (%L::text[])
            GROUP BY 1
        ) AS v %s, v.role',
        _turnspan.metric_label(bare),
        _turnspan.metric_group(bare),
        CASE WHEN apart THEN ' || jsonb_build_object(''role'', v.role)' ELSE '' END,
        CASE WHEN mean THEN 'avg(v.messages)::float8'
            ELSE format('percentile_cont(%s) WITHIN GROUP (ORDER BY v.messages)',
                plan ->> 'q') END,
        _turnspan.metric_rows(bare || '{"stored": null, "coarse": null}',
            _turnspan.metric_carried(bare)
            || '{user_messages,bot_messages,agent_messages}'),
        CASE WHEN apart THEN 'm.role' ELSE '''''' END,
        ARRAY(SELECT jsonb_array_elements_text(roles)),
        _turnspan.metric_grouping(bare));
END
$$;

-- Sessions by the weekday (1 is Monday) and the hour of the bot's clock at their start;
-- every cell of a group is there.
CREATE OR REPLACE FUNCTION _turnspan.metric_peak(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format(
        'WITH peaks AS (
            SELECT f.label, f.g, bool_or(f.open) AS open,
                extract(isodow FROM f.local)::integer AS weekday,
                extract(hour FROM f.local)::integer AS hour, sum(f.k)::numeric AS k
            FROM (
                SELECT %1$s, date_trunc(''hour'', f.at AT TIME ZONE %2$s) AS local,
                    sum(f.%3$I) AS k
                FROM %4$s %5$s, local
                HAVING sum(f.%3$I) > 0
            ) AS f
            GROUP BY f.label, f.g, weekday, hour
        )
        SELECT label, g, open,
            jsonb_build_object(''weekday'', weekday, ''hour'', hour) AS own,
            k, NULL::numeric AS n, NULL::float8 AS value
        FROM peaks
        UNION ALL
        SELECT ''infinity'', g, false,
            jsonb_build_object(''weekday'', weekday, ''hour'', hour), 0, NULL, NULL
        FROM (SELECT DISTINCT g FROM peaks UNION SELECT ''{}'' WHERE %6$L) AS seen
        CROSS JOIN generate_series(1, 7) AS weekday
        CROSS JOIN generate_series(0, 23) AS hour',
        _turnspan.metric_head(plan),
        CASE jsonb_array_length(plan -> 'zones')
            WHEN 1 THEN quote_literal(plan #>> '{zones,0}')
            ELSE format('coalesce(%L::jsonb ->> f.bot, %L)',
                plan -> 'zone_of', plan ->> 'zone') END,
        plan ->> 'numerator',
        _turnspan.metric_rows(plan,
            _turnspan.metric_carried(plan) || ARRAY[plan ->> 'numerator']),
        _turnspan.metric_grouping(plan),
        plan -> 'by' = '[]')
$$;

-- The first day in a range with a session that ended within the time that an aggregate
-- waits for before its rows are settled.
CREATE OR REPLACE FUNCTION _turnspan.first_unsettled(
    plan jsonb, starts timestamptz, ends timestamptz
) RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$
DECLARE
    found timestamptz;
BEGIN
    EXECUTE format(
        'SELECT min(a.at + interval ''0'') FROM _turnspan.%I AS a
        WHERE a.at >= $1 - interval ''1 day'' AND a.at < $2
        AND a.last_end >= now() - %L::interval%s',
        plan #>> '{coarse,name}', plan #>> '{coarse,settled}',
        CASE WHEN plan #> '{coarse,dimensions}' ? 'bot'
            THEN ' AND ($3 IS NULL OR $3 ? a.bot)' END)
    INTO found USING starts, ends, plan #> '{filters,bot}';
    RETURN found;
END
$$;
