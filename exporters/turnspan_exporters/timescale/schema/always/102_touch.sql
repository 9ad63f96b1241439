-- Queueing everything of a bot for derivation, for maintenance and measurements.

-- Every conversation of a bot (empty: of all) whose raw rows are still there.
CREATE OR REPLACE FUNCTION _turnspan.touch_all(of_bot text)
RETURNS void LANGUAGE sql AS $$
    INSERT INTO _turnspan.touched (bot, conversation_id, from_time, to_time)
    SELECT bot, conversation_id, min(start_time), max(end_time)
    FROM _turnspan.session
    WHERE (of_bot = '' OR bot = of_bot)
    AND start_time > now() - _turnspan.setting_interval('', 'raw_retention')
    GROUP BY bot, conversation_id;
    INSERT INTO _turnspan.touched_user (bot, user_key, from_time, to_time)
    SELECT bot, user_key, min(start_time), max(end_time)
    FROM _turnspan.turn
    WHERE (of_bot = '' OR bot = of_bot) AND user_key IS NOT NULL
    AND start_time > now() - _turnspan.setting_interval('', 'raw_retention')
    GROUP BY bot, user_key
$$;
