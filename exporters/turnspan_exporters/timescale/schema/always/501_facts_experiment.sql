-- Facts of experiments: who was assigned to which variant, at the first time.

CREATE OR REPLACE VIEW _turnspan.fact_assignment AS
SELECT
    a.first_at AS at,
    a.bot,
    _turnspan.known(a.channel) AS channel,
    a.experiment,
    a.user_key,
    a.variant
FROM _turnspan.assignment AS a
WHERE NOT a.test;

-- When an experiment began: its first assignment at a bot ('': at any).
CREATE OR REPLACE FUNCTION _turnspan.experiment_begun(of_experiment text, of_bot text)
RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT min(f.at) FROM _turnspan.fact_assignment AS f
    WHERE f.experiment = of_experiment AND of_bot IN ('', f.bot)
$$;

-- What was declared of experiments, in _turnspan.parameter: primary, control, variants
-- with their weights, n or until, start. late: an assignment was there before.
CREATE OR REPLACE VIEW _turnspan.experiment_declaration AS
SELECT
    p.bot,
    substr(p.name, 12) AS experiment,
    p.value,
    p.set_at AS declared_at,
    coalesce(p.set_at > _turnspan.experiment_begun(substr(p.name, 12), p.bot), false)
        AS late
FROM _turnspan.parameter AS p
WHERE p.name LIKE 'experiment:%' AND p.value <> 'null';

-- The declaration that counts: the last one before the first assignment.
CREATE OR REPLACE FUNCTION _turnspan.experiment_declared(
    of_experiment text, of_bot text
) RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT d.value || jsonb_build_object('declared_at', d.declared_at)
    FROM _turnspan.experiment_declaration AS d
    WHERE d.experiment = of_experiment AND d.bot IN (of_bot, '') AND NOT d.late
    ORDER BY d.bot DESC, d.declared_at DESC LIMIT 1
$$;
