-- Derived facts: recomputed from raw rows around what was touched, never incremented.
-- Every row carries the definition version and the parameters that made it.

-- One row per (bot, turn id): span, chatbot.turn.end record, bridged copies and user
-- messages merged. A message without a turn id has its uid as turn id.
CREATE TABLE _turnspan.turn (
    start_time timestamptz NOT NULL,
    bot text NOT NULL,
    turn_id text NOT NULL,
    channel text NOT NULL,               -- '' where unknown
    conversation_id text,                -- NULL: stays outside session metrics
    session_id text,                     -- the platform's
    session_key uuid,
    session_start timestamptz,
    end_time timestamptz NOT NULL,
    duration_s double precision NOT NULL,
    first_response_s double precision,
    timed boolean NOT NULL,              -- has a span or turn.end: latency is known
    initiator text NOT NULL,             -- user, bot, human_agent, system
    outcome text,
    locale text,
    node_id text,
    framework text,
    intent_name text,                    -- what the classifier said first
    intent_confidence double precision,
    intent_threshold double precision,
    intent_acted_on text,
    intent_source text,
    runner_up_confidence double precision,
    intent_model_version text,
    -- outcome fallback, or the intent result says so
    is_fallback boolean NOT NULL,
    answer_source text,
    sentiment_label text,
    sentiment_score double precision,
    user_key text,
    user_kind text,
    environment text,
    version text,
    variant text,
    error_type text,
    input_tokens bigint,
    output_tokens bigint,
    model text,
    turn_number integer,                 -- 1-based among the session's user turns
    test boolean NOT NULL,
    trace_id uuid,
    span_id bigint,
    definition_version smallint NOT NULL,
    PRIMARY KEY (bot, turn_id, start_time)
);
CREATE INDEX turn_conversation ON _turnspan.turn (bot, conversation_id, start_time);
CREATE INDEX turn_user ON _turnspan.turn (bot, user_key, start_time)
    WHERE initiator = 'user' AND user_key IS NOT NULL;

-- One row per session; start_time is the session's attribution time.
CREATE TABLE _turnspan.session (
    start_time timestamptz NOT NULL,
    -- md5 of bot, channel, conversation, session id, start
    session_key uuid NOT NULL,
    bot text NOT NULL,
    channel text NOT NULL,
    conversation_id text NOT NULL,
    session_id text,
    end_time timestamptz NOT NULL,       -- last event; no timeout tail
    closes_at timestamptz NOT NULL,      -- end event, or when the gap will exceed T
    finalised boolean NOT NULL,          -- set at derivation and by the worker's sweep
    ended_by text NOT NULL,              -- event, timeout
    duration_s double precision NOT NULL,
    user_turns integer NOT NULL,
    user_messages integer NOT NULL,      -- chatbot.message events, by role
    bot_messages integer NOT NULL,
    agent_messages integer NOT NULL,
    fallbacks integer NOT NULL,
    errors integer NOT NULL,
    cta_clicks integer NOT NULL,         -- credited clicks
    goals integer NOT NULL,
    handoffs integer NOT NULL,           -- distinct handoff ids
    escalated boolean NOT NULL,
    engaged boolean NOT NULL,
    implied boolean NOT NULL,            -- resolved_implied, if the user stays away
    next_start timestamptz,              -- the user's next base session after this one
    -- escalated, resolved_confirmed, resolved_implied, abandoned, unengaged
    outcome text NOT NULL,
    intent text,                         -- the last before a handoff, else the last
    node_id text,                        -- last bot node
    user_key text,
    user_kind text,
    locale text,
    environment text,
    version text,
    variant text,
    source text,                         -- entry: utm source, else referrer
    device text,
    country text,
    test boolean NOT NULL,
    definition_version smallint NOT NULL,
    parameters jsonb NOT NULL,
    PRIMARY KEY (session_key, start_time)
);
CREATE INDEX session_conversation
    ON _turnspan.session (bot, conversation_id, start_time);
