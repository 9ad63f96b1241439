-- What the migrator itself stands on; run at every migrate, before anything else.

CREATE TABLE IF NOT EXISTS _turnspan.migration (
    position integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,           -- path below schema/, e.g. once/0001_raw.sql
    sha256 text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    program_version text NOT NULL
);

-- One row: the mode chosen at the first migration, and the digest of the replaced part.
CREATE TABLE IF NOT EXISTS _turnspan.installation (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    mode text NOT NULL CHECK (mode IN ('timescale', 'plain')),
    always_sha256 text,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- The views and functions of schema/always/, so that they can be dropped when they
-- cannot be replaced in place.
CREATE TABLE IF NOT EXISTS _turnspan.always_object (
    kind text NOT NULL CHECK (kind IN ('view', 'routine')),
    identity text NOT NULL,              -- as DROP takes it
    PRIMARY KEY (kind, identity)
);
