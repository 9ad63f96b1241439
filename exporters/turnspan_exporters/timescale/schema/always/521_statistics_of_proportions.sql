-- Statistics of two and more proportions; the tests compare them with libraries.

-- One bound of Newcombe's 95 % interval of p1 − p2, from Wilson's of each (Newcombe
-- 1998, method 10): side is -1 for the lower, 1 for the upper; NULL where an n is 0.
CREATE OR REPLACE FUNCTION _turnspan.newcombe(
    k1 double precision, n1 double precision,
    k2 double precision, n2 double precision, side integer
) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT p1 - p2 + side * sqrt(
        power(_turnspan.wilson(k1, n1, side) - p1, 2)
        + power(p2 - _turnspan.wilson(k2, n2, -side), 2))
    FROM (SELECT k1 / nullif(n1, 0) AS p1, k2 / nullif(n2, 0) AS p2) AS shares
$$;

-- z of p1 − p2 with the pooled standard error; NULL where there is no variance.
CREATE OR REPLACE FUNCTION _turnspan.pooled_z(
    k1 double precision, n1 double precision,
    k2 double precision, n2 double precision
) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (k1 / n1 - k2 / n2) / nullif(sqrt(p * (1 - p) * (1 / n1 + 1 / n2)), 0)
    FROM (SELECT (k1 + k2) / (n1 + n2) AS p WHERE n1 > 0 AND n2 > 0) AS pooled
$$;

-- How likely a standard normal variable is at least as far from 0 as z.
CREATE OR REPLACE FUNCTION _turnspan.two_sided_p(z double precision)
RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN erfc(abs(z) / sqrt(2::double precision));

-- The upper tail of χ² with df degrees of freedom: Q(df / 2, x / 2) of the incomplete
-- gamma function, by Q(a + 1, y) = Q(a, y) + y^a e^(−y) / Γ(a + 1) from Q(1/2, y) =
-- erfc(√y) or Q(1, y) = e^(−y) (Abramowitz and Stegun 6.5.22).
CREATE OR REPLACE FUNCTION _turnspan.chi_square_p(x double precision, df integer)
RETURNS double precision
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    y CONSTANT double precision := x / 2;
    a double precision := CASE WHEN df % 2 = 1 THEN 0.5 ELSE 1 END;
    q double precision := CASE WHEN df % 2 = 1 THEN erfc(sqrt(y)) ELSE exp(-y) END;
    term double precision := CASE WHEN df % 2 = 1
        THEN 2 * sqrt(y / pi()) * exp(-y) ELSE y * exp(-y) END;
BEGIN
    IF x IS NULL OR df < 1 THEN
        RETURN NULL;
    END IF;
    WHILE a < df / 2.0 LOOP
        q := q + term;
        a := a + 1;
        term := term * y / a;
    END LOOP;
    RETURN least(q, 1);
END
$$;
