-- Labels: which of them count, the labelled turns made from them, and who agrees.

-- What the labellers of each turn agree on. Each has one vote, the latest label; most
-- votes win, among equals the intent named last. The weight is that of its last label.
CREATE OR REPLACE VIEW _turnspan.label_verdict AS
WITH latest AS (
    SELECT DISTINCT ON (bot, turn_id, labeller) *
    FROM _turnspan.label WHERE NOT test
    ORDER BY bot, turn_id, labeller, labelled_at DESC, id DESC
), vote AS (
    SELECT bot, turn_id, labelled, count(*)::integer AS votes,
        max(labelled_at) AS labelled_at,
        (array_agg(weight ORDER BY labelled_at DESC, id DESC))[1] AS weight
    FROM latest GROUP BY bot, turn_id, labelled
)
SELECT DISTINCT ON (bot, turn_id) bot, turn_id, labelled, weight, votes,
    (sum(votes) OVER (PARTITION BY bot, turn_id))::integer AS labellers
FROM vote
ORDER BY bot, turn_id, votes DESC, labelled_at DESC, labelled;

-- Make the rows of these turns anew. near: when a turn began, within a day, so that few
-- chunks are searched; null where nobody knows. Of a turn past its retention, which may
-- be gone, only what the labellers say is. Returns how many turns were found.
CREATE OR REPLACE FUNCTION _turnspan.settle_labels(
    bots text[], turns text[], near timestamptz[]
) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    kept_since CONSTANT timestamptz :=
        now() - _turnspan.setting_interval('', 'derived_retention');
    settled integer;
    missed_bots text[];
    missed_turns text[];
BEGIN
    DELETE FROM _turnspan.labelled_turn AS d
    USING unnest(bots, turns) AS asked(bot, turn_id)
    WHERE d.bot = asked.bot AND d.turn_id = asked.turn_id
    AND d.start_time >= kept_since;
    UPDATE _turnspan.labelled_turn AS d
    SET labelled = v.labelled, weight = v.weight, labellers = v.labellers,
        votes = v.votes
    FROM unnest(bots, turns) AS asked(bot, turn_id)
    JOIN _turnspan.label_verdict AS v USING (bot, turn_id)
    WHERE d.bot = v.bot AND d.turn_id = v.turn_id;
    INSERT INTO _turnspan.labelled_turn (bot, turn_id, start_time, conversation_id,
        user_key, channel, environment, version, variant, locale, source, device,
        country, outcome, predicted, acted_on, node_id, model, confidence, is_fallback,
        is_nlu, test, labelled, weight, labellers, votes, medium, campaign, user_kind,
        intent_source, answer_source, sentiment, error_type, framework)
    SELECT t.bot, t.turn_id, t.start_time, t.conversation_id, t.user_key, t.channel,
        t.environment, t.version, t.variant, t.locale, s.source, s.device, s.country,
        t.outcome, nullif(t.intent_name, ''), t.intent_acted_on, t.node_id,
        coalesce(nullif(t.intent_model_version, ''), t.model), t.intent_confidence,
        t.is_fallback,
        t.initiator = 'user'
            AND coalesce(t.intent_source, '') NOT IN ('button', 'rule'),
        t.test, v.labelled, v.weight, v.labellers, v.votes, s.medium, s.campaign,
        t.user_kind, t.intent_source, t.answer_source, t.sentiment_label, t.error_type,
        t.framework
    FROM (
        SELECT a.bot, a.turn_id, min(a.near) AS near
        FROM unnest(bots, turns, near) AS a(bot, turn_id, near)
        GROUP BY a.bot, a.turn_id) AS asked
    JOIN _turnspan.label_verdict AS v USING (bot, turn_id)
    CROSS JOIN LATERAL (
        SELECT * FROM _turnspan.turn AS d
        WHERE d.bot = asked.bot AND d.turn_id = asked.turn_id
        AND d.start_time >= coalesce(asked.near - interval '1 day', '-infinity')
        AND d.start_time <= coalesce(asked.near + interval '1 day', 'infinity')
        ORDER BY d.start_time LIMIT 1) AS t
    LEFT JOIN _turnspan.session AS s
        ON s.session_key = t.session_key AND s.start_time = t.session_start
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS settled = ROW_COUNT;
    UPDATE _turnspan.label AS l SET user_key = t.user_key
    FROM unnest(bots, turns) AS asked(bot, turn_id)
    JOIN _turnspan.labelled_turn AS t USING (bot, turn_id)
    WHERE l.bot = t.bot AND l.turn_id = t.turn_id
    AND l.user_key IS DISTINCT FROM t.user_key;
    SELECT array_agg(a.bot), array_agg(a.turn_id) INTO missed_bots, missed_turns
    FROM unnest(bots, turns, near) AS a(bot, turn_id, near)
    WHERE a.near IS NOT NULL
    AND NOT EXISTS (SELECT FROM _turnspan.labelled_turn AS t
        WHERE t.bot = a.bot AND t.turn_id = a.turn_id)
    AND EXISTS (SELECT FROM _turnspan.label AS l
        WHERE l.bot = a.bot AND l.turn_id = a.turn_id);
    IF missed_turns IS NOT NULL THEN
        settled := settled + _turnspan.settle_labels(missed_bots, missed_turns,
            array_fill(NULL::timestamptz, ARRAY[cardinality(missed_turns)]));
    END IF;
    RETURN settled;
