-- The counts of trailing users, which follow the days of users.

-- name: stale_user_trailing
SELECT bot FROM _turnspan.stale_user_trailing() AS bot ORDER BY bot

-- name: refresh_user_trailing
SELECT _turnspan.refresh_user_trailing(%(bot)s)
