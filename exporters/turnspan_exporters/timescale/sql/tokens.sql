-- Tokens: made, listed, revoked, and read by collectors. Only hashes are here.

-- name: tokens_in_force
SELECT id, sha256, bots, may_read, may_manage, items_per_second, note, created_at,
    expires_at, revoked_at
FROM _turnspan.token
WHERE revoked_at IS NULL
    AND (expires_at IS NULL OR expires_at > clock_timestamp())
ORDER BY id LIMIT %(most)s

-- name: tokens_ever
SELECT id, sha256, bots, may_read, may_manage, items_per_second, note, created_at,
    expires_at, revoked_at
FROM _turnspan.token ORDER BY id

-- name: create_token
INSERT INTO _turnspan.token
    (sha256, bots, may_read, may_manage, items_per_second, note, expires_at)
VALUES (%(sha256)s, %(bots)s, %(may_read)s, %(may_manage)s, %(items_per_second)s,
    %(note)s, clock_timestamp() + %(lasts_s)s * interval '1 second')
RETURNING id, sha256, bots, may_read, may_manage, items_per_second, note, created_at,
    expires_at, revoked_at

-- name: revoke_token
UPDATE _turnspan.token SET revoked_at = coalesce(revoked_at, clock_timestamp())
WHERE id = %(id)s RETURNING revoked_at