END
$$;

-- Whoever adds labels holds this alone until the commit, whoever derives turns shares
-- it: neither misses what the other is about to write.
CREATE OR REPLACE FUNCTION _turnspan.lock_labels(alone boolean) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF alone THEN
        PERFORM pg_advisory_xact_lock(1953719091, 2);
    ELSE
        PERFORM pg_advisory_xact_lock_shared(1953719091, 2);
    END IF;
END
$$;

-- The last step of a derivation, over its working tables: keep the label events that
-- were read, whichever turn they name, and make the labelled turns anew among those
-- that were derived. A weight that is no number of at least 0 counts as 1.
CREATE OR REPLACE FUNCTION _turnspan.derive_labels() RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    bots text[];
    turns text[];
    near timestamptz[];
    is_new CONSTANT boolean := EXISTS (
        SELECT FROM rec AS r
        WHERE r.name = 'chatbot.label' AND r.turn_id IS NOT NULL
        AND NOT EXISTS (SELECT FROM _turnspan.label AS l WHERE l.id = r.id));
BEGIN
    PERFORM _turnspan.lock_labels(is_new);
    IF NOT is_new AND NOT EXISTS (SELECT FROM _turnspan.label) THEN
        RETURN;
    END IF;
    WITH given AS (
        SELECT DISTINCT ON (r.id) r.id, o.bot, r.turn_id, r.at, r.test, r.user_key,
            nullif(r.attributes ->> 'chatbot.label.intent', '') AS labelled,
            coalesce(r.attributes ->> 'chatbot.label.labeller', '') AS labeller,
            _turnspan.number(r.attributes ->> 'chatbot.label.weight') AS weight
        FROM rec AS r
        JOIN (SELECT k, bot FROM key UNION ALL SELECT k, bot FROM orphan) AS o USING (k)
        WHERE is_new AND r.name = 'chatbot.label' AND r.turn_id IS NOT NULL
        ORDER BY r.id
    ), added AS (
        INSERT INTO _turnspan.label (id, bot, turn_id, labelled, labeller, labelled_at,
            weight, source, user_key, test)
        SELECT id, bot, turn_id, labelled, labeller, at,
            CASE WHEN weight >= 0 AND weight < 'Infinity' THEN weight ELSE 1 END,
            'event', user_key, test
        FROM given WHERE labelled IS NOT NULL
        ON CONFLICT DO NOTHING
        RETURNING bot, turn_id
    ), concerned AS (
        SELECT bot, turn_id FROM added
        UNION
        SELECT o.bot, o.turn_id FROM turn_out AS o
        WHERE EXISTS (SELECT FROM _turnspan.label AS l
            WHERE l.bot = o.bot AND l.turn_id = o.turn_id)
        UNION
        SELECT t.bot, t.turn_id FROM _turnspan.labelled_turn AS t JOIN key AS k
            ON t.bot = k.bot AND t.conversation_id = k.conversation_id
            AND t.start_time BETWEEN k.w0 AND k.w1
        UNION
        SELECT t.bot, t.turn_id FROM _turnspan.labelled_turn AS t
        JOIN orphan AS o USING (bot, turn_id)
    )
    SELECT array_agg(c.bot), array_agg(c.turn_id), array_agg(o.start_time)
    INTO bots, turns, near
    FROM concerned AS c LEFT JOIN turn_out AS o USING (bot, turn_id);
    IF turns IS NOT NULL THEN
        PERFORM _turnspan.settle_labels(bots, turns, near);
    END IF;
END
$$;

