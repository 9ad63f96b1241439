-- Raw tables: what came in, as it came, with the chat attributes in typed columns.
-- Timestamps have microseconds (nanoseconds truncated); *_nano keep the nanoseconds.

CREATE TABLE _turnspan.bot (
    name text PRIMARY KEY,
    first_seen timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE _turnspan.resource (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    digest uuid NOT NULL UNIQUE,
    attributes jsonb NOT NULL,
    schema_url text NOT NULL,
    dropped integer NOT NULL
);

CREATE TABLE _turnspan.scope (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    digest uuid NOT NULL UNIQUE,
    name text NOT NULL,
    version text NOT NULL,
    attributes jsonb NOT NULL,
    schema_url text NOT NULL,
    dropped integer NOT NULL
);

CREATE TABLE _turnspan.span (
    start_time timestamptz NOT NULL,
    trace_id uuid NOT NULL,
    span_id bigint NOT NULL,
    parent_span_id bigint,
    start_nano bigint NOT NULL,
    end_nano bigint NOT NULL,
    bot text NOT NULL,
    version text,
    environment text,
    conversation_id text,
    session_id text,
    turn_id text,
    channel text,
    variant text,
    user_key text,
    user_kind text,
    node_id text,
    intent_name text,
    intent_confidence double precision,
    seq bigint,
    test boolean NOT NULL,
    name text NOT NULL,
    kind smallint NOT NULL,
    status_code smallint NOT NULL,
    status_message text,
    trace_state text,
    flags bigint NOT NULL,
    turn_index bigint,
    initiator text,
    outcome text,
    locale text,
    intent_acted_on text,
    intent_source text,
    runner_up_confidence double precision,
    first_response_s double precision,
    operation text,
    model text,
    input_tokens bigint,
    output_tokens bigint,
    error_type text,
    attributes jsonb,
    events jsonb,
    links jsonb,
    dropped integer NOT NULL,
    dropped_events integer NOT NULL,
    dropped_links integer NOT NULL,
    time_flags smallint NOT NULL,
    original_times jsonb,
    resource_id integer NOT NULL,
    scope_id integer NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (trace_id, span_id, start_time)
);

CREATE TABLE _turnspan.event (
    time timestamptz NOT NULL,
    uid uuid NOT NULL,
    time_nano bigint NOT NULL,
    observed_nano bigint,
    bot text NOT NULL,
    version text,
    environment text,
    conversation_id text,
    session_id text,
    turn_id text,
    channel text,
    variant text,
    user_key text,
    user_kind text,
    node_id text,
    intent_name text,
    intent_confidence double precision,
    seq bigint,
    test boolean NOT NULL,
    name text NOT NULL,
    severity smallint NOT NULL,
    severity_text text,
    body jsonb,
    trace_id uuid,
    span_id bigint,
    flags bigint NOT NULL,
    role text,
    handoff_id text,
    reason text,
    cta_id text,
    cta_type text,
    goal_id text,
    score double precision,
    attributes jsonb,
    dropped integer NOT NULL,
    time_flags smallint NOT NULL,
    original_times jsonb,
    resource_id integer NOT NULL,
    scope_id integer NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (uid, time)
);

CREATE TABLE _turnspan.metric_point (
    time timestamptz NOT NULL,
    uid uuid NOT NULL,
    time_nano bigint NOT NULL,
    start_nano bigint,
    name text NOT NULL,
    unit text,
    description text,
    kind text NOT NULL,
    temporality smallint NOT NULL,
    monotonic boolean,
    value double precision,
    int_value bigint,
    count numeric,
    sum double precision,
    min double precision,
    max double precision,
    detail jsonb,
    exemplars jsonb,
    flags bigint NOT NULL,
    bot text NOT NULL,
    attributes jsonb,
    time_flags smallint NOT NULL,
    original_times jsonb,
    resource_id integer NOT NULL,
    scope_id integer NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (uid, time)
);

-- What attaches to a session and never opens or extends one.
CREATE FUNCTION _turnspan.attaches(name text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN name IN ('chatbot.feedback', 'chatbot.resolution', 'chatbot.goal',
    'chatbot.label', 'chatbot.annotation', 'feature_flag.evaluation',
    'chatbot.handoff.queue', 'chatbot.handoff.accept', 'chatbot.handoff.decline',
    'chatbot.handoff.expire', 'chatbot.handoff.withdraw', 'chatbot.handoff.close',
    'chatbot.handoff.return');

-- Recomputation reads one conversation's records in time order; what attaches late is
-- found apart, and what names no conversation by its own id.
CREATE INDEX span_conversation ON _turnspan.span (bot, conversation_id, start_time)
    WHERE conversation_id IS NOT NULL;
CREATE INDEX span_turn ON _turnspan.span (bot, turn_id)
    WHERE turn_id IS NOT NULL AND conversation_id IS NULL;
CREATE INDEX event_conversation ON _turnspan.event (bot, conversation_id, time)
    WHERE conversation_id IS NOT NULL;
CREATE INDEX event_attached ON _turnspan.event (bot, conversation_id, time)
    WHERE conversation_id IS NOT NULL AND _turnspan.attaches(name);
CREATE INDEX event_requested ON _turnspan.event (bot, conversation_id, time)
    WHERE conversation_id IS NOT NULL AND name = 'chatbot.handoff.request';
CREATE INDEX event_turn ON _turnspan.event (bot, turn_id)
    WHERE turn_id IS NOT NULL AND conversation_id IS NULL;
CREATE INDEX event_handoff ON _turnspan.event (bot, handoff_id)
    WHERE handoff_id IS NOT NULL;

-- Ranges of conversations whose derived rows are out of date. Ingest appends one row
-- per conversation and batch in its own transaction; whoever holds a shard's advisory
-- lock derives its conversations. Shard -1 holds what only names a turn or a handoff.
CREATE TABLE _turnspan.touched (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    shard smallint NOT NULL GENERATED ALWAYS AS (CASE WHEN conversation_id IS NULL
        THEN -1 ELSE hashtextextended(bot || conversation_id, 0) & 15 END) STORED,
    bot text NOT NULL,
    conversation_id text,
    turn_id text,
    handoff_id text,
    from_time timestamptz NOT NULL,
    to_time timestamptz NOT NULL,
    neighbour boolean NOT NULL DEFAULT false,  -- queued by a derivation, not by ingest
    attempts smallint NOT NULL DEFAULT 0,
    not_before timestamptz NOT NULL DEFAULT '-infinity',
    touched_at timestamptz NOT NULL DEFAULT now()
);

-- Users whose sessions or active days changed; derived after the conversations.
CREATE TABLE _turnspan.touched_user (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    shard smallint NOT NULL GENERATED ALWAYS AS
        (hashtextextended(bot || user_key, 0) & 15) STORED,
    bot text NOT NULL,
    user_key text NOT NULL,
    from_time timestamptz NOT NULL,
    to_time timestamptz NOT NULL,
    attempts smallint NOT NULL DEFAULT 0,
    not_before timestamptz NOT NULL DEFAULT '-infinity',
    touched_at timestamptz NOT NULL DEFAULT now()
);

-- Times of rows written below an aggregate's watermark, to be refreshed.
CREATE TABLE _turnspan.touched_window (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    of_table text NOT NULL,
    from_time timestamptz NOT NULL,
    to_time timestamptz NOT NULL
);

CREATE TABLE _turnspan.dead_letter (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    received_at timestamptz NOT NULL,
    signal text NOT NULL,
    reason text NOT NULL,
    payload jsonb NOT NULL
);

-- Settings of bots, with history: the row with the latest valid_from in the past
-- holds. The empty bot name holds the defaults of the installation.
CREATE TABLE _turnspan.parameter (
    bot text NOT NULL DEFAULT '',
    name text NOT NULL,
    valid_from timestamptz NOT NULL DEFAULT now(),
    value jsonb NOT NULL,
    set_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (bot, name, valid_from)
);
