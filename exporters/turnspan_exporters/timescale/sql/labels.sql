-- Labels: what a derivation does about them, and what is read and written of them.

-- name: derive_labels
SELECT _turnspan.derive_labels()

-- name: lock_labels
SELECT _turnspan.lock_labels(true)

-- name: add_labels
-- A label without a time is given now, unless its labeller said the same last. The id
-- follows from what was given with a time, so that the same file adds nothing.
WITH given AS (
    SELECT * FROM unnest(%(bots)s::text[], %(turns)s::text[], %(labelled)s::text[],
        %(labellers)s::text[], %(at)s::timestamptz[], %(weights)s::float8[])
        AS g(bot, turn_id, labelled, labeller, at, weight)
), dated AS (
    SELECT g.bot, g.turn_id, g.labelled, g.labeller, g.weight, coalesce(g.at,
        greatest(clock_timestamp(), l.labelled_at + interval '1 microsecond')) AS at
    FROM given AS g
    LEFT JOIN LATERAL (
        SELECT labelled, weight, labelled_at FROM _turnspan.label
        WHERE bot = g.bot AND turn_id = g.turn_id AND labeller = g.labeller AND NOT test
        ORDER BY labelled_at DESC, id DESC LIMIT 1) AS l ON g.at IS NULL
    WHERE g.at IS NOT NULL
    OR (l.labelled, l.weight) IS DISTINCT FROM (g.labelled, g.weight)
)
INSERT INTO _turnspan.label (id, bot, turn_id, labelled, labeller, labelled_at, weight,
    source, test)
SELECT md5(jsonb_build_array(bot, turn_id, labelled, labeller, extract(epoch FROM at),
    weight)::text)::uuid, bot, turn_id, labelled, labeller, at, weight,
    %(source)s, false
FROM dated
ON CONFLICT DO NOTHING

-- name: settle_labels
SELECT _turnspan.settle_labels(%(bots)s::text[], %(turns)s::text[],
    %(near)s::timestamptz[])

-- name: waiting_labels
SELECT count(DISTINCT (g.bot, g.turn_id))
FROM unnest(%(bots)s::text[], %(turns)s::text[]) AS g(bot, turn_id)
WHERE NOT EXISTS (SELECT FROM _turnspan.labelled_turn AS t
    WHERE t.bot = g.bot AND t.turn_id = g.turn_id)

-- name: read_labels
SELECT labelled_at, bot, turn_id, start_time, conversation_id, predicted, confidence,
    labelled, labeller, weight, source, is_latest, agreed
FROM turnspan.labels
WHERE labelled_at >= %(from)s AND labelled_at < %(to)s
AND (%(bots)s::text[] IS NULL OR bot = ANY (%(bots)s))
AND (%(labellers)s::text[] IS NULL OR labeller = ANY (%(labellers)s))
ORDER BY labelled_at DESC, bot, turn_id, labeller
LIMIT %(limit)s

-- name: label_agreement
SELECT labeller, other, turns, agreed, kappa
FROM turnspan.label_agreement(coalesce(%(from)s::timestamptz, '-infinity'),
    coalesce(%(to)s::timestamptz, 'infinity'), %(bots)s::text[])

-- name: sample_sizes
SELECT count(*) FILTER (WHERE is_focus), count(*) FILTER (WHERE NOT is_focus)
FROM _turnspan.label_population(%(strategy)s, %(from)s, %(to)s, %(bots)s, %(seed)s)

-- name: sample_turns
-- The first of each group in the order that the seed makes of them.
WITH drawn AS (
    (SELECT * FROM _turnspan.label_population(
        %(strategy)s, %(from)s, %(to)s, %(bots)s, %(seed)s)
    WHERE is_focus ORDER BY place, bot, turn_id LIMIT %(focus)s)
    UNION ALL
    (SELECT * FROM _turnspan.label_population(
        %(strategy)s, %(from)s, %(to)s, %(bots)s, %(seed)s)
    WHERE NOT is_focus ORDER BY place, bot, turn_id LIMIT %(rest)s)
)
SELECT bot, turn_id, conversation_id, start_time, predicted, confidence, is_focus
FROM drawn ORDER BY place, bot, turn_id

-- name: sample_texts
SELECT DISTINCT ON (g.bot, g.turn_id) g.bot, g.turn_id, left(c.text, %(chars)s)
FROM unnest(%(bots)s::text[], %(turns)s::text[], %(conversations)s::text[],
    %(times)s::timestamptz[]) AS g(bot, turn_id, conversation_id, at)
JOIN _turnspan.content AS c ON c.bot = g.bot AND c.conversation_id = g.conversation_id
    AND c.turn_id = g.turn_id AND c.attribute = %(attribute)s
    AND c.time BETWEEN g.at - interval '1 hour' AND g.at + interval '1 day'
    AND c.time > now() - _turnspan.setting_interval('', 'content_retention')
JOIN _turnspan.event AS e ON e.uid = c.uid AND e.time = c.time AND e.role = 'user'
ORDER BY g.bot, g.turn_id, c.time, c.id
