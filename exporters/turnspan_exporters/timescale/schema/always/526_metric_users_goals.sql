-- Sessions that reached a goal, of all base sessions: two populations with one start.

-- A goal is no dimension of sessions: by goal, each goal is held against all sessions
-- of the group, and so are the goals that are asked for and were never reached.
CREATE OR REPLACE FUNCTION _turnspan.metric_goal_rate(plan jsonb) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
    of_sessions CONSTANT jsonb := jsonb_set(jsonb_set(plan,
        '{by}', (plan -> 'by') - 'goal'), '{filters}', (plan -> 'filters') - 'goal')
        || '{"relation": "fact_session"}';
    of_goals CONSTANT jsonb := of_sessions || jsonb_build_object(
        'relation', 'fact_goal', 'filters', plan -> 'filters');
    kept text := CASE WHEN plan #>> '{options,goal}' IS NULL THEN ''
        ELSE format(' AND f.goal = %L', plan #>> '{options,goal}') END
        || CASE WHEN plan ->> 'numerator' IS NULL THEN ''
            ELSE format(' AND f.goal_kind = %L', plan ->> 'numerator') END;
    known CONSTANT jsonb := CASE WHEN plan #> '{options,goal}' IS NULL
        THEN coalesce(plan #> '{filters,goal}', '[]')
        ELSE jsonb_build_array(plan #> '{options,goal}') END;
    apart CONSTANT boolean := plan -> 'by' ? 'goal';
BEGIN
    RETURN format(
        'WITH population AS (
            SELECT %1$s, sum(f.base)::numeric AS n
            FROM %2$s %3$s
            HAVING sum(f.base) > 0
        ), reached AS (
            SELECT %4$s, %5$s AS reached_goal,
                count(DISTINCT f.session_key)::numeric AS k
            FROM %6$s
            WHERE f.base = 1 %7$s
            %3$s, reached_goal
        )
        SELECT p.label, p.g %8$s AS g, p.open, ''{}''::jsonb AS own,
            coalesce(r.k, 0) AS k, p.n, NULL::float8 AS value
        FROM population AS p
        CROSS JOIN (
            SELECT reached_goal FROM reached UNION SELECT %9$s
        ) AS goals(goal)
        LEFT JOIN reached AS r
            ON r.label = p.label AND r.g = p.g AND r.reached_goal = goals.goal',
        _turnspan.metric_head(of_sessions),
        _turnspan.metric_rows(of_sessions,
            _turnspan.metric_carried(of_sessions) || '{base}'),
        _turnspan.metric_grouping(of_sessions),
        _turnspan.metric_head(of_goals),
        CASE WHEN apart THEN 'f.goal' ELSE '''''::text' END,
        _turnspan.metric_rows(of_goals, _turnspan.metric_carried(of_goals)
            || '{goal,goal_kind,base,session_key}'),
        kept,
        CASE WHEN apart THEN '|| jsonb_build_object(''goal'', goals.goal)' ELSE '' END,
        CASE WHEN apart THEN format('jsonb_array_elements_text(%L::jsonb)', known)
            ELSE '''''' END);
END
$$;
