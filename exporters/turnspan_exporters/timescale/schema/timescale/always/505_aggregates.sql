-- Whether the aggregates are faster than the facts they are made of.
CREATE OR REPLACE FUNCTION _turnspan.aggregates_stored() RETURNS boolean
LANGUAGE sql IMMUTABLE RETURN true;

-- Retention and columnstore of the aggregates follow the settings of derived rows.
CREATE OR REPLACE FUNCTION _turnspan.apply_aggregate_policies()
RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    keep interval := _turnspan.setting_interval('', 'derived_retention');
    compress_after interval :=
        _turnspan.setting_interval('', 'columnstore_derived_after');
    aggregate regclass;
BEGIN
    FOR aggregate IN
        SELECT format('%I.%I', view_schema, view_name)::regclass
        FROM timescaledb_information.continuous_aggregates
        WHERE view_schema = '_turnspan'
    LOOP
        IF _turnspan.policy_interval(aggregate, 'policy_retention')
            IS DISTINCT FROM keep
        THEN
            PERFORM remove_retention_policy(aggregate, if_exists => true);
            PERFORM add_retention_policy(aggregate, drop_after => keep,
                initial_start => now() + interval '1 hour');
        END IF;
        IF _turnspan.policy_interval(aggregate, 'policy_compression')
            IS DISTINCT FROM compress_after
        THEN
            CALL remove_columnstore_policy(aggregate, if_exists => true);
            CALL add_columnstore_policy(aggregate, after => compress_after,
                initial_start => now() + interval '1 hour');
        END IF;
    END LOOP;
END
$$;

-- Up to where an aggregate is materialised; null when it never was.
CREATE OR REPLACE FUNCTION _turnspan.stored_until(aggregate text) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT nullif(greatest('epoch'::timestamptz, _timescaledb_functions.to_timestamp(
        _timescaledb_functions.cagg_watermark(c.mat_hypertable_id))), 'epoch')
    FROM _timescaledb_catalog.continuous_agg AS c
    WHERE c.user_view_schema = '_turnspan' AND c.user_view_name = aggregate
$$;

-- Up to where rows were dropped that an aggregate is made of in the end; -infinity
-- where none were.
CREATE OR REPLACE FUNCTION _turnspan.rows_dropped_before(aggregate text)
RETURNS timestamptz LANGUAGE sql STABLE AS $$
    WITH RECURSIVE beneath AS (
        SELECT raw_hypertable_id AS id FROM _timescaledb_catalog.continuous_agg
        WHERE user_view_schema = '_turnspan' AND user_view_name = aggregate
        UNION ALL
        SELECT c.raw_hypertable_id
        FROM beneath AS b JOIN _timescaledb_catalog.continuous_agg AS c
            ON c.mat_hypertable_id = b.id
    )
    SELECT coalesce(max(d.dropped_before), '-infinity')
    FROM beneath AS b
    JOIN _timescaledb_catalog.hypertable AS h
        ON h.id = b.id AND h.schema_name = '_turnspan'
    JOIN _turnspan.dropped AS d ON d.of_table = h.table_name
$$;

-- Up to where an aggregate answers. Its policy makes a new one of the newest rows
-- alone, and what came before waits to be refreshed: before it is whole, and where it
-- has much to catch up with, it answers only for what no rows are left of.
CREATE OR REPLACE FUNCTION _turnspan.served_until(aggregate text) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN count(*) <= 20 AND NOT coalesce(bool_or(w.is_whole), false)
        THEN _turnspan.stored_until(aggregate)
        ELSE least(_turnspan.stored_until(aggregate),
            _turnspan.rows_dropped_before(aggregate)) END
    FROM _turnspan.touched_window AS w WHERE w.of_table = aggregate
$$;

-- One that is new where rows are already is not whole until it was made of all of them.
INSERT INTO _turnspan.touched_window (of_table, from_time, to_time, is_whole)
SELECT c.view_name, '2000-01-01 00:00Z', now(), true
FROM timescaledb_information.continuous_aggregates AS c
WHERE c.view_schema = '_turnspan' AND _turnspan.stored_until(c.view_name) IS NULL
    AND (EXISTS (SELECT FROM _turnspan.session) OR EXISTS (SELECT FROM _turnspan.event)
        OR EXISTS (SELECT FROM _turnspan.span))
    AND NOT EXISTS (SELECT FROM _turnspan.touched_window AS w
        WHERE w.of_table = c.view_name AND w.is_whole);
