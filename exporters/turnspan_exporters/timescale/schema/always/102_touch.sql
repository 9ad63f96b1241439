-- Queueing for derivation what a changed setting makes stale.

CREATE OR REPLACE FUNCTION _turnspan.settings_changed(of_bot text, names text[])
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF names && ARRAY['session_timeout', 'handoff_pending_max', 'handoff_human_max',
        'came_back_within', 'click_window', 'timezone']
    THEN
        PERFORM _turnspan.touch_all(of_bot);
    END IF;
    IF names && ARRAY['raw_retention', 'content_retention', 'derived_retention',
        'chunk_interval', 'columnstore_raw_after', 'columnstore_derived_after']
    THEN
        PERFORM _turnspan.apply_policies();
    END IF;
END
$$;
COMMENT ON FUNCTION _turnspan.settings_changed IS
    'Called after settings of a bot (empty: of the installation) were set.';

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
