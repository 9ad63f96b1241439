-- What is known of users: active days, when first seen, and who came back.

-- name: label_of_users
INSERT INTO label
SELECT s.session_key, s.start_time
FROM person p JOIN _turnspan.session s ON s.bot = p.bot AND s.user_key = p.user_key
    AND s.start_time BETWEEN p.from_time - 2 * _turnspan.return_reach() AND p.to_time
    AND s.end_time >= p.from_time - _turnspan.return_reach()
    AND (s.next_start IS NULL OR s.next_start >= p.from_time)

-- name: zones
INSERT INTO zone
SELECT p.bot, p.user_key, b.timezone, (p.from_time AT TIME ZONE b.timezone)::date - 1,
    (p.to_time AT TIME ZONE b.timezone)::date + 1,
    p.from_time - interval '72 hours', p.to_time + interval '72 hours'
FROM person p JOIN (
    SELECT name AS bot, _turnspan.setting(name, 'timezone') #>> '{}' AS timezone
    FROM (SELECT DISTINCT bot AS name FROM person) AS bots
    OFFSET 0) AS b USING (bot)

-- name: forget_days
DELETE FROM _turnspan.user_day d USING zone z
WHERE d.bot = z.bot AND d.user_key = z.user_key
AND d.day BETWEEN z.first_day AND z.last_day

-- name: days
INSERT INTO _turnspan.user_day (bot, day, user_key, channel, environment, version,
    variant, locale, test, identified, user_turns)
SELECT t.bot, (t.start_time AT TIME ZONE z.timezone)::date, t.user_key, t.channel,
    coalesce(t.environment, ''), coalesce(t.version, ''), coalesce(t.variant, ''),
    coalesce(t.locale, ''), t.test, bool_or(t.user_kind IS DISTINCT FROM 'anonymous'),
    count(*)
FROM zone z JOIN _turnspan.turn t ON t.bot = z.bot AND t.user_key = z.user_key
    AND t.initiator = 'user' AND t.start_time BETWEEN z.from_time AND z.to_time
    AND (t.start_time AT TIME ZONE z.timezone)::date BETWEEN z.first_day AND z.last_day
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9

-- name: forget_first_seen
DELETE FROM _turnspan.user_first_seen f USING person p
WHERE f.bot = p.bot AND f.user_key = p.user_key AND f.first_time >= p.from_time

-- name: first_seen
INSERT INTO _turnspan.user_first_seen (bot, user_key, test, first_time)
SELECT p.bot, p.user_key, t.test, min(t.start_time)
FROM person p JOIN _turnspan.turn t ON t.bot = p.bot AND t.user_key = p.user_key
    AND t.initiator = 'user' AND t.start_time >= p.from_time
GROUP BY p.bot, p.user_key, t.test
ON CONFLICT (bot, user_key, test) DO NOTHING

-- name: forget_assignments
-- An evaluation may lie before the turn it names, and so before the session.
DELETE FROM _turnspan.assignment a USING person p
WHERE a.bot = p.bot AND a.user_key = p.user_key
AND a.first_at >= p.from_time - interval '1 day'

-- name: assignments
-- From sessions, and from evaluations that say the user, in whatever conversation.
INSERT INTO _turnspan.assignment
    (bot, experiment, user_key, variant, first_at, channel, test)
SELECT DISTINCT ON (p.bot, experiment, p.user_key, variant, test)
    p.bot, experiment, p.user_key, variant, first_at, channel, test
FROM person p CROSS JOIN LATERAL (
    SELECT experiment, variant, first_at, channel, test
    FROM _turnspan.session_variant v
    WHERE v.bot = p.bot AND v.user_key = p.user_key
    AND v.first_at >= p.from_time - interval '1 day'
    UNION ALL
    SELECT attributes ->> 'feature_flag.key', variant, time, coalesce(channel, ''),
        test
    FROM _turnspan.event e
    WHERE e.bot = p.bot AND e.user_key = p.user_key
    AND e.name = 'feature_flag.evaluation'
    AND e.time >= p.from_time - interval '1 day'
    AND variant <> '' AND attributes ->> 'feature_flag.key' <> '') AS seen
ORDER BY p.bot, experiment, p.user_key, variant, test, first_at, channel
ON CONFLICT DO NOTHING
