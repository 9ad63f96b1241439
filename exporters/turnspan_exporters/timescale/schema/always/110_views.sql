-- The public views: documented, stable, without test traffic. Columns are added at
-- the end only. Whoever may read them is granted the schema turnspan and nothing else.

CREATE OR REPLACE VIEW turnspan.turns AS
SELECT
    start_time, end_time, bot, channel, conversation_id, session_key, turn_id,
    turn_number, initiator, outcome, duration_s,
    CASE WHEN timed THEN coalesce(first_response_s, duration_s) END
        AS first_response_s,
    is_fallback, intent_name, intent_confidence, intent_threshold, intent_acted_on,
    intent_source, runner_up_confidence, intent_model_version, answer_source,
    sentiment_label, sentiment_score, node_id, locale, user_key, user_kind,
    environment, version, variant, error_type, input_tokens, output_tokens, model,
    framework, trace_id, session_start
FROM _turnspan.turn
WHERE NOT test;
COMMENT ON VIEW turnspan.turns IS
    'One row a turn, merged from span, records and messages, without test traffic.';

CREATE OR REPLACE VIEW turnspan.sessions AS
SELECT
    start_time, end_time, bot, channel, conversation_id, session_id, session_key,
    finalised, closes_at, ended_by, duration_s, user_turns, user_messages,
    bot_messages, agent_messages, fallbacks, errors, cta_clicks, goals, handoffs,
    escalated, engaged, outcome, next_start, intent, node_id, user_key, user_kind,
    locale, environment, version, variant, source, device, country,
    definition_version, parameters, cta_impressions, ratings, input_tokens,
    output_tokens, agent_resolved, medium, campaign
FROM _turnspan.session
WHERE NOT test;
COMMENT ON VIEW turnspan.sessions IS
    'One row a session. Metrics count the finalised ones; the label of the others is '
    'provisional. next_start: when the same user began the next one; ratings: CSAT '
    'responses; agent_resolved: a handoff of it was closed as resolved; node_id: the '
    'first node the bot showed (session_nodes knows the last).';

CREATE OR REPLACE VIEW turnspan.handoffs AS
SELECT
    requested_at, bot, channel, conversation_id, session_key, turn_id, handoff_id,
    turn_number, queued_at, accepted_at, declined_at, expired_at, withdrawn_at,
    closed_at, returned_at, ended_wait_at, wait_outcome,
    extract(epoch FROM accepted_at - requested_at)::double precision AS wait_s,
    reason, original_reason, target_type, queue, outcome, intents_before, user_key,
    locale, environment, version, variant, session_start
FROM _turnspan.handoff
WHERE NOT test;
COMMENT ON VIEW turnspan.handoffs IS
    'One row a handoff id, at its request. wait_s is null while nobody accepted.';

CREATE OR REPLACE VIEW turnspan.events AS
SELECT
    time, time_nano, bot, channel, conversation_id, session_id, turn_id, name, role,
    handoff_id, reason, cta_id, cta_type, goal_id, score, node_id, intent_name,
    intent_confidence, user_key, user_kind, environment, version, variant, severity,
    severity_text, body, attributes, trace_id, span_id, uid, received_at
FROM _turnspan.event
WHERE NOT test;
COMMENT ON VIEW turnspan.events IS
    'Every log record and bridged span event as it came; name is empty for plain logs.';

CREATE OR REPLACE VIEW turnspan.spans AS
SELECT
    s.start_time, s.start_time + make_interval(
        secs => (s.end_nano / 1000 - s.start_nano / 1000) / 1000000.0) AS end_time,
    s.start_nano, s.end_nano, s.bot, s.channel, s.conversation_id, s.session_id,
    s.turn_id, s.name, s.kind, s.status_code, s.status_message, s.initiator,
    s.outcome, s.operation, s.model, s.input_tokens, s.output_tokens, s.error_type,
    s.intent_name, s.intent_confidence, s.node_id, s.user_key, s.user_kind,
    s.environment, s.version, s.variant, s.attributes, s.events, s.links,
    r.attributes AS resource_attributes, c.name AS scope_name, s.trace_id, s.span_id,
    s.parent_span_id, s.received_at
