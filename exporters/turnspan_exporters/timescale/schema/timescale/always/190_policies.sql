-- Policies of the hypertables, kept equal to the settings at every migrate and change.

CREATE OR REPLACE FUNCTION _turnspan.time_bucket(width interval, at timestamptz)
RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN time_bucket(width, at);

CREATE OR REPLACE FUNCTION _turnspan.time_bucket(
    width interval, at timestamptz, timezone text)
RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN time_bucket(width, at, timezone);

-- Drop a policy that differs from its setting, so that adding it again makes it equal.
CREATE OR REPLACE FUNCTION _turnspan.policy_interval(of_table regclass, of_policy text)
RETURNS interval LANGUAGE sql STABLE AS $$
    SELECT coalesce(config ->> 'drop_after', config ->> 'compress_after')::interval
    FROM timescaledb_information.jobs
    WHERE proc_name = of_policy
    AND format('%I.%I', hypertable_schema, hypertable_name)::regclass = of_table
$$;

-- Texts go by the day and are looked at by the hour, so that they outlive their
-- retention by a day at most; they stay rows, which a replay can be told from.
CREATE OR REPLACE FUNCTION _turnspan.apply_content_policy(chunk interval)
RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    keep interval := _turnspan.setting_interval('', 'content_retention');
BEGIN
    PERFORM set_chunk_time_interval('_turnspan.content',
        least(chunk, INTERVAL '1 day'));
    IF _turnspan.policy_interval('_turnspan.content', 'policy_retention')
        IS DISTINCT FROM keep
    THEN
        PERFORM remove_retention_policy('_turnspan.content', if_exists => true);
        PERFORM add_retention_policy('_turnspan.content', drop_after => keep,
            schedule_interval => INTERVAL '1 hour');
    END IF;
END
$$;

CREATE OR REPLACE FUNCTION _turnspan.apply_policies()
RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    chunk interval := _turnspan.setting_interval('', 'chunk_interval');
    keep interval;
    compress_after interval;
    of_table regclass;
    is_raw boolean;
BEGIN
    FOR of_table, is_raw IN
        SELECT format('%I.%I', hypertable_schema, hypertable_name)::regclass,
            hypertable_name IN ('span', 'event', 'metric_point')
        FROM timescaledb_information.hypertables
        WHERE hypertable_schema = '_turnspan' AND hypertable_name <> 'content'
    LOOP
        PERFORM set_chunk_time_interval(of_table, chunk);
        keep := _turnspan.setting_interval('',
            CASE WHEN is_raw THEN 'raw_retention' ELSE 'derived_retention' END);
        IF _turnspan.policy_interval(of_table, 'policy_retention')
            IS DISTINCT FROM keep
        THEN
            PERFORM remove_retention_policy(of_table, if_exists => true);
            PERFORM add_retention_policy(of_table, drop_after => keep);
        END IF;
        compress_after := _turnspan.setting_interval('',
            CASE WHEN is_raw THEN 'columnstore_raw_after'
            ELSE 'columnstore_derived_after' END);
        IF _turnspan.policy_interval(of_table, 'policy_compression')
            IS DISTINCT FROM compress_after
        THEN
            CALL remove_columnstore_policy(of_table, if_exists => true);
            CALL add_columnstore_policy(of_table, after => compress_after);
        END IF;
    END LOOP;
    PERFORM _turnspan.apply_content_policy(chunk);
    PERFORM _turnspan.apply_aggregate_policies();
END
$$;
COMMENT ON FUNCTION _turnspan.apply_policies IS
    'Make chunk interval, retention and columnstore follow the settings.';