-- Cohen's kappa (Cohen 1960) of each pair of labellers over the turns that both have
-- labelled, by their latest labels, and a last row, of nobody, for all: the mean of the
-- pairs' kappas (Light 1971). Null where chance alone explains all agreement.
CREATE OR REPLACE FUNCTION turnspan.label_agreement(
    "from" timestamptz DEFAULT '-infinity', "to" timestamptz DEFAULT 'infinity',
    bots text[] DEFAULT NULL
) RETURNS TABLE (
    labeller text, other text, turns bigint, agreed bigint, kappa double precision
)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    WITH latest AS MATERIALIZED (
        SELECT DISTINCT ON (l.bot, l.turn_id, l.labeller)
            l.bot, l.turn_id, l.labeller, l.labelled
        FROM _turnspan.label AS l
        JOIN _turnspan.labelled_turn AS t USING (bot, turn_id)
        WHERE NOT l.test AND NOT t.test AND t.is_nlu
        AND t.start_time >= "from" AND t.start_time < "to"
        AND (bots IS NULL OR l.bot = ANY (bots))
        ORDER BY l.bot, l.turn_id, l.labeller, l.labelled_at DESC, l.id DESC
    ), cell AS (
        SELECT a.labeller, b.labeller AS other, a.labelled,
            b.labelled AS other_labelled, count(*)::float8 AS n
        FROM latest AS a JOIN latest AS b USING (bot, turn_id)
        WHERE a.labeller COLLATE "C" < b.labeller COLLATE "C"
        GROUP BY 1, 2, 3, 4
    ), marginal AS (
        SELECT m.labeller, m.other, m.labelled, sum(m.mine) AS mine,
            sum(m.theirs) AS theirs
        FROM (
            SELECT c.labeller, c.other, c.labelled, c.n AS mine, 0::float8 AS theirs
            FROM cell AS c
            UNION ALL
            SELECT c.labeller, c.other, c.other_labelled, 0, c.n FROM cell AS c) AS m
        GROUP BY 1, 2, 3
    ), pair AS (
        SELECT c.labeller, c.other, sum(c.n) AS n,
            sum(c.n) FILTER (WHERE c.labelled = c.other_labelled) AS agreed
        FROM cell AS c GROUP BY 1, 2
    ), chance AS (
        SELECT m.labeller, m.other, sum(m.mine * m.theirs) AS products
        FROM marginal AS m GROUP BY 1, 2
    ), scored AS (
        SELECT p.labeller, p.other, p.n::bigint AS turns,
            coalesce(p.agreed, 0)::bigint AS agreed,
            (coalesce(p.agreed, 0) * p.n - c.products)
                / nullif(p.n * p.n - c.products, 0) AS kappa
        FROM pair AS p JOIN chance AS c USING (labeller, other)
    )
    SELECT * FROM (
        SELECT s.labeller, s.other, s.turns, s.agreed, s.kappa FROM scored AS s
        UNION ALL
        SELECT NULL, NULL, sum(s.turns)::bigint, sum(s.agreed)::bigint, avg(s.kappa)
        FROM scored AS s HAVING count(*) > 0) AS rows
    ORDER BY labeller COLLATE "C" NULLS LAST, other COLLATE "C"
$$;
COMMENT ON FUNCTION turnspan.label_agreement IS
    'Cohen''s kappa of each pair of labellers over NLU turns that began in [from, to), '
    'and their mean in the row without names.';

CREATE OR REPLACE VIEW turnspan.labels AS
SELECT
    l.labelled_at, l.bot, l.turn_id, t.start_time, t.conversation_id, t.predicted,
    t.confidence, l.labelled, l.labeller, l.weight, l.source,
    NOT EXISTS (SELECT FROM _turnspan.label AS n
        WHERE n.bot = l.bot AND n.turn_id = l.turn_id AND n.labeller = l.labeller
        AND (n.labelled_at, n.id) > (l.labelled_at, l.id)) AS is_latest,
    t.labelled AS agreed, t.labellers
FROM _turnspan.label AS l
LEFT JOIN _turnspan.labelled_turn AS t ON t.bot = l.bot AND t.turn_id = l.turn_id
WHERE NOT l.test AND NOT coalesce(t.test, false);
COMMENT ON VIEW turnspan.labels IS
    'Every label, with its history: is_latest of its labeller. start_time, predicted '
    'and confidence are the turn''s, null until it has come; agreed is what most of '
    'its labellers say.';

-- The NLU turns that a sample is drawn from. is_focus: the strategy is about it, here
-- low-confidence (below the bot's theta_review) or escalated (its session was). place:
-- a number that the seed and the turn alone decide, so that the first n in its order
-- are drawn at random, and the same again.
CREATE OR REPLACE FUNCTION _turnspan.label_population(
    strategy text, starts timestamptz, ends timestamptz, bots text[], seed bigint
) RETURNS TABLE (
    bot text, turn_id text, conversation_id text, start_time timestamptz,
    predicted text, confidence double precision, is_focus boolean, place bigint
)
LANGUAGE sql STABLE AS $$
    SELECT t.bot, t.turn_id, t.conversation_id, t.start_time,
        nullif(t.intent_name, ''), t.intent_confidence,
        CASE strategy
            WHEN 'low-confidence' THEN coalesce(
                t.intent_confidence < coalesce(b.theta, d.theta), false)
            WHEN 'escalated' THEN coalesce(t.session_key IN (
                SELECT s.session_key FROM _turnspan.session AS s
                WHERE s.outcome = 'escalated' AND s.start_time < ends
                AND s.end_time >= starts), false)
            ELSE true END,
        hashtextextended(t.turn_id, hashtextextended(t.bot, seed))
    FROM _turnspan.turn AS t
    CROSS JOIN (
        SELECT (_turnspan.setting('', 'theta_review') #>> '{}')::float8 AS theta
        OFFSET 0) AS d
    LEFT JOIN (
        SELECT name, (_turnspan.setting(name, 'theta_review') #>> '{}')::float8 AS theta
        FROM _turnspan.bot OFFSET 0) AS b ON b.name = t.bot
    WHERE t.start_time >= starts AND t.start_time < ends
    AND (bots IS NULL OR t.bot = ANY (bots))
    AND t.initiator = 'user' AND NOT t.test
    AND coalesce(t.intent_source, '') NOT IN ('button', 'rule')
$$;
