-- More of what user_trailing counts by the day: users with an identified key, those of
-- the day, and of the week and month so far; and of the users first seen 1, 7 and 30
-- days before, with the dimension as it was then, those who are active. The counts that
-- there are lack these, so that all are made anew.

ALTER TABLE _turnspan.user_trailing
    ADD COLUMN identified_day integer NOT NULL DEFAULT 0,
    ADD COLUMN identified_week integer NOT NULL DEFAULT 0,
    ADD COLUMN identified_month integer NOT NULL DEFAULT 0,
    ADD COLUMN back_1 integer NOT NULL DEFAULT 0,
    ADD COLUMN back_7 integer NOT NULL DEFAULT 0,
    ADD COLUMN back_30 integer NOT NULL DEFAULT 0;

DELETE FROM _turnspan.user_trailing_until;

-- Whether a user is identified is counted, so that a change of it changes the mark.
CREATE OR REPLACE FUNCTION _turnspan.note_user_day() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM _turnspan.note_user_days(jsonb_agg(to_jsonb(d)))
    FROM (
        SELECT bot, day, bit_xor(hashtextextended(concat_ws(E'\x1f', user_key, channel,
            environment, version, variant, locale, identified), 0)) AS mark
        FROM touched_rows WHERE NOT test GROUP BY bot, day
    ) AS d;
    RETURN NULL;
END
$$;
