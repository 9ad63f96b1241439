-- Deriving history again: what a changed setting asks for, and the old numbers.

-- The version of the rules that derived rows are made by, as the catalogue says it.
CREATE OR REPLACE FUNCTION _turnspan.definition_version() RETURNS smallint
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN 1::smallint;

DROP FUNCTION IF EXISTS _turnspan.settings_changed(text, text[]);
CREATE OR REPLACE FUNCTION _turnspan.settings_changed(
    of_bot text, given jsonb, before timestamptz)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    named CONSTANT text[] := CASE of_bot WHEN '' THEN '{}'::text[]
        ELSE ARRAY[of_bot] END;
    moved jsonb;
BEGIN
    SELECT jsonb_object_agg(key, value) INTO moved FROM jsonb_each(given)
    WHERE _turnspan.shapes_rows(key)
    AND value IS DISTINCT FROM _turnspan.setting_at(of_bot, key, before);
    IF moved IS NOT NULL THEN
        PERFORM _turnspan.queue_recompute(named, moved, before);
    END IF;
    IF given ?| ARRAY['raw_retention', 'content_retention', 'derived_retention',
        'chunk_interval', 'columnstore_raw_after', 'columnstore_derived_after']
    THEN
        PERFORM _turnspan.apply_policies();
    END IF;
END
$$;
COMMENT ON FUNCTION _turnspan.settings_changed IS
    'Called after settings of a bot (empty: of the installation) were set; before: a '
    'time just before they were.';

-- Rebuild all that the raw rows reach, once the worker has kept the old numbers.
-- Further changes join one that has not begun; where nothing is derived there is
-- nothing to keep or to rebuild.
CREATE OR REPLACE FUNCTION _turnspan.queue_recompute(
    named text[], moved jsonb, before timestamptz)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM _turnspan.turn
            WHERE named = '{}' OR bot = ANY (named))
        AND NOT EXISTS (SELECT FROM _turnspan.session
            WHERE named = '{}' OR bot = ANY (named))
    THEN
        RETURN;
    END IF;
    UPDATE _turnspan.recompute SET parameters = parameters || moved,
        to_time = clock_timestamp(),
        reason = _turnspan.recompute_reason('set', parameters || moved)
    WHERE id = (SELECT id FROM _turnspan.recompute
        WHERE origin = 'settings' AND state = 'queued' AND bots = named
        FOR UPDATE SKIP LOCKED LIMIT 1);
    IF NOT FOUND THEN
        INSERT INTO _turnspan.recompute (origin, bots, from_time, to_time, open_end,
            parameters, reason, settings_at, listed_to)
        SELECT 'settings', named, horizon, clock_timestamp(), true, moved,
            _turnspan.recompute_reason('set', moved), before, horizon
        FROM (SELECT now() - _turnspan.setting_interval('', 'raw_retention')
            AS horizon) AS kept;
    END IF;
END
$$;

-- What was asked, in words.
CREATE OR REPLACE FUNCTION _turnspan.recompute_reason(asked text, moved jsonb)
RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT concat_ws(' ', asked, string_agg(format('%s=%s', key, value #>> '{}'), ' '
        ORDER BY key)) FROM jsonb_each(moved)
$$;

-- The numbers as they were, for readers.
CREATE OR REPLACE VIEW turnspan.published_metrics AS
SELECT
    m.name, p.bot, m.day, m."group", m.value, m.k, m.n, m.low, m.high,
    p.timezone, p.definition_version, p.parameters, p.published_at, p.reason
FROM _turnspan.published_metric AS m
JOIN _turnspan.publication AS p ON p.id = m.publication_id;
COMMENT ON VIEW turnspan.published_metrics IS
    'Daily values that a recomputation replaced: what was shown until published_at. '
    'day is a local day of timezone.';

CREATE OR REPLACE FUNCTION turnspan.published(
    name text,
    "from" timestamptz,
    "to" timestamptz,
    bots text[] DEFAULT NULL,
    as_of timestamptz DEFAULT NULL
) RETURNS SETOF turnspan.published_metrics
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT m.* FROM turnspan.published_metrics AS m
    JOIN (
        SELECT DISTINCT ON (o.bot, o.day, CASE WHEN as_of IS NULL
                THEN o.published_at END)
            o.bot, o.day, o.published_at
        FROM turnspan.published_metrics AS o
        WHERE o.name = published.name AND (bots IS NULL OR o.bot = ANY (bots))
        AND o.day::timestamp AT TIME ZONE o.timezone >= "from"
        AND o.day::timestamp AT TIME ZONE o.timezone < "to"
        AND (as_of IS NULL OR (o.published_at > as_of
            AND (o.day + 1)::timestamp AT TIME ZONE o.timezone <= as_of))
        ORDER BY o.bot, o.day, CASE WHEN as_of IS NULL THEN o.published_at END,
            o.published_at
    ) AS kept USING (bot, day, published_at)
    WHERE m.name = published.name
    ORDER BY m.bot, m.day, m.published_at, m."group"
$$;
COMMENT ON FUNCTION turnspan.published IS
    'Daily values of a metric as they were before history was derived again, over '
    'days that begin in [from, to). as_of: the values that were shown at that time; '
    'a day that is missing was not rewritten since. Without it every publication.';

-- Which rows were made by which definition.
CREATE OR REPLACE VIEW turnspan.versions AS
SELECT 'turns' AS rows, bot, definition_version, NULL::jsonb AS parameters,
    min(start_time) AS from_time, max(start_time) AS to_time, count(*) AS count
FROM _turnspan.turn GROUP BY bot, definition_version
UNION ALL
SELECT 'sessions', bot, definition_version, parameters, min(start_time),
    max(start_time), count(*)
FROM _turnspan.session GROUP BY bot, definition_version, parameters
UNION ALL
SELECT 'handoffs', bot, definition_version, NULL, min(requested_at),
    max(requested_at), count(*)
FROM _turnspan.handoff GROUP BY bot, definition_version;
COMMENT ON VIEW turnspan.versions IS
    'How many derived rows stand under which definition version and parameters: what '
    'a recomputation would bring up to date.';

CREATE OR REPLACE VIEW turnspan.recomputations AS
SELECT
    id, origin, bots, from_time, to_time, parameters, reason, state, records_total,
    records_done, unpublished, error, asked_at, deriving_at, finished_at
FROM _turnspan.recompute;
COMMENT ON VIEW turnspan.recomputations IS
    'Every recomputation: what was asked, how far it came, and what it could not keep.';
