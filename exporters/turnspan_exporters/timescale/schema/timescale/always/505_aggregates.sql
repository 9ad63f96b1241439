-- Whether the aggregates are faster than the facts they are made of.
CREATE OR REPLACE FUNCTION _turnspan.aggregates_stored() RETURNS boolean
LANGUAGE sql IMMUTABLE RETURN true;