FROM _turnspan.span AS s
JOIN _turnspan.resource AS r ON r.id = s.resource_id
JOIN _turnspan.scope AS c ON c.id = s.scope_id
WHERE NOT s.test;
COMMENT ON VIEW turnspan.spans IS
    'Every span as it came, with its resource and scope.';

CREATE OR REPLACE VIEW turnspan.users_daily AS
SELECT
    day, bot, user_key, channel, environment, version, variant, locale, identified,
    user_turns
FROM _turnspan.user_day
WHERE NOT test;
COMMENT ON VIEW turnspan.users_daily IS
    'User turns by the bot''s local day. Users are count(DISTINCT user_key): a user '
    'has a row for each combination of the other columns.';

CREATE OR REPLACE VIEW turnspan.session_ctas AS
SELECT
    session_start, bot, channel, conversation_id, session_key, cta_id, cta_type,
    impressions, clicks, unattributed_clicks, first_impression, first_click, base,
    user_key, locale, environment, version, variant
FROM _turnspan.session_cta
WHERE NOT test;
COMMENT ON VIEW turnspan.session_ctas IS
    'One row a session and call to action shown or clicked in it. clicks are credited '
    'to the latest impression; unattributed_clicks have none within the click window.';

CREATE OR REPLACE VIEW turnspan.session_nodes AS
SELECT
    session_start, bot, channel, conversation_id, session_key, node_id, times_shown,
    first_at, is_last, base, locale, environment, version, variant
FROM _turnspan.session_node
WHERE NOT test;
COMMENT ON VIEW turnspan.session_nodes IS
    'One row a session and dialog node that the bot showed in it; is_last: the '
    'session''s last.';

CREATE OR REPLACE VIEW turnspan.goals AS
SELECT
    at, bot, channel, conversation_id, session_key, turn_id, goal_id, kind, value,
    currency, quality, last_cta, base, user_key, locale, environment, version,
    variant, session_start, uid
FROM _turnspan.goal
WHERE NOT test;
COMMENT ON VIEW turnspan.goals IS
    'One row a goal reached, in the session it attaches to. last_cta: what the user '
    'clicked last in that session before; value is in currency.';

CREATE OR REPLACE VIEW turnspan.feedback AS
SELECT
    at, bot, channel, conversation_id, session_key, turn_id, is_request, name, paired,
    score, label, scale, scope, source, verdict, base, user_key, locale, environment,
    version, variant, session_start, uid
FROM _turnspan.feedback
WHERE NOT test;
COMMENT ON VIEW turnspan.feedback IS
    'One row a rating asked for (is_request) or given, in the session it attaches to. '
    'paired: the request was answered, or the response answers one. verdict: 1 '
    'positive, -1 negative, 0 neither; null where it is no CSAT, as NPS.';

CREATE OR REPLACE VIEW turnspan.assignments AS
SELECT bot, experiment, user_key, variant, first_at, channel
FROM _turnspan.assignment
WHERE NOT test;
COMMENT ON VIEW turnspan.assignments IS
    'When a user first had a variant of an experiment; one seen in two has two rows.';

CREATE OR REPLACE VIEW turnspan.outcome_history AS
SELECT
    h.session_start, h.bot, s.channel, s.conversation_id, h.session_key, h.outcome,
    h.labelled_at,
    lead(h.labelled_at) OVER of_session AS replaced_at,
    lag(h.outcome) OVER of_session AS previous_outcome
FROM _turnspan.outcome_history AS h
JOIN _turnspan.session AS s
    ON s.session_key = h.session_key AND s.start_time = h.session_start
WHERE NOT s.test
WINDOW of_session AS (PARTITION BY h.session_key ORDER BY h.labelled_at);
COMMENT ON VIEW turnspan.outcome_history IS
    'Every label a finalised session had: since labelled_at, until replaced_at (null: '
    'it holds).';
