-- What the writer says besides COPY.

-- name: intern_bot
INSERT INTO _turnspan.bot (name) SELECT unnest(%(names)s::text[])
ON CONFLICT DO NOTHING

-- name: intern_resource
INSERT INTO _turnspan.resource (digest, attributes, schema_url, dropped)
VALUES (%(digest)s::uuid, %(attributes)s::jsonb, %(schema_url)s, %(dropped)s)
ON CONFLICT DO NOTHING

-- name: interned_resource
SELECT digest, id FROM _turnspan.resource WHERE digest = ANY (%(digests)s::uuid[])

-- name: intern_scope
INSERT INTO _turnspan.scope (digest, name, version, attributes, schema_url, dropped)
VALUES (%(digest)s::uuid, %(name)s, %(version)s, %(attributes)s::jsonb,
    %(schema_url)s, %(dropped)s)
ON CONFLICT DO NOTHING

-- name: interned_scope
SELECT digest, id FROM _turnspan.scope WHERE digest = ANY (%(digests)s::uuid[])

-- name: dead_letter
INSERT INTO _turnspan.dead_letter (received_at, signal, reason, payload)
VALUES (%(received_at)s, %(signal)s, %(reason)s, %(payload)s::jsonb)

-- name: touch_window
INSERT INTO _turnspan.touched_window (of_table, from_time, to_time)
SELECT %(of_table)s, from_time, to_time
FROM unnest(%(from)s::timestamptz[], %(to)s::timestamptz[]) AS w (from_time, to_time)