CREATE INDEX session_of_user ON _turnspan.session (bot, user_key, start_time)
    WHERE user_key IS NOT NULL;
CREATE INDEX session_open ON _turnspan.session (closes_at) WHERE NOT finalised;

-- One row per handoff id; attributed to the request.
CREATE TABLE _turnspan.handoff (
    requested_at timestamptz NOT NULL,
    bot text NOT NULL,
    handoff_id text NOT NULL,
    channel text NOT NULL,
    conversation_id text,
    session_key uuid,
    session_start timestamptz,
    turn_id text,
    turn_number integer,                 -- user turns of the session up to the request
    queued_at timestamptz,
    accepted_at timestamptz,
    declined_at timestamptz,
    expired_at timestamptz,
    withdrawn_at timestamptz,
    closed_at timestamptz,
    returned_at timestamptz,
    ended_wait_at timestamptz,           -- first of accept, decline, expire, withdraw
    -- accepted, declined, expired, withdrawn, waiting
    wait_outcome text NOT NULL,
    reason text NOT NULL,
    original_reason text,
    target_type text,
    queue text,
    outcome text,                        -- resolved, unresolved
    intents_before text[] NOT NULL,      -- the last three before the request
    user_key text,
    locale text,
    environment text,
    version text,
    variant text,
    test boolean NOT NULL,
    definition_version smallint NOT NULL,
    PRIMARY KEY (bot, handoff_id, requested_at)
);
CREATE INDEX handoff_conversation
    ON _turnspan.handoff (bot, conversation_id, requested_at);

-- One row per session and CTA shown or clicked in it. Clicks are credited to the
-- session of the latest impression of the same CTA within 7 days; the others count
-- in unattributed_clicks of the session they fell into.
CREATE TABLE _turnspan.session_cta (
    session_start timestamptz NOT NULL,
    session_key uuid NOT NULL,
    bot text NOT NULL,
    channel text NOT NULL,
    conversation_id text NOT NULL,
    cta_id text NOT NULL,
    cta_type text,
    impressions integer NOT NULL,
    clicks integer NOT NULL,
    unattributed_clicks integer NOT NULL,
    first_impression timestamptz,
    first_click timestamptz,
    user_key text,
    locale text,
    environment text,
    version text,
    variant text,
    test boolean NOT NULL,
    PRIMARY KEY (session_key, cta_id, session_start)
);
CREATE INDEX session_cta_conversation
    ON _turnspan.session_cta (bot, conversation_id, session_start);

-- Every label a session ever had: a revisable label keeps its history.
CREATE TABLE _turnspan.outcome_history (
    session_key uuid NOT NULL,
    bot text NOT NULL,
    session_start timestamptz NOT NULL,
    outcome text NOT NULL,
    labelled_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (session_key, labelled_at)
);

-- A user's user turns on one local day of the bot's time zone. Distinct users are
-- count(DISTINCT user_key): rows of one user differ in the other dimensions.
CREATE TABLE _turnspan.user_day (
    bot text NOT NULL,
    day date NOT NULL,
    user_key text NOT NULL,
    channel text NOT NULL,
    environment text NOT NULL,           -- '' where unknown, as in the two below
    version text NOT NULL,
    variant text NOT NULL,
    locale text NOT NULL,
    test boolean NOT NULL,
    identified boolean NOT NULL,
    user_turns integer NOT NULL,
    PRIMARY KEY (bot, day, user_key, channel, environment, version, variant, locale,
        test)
);
CREATE INDEX user_day_user ON _turnspan.user_day (bot, user_key, day);

CREATE TABLE _turnspan.user_first_seen (
    bot text NOT NULL,
    user_key text NOT NULL,
    test boolean NOT NULL,
    first_time timestamptz NOT NULL,
    PRIMARY KEY (bot, user_key, test)
);
