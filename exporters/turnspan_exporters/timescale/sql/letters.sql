-- What the database refused, or could not derive: looked at, replayed, dropped.

-- name: letters
SELECT id, received_at, signal, reason, coalesce(payload ->> 'bot', '')
FROM _turnspan.dead_letter
WHERE (%(signal)s::text IS NULL OR signal = %(signal)s) AND id > %(after)s
ORDER BY id LIMIT %(rows)s

-- name: letter
SELECT id, received_at, signal, reason, coalesce(payload ->> 'bot', ''), payload
FROM _turnspan.dead_letter WHERE id = %(id)s

-- name: letters_total
SELECT count(*) FROM _turnspan.dead_letter
WHERE %(signal)s::text IS NULL OR signal = %(signal)s

-- name: letter_ids
SELECT id FROM _turnspan.dead_letter
WHERE (%(signal)s::text IS NULL OR signal = %(signal)s)
ORDER BY id

-- name: take_letter
-- Somebody else may be replaying it: then it is theirs.
SELECT signal, payload FROM _turnspan.dead_letter WHERE id = %(id)s
FOR UPDATE SKIP LOCKED

-- name: drop_letters
DELETE FROM _turnspan.dead_letter WHERE id = ANY (%(ids)s::bigint[])

-- name: letter_refused_again
UPDATE _turnspan.dead_letter SET reason = %(reason)s WHERE id = %(id)s

-- name: last_reason
-- Of the letter that this session wrote last.
SELECT reason FROM _turnspan.dead_letter
WHERE id = currval(pg_get_serial_sequence('_turnspan.dead_letter', 'id'))

-- name: interned_resource_row
SELECT digest, attributes, schema_url, dropped
FROM _turnspan.resource WHERE id = %(id)s

-- name: interned_scope_row
SELECT digest, name, version, attributes, schema_url, dropped
FROM _turnspan.scope WHERE id = %(id)s

-- name: queue_letter
-- Back into the queue of derivation: a conversation, a turn or a handoff.
INSERT INTO _turnspan.touched
    (bot, conversation_id, turn_id, handoff_id, from_time, to_time)
SELECT payload ->> 'bot', payload ->> 'conversation_id', payload ->> 'turn_id',
    payload ->> 'handoff_id', (payload ->> 'from_time')::timestamptz,
    (payload ->> 'to_time')::timestamptz
FROM _turnspan.dead_letter WHERE id = %(id)s AND NOT payload ? 'user_key'

-- name: queue_user_letter
INSERT INTO _turnspan.touched_user (bot, user_key, from_time, to_time)
SELECT payload ->> 'bot', payload ->> 'user_key',
    (payload ->> 'from_time')::timestamptz, (payload ->> 'to_time')::timestamptz
FROM _turnspan.dead_letter WHERE id = %(id)s AND payload ? 'user_key'
