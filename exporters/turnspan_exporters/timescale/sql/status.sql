-- What an operator wants to know of the store: what waits, what is stale, what was set
-- aside, what it takes on disk, and what was received of late. Cheap enough to be asked
-- every few seconds, but for the last two.

-- name: status_installation
SELECT i.mode, now(), current_setting('server_version'),
    (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'),
    EXISTS (SELECT FROM pg_available_extensions WHERE name = 'timescaledb')
FROM _turnspan.installation AS i

-- name: status_work
-- What waits to be derived, since when, and how many ranges wait to be refreshed.
SELECT
    (SELECT count(*) FROM _turnspan.touched),
    (SELECT count(*) FROM _turnspan.touched_user),
    coalesce(extract(epoch FROM now() - least(
        (SELECT min(touched_at) FROM _turnspan.touched),
        (SELECT min(touched_at) FROM _turnspan.touched_user)))::float8, 0),
    (SELECT count(*) FROM _turnspan.touched_window),
    (SELECT count(*) FROM pg_stat_activity
     WHERE application_name = 'turnspan worker' AND datname = current_database())

-- name: status_dead_letters
SELECT signal, count(*), min(received_at)
FROM _turnspan.dead_letter GROUP BY signal ORDER BY signal

-- name: status_aggregates
-- How far each aggregate is behind the clock; when its policy last refreshed it, and
-- how often it should; whether it failed the last time.
SELECT c.view_name,
    coalesce(extract(
        epoch FROM now() - _turnspan.stored_until(c.view_name))::float8, 0),
    CASE WHEN isfinite(s.last_successful_finish)
        THEN extract(epoch FROM now() - s.last_successful_finish)::float8 END,
    coalesce(extract(epoch FROM j.schedule_interval)::float8, 0),
    coalesce(s.last_run_status = 'Failed', false)
FROM timescaledb_information.continuous_aggregates AS c
LEFT JOIN timescaledb_information.jobs AS j
    ON j.hypertable_schema = c.view_schema AND j.hypertable_name = c.view_name
    AND j.proc_name = 'policy_refresh_continuous_aggregate'
LEFT JOIN timescaledb_information.job_stats AS s ON s.job_id = j.job_id
WHERE c.view_schema = '_turnspan'
ORDER BY c.view_name

-- name: status_tables
SELECT c.relname, pg_total_relation_size(c.oid)
FROM pg_class AS c
WHERE c.relnamespace = '_turnspan'::regnamespace AND c.relkind = 'r'
ORDER BY c.relname

-- name: status_hypertables
SELECT hypertable_name,
    hypertable_approximate_size(format('%I.%I', hypertable_schema, hypertable_name))
FROM timescaledb_information.hypertables
WHERE hypertable_schema = '_turnspan'
ORDER BY hypertable_name

-- name: status_received
-- By bot, of the last day's spans and events: how many, when the newest came, by how
-- much the clock of its process is ahead (negative: how old records are on arrival),
-- and how many had a time that could not be.
SELECT bot, sum(records), max(newest), max(ahead), sum(clamped)
FROM (
    SELECT bot, count(*) AS records, max(received_at) AS newest,
        extract(epoch FROM max(start_time - received_at))::float8 AS ahead,
        count(*) FILTER (WHERE time_flags & 1 = 1) AS clamped
    FROM _turnspan.span WHERE start_time > now() - interval '1 day' GROUP BY bot
    UNION ALL
    SELECT bot, count(*), max(received_at),
        extract(epoch FROM max(time - received_at))::float8,
        count(*) FILTER (WHERE time_flags & 1 = 1)
    FROM _turnspan.event WHERE time > now() - interval '1 day' GROUP BY bot
) AS records
GROUP BY bot ORDER BY bot

-- name: status_instrumentations
-- Which versions of turnspan's own instrumentation sent of late.
SELECT DISTINCT s.version
FROM _turnspan.scope AS s
WHERE s.name = %(scope)s AND s.version <> '' AND EXISTS (
    SELECT FROM _turnspan.event AS e
    WHERE e.scope_id = s.id AND e.time > now() - interval '1 day')
ORDER BY s.version

-- name: status_turns
-- Whether turns are among what was received: a bot may send spans of other libraries.
SELECT EXISTS (SELECT FROM _turnspan.turn WHERE start_time > now() - interval '1 day')

-- name: status_rights
-- Tables that this role may not read or write.
SELECT c.relname
FROM pg_class AS c
WHERE c.relnamespace = '_turnspan'::regnamespace AND c.relkind = 'r'
    AND NOT has_table_privilege(c.oid, 'SELECT, INSERT')
ORDER BY c.relname

-- name: status_loss_patience
SELECT set_config('statement_timeout', '10s', true)

-- name: status_loss
-- Of the last hour, by process: what it sent by its own numbers, and what is missing. A
-- limit, since each is a time series of whoever scrapes.
SELECT "group" ->> 'bot', coalesce("group" ->> 'process', ''), n::bigint, k::bigint
FROM turnspan.metric('loss_rate', now() - interval '1 hour', now(), NULL,
    ARRAY['bot', 'process'], '{}', '{}')
WHERE n > 0
ORDER BY n DESC, 1, 2 LIMIT 200
