-- The names of the aggregates of sessions' confidences without TimescaleDB, see 505.

CREATE OR REPLACE VIEW _turnspan.session_confidence_1d AS
SELECT time_bucket('1 day', at) AS at, bot, channel, bin, finalised, sum(n) AS n
FROM _turnspan.fact_session_confidence
GROUP BY 1, 2, 3, 4, 5;

CREATE OR REPLACE VIEW _turnspan.session_confidence_all_1d AS
SELECT time_bucket('1 day', at) AS at, channel, locale, intent, bin, finalised,
    sum(n) AS n
FROM _turnspan.fact_session_confidence
GROUP BY 1, 2, 3, 4, 5, 6;

-- Which sessions know their lowest confidence: an index knows.
CREATE OR REPLACE FUNCTION _turnspan.session_confidences_known(
    starts timestamptz, ends timestamptz
) RETURNS boolean
LANGUAGE sql STABLE
RETURN NOT EXISTS (
    SELECT FROM _turnspan.session AS s
    WHERE s.start_time >= starts AND s.start_time < ends
        AND s.lowest_confidence IS NULL AND NOT s.test);
