-- Deriving a range of history again, and keeping its numbers first.

-- name: recompute_now
SELECT now()

-- name: recompute_horizon
-- The first moment of which all raw rows are there: retention may have dropped more
-- than its setting says, where it was shorter before.
WITH raw AS (
    SELECT least((SELECT min(start_time) FROM _turnspan.span),
        (SELECT min(time) FROM _turnspan.event)) AS oldest
)
SELECT CASE WHEN EXISTS (SELECT FROM _turnspan.turn t
        WHERE t.start_time < raw.oldest - interval '1 hour')
    THEN greatest(kept, raw.oldest) ELSE kept END
FROM raw, (SELECT now() - _turnspan.setting_interval('', 'raw_retention') AS kept) AS s

-- name: recompute_bots
SELECT name FROM _turnspan.bot ORDER BY name

-- name: recompute_zone
SELECT _turnspan.metric_zones(%(bots)s::jsonb) ->> 'zone'

-- name: recompute_ask
INSERT INTO _turnspan.recompute (origin, bots, from_time, to_time, open_end,
    parameters, reason, settings_at, listed_to)
VALUES ('command', %(bots)s, %(from)s, %(to)s, %(open_end)s, %(parameters)s::jsonb,
    _turnspan.recompute_reason('recompute', %(parameters)s::jsonb), %(before)s,
    %(from)s)
RETURNING id

-- name: recompute_same
-- An unfinished one that was asked in the same words.
SELECT id FROM _turnspan.recompute
WHERE origin = 'command' AND state IN ('queued', 'publishing', 'deriving')
AND bots = %(bots)s AND from_time = %(from)s AND parameters = %(parameters)s::jsonb
AND CASE WHEN %(open_end)s THEN open_end ELSE to_time = %(to)s AND NOT open_end END
ORDER BY id DESC LIMIT 1

-- name: recompute_job
SELECT id, origin, bots, from_time, to_time, reason, state, listed_to, records_total,
    records_done, unpublished, error
FROM _turnspan.recompute WHERE id = %(id)s

-- name: recompute_waiting
SELECT id FROM _turnspan.recompute
WHERE origin = 'settings' AND state IN ('queued', 'publishing', 'deriving')
ORDER BY id

-- name: recompute_lock
SELECT pg_try_advisory_lock(1953719091, 3)

-- name: recompute_unlock
SELECT pg_advisory_unlock(1953719091, 3)

-- name: recompute_state
UPDATE _turnspan.recompute SET state = %(state)s,
    deriving_at = CASE WHEN %(state)s = 'deriving' THEN clock_timestamp()
        ELSE deriving_at END,
    finished_at = CASE WHEN %(state)s IN ('done', 'failed') THEN clock_timestamp() END
WHERE id = %(id)s

-- name: recompute_failed
UPDATE _turnspan.recompute SET attempts = attempts + 1, error = %(error)s,
    state = CASE WHEN attempts + 1 >= %(attempts_max)s THEN 'failed' ELSE state END
WHERE id = %(id)s
RETURNING state

-- name: recompute_count
-- How many raw rows there are; what lies before the first needs no listing.
UPDATE _turnspan.recompute SET
    records_total = s.records + e.records,
    listed_to = greatest(listed_to, coalesce(least(s.first, e.first), to_time))
FROM (SELECT count(*) AS records, min(start_time) AS first FROM _turnspan.span
        WHERE start_time >= %(from)s AND start_time < %(to)s
        AND (%(bots)s::text[] = '{}' OR bot = ANY (%(bots)s))) AS s,
    (SELECT count(*) AS records, min(time) AS first FROM _turnspan.event
        WHERE time >= %(from)s AND time < %(to)s
        AND (%(bots)s::text[] = '{}' OR bot = ANY (%(bots)s))) AS e
WHERE id = %(id)s

