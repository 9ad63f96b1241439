-- What is given, not derived, and what is odd among what came in: rows for the tests of
-- upgrades, in a database of today's schema that has a chat of the bot support.

INSERT INTO _turnspan.parameter (bot, name, valid_from, value, set_at) VALUES
    ('', 'raw_retention', '2026-01-01Z', '34560000', '2026-01-01Z'),
    ('support', 'csat_threshold', '2026-01-02Z', '4', '2026-01-02Z'),
    ('shop', 'timezone', '2026-01-03Z', '"Asia/Kathmandu"', '2026-01-03Z');
INSERT INTO _turnspan.declaration (kind, bot, name, valid_from, definition, source)
VALUES ('goal', 'support', 'sale', '2026-01-01Z', '{"event": "sold"}', 'goals.yaml'),
    ('goal', '', 'withdrawn', '2026-01-01Z', NULL, 'api');
INSERT INTO _turnspan.label (id, bot, turn_id, labelled, labeller, labelled_at, weight,
    source, user_key, test)
VALUES (md5('1')::uuid, 'support', 't1', 'refund', 'ann', '2026-01-05Z', 2.5, 'cli',
    'u1', false), (md5('2')::uuid, 'support', 'not here yet', 'ребёнок', '',
    '2026-01-05Z', 0, 'event', NULL, true);
INSERT INTO _turnspan.token (sha256, bots, may_read, may_manage, items_per_second, note,
    expires_at, revoked_at)
VALUES (sha256('a'), '{support}', false, false, 100, 'a bot', NULL, NULL),
    (sha256('b'), NULL, true, true, NULL, '', '2027-01-01Z', now());
INSERT INTO _turnspan.dead_letter (received_at, signal, reason, payload) VALUES
    (now(), 'span', 'value out of range, SQLSTATE 22003',
     jsonb_build_object('name', repeat('long ', 50000), 'span_id', 9007199254740993)),
    ('-infinity', 'event', '', '{}');
INSERT INTO _turnspan.recompute (origin, bots, from_time, to_time, open_end, parameters,
    reason, settings_at, state, listed_to, finished_at)
VALUES ('command', '{support}', '2026-01-01Z', '2026-02-01Z', false, '{}', 'asked for',
    '2026-01-01Z', 'done', '2026-02-01Z', now());
INSERT INTO _turnspan.publication (recompute_id, bot, published_at, reason, timezone,
    first_day, last_day, definition_version, parameters)
VALUES (1, 'support', now(), 'asked for', 'UTC', '2026-01-01', '2026-02-01', 1, '{}');
INSERT INTO _turnspan.published_metric VALUES
    (1, 'turns', '2026-01-04', '{}', 12, 12, 12, NULL, 'Infinity'),
    (1, 'turns', '2026-01-05', '{"outcome": "ö"}', 'NaN', NULL, 0, NULL, NULL);
INSERT INTO _turnspan.erasure (state, subject, bots, rows_erased, certificate,
    finished_at)
VALUES ('proven', '\x00ff', '{}', '{"span": 3}', '{"of": [1, 2.50]}', now());
INSERT INTO _turnspan.tombstone (erasure_id, hash, until)
VALUES (1, '\x0102', '2026-01-01Z');

-- Times that were mended, values at their ends, and large ones.
INSERT INTO _turnspan.span (start_time, trace_id, span_id, start_nano, end_nano, bot,
    test, name, kind, status_code, flags, attributes, events, links, dropped,
    dropped_events, dropped_links, time_flags, original_times, resource_id, scope_id,
    received_at)
SELECT now() - interval '19 days', md5('span' || n)::uuid, n, n,
    9223372036854775807, 'odd', n = 1, 'work', 32767, 2, 4294967295,
    jsonb_build_object('large', repeat('ü', 100000), 'deep', '[[[[{"a": [null]}]]]]'
        ::jsonb, 'number', 1e300), '[]', '[{"trace_id": "00"}]', 2147483647, 0, 0, 3,
    '{"start": "0", "end": "18446744073709551615"}', 1, 1, now()
FROM generate_series(1, 3) AS n;
INSERT INTO _turnspan.event (time, uid, time_nano, bot, test, name, severity, body,
    flags, score, attributes, dropped, time_flags, resource_id, scope_id, received_at)
SELECT now() - interval '19 days', md5('event' || n)::uuid, n, 'odd', false, '', 0,
    to_jsonb(repeat(' ', n * 70000)), 0, 'NaN', '{}', 0, 1, 1, 1, now()
FROM generate_series(1, 3) AS n;
INSERT INTO _turnspan.metric_point (time, uid, time_nano, name, kind, temporality,
    value, int_value, count, sum, min, detail, flags, bot, time_flags, resource_id,
    scope_id, received_at)
SELECT now() - interval '19 days', md5('point' || n)::uuid, n, 'queue', 'histogram', 2,
    '-Infinity', -9223372036854775808, 18446744073709551615, 'NaN', NULL,
    '{"buckets": [0, 1e-300]}', 1, 'odd', 0, 1, 1, now()
FROM generate_series(1, 3) AS n;
INSERT INTO _turnspan.content (time, id, bot, conversation_id, attribute, text,
    time_flags)
VALUES (now() - interval '1 day', md5('text')::uuid, 'support', 'c1',
    'gen_ai.input.messages', repeat('Straße ', 20000), 0);
