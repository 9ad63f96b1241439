-- The counts of trailing users, which follow the days of users, and those of visits,
-- which follow sessions.

-- name: stale_user_trailing
SELECT bot FROM _turnspan.stale_user_trailing() AS bot ORDER BY bot

-- name: refresh_user_trailing
SELECT _turnspan.refresh_user_trailing(%(bot)s)

-- name: stale_visits
SELECT bot FROM _turnspan.stale_visits() AS bot ORDER BY bot

-- name: refresh_visits
SELECT _turnspan.refresh_visits(%(bot)s)