-- name: recompute_list
-- What the raw rows of a stretch belong to; rows that belong to nothing are counted
-- with a part that queues nothing.
WITH listed AS (
    INSERT INTO _turnspan.recompute_part (recompute_id, bot, conversation_id, turn_id,
        handoff_id, from_time, to_time, records)
    SELECT %(id)s, bot, conversation_id, turn_id, handoff_id, min(at), max(at), count(*)
    FROM (
        SELECT bot, conversation_id, start_time AS at, NULL AS handoff_id,
            CASE WHEN conversation_id IS NOT NULL THEN NULL
            WHEN _turnspan.is_turn(name, turn_id, initiator, outcome)
                THEN coalesce(turn_id, _turnspan.turn_of(trace_id, span_id))
            WHEN operation IN ('chat', 'text_completion', 'generate_content')
                THEN turn_id END AS turn_id
        FROM _turnspan.span
        WHERE start_time >= %(from)s AND start_time < %(to)s
        AND (%(bots)s::text[] = '{}' OR bot = ANY (%(bots)s))
        UNION ALL
        SELECT bot, conversation_id, time,
            CASE WHEN conversation_id IS NULL AND turn_id IS NULL THEN handoff_id END,
            CASE WHEN conversation_id IS NULL THEN turn_id END
        FROM _turnspan.event
        WHERE time >= %(from)s AND time < %(to)s
        AND (%(bots)s::text[] = '{}' OR bot = ANY (%(bots)s))
    ) AS raw
    GROUP BY bot, conversation_id, turn_id, handoff_id
    ORDER BY conversation_id IS NULL, min(at))
UPDATE _turnspan.recompute SET listed_to = %(to)s WHERE id = %(id)s

-- name: recompute_list_users
-- Their days may move to others with the time zone, also where raw rows are gone.
INSERT INTO _turnspan.recompute_part (recompute_id, bot, user_key, from_time, to_time,
    records)
SELECT %(id)s, t.bot, t.user_key, min(t.start_time), max(t.start_time), 0
FROM _turnspan.turn t JOIN _turnspan.recompute r ON r.id = %(id)s
WHERE t.user_key IS NOT NULL AND (r.bots = '{}' OR t.bot = ANY (r.bots))
AND (r.parameters ? 'timezone'
    OR (t.start_time >= r.from_time AND t.start_time < r.to_time))
GROUP BY t.bot, t.user_key
ORDER BY t.bot, t.user_key

-- name: recompute_queue
-- One chunk of the list becomes work for whoever derives; returns its raw rows.
WITH chunk AS (
    DELETE FROM _turnspan.recompute_part WHERE id IN (
        SELECT id FROM _turnspan.recompute_part WHERE recompute_id = %(id)s
        ORDER BY id LIMIT %(rows)s)
    RETURNING *
), touched AS (
    INSERT INTO _turnspan.touched
        (bot, conversation_id, turn_id, handoff_id, from_time, to_time)
    SELECT bot, conversation_id, turn_id, handoff_id, from_time, to_time FROM chunk
    WHERE coalesce(conversation_id, turn_id, handoff_id) IS NOT NULL ORDER BY id
), users AS (
    INSERT INTO _turnspan.touched_user (bot, user_key, from_time, to_time)
    SELECT bot, user_key, from_time, to_time FROM chunk
    WHERE user_key IS NOT NULL ORDER BY id
), counted AS (
    UPDATE _turnspan.recompute
    SET records_done = records_done + (SELECT coalesce(sum(records), 0) FROM chunk)
    WHERE id = %(id)s
)
SELECT count(*) FROM chunk

-- name: recompute_mark
SELECT (SELECT coalesce(max(id), 0) FROM _turnspan.touched),
    (SELECT coalesce(max(id), 0) FROM _turnspan.touched_user)

-- name: recompute_left
SELECT EXISTS (SELECT FROM _turnspan.touched WHERE id <= %(conversations)s)
    OR EXISTS (SELECT FROM _turnspan.touched_user WHERE id <= %(users)s)

-- name: cover_derived
-- Sessions made under other parameters may reach beyond what these put together: they
-- are replaced whole, or they would overlap the new ones.
UPDATE key SET a = least(key.a, o.from_time), b = greatest(key.b, o.to_time),
    lo = least(key.lo, o.from_time - 6 * key.t - interval '3 hours'),
    hi = greatest(key.hi, o.to_time + 6 * key.t + interval '3 hours')
FROM (SELECT k.k, min(s.start_time) AS from_time, max(s.end_time) AS to_time
    FROM key k JOIN _turnspan.session s ON s.bot = k.bot
        AND s.conversation_id = k.conversation_id
        AND s.start_time BETWEEN k.a - interval '31 days' AND k.b
        AND s.end_time >= k.a AND s.parameters <> k.parameters
    GROUP BY k.k) AS o
