-- Funnels and goals as they are declared, with history: the row with the latest
-- valid_from holds, for all of the past too. A definition that is null is withdrawn.
-- The empty bot name means every bot.
CREATE TABLE _turnspan.declaration (
    kind text NOT NULL CHECK (kind IN ('funnel', 'goal')),
    bot text NOT NULL DEFAULT '',
    name text NOT NULL,
    valid_from timestamptz NOT NULL DEFAULT clock_timestamp(),
    definition jsonb,
    source text NOT NULL,                -- the file that says so, or api
    PRIMARY KEY (kind, bot, name, valid_from)
);
