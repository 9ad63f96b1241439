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

-- name: lock_ahead
-- Alone, while a record from ahead is stored: who stores it by its own time comes
-- before or after. Apart from the question, as a statement that waits answers from what
-- was before it waited.
SELECT pg_advisory_xact_lock(1953719091, 3)

-- name: lock_not_ahead
SELECT pg_advisory_xact_lock_shared(1953719091, 3)

-- name: ahead_between
SELECT EXISTS (
    SELECT FROM _turnspan.clamped WHERE original BETWEEN %(low)s AND %(high)s)

-- name: known_ahead
SELECT c.id, c.span_id
FROM unnest(%(ids)s::uuid[], %(spans)s::bigint[]) AS i (id, span_id)
JOIN _turnspan.clamped c ON c.of_table = %(table)s
    AND c.id = i.id AND c.span_id = i.span_id

-- name: note_ahead
INSERT INTO _turnspan.clamped (of_table, id, span_id, original)
SELECT %(table)s, i.id, i.span_id, i.original
FROM unnest(%(ids)s::uuid[], %(spans)s::bigint[], %(originals)s::bigint[])
    AS i (id, span_id, original)
ON CONFLICT DO NOTHING

-- name: forget_ahead
DELETE FROM _turnspan.clamped
WHERE original < (1e6 * extract(epoch FROM
        now() - interval '30 days' - timestamptz '2000-01-01 00:00:00+00'))::bigint
    OR (original IS NULL AND stored_at < now() - interval '30 days')

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
