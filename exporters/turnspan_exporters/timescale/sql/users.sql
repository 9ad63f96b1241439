-- What is known of users: active days, when first seen, and who came back.

-- name: lock_sessions
SELECT count(*) FROM (
    SELECT FROM _turnspan.session s JOIN label l USING (session_key, start_time)
    ORDER BY s.session_key FOR UPDATE OF s) AS locked

-- name: label_of_users
INSERT INTO label
SELECT s.session_key, s.start_time
FROM person p JOIN _turnspan.session s ON s.bot = p.bot AND s.user_key = p.user_key
    AND s.start_time BETWEEN p.from_time - 2 * _turnspan.return_reach() AND p.to_time
    AND s.end_time >= p.from_time - _turnspan.return_reach()
    AND (s.next_start IS NULL OR s.next_start >= p.from_time)

-- name: forget_days
DELETE FROM _turnspan.user_day d USING person p JOIN _turnspan.bot_setting b USING (bot)
WHERE d.bot = p.bot AND d.user_key = p.user_key
AND d.day BETWEEN (p.from_time AT TIME ZONE b.timezone)::date - 1
    AND (p.to_time AT TIME ZONE b.timezone)::date + 1

-- name: days
INSERT INTO _turnspan.user_day (bot, day, user_key, channel, environment, version,
    variant, locale, test, identified, user_turns)
SELECT t.bot, (t.start_time AT TIME ZONE b.timezone)::date, t.user_key, t.channel,
    coalesce(t.environment, ''), coalesce(t.version, ''), coalesce(t.variant, ''),
    coalesce(t.locale, ''), t.test, bool_or(t.user_kind IS DISTINCT FROM 'anonymous'),
    count(*)
FROM person p JOIN _turnspan.bot_setting b USING (bot)
JOIN _turnspan.turn t ON t.bot = p.bot AND t.user_key = p.user_key
    AND t.initiator = 'user'
    AND t.start_time BETWEEN p.from_time - interval '72 hours'
        AND p.to_time + interval '72 hours'
    AND (t.start_time AT TIME ZONE b.timezone)::date
        BETWEEN (p.from_time AT TIME ZONE b.timezone)::date - 1
        AND (p.to_time AT TIME ZONE b.timezone)::date + 1
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
