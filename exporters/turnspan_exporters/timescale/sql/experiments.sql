-- What is asked and told of experiments.

-- name: declare_experiment
INSERT INTO _turnspan.parameter (bot, name, valid_from, value)
VALUES (%(bot)s, 'experiment:' || %(experiment)s::text, clock_timestamp(),
    %(value)s::jsonb)

-- name: experiment_metrics
SELECT name FROM _turnspan.experiment_metric ORDER BY name

-- name: experiments
-- Every experiment that was declared or seen: when it began, and how many users it has.
SELECT coalesce(d.experiment, s.experiment), s.begun, coalesce(s.users, 0),
    d.experiment IS NOT NULL
FROM (SELECT DISTINCT experiment FROM _turnspan.experiment_declaration) AS d
FULL JOIN (
    SELECT experiment, min(at) AS begun, count(DISTINCT (bot, user_key)) AS users
    FROM _turnspan.fact_assignment GROUP BY experiment
) AS s ON s.experiment = d.experiment
ORDER BY 1

-- name: experiment_declarations
SELECT bot, value, declared_at, late
FROM _turnspan.experiment_declaration
WHERE experiment = %(experiment)s AND bot IN (%(bot)s, '')
ORDER BY bot DESC, declared_at DESC

-- name: experiment_now
SELECT now(), _turnspan.experiment_begun(%(experiment)s, %(bot)s)

-- name: experiment_nth
-- When the n-th user was assigned who was assigned at the start or later.
SELECT at FROM (
    SELECT min(at) AS at FROM _turnspan.fact_assignment
    WHERE experiment = %(experiment)s AND %(bot)s IN ('', bot)
    GROUP BY bot, user_key
) AS users
WHERE at >= %(start)s ORDER BY at OFFSET %(n)s - 1 LIMIT 1

-- name: experiment_users
-- Users by variant, each in the first one seen, and how many saw another.
SELECT variant, count(*), count(*) FILTER (WHERE variants > 1) FROM (
    SELECT min(at) AS at, count(*) AS variants,
        (array_agg(variant ORDER BY at, variant))[1] AS variant
    FROM _turnspan.fact_assignment
    WHERE experiment = %(experiment)s AND %(bot)s IN ('', bot) AND at < %(end)s
    GROUP BY bot, user_key
) AS users
WHERE at >= %(start)s GROUP BY variant ORDER BY variant

-- name: experiment_open
-- Sessions of its users that began before the end and are not over yet.
SELECT count(*) FROM _turnspan.fact_session AS s
WHERE NOT s.finalised AND s.base = 1
    AND s.at >= %(start)s - interval '7 days' AND s.at < %(end)s
    AND EXISTS (SELECT FROM _turnspan.fact_assignment AS f
        WHERE f.experiment = %(experiment)s AND f.bot = s.bot
        AND f.user_key = s.user_key AND %(bot)s IN ('', f.bot) AND f.at <= s.end_time)
