-- Rows that were copied into a staging table, into their own: each once.

-- name: make_refused
CREATE TEMPORARY TABLE refused (
    place integer NOT NULL, state text NOT NULL, sentence text NOT NULL)

-- name: empty_staging
TRUNCATE pg_temp.refused, {}

-- name: insert_staged
INSERT INTO {target} ({names}) SELECT {names} FROM {staging}
ORDER BY {key} ON CONFLICT DO NOTHING

-- name: insert_each
-- Where that is refused: some at a time, and of those that are refused again each by
-- itself. The list of errors is that of what is wrong with a row, not with the store.
DO $each$
DECLARE
    _low integer;
    _one record;
    _came bigint;
    _inserted bigint := 0;
    _state text;
    _sentence text;
BEGIN
    FOR _low IN
        SELECT generate_series(0, (SELECT max(s.place) FROM {staging} s), 64)
    LOOP
        BEGIN
            INSERT INTO {target} ({names}) SELECT {names} FROM {staging}
            WHERE place BETWEEN _low AND _low + 63
            ORDER BY {key} ON CONFLICT DO NOTHING;
            GET DIAGNOSTICS _came = ROW_COUNT;
            _inserted := _inserted + _came;
            CONTINUE;
        EXCEPTION WHEN data_exception OR integrity_constraint_violation
            OR program_limit_exceeded THEN
            NULL;
        END;
        FOR _one IN
            SELECT s.ctid AS at, s.place FROM {staging} s
            WHERE s.place BETWEEN _low AND _low + 63 ORDER BY s.place
        LOOP
            BEGIN
                INSERT INTO {target} ({names}) SELECT {names} FROM {staging}
                WHERE ctid = _one.at ON CONFLICT DO NOTHING;
                GET DIAGNOSTICS _came = ROW_COUNT;
                _inserted := _inserted + _came;
            EXCEPTION WHEN data_exception OR integrity_constraint_violation
                OR program_limit_exceeded THEN
                GET STACKED DIAGNOSTICS
                    _state = RETURNED_SQLSTATE, _sentence = MESSAGE_TEXT;
                INSERT INTO pg_temp.refused VALUES (_one.place, _state, _sentence);
            END;
        END LOOP;
    END LOOP;
    PERFORM set_config('turnspan.inserted', _inserted::text, true);
END $each$

-- name: refused
SELECT place, state, sentence FROM pg_temp.refused ORDER BY place

-- name: inserted
SELECT current_setting('turnspan.inserted')
