-- The function of 0670 as it is today, for databases that were made with its first
-- form, which asked for a bot's time zone once for each row.
CREATE OR REPLACE FUNCTION _turnspan.note_first_seen() RETURNS trigger
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