WHERE key.k = o.k

-- name: publish_bots
-- The bots of a recomputation whose numbers are not kept yet, with their days.
SELECT b.name, zone, first_day, last_day
FROM _turnspan.recompute r
JOIN _turnspan.bot b ON r.bots = '{}' OR b.name = ANY (r.bots)
CROSS JOIN LATERAL (SELECT _turnspan.setting(b.name, 'timezone') #>> '{}' AS zone) AS z
CROSS JOIN LATERAL (SELECT least(
    (SELECT min(start_time) FROM _turnspan.turn WHERE bot = b.name),
    (SELECT min(start_time) FROM _turnspan.session WHERE bot = b.name),
    (SELECT min(requested_at) FROM _turnspan.handoff WHERE bot = b.name)) AS oldest)
    AS known
CROSS JOIN LATERAL (SELECT
    (greatest(r.from_time, known.oldest) AT TIME ZONE zone)::date AS first_day,
    least(((r.to_time - interval '1 microsecond') AT TIME ZONE zone)::date,
        (now() AT TIME ZONE zone)::date - 1) AS last_day) AS days
WHERE r.id = %(id)s AND known.oldest IS NOT NULL AND first_day <= last_day
AND NOT EXISTS (SELECT FROM _turnspan.publication p
    WHERE p.recompute_id = r.id AND p.bot = b.name)
ORDER BY b.name

-- name: publish_metrics
SELECT name, definition -> 'buckets' ? 'day' FROM _turnspan.metric_catalogue
WHERE definition ->> 'kind' <> 'now' ORDER BY name

-- name: publication
INSERT INTO _turnspan.publication (recompute_id, bot, published_at, reason, timezone,
    first_day, last_day, definition_version, parameters)
SELECT r.id, %(bot)s, clock_timestamp(), r.reason, %(zone)s, %(first_day)s,
    %(last_day)s,
    (SELECT max((definition ->> 'definition_version')::smallint)
        FROM _turnspan.metric_catalogue),
    (SELECT jsonb_object_agg(d.name, _turnspan.setting(%(bot)s, d.name))
        FROM _turnspan.setting_default d
        WHERE _turnspan.shapes_rows(d.name) OR starts_with(d.name, 'theta_'))
FROM _turnspan.recompute r WHERE r.id = %(id)s
RETURNING id

-- name: publish_days
-- One metric of one bot over whole local days, a row a day and own key.
INSERT INTO _turnspan.published_metric
    (publication_id, name, day, "group", value, k, n, low, high)
SELECT %(publication)s, %(name)s, (m.bucket AT TIME ZONE %(zone)s)::date,
    m."group", m.value, m.k, m.n, m.low, m.high
FROM turnspan.metric(%(name)s,
    _turnspan.local_start(%(first_day)s::date, %(zone)s),
    _turnspan.local_start(%(last_day)s::date + 1, %(zone)s),
    'day', '{}', jsonb_build_object('bot', jsonb_build_array(%(bot)s::text))) AS m
WHERE coalesce(m.value, m.k::float8, m.n::float8) IS NOT NULL AND NOT m.provisional

-- name: publish_day
-- The same of a metric that knows no buckets.
INSERT INTO _turnspan.published_metric
    (publication_id, name, day, "group", value, k, n, low, high)
SELECT %(publication)s, %(name)s, d.day, m."group", m.value, m.k, m.n, m.low, m.high
FROM (SELECT %(first_day)s::date + n AS day
    FROM generate_series(0, %(last_day)s::date - %(first_day)s::date) AS n) AS d
CROSS JOIN LATERAL turnspan.metric(%(name)s,
    _turnspan.local_start(d.day, %(zone)s), _turnspan.local_start(d.day + 1, %(zone)s),
    NULL, '{}', jsonb_build_object('bot', jsonb_build_array(%(bot)s::text))) AS m
WHERE coalesce(m.value, m.k::float8, m.n::float8) IS NOT NULL AND NOT m.provisional

-- name: publish_refused
UPDATE _turnspan.recompute SET unpublished = unpublished
    || jsonb_build_object(%(name)s::text, %(reason)s::text)
WHERE id = %(id)s

-- name: read_published
SELECT * FROM turnspan.published(%(name)s, %(start)s, %(end)s, %(bots)s::text[],
    %(as_of)s)
