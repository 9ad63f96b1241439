-- Distinct conversations and users of sessions by the day, so that a question over a
-- year of whole local days, weeks or months need not count each of them again. Derived:
-- the worker makes the months anew that a change of sessions reaches.

-- One row a local day that is over, for all sessions of a bot (dimension '') and for
-- each value of one dimension. Each unit counts once a period, on the day of its first
-- session in it; and once on that of its last, for a range that begins within it.
CREATE TABLE _turnspan.visit (
    dimension text NOT NULL,        -- '', channel, environment, version, variant
    day date NOT NULL,
    bot text NOT NULL,
    value text NOT NULL,
    sessions integer NOT NULL,      -- of users
    day_users integer NOT NULL,
    day_again integer NOT NULL,     -- users of whom this is the second session
    day_conversations integer NOT NULL,
    week_users integer NOT NULL,
    week_again integer NOT NULL,
    week_conversations integer NOT NULL,
    week_users_last integer NOT NULL,
    week_again_last integer NOT NULL,   -- the last but one
    week_conversations_last integer NOT NULL,
    month_users integer NOT NULL,
    month_again integer NOT NULL,
    month_conversations integer NOT NULL,
    month_users_last integer NOT NULL,
    month_again_last integer NOT NULL,
    month_conversations_last integer NOT NULL,
    PRIMARY KEY (dimension, day, bot, value)
);

-- Up to which day a bot's counts are made, by which clock.
CREATE TABLE _turnspan.visit_until (
    bot text PRIMARY KEY,
    until date NOT NULL,
    timezone text NOT NULL
);

-- Days that are over whose sessions came, went or changed.
CREATE TABLE _turnspan.touched_visit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    bot text NOT NULL,
    day date NOT NULL
);
