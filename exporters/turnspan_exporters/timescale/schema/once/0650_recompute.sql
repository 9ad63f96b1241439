-- Deriving history again, by ranges of time, and the numbers as they were before.

-- One row per recomputation: asked for by a command, or by a changed setting. While it
-- is queued or publishing, the settings that rows depend on hold as of settings_at.
CREATE TABLE _turnspan.recompute (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    origin text NOT NULL CHECK (origin IN ('command', 'settings')),
    bots text[] NOT NULL,                -- empty: every bot
    from_time timestamptz NOT NULL,
    to_time timestamptz NOT NULL,
    open_end boolean NOT NULL,           -- to_time was not given: the time of asking
    parameters jsonb NOT NULL,           -- what was set with it, as kept in parameter
    reason text NOT NULL,                -- for people, kept with what is published
    settings_at timestamptz NOT NULL,    -- just before its parameters were set
    state text NOT NULL DEFAULT 'queued'
        CHECK (state IN ('queued', 'publishing', 'deriving', 'done', 'failed')),
    listed_to timestamptz NOT NULL,      -- up to where raw rows are listed to derive
    records_total bigint,                -- raw rows of the range; null: not counted
    records_done bigint NOT NULL DEFAULT 0,
    unpublished jsonb NOT NULL DEFAULT '{}',  -- metric: why no value could be kept
    attempts smallint NOT NULL DEFAULT 0,
    error text,
    asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    deriving_at timestamptz,
    finished_at timestamptz
);
CREATE INDEX recompute_unfinished ON _turnspan.recompute (id)
    WHERE state IN ('queued', 'publishing', 'deriving');

-- What a recomputation still has to queue, listed for one stretch of time at once.
CREATE TABLE _turnspan.recompute_part (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    recompute_id bigint NOT NULL REFERENCES _turnspan.recompute ON DELETE CASCADE,
    bot text NOT NULL,
    conversation_id text,
    turn_id text,
    handoff_id text,
    user_key text,                       -- a user to bring up to date, and nothing else
    from_time timestamptz NOT NULL,
    to_time timestamptz NOT NULL,
    records bigint NOT NULL
);
CREATE INDEX recompute_part_of ON _turnspan.recompute_part (recompute_id, id);

-- One row per bot and recomputation: when and why its numbers were kept, and under
-- which definition and settings they had been made.
CREATE TABLE _turnspan.publication (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    recompute_id bigint NOT NULL,
    bot text NOT NULL,
    published_at timestamptz NOT NULL,
    reason text NOT NULL,
    timezone text NOT NULL,
    first_day date NOT NULL,
    last_day date NOT NULL,
    definition_version smallint NOT NULL,
    parameters jsonb NOT NULL,
    UNIQUE (recompute_id, bot)
);

-- The daily values of every metric before a recomputation: what was shown until then.
CREATE TABLE _turnspan.published_metric (
    publication_id bigint NOT NULL REFERENCES _turnspan.publication ON DELETE CASCADE,
    name text NOT NULL,
    day date NOT NULL,                   -- of the bot's time zone at that time
    "group" jsonb NOT NULL,              -- the metric's own keys
    value double precision,
    k numeric,
    n numeric,
    low double precision,
    high double precision,
    PRIMARY KEY (publication_id, name, day, "group")
);
CREATE INDEX published_metric_day ON _turnspan.published_metric (name, day);
