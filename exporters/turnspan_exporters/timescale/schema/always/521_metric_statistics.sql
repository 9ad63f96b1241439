-- Statistics in SQL; the tests compare them with libraries.

-- One bound of Wilson's 95 % score interval of k of n (Wilson 1927): side is -1 for
-- the lower, 1 for the upper; NULL where n = 0. z is 1.959963984540054, its square the
-- other number. It is one expression, which a query takes in as its own: an answer has
-- thousands of them.
CREATE OR REPLACE FUNCTION _turnspan.wilson(
    k double precision, n double precision, side integer
) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN n > 0 THEN least(1, greatest(0,
    (k / n + 3.8414588206941254 / (2 * n) + side * (1.959963984540054
        * sqrt(k / n * (1 - k / n) / n + 3.8414588206941254 / (4 * n * n))))
    / (1 + 3.8414588206941254 / n))) END;

-- The product of a column, for the Kaplan–Meier estimate of survival.
CREATE OR REPLACE AGGREGATE _turnspan.product(double precision) (
    SFUNC = float8mul, STYPE = double precision, INITCOND = '1',
    PARALLEL = SAFE
);

-- When a local day, week or month begins. Where midnight comes twice it is the first
-- of both; where there is none it is the moment when the clock leaps over it.
CREATE OR REPLACE FUNCTION _turnspan.local_start(label timestamp, zone text)
RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE
RETURN least(
    label AT TIME ZONE zone,
    (label - interval '1 hour') AT TIME ZONE zone + interval '1 hour');
