-- What turns and handoffs know of how their session was entered, so that a question by
-- it reads one table. '' where the session has none; NULL: derived before.

ALTER TABLE _turnspan.turn
    ADD COLUMN source text,
    ADD COLUMN device text,
    ADD COLUMN country text,
    ADD COLUMN medium text,
    ADD COLUMN campaign text;

ALTER TABLE _turnspan.handoff
    ADD COLUMN session_intent text,
    ADD COLUMN user_kind text,
    ADD COLUMN source text,
    ADD COLUMN device text,
    ADD COLUMN country text,
    ADD COLUMN medium text,
    ADD COLUMN campaign text;

-- What is derived already learns it by being derived again, beside the work that comes.
DO $$
BEGIN
    IF EXISTS (SELECT FROM _turnspan.turn) OR EXISTS (SELECT FROM _turnspan.handoff)
    THEN
        INSERT INTO _turnspan.recompute (origin, bots, from_time, to_time, open_end,
            parameters, reason, settings_at, listed_to)
        SELECT 'settings', '{}', horizon, clock_timestamp(), true, '{}',
            'upgrade: turns and handoffs know how their session was entered',
            clock_timestamp(), horizon
        FROM (SELECT now() - _turnspan.setting_interval('', 'raw_retention')
            AS horizon) AS kept;
    END IF;
END
$$;
