-- What a model costs where nobody set a price: list prices of the models' makers, in
-- US dollars, written by every migrate from schema/always/503_price_defaults.sql. A
-- price that somebody set stands in _turnspan.parameter and goes before these.
CREATE TABLE _turnspan.price_default (
    model text NOT NULL,                 -- lower case, without the maker's name
    valid_from timestamptz NOT NULL,     -- -infinity: for as long as it was sold
    input numeric,                       -- US dollars per million tokens
    output numeric,
    cached numeric,                      -- input tokens read from the maker's cache
    PRIMARY KEY (model, valid_from)
);
