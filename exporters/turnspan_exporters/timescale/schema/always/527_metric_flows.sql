-- Funnels, conversions, amounts, and the difference of two means.

-- Steps written out, as goal:g1,cta:buy: their kind, their id, and their name.
CREATE OR REPLACE FUNCTION _turnspan.flow_steps(given text) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
    steps_max CONSTANT integer := 20;
    kinds CONSTANT text[] := '{goal,cta,intent,node,event}';
    step text;
    steps jsonb := '[]';
BEGIN
    FOREACH step IN ARRAY string_to_array(given, ',') LOOP
        step := btrim(step);
        IF split_part(step, ':', 1) <> ALL (kinds) OR step !~ '^[a-z]+:.' THEN
            PERFORM _turnspan.refuse(format(
                'funnel: %s is no step; write one of %s and an id, as goal:purchase.',
                _turnspan.quoted(step), array_to_string(kinds, ', ')));
        END IF;
        steps := steps || jsonb_build_object('by', split_part(step, ':', 1),
            'of', substr(step, strpos(step, ':') + 1), 'name', step);
    END LOOP;
    IF jsonb_array_length(steps) > steps_max THEN
        PERFORM _turnspan.refuse(format('funnel: %s steps are asked, the limit is %s.',
            jsonb_array_length(steps), steps_max));
    END IF;
    RETURN steps;
END
$$;

-- The declared funnels that a question can mean: of the asked bots, or of every bot.
CREATE OR REPLACE FUNCTION _turnspan.flow_declared(asked text, bots jsonb)
RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_agg(
        d.definition || jsonb_build_object('bot', d.bot, 'name', d.name)
        ORDER BY d.name, d.bot), '[]')
    FROM turnspan.declarations AS d
    WHERE d.kind = 'funnel' AND (asked IS NULL OR d.name = asked)
        AND (bots IS NULL OR d.bot = '' OR bots ? d.bot)
$$;

CREATE OR REPLACE FUNCTION _turnspan.flow_named(asked text, bots jsonb)
RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
    found jsonb := _turnspan.flow_declared(asked, bots);
    own jsonb;
BEGIN
    IF found = '[]' THEN
        PERFORM _turnspan.refuse(format(
            'funnel: %s is no declared funnel%s; declare it, or write steps such as '
            'goal:g1,cta:buy.', _turnspan.quoted(asked),
            (SELECT ' (these are: ' || string_agg(DISTINCT d.name, ', ') || ')'
             FROM turnspan.declarations AS d WHERE d.kind = 'funnel')));
    END IF;
    -- What a bot declares for itself comes before what holds for every bot.
    own := jsonb_path_query_array(found, '$[*] ? (@.bot != "")');
    IF jsonb_array_length(bots) = 1 AND own <> '[]' THEN
        RETURN own;
    END IF;
    IF jsonb_array_length(found) > 1 THEN
        PERFORM _turnspan.refuse(format(
            'funnel: %s is declared %s times, for %s; filter by one bot.',
            _turnspan.quoted(asked), jsonb_array_length(found),
            (SELECT string_agg(coalesce(nullif(one ->> 'bot', ''), 'every bot'), ', ')
             FROM jsonb_array_elements(found) AS one)));
    END IF;
    RETURN found;
END
$$;

