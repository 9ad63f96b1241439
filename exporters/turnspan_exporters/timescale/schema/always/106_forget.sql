-- Tombstones: what was erased is recognised, and cannot be read back.

-- kind: user, conversation, turn, trace, handoff. The key has a fixed length, and half
-- of the digest is kept, so that nothing can be appended to what was hashed.
CREATE OR REPLACE FUNCTION _turnspan.tombstone_of(kind text, bot text, value text)
RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT substring(sha256(secret || convert_to(
        concat_ws(E'\x1f', kind, bot, value), 'UTF8')) FROM 1 FOR 16)
    FROM _turnspan.erasure_secret
$$;

-- When the newest tombstone was set. Until its commit the caller keeps an erasure from
-- going on, so that no row slips in that did not see the erasure's tombstones.
CREATE OR REPLACE FUNCTION _turnspan.newest_tombstone() RETURNS timestamptz
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(1953719091, 4);
    RETURN (SELECT max(until) FROM _turnspan.tombstone);
END
$$;

CREATE OR REPLACE VIEW turnspan.erasures AS
SELECT id, asked_at, finished_at, state, bots, rows_erased, certificate
FROM _turnspan.erasure;
COMMENT ON VIEW turnspan.erasures IS
    'Every erasure: when, how many rows of which table, and its certificate. Whom it '
    'was about is not kept.';
