-- Daily counts of trailing users, kept beside user_day so that a question over a year
-- need not count every user of it again. Derived: the worker makes them anew for the
-- days that a change of user_day reaches.

-- One row a local day that is over, for all of a bot's users (dimension '') and for
-- each value of one dimension. Days without users in any of the windows have none.
CREATE TABLE _turnspan.user_trailing (
    dimension text NOT NULL,        -- '', channel, environment, version, variant
    day date NOT NULL,
    bot text NOT NULL,
    value text NOT NULL,
    dau integer NOT NULL,
    wau integer NOT NULL,           -- of the 7 days that end on this one
    mau integer NOT NULL,           -- of 30
    active_days integer NOT NULL,   -- the sum of dau over those 30
    week_users integer NOT NULL,    -- of the calendar week so far, and of the month
    month_users integer NOT NULL,
    new_day integer NOT NULL,       -- those of each first seen on the day, in the week
    new_week integer NOT NULL,      -- so far, in the month so far
    new_month integer NOT NULL,
    PRIMARY KEY (dimension, day, bot, value)
);

-- Up to which day a bot's counts are made.
CREATE TABLE _turnspan.user_trailing_until (
    bot text PRIMARY KEY,
    until date NOT NULL
);

-- Days that are over whose rows in user_day or user_first_seen were touched. mark is
-- made of the rows' hashes by exclusive or: what was deleted and inserted again as it
-- was adds up to 0, and is no change.
CREATE TABLE _turnspan.touched_user_day (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    bot text NOT NULL,
    day date NOT NULL,
    mark bigint NOT NULL
);

-- Questions of one range of days ask for all bots as often as for one.
CREATE INDEX user_day_time ON _turnspan.user_day (day);

-- Which days change is noted here, whoever changes them; note_user_days keeps what
-- matters. These functions hold triggers, so that they are not replaced.
CREATE FUNCTION _turnspan.note_user_day() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM _turnspan.note_user_days(jsonb_agg(to_jsonb(d)))
    FROM (
        SELECT bot, day, bit_xor(hashtextextended(concat_ws(E'\x1f', user_key, channel,
            environment, version, variant, locale), 0)) AS mark
        FROM touched_rows WHERE NOT test GROUP BY bot, day
    ) AS d;
    RETURN NULL;
END
$$;

CREATE FUNCTION _turnspan.note_first_seen() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM _turnspan.note_user_days(jsonb_agg(to_jsonb(d)))
    FROM (
        -- Made once: as a subquery it is made again for each of the rows.
        WITH zone AS MATERIALIZED (
            SELECT bot, _turnspan.setting(bot, 'timezone') #>> '{}' AS name
            FROM (SELECT DISTINCT bot FROM touched_rows) AS bots
        )
        SELECT t.bot, (t.first_time AT TIME ZONE z.name)::date AS day,
            bit_xor(hashtextextended(t.user_key, 1)) AS mark
        FROM touched_rows AS t JOIN zone AS z USING (bot)
        WHERE NOT t.test GROUP BY 1, 2
    ) AS d;
    RETURN NULL;
END
$$;

CREATE TRIGGER user_day_new AFTER INSERT ON _turnspan.user_day
    REFERENCING NEW TABLE AS touched_rows
    FOR EACH STATEMENT EXECUTE FUNCTION _turnspan.note_user_day();
CREATE TRIGGER user_day_gone AFTER DELETE ON _turnspan.user_day
    REFERENCING OLD TABLE AS touched_rows
    FOR EACH STATEMENT EXECUTE FUNCTION _turnspan.note_user_day();
CREATE TRIGGER first_seen_new AFTER INSERT ON _turnspan.user_first_seen
    REFERENCING NEW TABLE AS touched_rows
    FOR EACH STATEMENT EXECUTE FUNCTION _turnspan.note_first_seen();
CREATE TRIGGER first_seen_gone AFTER DELETE ON _turnspan.user_first_seen
    REFERENCING OLD TABLE AS touched_rows
    FOR EACH STATEMENT EXECUTE FUNCTION _turnspan.note_first_seen();
