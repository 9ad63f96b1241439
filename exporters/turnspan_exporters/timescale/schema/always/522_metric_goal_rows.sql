-- The rows that questions about goals, leads and revenue read: of what is settled the
-- goals alone, of the rest the goals with their sessions.

-- The relation to read in place of one of 502: of the events alone, where no goal is
-- declared by anything else.
CREATE OR REPLACE FUNCTION _turnspan.goal_relation(relation text) RETURNS text
LANGUAGE sql STABLE
RETURN CASE WHEN EXISTS (SELECT FROM _turnspan.declared_goal)
    THEN relation ELSE relation || '_event' END;

-- The rows within $1 and $2, as metric_rows; null where the plan is about others.
CREATE OR REPLACE FUNCTION _turnspan.goal_rows(plan jsonb, columns text[]) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
    own CONSTANT jsonb := '["bot", "channel", "environment", "version", "variant",
        "locale", "goal", "goal_kind", "cta", "currency", "business_hours"]';
    relation CONSTANT text := plan ->> 'relation';
    starts CONSTANT timestamptz := plan ->> 'starts';
    ends CONSTANT timestamptz := plan ->> 'ends';
    source text;
    listed text;
    kept text;
    settled timestamptz := starts;
    parts text[] := '{}';
BEGIN
    IF relation IS NULL OR relation NOT IN ('fact_goal', 'fact_lead', 'fact_revenue')
    THEN
        RETURN NULL;
    END IF;
    source := _turnspan.goal_relation(relation);
    IF source <> relation AND own @> ((plan -> 'by') || coalesce(
        (SELECT jsonb_agg(name) FROM jsonb_object_keys(plan -> 'filters') AS name),
        '[]'))
    THEN
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
