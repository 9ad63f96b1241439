-- The rows that questions about goals, leads, revenue and rated sessions read: of what
-- is settled the events' own rows, of the rest these with their sessions.

-- The relation to read in place of one of 502: of the events alone, where no goal is
-- declared by anything else.
CREATE OR REPLACE FUNCTION _turnspan.goal_relation(relation text) RETURNS text
LANGUAGE sql STABLE
RETURN CASE WHEN EXISTS (SELECT FROM _turnspan.declared_goal)
    THEN relation ELSE relation || '_event' END;

-- Whether the rows of a relation know of their sessions what is asked of them.
CREATE OR REPLACE FUNCTION _turnspan.settles(relation text, plan jsonb) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT CASE relation
            WHEN 'fact_feedback' THEN '[]'
            ELSE '["goal", "goal_kind", "cta", "currency", "intent"]' END::jsonb
        || '["bot", "channel", "environment", "version", "variant", "locale",
            "business_hours"]' @> question.asked
        AND CASE
            WHEN relation = 'fact_feedback' THEN NOT EXISTS (
                SELECT FROM _turnspan.feedback AS f
                WHERE f.session_start >= question.starts
                    AND f.session_start < question.ends AND f.served_by IS NULL)
            WHEN EXISTS (SELECT FROM _turnspan.declared_goal) THEN false
            WHEN question.asked ? 'intent' THEN NOT EXISTS (
                SELECT FROM _turnspan.goal AS g
                WHERE g.session_start >= question.starts
                    AND g.session_start < question.ends AND g.session_intent IS NULL)
            ELSE true END
    FROM (SELECT
        plan -> 'by' || coalesce((SELECT jsonb_agg(name)
            FROM jsonb_object_keys(plan -> 'filters') AS name), '[]') AS asked,
        (plan ->> 'starts')::timestamptz AS starts,
        (plan ->> 'ends')::timestamptz AS ends) AS question
$$;

-- The rows within $1 and $2, as metric_rows; null where the plan is about others.
CREATE OR REPLACE FUNCTION _turnspan.goal_rows(plan jsonb, columns text[]) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
    relation CONSTANT text := plan ->> 'relation';
    starts CONSTANT timestamptz := plan ->> 'starts';
    ends CONSTANT timestamptz := plan ->> 'ends';
    source text;
    listed text;
    kept text;
    settled timestamptz := starts;
    parts text[] := '{}';
BEGIN
    IF relation IN ('fact_goal', 'fact_lead', 'fact_revenue') THEN
        source := _turnspan.goal_relation(relation);
    ELSIF relation = 'fact_feedback' AND plan ->> 'kind' = 'csat_difference' THEN
        source := relation;
    ELSE
        RETURN NULL;
    END IF;
    IF _turnspan.settles(relation, plan) THEN
        settled := least(ends, _turnspan.first_open(
            plan #> '{filters,bot}', starts, ends));
    END IF;
    SELECT string_agg('f.' || quote_ident(name), ', ' ORDER BY name) INTO listed
    FROM (SELECT DISTINCT name FROM unnest(columns) AS name
        WHERE name IS NOT NULL) AS asked;
    kept := _turnspan.metric_filter(plan);
    IF settled > starts THEN
        parts := parts || format('SELECT f.at, %s, f.finalised FROM %s AS f
            WHERE f.at >= $1 AND f.at < %L%s', listed,
            _turnspan.metric_relation(plan, relation || '_settled'), settled, kept);
    END IF;
    IF settled < ends THEN
        parts := parts || format('SELECT f.at, %1$s, f.finalised FROM %2$s AS f
            WHERE f.at >= %3$L AND f.at < $2
                AND f.joined_at >= %3$L AND f.joined_at < $2%4$s%5$s', listed,
            _turnspan.metric_relation(plan, source), settled, kept,
            CASE WHEN (plan ->> 'provisional')::boolean THEN ''
                ELSE ' AND f.finalised' END);
    END IF;
    RETURN format('(%s) AS f', array_to_string(parts, ' UNION ALL '));
END
$$;
