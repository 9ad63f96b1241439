-- Erasure: who asked and what went, without a word of whom, and what may not come back.

-- Keys the tombstones; made here, and never leaves the database.
CREATE TABLE _turnspan.erasure_secret (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    secret bytea NOT NULL
);
INSERT INTO _turnspan.erasure_secret (secret)
SELECT sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
    || uuid_send(gen_random_uuid()));

CREATE TABLE _turnspan.erasure (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- erasing: nothing but the user's tombstone is there; erased: proof is outstanding
    state text NOT NULL DEFAULT 'erasing'
        CHECK (state IN ('erasing', 'erased', 'proven')),
    subject bytea NOT NULL,              -- the keyed hash, as of the tombstone
    bots text[] NOT NULL,                -- empty: every bot
    rows_erased jsonb NOT NULL DEFAULT '{}',  -- by table
    certificate jsonb,
    finished_at timestamptz
);

-- Keyed hashes of what was erased: rows of such a user, conversation, turn, trace or
-- handoff that are no younger than until are not stored again.
CREATE TABLE _turnspan.tombstone (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    erasure_id bigint NOT NULL REFERENCES _turnspan.erasure,
    hash bytea NOT NULL UNIQUE,
    until timestamptz NOT NULL
);
CREATE INDEX tombstone_newest ON _turnspan.tombstone (until);
