-- Settings as SQL sees them: one value, or one typed row a bot.

-- The settings that derived rows are made with.
CREATE OR REPLACE FUNCTION _turnspan.shapes_rows(of_name text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN of_name IN ('session_timeout', 'handoff_pending_max', 'handoff_human_max',
    'came_back_within', 'click_window', 'timezone');

CREATE OR REPLACE FUNCTION _turnspan.setting_at(
    of_bot text, of_name text, at timestamptz)
RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(
        (SELECT p.value FROM _turnspan.parameter p
         WHERE p.name = of_name AND p.bot IN (of_bot, '') AND p.valid_from <= at
         ORDER BY p.bot DESC, p.valid_from DESC LIMIT 1),
        (SELECT d.value FROM _turnspan.setting_default d WHERE d.name = of_name))
$$;
COMMENT ON FUNCTION _turnspan.setting_at IS
    'The value set last before a time: the bot''s, else the installation''s, else the '
    'default.';

-- A setting that rows depend on comes into force once the numbers of the rows made
-- before are kept, so that none is published that is half of one and half of the other.
CREATE OR REPLACE FUNCTION _turnspan.setting(of_bot text, of_name text)
RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT _turnspan.setting_at(of_bot, of_name, coalesce(
        (SELECT min(r.settings_at) FROM _turnspan.recompute r
         WHERE _turnspan.shapes_rows(of_name) AND r.state IN ('queued', 'publishing')
         AND (r.bots = '{}' OR of_bot = ANY (r.bots))),
        statement_timestamp()))  -- also set in this transaction
$$;
COMMENT ON FUNCTION _turnspan.setting IS
    'The value in force now: the bot''s, else the installation''s, else the default.';

CREATE OR REPLACE FUNCTION _turnspan.setting_interval(of_bot text, of_name text)
RETURNS interval LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT make_interval(secs => (_turnspan.setting(of_bot, of_name) #>> '{}')::float8)
$$;

CREATE OR REPLACE VIEW _turnspan.bot_setting AS
SELECT
    name AS bot,
    _turnspan.setting(name, 'timezone') #>> '{}' AS timezone,
    _turnspan.setting_interval(name, 'session_timeout') AS session_timeout,
    _turnspan.setting_interval(name, 'handoff_pending_max') AS handoff_pending_max,
    _turnspan.setting_interval(name, 'handoff_human_max') AS handoff_human_max,
    _turnspan.setting_interval(name, 'came_back_within') AS came_back_within,
    _turnspan.setting_interval(name, 'click_window') AS click_window,
    (_turnspan.setting(name, 'theta_alert') #>> '{}')::float8 AS theta_alert,
    (_turnspan.setting(name, 'theta_review') #>> '{}')::float8 AS theta_review,
    _turnspan.setting(name, 'opening_hours') AS opening_hours
FROM _turnspan.bot;
COMMENT ON VIEW _turnspan.bot_setting IS 'The settings in force now, one row a bot.';
