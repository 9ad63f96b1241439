-- Funnels and goals as they are declared now.

CREATE OR REPLACE VIEW turnspan.declarations AS
SELECT kind, bot, name, definition, valid_from, source
FROM (
    SELECT DISTINCT ON (kind, bot, name) *
    FROM _turnspan.declaration ORDER BY kind, bot, name, valid_from DESC
) AS latest
WHERE definition IS NOT NULL;
COMMENT ON VIEW turnspan.declarations IS
    'The funnels and goals that hold now. bot is empty where one holds for every bot.';

-- A goal that is defined by something else: what by, and which one.
CREATE OR REPLACE VIEW _turnspan.declared_goal AS
SELECT
    d.bot,
    d.name,
    d.definition ->> 'by' AS by,
    d.definition ->> 'of' AS of,
    d.definition ->> 'kind' AS kind,
    (d.definition ->> 'value')::double precision AS value,
    d.definition ->> 'currency' AS currency
FROM turnspan.declarations AS d
WHERE d.kind = 'goal';
