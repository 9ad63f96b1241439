-- Functions that the derivation of a session's further parts shares.

-- A number that sums: what is none, or without end, is unknown.
CREATE OR REPLACE FUNCTION _turnspan.finite(value text) RETURNS double precision
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE WHEN _turnspan.number(value) NOT IN ('NaN', 'Infinity', '-Infinity')
    THEN _turnspan.number(value) END;
