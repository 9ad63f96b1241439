-- Bearer tokens of those who send and of those who read. A secret is 256 random bits,
-- so that its plain SHA-256 tells nobody anything; people name a token by its id.
-- A token is never deleted: what was revoked stays listed.
CREATE TABLE _turnspan.token (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sha256 bytea NOT NULL UNIQUE CHECK (octet_length(sha256) = 32),
    bots text[],                         -- may send as these; null: as every bot
    may_read boolean NOT NULL,           -- the page and the API
    may_manage boolean NOT NULL,         -- may change through the API as well
    items_per_second int CHECK (items_per_second > 0),
    note text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz,
    revoked_at timestamptz
);
