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

-- name: touch_user
-- The moments are whole seconds, rounded down.
INSERT INTO _turnspan.touched_user (bot, user_key, from_time, to_time)
VALUES (%(bot)s, %(user)s, %(from)s, %(to)s + interval '1 second')

-- name: lock_clamped
SELECT pg_advisory_xact_lock(1953719091, 2)

-- name: known_span
SELECT DISTINCT s.trace_id, s.span_id
FROM unnest(%(ids)s::uuid[], %(spans)s::bigint[]) AS i (trace_id, span_id)
JOIN _turnspan.span s USING (trace_id, span_id)

-- name: known_event
SELECT DISTINCT e.uid FROM unnest(%(ids)s::uuid[]) AS i (uid)
JOIN _turnspan.event e USING (uid)

-- name: known_content
SELECT DISTINCT c.id FROM unnest(%(ids)s::uuid[]) AS i (id)
JOIN _turnspan.content c USING (id)

-- name: known_metric_point
SELECT DISTINCT p.uid FROM unnest(%(ids)s::uuid[]) AS i (uid)
JOIN _turnspan.metric_point p USING (uid)
