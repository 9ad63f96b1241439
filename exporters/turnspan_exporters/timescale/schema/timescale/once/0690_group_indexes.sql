-- An aggregate is made with an index by each of its columns. It is read by time, and
-- by bot: the others cost room and time at every refresh, and nothing reads them. A job
-- may be at work on one: then dropping fails, and goes well once the job is done.

DO $$
DECLARE
    useless regclass;
    tries integer := 0;
BEGIN
    LOOP
        BEGIN
            FOR useless IN
                SELECT format('%I.%I', i.schemaname, i.indexname)::regclass
                FROM timescaledb_information.continuous_aggregates AS c
                JOIN pg_indexes AS i
                    ON i.schemaname = c.materialization_hypertable_schema
                    AND i.tablename = c.materialization_hypertable_name
                WHERE c.view_schema = '_turnspan'
                    AND i.indexname ~ '_at_idx$'
                    AND i.indexdef !~ '\((at|bot)[, ]'
            LOOP
                EXECUTE format('DROP INDEX %s', useless);
            END LOOP;
            EXIT;
        EXCEPTION WHEN internal_error OR deadlock_detected OR lock_not_available THEN
            tries := tries + 1;
            IF tries = 100 THEN
                RAISE;
            END IF;
            PERFORM pg_sleep(0.1);
        END;
    END LOOP;
END
$$;
