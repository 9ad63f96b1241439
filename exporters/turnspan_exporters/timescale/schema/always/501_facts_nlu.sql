-- Facts about understanding: labelled turns, margins of confidence, and questions.

-- The bin of 0.1 of a confidence, 0 to 9, as confidence_bin is that of 0.05.
CREATE OR REPLACE FUNCTION _turnspan.confidence_tenth(confidence double precision)
RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN least(floor(confidence * 10 + 1e-9), 9)::integer;

-- A labelled NLU turn counts at its start, weight times: as many turns as it was drawn
-- to stand for. hits: the weight, where the prediction is what the labellers agree on.
-- squares: of the weight, for the size that a sample of unequal weights is worth.
CREATE OR REPLACE VIEW _turnspan.fact_label AS
SELECT
    start_time AS at,
    bot,
    _turnspan.known(channel) AS channel,
    _turnspan.known(environment) AS environment,
    _turnspan.known(version) AS version,
    _turnspan.known(variant) AS variant,
    _turnspan.known(locale) AS locale,
    _turnspan.known(source) AS source,
    _turnspan.known(device) AS device,
    _turnspan.known(country) AS country,
    _turnspan.known(medium) AS medium,
    _turnspan.known(campaign) AS campaign,
    _turnspan.known(user_kind) AS user_kind,
    _turnspan.known(intent_source) AS intent_source,
    _turnspan.known(answer_source) AS answer_source,
    _turnspan.known(sentiment) AS sentiment,
    _turnspan.known(error_type) AS error_type,
    _turnspan.known(framework) AS framework,
    _turnspan.known(outcome) AS outcome,
    _turnspan.known(predicted) AS intent,
    _turnspan.known(acted_on) AS acted_on,
    _turnspan.known(node_id) AS node,
    _turnspan.known(model) AS model,
    labelled,
    1 AS labelled_turns,
    0 AS nlu_turns,
    weight,
    weight * weight AS squares,
    CASE WHEN _turnspan.known(predicted) = labelled THEN weight ELSE 0 END AS hits,
    confidence,
    _turnspan.confidence_bin(confidence) AS bin,
    _turnspan.confidence_tenth(confidence) AS tenth
FROM _turnspan.labelled_turn
WHERE is_nlu AND NOT test;

-- The labelled turns whose classifier said how sure it was.
CREATE OR REPLACE VIEW _turnspan.fact_sure_label AS
SELECT * FROM _turnspan.fact_label WHERE confidence IS NOT NULL;

-- The NLU turns with what one may ask of a single question. margin: how far the first
-- intent is ahead of the second. missed: a fallback, or an answer was looked for and
-- not found.
CREATE OR REPLACE VIEW _turnspan.fact_question AS
SELECT
    t.start_time AS at,
    t.bot,
    _turnspan.known(t.channel) AS channel,
    _turnspan.known(t.environment) AS environment,
    _turnspan.known(t.version) AS version,
    _turnspan.known(t.variant) AS variant,
    _turnspan.known(t.locale) AS locale,
    _turnspan.known(t.source) AS source,
    _turnspan.known(t.device) AS device,
    _turnspan.known(t.country) AS country,
    _turnspan.known(t.medium) AS medium,
    _turnspan.known(t.campaign) AS campaign,
    _turnspan.known(t.user_kind) AS user_kind,
    _turnspan.known(t.outcome) AS outcome,
    _turnspan.known(t.intent_name) AS intent,
    _turnspan.known(t.intent_acted_on) AS acted_on,
    _turnspan.known(t.intent_source) AS intent_source,
    _turnspan.known(t.answer_source) AS answer_source,
    _turnspan.known(t.sentiment_label) AS sentiment,
    _turnspan.known(t.error_type) AS error_type,
    _turnspan.known(t.framework) AS framework,
    _turnspan.known(t.node_id) AS node,
    _turnspan.known(coalesce(nullif(t.intent_model_version, ''), t.model)) AS model,
    1 AS nlu_turns,
    t.is_fallback OR coalesce(t.answer_source = 'rag'
        AND t.outcome IN ('fallback', 'no_response', 'error'), false) AS missed,
    t.intent_confidence AS confidence,
    CASE WHEN t.intent_confidence IS NOT NULL
        THEN _turnspan.confidence_bin(t.intent_confidence) END AS bin,
    t.intent_confidence AS total,
    t.intent_confidence - t.runner_up_confidence AS margin,
    t.conversation_id,
    t.turn_id,
    t.end_time
FROM _turnspan.turn AS t
WHERE t.initiator = 'user' AND NOT t.test
    AND coalesce(t.intent_source, '') NOT IN ('button', 'rule');

CREATE OR REPLACE VIEW _turnspan.fact_ambiguity AS
SELECT
    at, bot, channel, environment, version, variant, locale, source, device, country,
    medium, campaign, user_kind, outcome, intent, acted_on, intent_source,
    answer_source, sentiment, error_type, framework, node, model,
    1 AS turns,
    margin
FROM _turnspan.fact_question
WHERE margin IS NOT NULL;

-- The same questions told apart by a hash of the user's words, spelling and spaces
-- evened out, where the words are kept; unknown where they are not.
CREATE OR REPLACE VIEW _turnspan.fact_question_text AS
SELECT
    q.*,
    coalesce((
        SELECT left(md5(lower(btrim(regexp_replace(c.text, '\s+', ' ', 'g')))), 16)
        FROM _turnspan.content AS c
        JOIN _turnspan.event AS e ON e.uid = c.uid AND e.time = c.time
        WHERE c.bot = q.bot AND c.conversation_id = q.conversation_id
            AND c.turn_id = q.turn_id AND e.role = 'user'
            AND c.time >= q.at - interval '1 hour'
            AND c.time <= q.end_time + interval '1 hour'
        ORDER BY c.time, c.id LIMIT 1), 'unknown') AS question
FROM _turnspan.fact_question AS q;

-- The sessions with an NLU turn that has a confidence, by the lowest. Those that do not
-- know it yet are left out.
CREATE OR REPLACE VIEW _turnspan.fact_session_confidence AS
SELECT
    at, bot, channel, environment, version, variant, locale, source, device, country,
    medium, campaign, user_kind, outcome, intent, node, ended_by, finalised,
    _turnspan.confidence_bin(lowest_confidence) AS bin,
    1 AS n
FROM _turnspan.fact_session
WHERE lowest_confidence < 'Infinity';

-- The same of all sessions since a time, from their turns.
CREATE OR REPLACE FUNCTION _turnspan.fact_session_confidence_of_turns(since timestamptz)
RETURNS SETOF _turnspan.fact_session_confidence
LANGUAGE sql STABLE AS $$
    SELECT
        f.at, f.bot, f.channel, f.environment, f.version, f.variant, f.locale, f.source,
        f.device, f.country, f.medium, f.campaign, f.user_kind, f.outcome, f.intent,
        f.node, f.ended_by, f.finalised,
        _turnspan.confidence_bin(t.lowest) AS bin,
        1 AS n
    FROM (
        SELECT session_key, session_start, min(intent_confidence) AS lowest
        FROM _turnspan.turn
        WHERE start_time >= since AND initiator = 'user'
            AND intent_confidence IS NOT NULL
            AND coalesce(intent_source, '') NOT IN ('button', 'rule')
        GROUP BY session_key, session_start
    ) AS t
    JOIN _turnspan.fact_session AS f
        ON f.session_key = t.session_key AND f.at = t.session_start
$$;