-- The funnels that a question asks, complete: name, bot, steps, unit, window_s. Users
-- need a window, which is a week unless something else is said.
CREATE OR REPLACE FUNCTION _turnspan.flow_asked(plan jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
    week_s CONSTANT integer := 604800;
    asked CONSTANT text := plan #>> '{options,funnel}';
    found jsonb;
BEGIN
    IF asked IS NULL THEN
        found := _turnspan.flow_declared(NULL, plan #> '{filters,bot}');
    ELSIF strpos(asked, ':') > 0 THEN
        found := jsonb_build_array(jsonb_build_object(
            'bot', '', 'steps', _turnspan.flow_steps(asked)));
    ELSE
        found := _turnspan.flow_named(asked, plan #> '{filters,bot}');
    END IF;
    RETURN (
        SELECT coalesce(jsonb_agg(one || jsonb_build_object(
            'unit', unit,
            'window_s', coalesce(plan #> '{options,within}', one -> 'window_s',
                CASE unit WHEN 'user' THEN to_jsonb(week_s) END))), '[]')
        FROM jsonb_array_elements(found) AS one
        CROSS JOIN LATERAL (SELECT coalesce(plan #>> '{options,unit}', one ->> 'unit',
            CASE WHEN plan #> '{options,within}' IS NOT NULL
                THEN 'user' ELSE 'session' END) AS unit) AS of);
END
$$;

CREATE OR REPLACE FUNCTION _turnspan.flow_window(funnel jsonb) RETURNS interval
LANGUAGE sql IMMUTABLE
RETURN make_interval(secs => (funnel ->> 'window_s')::double precision);

-- What one step is read from: its view, and for a goal that is declared the view of
-- what it is declared by; so that nothing is read that cannot be the step.
CREATE OR REPLACE FUNCTION _turnspan.flow_sources(step jsonb)
RETURNS TABLE (relation text, of text, bot text)
LANGUAGE sql STABLE AS $$
    SELECT 'step_' || (step ->> 'by'), step ->> 'of', ''
    UNION ALL
    SELECT 'step_' || d.by, d.of, d.bot FROM _turnspan.declared_goal AS d
    WHERE step ->> 'by' = 'goal' AND coalesce(d.name = step ->> 'of', true)
$$;

-- The times of one step, by session: as many rows as a session came there. A step may
-- lie in a session that began a click window ago, 30 days at most.
CREATE OR REPLACE FUNCTION _turnspan.flow_hits(
    plan jsonb, funnel jsonb, place integer
) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT string_agg(format(
        'SELECT %s AS place, s.session_key, s.at FROM _turnspan.%I AS s
            WHERE s.at >= $1 AND s.session_start >= $1 - interval ''31 days''
                AND s.session_start < $2%s%s%s%s%s', place, source.relation,
        CASE WHEN funnel ->> 'unit' = 'user'
            THEN format(' + %L::interval', _turnspan.flow_window(funnel)) END,
        CASE WHEN source.of IS NOT NULL THEN format(' AND s.of = %L', source.of) END,
        CASE WHEN plan #> '{filters,bot}' IS NOT NULL
            THEN format(' AND s.bot = ANY (%L::text[])', ARRAY(
                SELECT jsonb_array_elements_text(plan #> '{filters,bot}'))) END,
        CASE WHEN funnel ->> 'bot' <> ''
            THEN format(' AND s.bot = %L', funnel ->> 'bot') END,
        CASE WHEN source.bot <> '' THEN format(' AND s.bot = %L', source.bot) END),
        ' UNION ALL ')
    FROM _turnspan.flow_sources(funnel #> ARRAY['steps', (place - 1)::text]) AS source
$$;

-- The sessions that may be entered, as the question and the funnel narrow them.
CREATE OR REPLACE FUNCTION _turnspan.flow_kept(plan jsonb, funnel jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format('f.at >= $1 AND f.at < $2%s%s%s', _turnspan.metric_filter(plan),
        CASE WHEN funnel ->> 'unit' = 'user' THEN ' AND f.user_key IS NOT NULL'
            WHEN NOT (plan ->> 'provisional')::boolean THEN ' AND f.finalised' END,
        CASE WHEN funnel ->> 'bot' <> ''
            THEN format(' AND f.bot = %L', funnel ->> 'bot') END)
$$;

-- Sessions that enter: their dimensions, and t1, the first time they come to step 1.
CREATE OR REPLACE FUNCTION _turnspan.flow_entry_sessions(
    plan jsonb, funnel jsonb, dimensions text
) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format(
        'SELECT f.bot, f.session_key AS unit, f.at, f.finalised%s, h.t1
        FROM (SELECT session_key, min(at) AS t1 FROM hit WHERE place = 1
            GROUP BY session_key) AS h
        JOIN %s AS f USING (session_key) WHERE %s',
        dimensions, _turnspan.metric_relation(plan, 'fact_flow'),
        _turnspan.flow_kept(plan, funnel))
$$;

-- Users that enter, by the session in which they first come to step 1. They are over
-- when the window has gone by. Where nothing of that session is asked, there is nothing
-- to sort.
CREATE OR REPLACE FUNCTION _turnspan.flow_entry_users(
    plan jsonb, funnel jsonb, dimensions text
) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format(CASE WHEN dimensions = '' AND plan ->> 'bucket' IS NULL
        THEN 'SELECT * FROM (
            SELECT f.bot, f.user_key AS unit, min(f.at) AS at,
                min(%1$s) + %2$L::interval <= now() AS finalised%3$s, min(%1$s) AS t1
            FROM %4$s AS f WHERE %5$s GROUP BY f.bot, f.user_key) AS first
        WHERE finalised OR %6$L'
        ELSE 'SELECT * FROM (
            SELECT DISTINCT ON (f.bot, f.user_key) f.bot, f.user_key AS unit, f.at,
                %1$s + %2$L::interval <= now() AS finalised%3$s, %1$s AS t1
            FROM %4$s AS f WHERE %5$s
            ORDER BY f.bot, f.user_key, %1$s, f.session_key) AS first
        WHERE finalised OR %6$L' END,
        CASE WHEN starts THEN 'f.at' ELSE 'f.reached' END,
        _turnspan.flow_window(funnel), dimensions,
        CASE WHEN starts THEN _turnspan.metric_relation(plan, 'fact_flow')
            ELSE '(SELECT * FROM visit WHERE place = 1)' END,
        _turnspan.flow_kept(plan, funnel), (plan ->> 'provisional')::boolean)
    FROM (SELECT funnel #>> '{steps,0,by}' = 'start' AS starts) AS first
$$;

-- Who goes on to a step: the earliest time that is not before the step before, within
-- the window since t1. The same step asked again is another time than before.
CREATE OR REPLACE FUNCTION _turnspan.flow_step(
    plan jsonb, funnel jsonb, place integer
) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format('SELECT p.bot, p.unit, %1$s, min(h.%2$s) AS t%3$s
        FROM reach_%4$s AS p JOIN %5$s
        WHERE h.place = %3$s AND h.%2$s >= p.t%4$s%6$s%7$s
        GROUP BY p.bot, p.unit, %1$s',
        times, at, place, place - 1,
        CASE WHEN at = 'reached' THEN 'visit AS h ON h.bot = p.bot AND h.user_key = '
            ELSE 'hit AS h ON h.session_key = ' END || 'p.unit',
        (SELECT format(' AND h.%s > p.t%s', at, max(other.place))
         FROM jsonb_array_elements(funnel -> 'steps') WITH ORDINALITY
            AS other(step, place)
         WHERE other.place < flow_step.place
            AND (other.step -> 'by', other.step -> 'of')
                = (this.step -> 'by', this.step -> 'of')
         HAVING count(*) > 0),
        CASE WHEN _turnspan.flow_window(funnel) IS NOT NULL THEN format(
            ' AND h.%s <= p.t1 + %L::interval', at, _turnspan.flow_window(funnel)) END)
    FROM (SELECT
        funnel #> ARRAY['steps', (place - 1)::text] AS step,
        CASE funnel ->> 'unit' WHEN 'user' THEN 'reached' ELSE 'at' END AS at,
        (SELECT string_agg('p.t' || i, ', ' ORDER BY i)
         FROM generate_series(1, place - 1) AS i) AS times) AS this
$$;

-- All sessions from their beginning, and when they first came to the only other step.
CREATE OR REPLACE FUNCTION _turnspan.flow_all_sessions(
    plan jsonb, funnel jsonb, dimensions text
) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format(
        '(SELECT f.bot, f.at, f.finalised%s, f.at AS t1,
            CASE WHEN h.at IS NOT NULL THEN greatest(h.at, f.at) END AS t2
        FROM %s AS f
        LEFT JOIN (SELECT session_key, min(at) AS at FROM (%s) AS hit
            GROUP BY session_key) AS h ON h.session_key = f.session_key%s
        WHERE %s)',
        dimensions, _turnspan.metric_relation(plan, 'fact_flow'),
        _turnspan.flow_hits(plan, funnel, 2),
        CASE WHEN _turnspan.flow_window(funnel) IS NOT NULL THEN format(
            ' AND h.at <= f.at + %L::interval', _turnspan.flow_window(funnel)) END,
        _turnspan.flow_kept(plan, funnel))
$$;

-- What is read: hit, the times of all steps by session; and for users visit, the same
-- with the session they lie in.
CREATE OR REPLACE FUNCTION _turnspan.flow_read(plan jsonb, funnel jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format('hit AS MATERIALIZED (%s)%s',
        (SELECT string_agg(_turnspan.flow_hits(plan, funnel, place), ' UNION ALL ')
         FROM generate_series(1, jsonb_array_length(funnel -> 'steps')) AS place
         WHERE funnel #>> ARRAY['steps', (place - 1)::text, 'by'] <> 'start'),
        CASE WHEN funnel ->> 'unit' = 'user' THEN format(
            ', visit AS MATERIALIZED (
                SELECT h.place, h.at AS reached, f.*
                FROM hit AS h JOIN %s AS f USING (session_key)
                WHERE f.user_key IS NOT NULL AND f.at >= $1 - interval ''31 days''
                    AND f.at < $2 + %L::interval)',
            _turnspan.metric_relation(plan, 'fact_flow'),
            _turnspan.flow_window(funnel)) END)
$$;

-- The way of every unit that entered: its dimensions and t1, t2, … to the last step it
-- came to.
CREATE OR REPLACE FUNCTION _turnspan.flow_paths(plan jsonb, funnel jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN funnel ->> 'unit' = 'session'
        AND funnel #>> '{steps,0,by}' = 'start'
    THEN _turnspan.flow_all_sessions(plan, funnel, dimensions)
    ELSE format('(WITH %s, reach_1 AS (%s)%s SELECT r.*%s FROM reach_1 AS r%s)',
        _turnspan.flow_read(plan, funnel),
        CASE funnel ->> 'unit'
            WHEN 'user' THEN _turnspan.flow_entry_users(plan, funnel, dimensions)
            ELSE _turnspan.flow_entry_sessions(plan, funnel, dimensions) END,
        string_agg(format(', reach_%s AS MATERIALIZED (%s)', place,
            _turnspan.flow_step(plan, funnel, place)), '' ORDER BY place),
        string_agg(format(', reach_%1$s.t%1$s', place), '' ORDER BY place),
        string_agg(format(' LEFT JOIN reach_%1$s ON reach_%1$s.bot = r.bot
            AND reach_%1$s.unit = r.unit', place), '' ORDER BY place))
    END
    FROM generate_series(2, jsonb_array_length(funnel -> 'steps')) AS place
    CROSS JOIN (SELECT coalesce(string_agg(format(', f.%I', name), ''), '') AS listed
        FROM jsonb_array_elements_text(plan -> 'by') AS name
        WHERE name <> 'bot') AS asked(dimensions)
    GROUP BY dimensions
$$;

-- The counts of one funnel's steps: a row a step, k of n of the step before, or of the
-- first. Where no groups are asked, a funnel that nobody entered has rows too.
CREATE OR REPLACE FUNCTION _turnspan.flow_counts(plan jsonb, funnel jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format(
        'SELECT c.label, c.g, c.open, %s || jsonb_build_object(''step'', v.step,
            ''name'', v.name) AS own, v.k::numeric, v.n::numeric, NULL::float8 AS value
        FROM (
            SELECT label, g, bool_or(open) AS open, %s
            FROM (
                SELECT %s, %s FROM %s AS f %s
                UNION ALL SELECT label, ''{}'', false, %s FROM windows WHERE %L
            ) AS either GROUP BY label, g
        ) AS c CROSS JOIN LATERAL (VALUES %s) AS v(step, name, k, n)',
        quote_literal(CASE WHEN plan #>> '{options,funnel}' IS NULL
            THEN jsonb_build_object('funnel', funnel ->> 'name') ELSE '{}' END)
            || '::jsonb',
        string_agg(format('sum(n%1$s) AS n%1$s', place), ', ' ORDER BY place),
        _turnspan.metric_head(plan),
        string_agg(format('count(f.t%1$s) AS n%1$s', place), ', ' ORDER BY place),
        _turnspan.flow_paths(plan, funnel), _turnspan.metric_grouping(plan),
        string_agg('0', ', '), plan -> 'by' = '[]',
        string_agg(format('(%1$s, %2$L, c.n%1$s, c.n%3$s)', place, step ->> 'name',
            CASE WHEN plan #>> '{options,of}' = 'first' THEN 1
                ELSE greatest(place - 1, 1) END), ', ' ORDER BY place))
    FROM jsonb_array_elements(funnel -> 'steps') WITH ORDINALITY AS one(step, place)
$$;

CREATE OR REPLACE FUNCTION _turnspan.metric_funnel(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        string_agg(_turnspan.flow_counts(plan, funnel), ' UNION ALL '),
        'SELECT NULL::timestamp AS label, NULL::jsonb AS g, false AS open,
            NULL::jsonb AS own, NULL::numeric AS k, NULL::numeric AS n,
            NULL::float8 AS value WHERE false')
    FROM jsonb_array_elements(_turnspan.flow_asked(plan)) AS funnel
$$;

-- What converts: from the first step of the asked funnel to its last, or to the asked
-- goal; without a funnel from the beginning of the session to the goal, or any goal.
CREATE OR REPLACE FUNCTION _turnspan.conversion_asked(plan jsonb) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT one || jsonb_build_object('steps', CASE
        WHEN plan #> '{options,goal}' IS NULL AND one ? 'steps' THEN one -> 'steps'
        ELSE jsonb_build_array(
            coalesce(one #> '{steps,0}', '{"by": "start"}'),
            jsonb_build_object('by', 'goal', 'of', plan #> '{options,goal}')) END)
    FROM (SELECT CASE WHEN plan #> '{options,funnel}' IS NOT NULL
        THEN _turnspan.flow_asked(plan) -> 0
        ELSE jsonb_build_object(
            'unit', coalesce(plan #>> '{options,unit}',
                CASE WHEN plan #> '{options,within}' IS NULL
                    THEN 'session' ELSE 'user' END),
            'window_s', coalesce(plan #> '{options,within}',
                CASE plan #>> '{options,unit}' WHEN 'user' THEN '604800'::jsonb END))
        END AS one) AS asked
$$;

CREATE OR REPLACE FUNCTION _turnspan.metric_conversion(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format('SELECT %s, ''{}''::jsonb AS own, count(f.t%s)::numeric AS k,
            count(*)::numeric AS n, NULL::float8 AS value FROM %s AS f %s',
        _turnspan.metric_head(plan), jsonb_array_length(asked -> 'steps'),
        _turnspan.flow_paths(plan, asked), _turnspan.metric_grouping(plan))
    FROM _turnspan.conversion_asked(plan) AS asked
$$;

CREATE OR REPLACE FUNCTION _turnspan.metric_conversion_time(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format('SELECT %s, ''{}''::jsonb AS own, NULL::numeric AS k,
            count(*)::numeric AS n, %s AS value
        FROM (SELECT p.*, extract(epoch FROM p.t%s - p.t1) AS took FROM %s AS p) AS f
        WHERE f.took IS NOT NULL %s',
        _turnspan.metric_head(plan),
        CASE WHEN plan -> 'q' = '"mean"' THEN 'avg(f.took)::float8' ELSE format(
            'percentile_cont(%s) WITHIN GROUP (ORDER BY f.took::float8)',
            plan ->> 'q') END,
        jsonb_array_length(asked -> 'steps'), _turnspan.flow_paths(plan, asked),
        _turnspan.metric_grouping(plan))
    FROM _turnspan.conversion_asked(plan) AS asked
$$;

-- Values added up, those of each unit of the metric's own key apart; exact, so that no
-- order of rows changes the sum.
CREATE OR REPLACE FUNCTION _turnspan.metric_amount(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format('SELECT %s, jsonb_build_object(%L, f.%I) AS own, NULL::numeric AS k,
            NULL::numeric AS n, sum(f.%I::numeric)::float8 AS value
        FROM %s %s, f.%3$I HAVING count(f.%4$I) > 0',
        _turnspan.metric_head(plan), plan #>> '{key,name}', plan #>> '{key,column}',
        plan ->> 'numerator',
        _turnspan.metric_rows(plan, _turnspan.metric_carried(plan)
            || ARRAY[plan #>> '{key,column}', plan ->> 'numerator']),
        _turnspan.metric_grouping(plan))
$$;

-- Student's density. The factor before it is a quotient of gamma functions at l + 1/2
-- and l, by Stirling's series, exact to the double's end from l = 14 on.
CREATE OR REPLACE FUNCTION _turnspan.student_density(
    t double precision, freedom double precision
) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT exp(l * ln((l + 0.5) / l) + ln(l) / 2 - 0.5 + series - ln(freedom * pi()) / 2
        - (freedom + 1) / 2 * ln(1 + t * t / freedom))
    FROM (
        SELECT freedom / 2 AS l, sum(side * (1 / (12 * x) - 1 / (360 * x ^ 3)
            + 1 / (1260 * x ^ 5) - 1 / (1680 * x ^ 7) + 1 / (1188 * x ^ 9))) AS series
        FROM (VALUES (1, freedom / 2 + 0.5), (-1, freedom / 2)) AS of(side, x)
    ) AS stirling
$$;

-- The area of Student's distribution from 0 to t: its density integrated by Gauss and
-- Legendre, eight nodes to each of eight parts.
CREATE OR REPLACE FUNCTION _turnspan.student_area(
    t double precision, freedom double precision
) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT sum(weight * t / 16 * _turnspan.student_density(
        t / 16 * (2 * part + 1 + side * node), freedom))
    FROM generate_series(0, 7) AS part
    CROSS JOIN (VALUES (-1), (1)) AS mirrored(side)
    CROSS JOIN (VALUES
        (0.1834346424956498::float8, 0.3626837833783620::float8),
        (0.5255324099163290, 0.3137066458778873),
        (0.7966664774136267, 0.2223810344533745),
        (0.9602898564975363, 0.1012285362903763)) AS gauss(node, weight)
$$;

-- The 97.5 % quantile of Student's distribution with at least 28 degrees of freedom, by
-- Newton's method from the expansion of Abramowitz and Stegun 26.7.5.
CREATE OR REPLACE FUNCTION _turnspan.student_quantile(freedom double precision)
RETURNS double precision
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    z CONSTANT double precision := 1.959963984540054;
    t double precision := z + (z ^ 3 + z) / (4 * freedom)
        + (5 * z ^ 5 + 16 * z ^ 3 + 3 * z) / (96 * freedom ^ 2);
BEGIN
    IF freedom > 1e5 THEN
        RETURN t;  -- the expansion is exact there
    END IF;
    FOR round IN 1..3 LOOP
        t := t - (_turnspan.student_area(t, freedom) - 0.475)
            / _turnspan.student_density(t, freedom);
    END LOOP;
    RETURN t;
END
$$;

-- The mean score of one kind of session less that of another, with Welch's 95 %
-- interval (Welch 1947). k of the n ratings are of the first kind. Nothing is shown
-- below 30 ratings on either side. Equal ratings are counted first and scored once;
-- OFFSET keeps what is dear from being computed at every use.
CREATE OR REPLACE FUNCTION _turnspan.metric_csat_difference(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format(
        'SELECT label, g, open, ''{}''::jsonb AS own, n1 AS k, n1 + n2 AS n,
            difference AS value, difference - half AS low, difference + half AS high
        FROM (
            SELECT label, g, open, n1, n2,
                CASE WHEN enough THEN s1 / n1 - s2 / n2 END::float8 AS difference,
                CASE WHEN v1 + v2 = 0 AND enough THEN 0 WHEN enough THEN
                    sqrt(v1 + v2) * _turnspan.student_quantile((v1 + v2) ^ 2
                        / (v1 ^ 2 / (n1 - 1) + v2 ^ 2 / (n2 - 1))::float8) END AS half
            FROM (
                SELECT *, n1 >= 30 AND n2 >= 30 AS enough,
                    ((q1 - s1 * s1 / nullif(n1, 0))
                        / nullif(n1 - 1, 0) / n1)::float8 AS v1,
                    ((q2 - s2 * s2 / nullif(n2, 0))
                        / nullif(n2 - 1, 0) / n2)::float8 AS v2
                FROM (
                    SELECT label, g, bool_or(open) AS open,
                        coalesce(sum(times) FILTER (
                            WHERE side = 1 AND score IS NOT NULL), 0) AS n1,
                        coalesce(sum(times) FILTER (
                            WHERE side = 2 AND score IS NOT NULL), 0) AS n2,
                        sum(times * score) FILTER (WHERE side = 1) AS s1,
                        sum(times * score) FILTER (WHERE side = 2) AS s2,
                        sum(times * score * score) FILTER (WHERE side = 1) AS q1,
                        sum(times * score * score) FILTER (WHERE side = 2) AS q2
                    FROM (
                        SELECT label, g, open, side, times, _turnspan.rating_score(
                            rating, value, mark, scale)::numeric AS score
                        FROM (
                            SELECT %1$s, CASE WHEN f.%2$I = 1 THEN 1 ELSE 2 END AS side,
                                f.rating, f.value, f.mark, f.scale,
                                count(*)::numeric AS times
                            FROM %4$s
                            WHERE f.responses = 1 AND (f.%2$I = 1 OR f.%3$I = 1)
                            %5$s, side, f.rating, f.value, f.mark, f.scale
                        ) AS alike OFFSET 0
                    ) AS scored
                    GROUP BY label, g
                ) AS sums
            ) AS sides OFFSET 0
        ) AS judged',
        _turnspan.metric_head(plan), plan ->> 'numerator', plan ->> 'denominator',
        _turnspan.metric_rows(plan, _turnspan.metric_carried(plan)
            || ARRAY['responses', 'rating', 'value', 'mark', 'scale',
                plan ->> 'numerator', plan ->> 'denominator']),
        _turnspan.metric_grouping(plan))
$$;
