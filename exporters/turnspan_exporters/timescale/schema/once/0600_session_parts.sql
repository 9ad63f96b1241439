-- Further parts of a session that metrics ask for. Each row carries the dimensions of
-- its session that aggregates have; base: the session has a user message.

ALTER TABLE _turnspan.session
    ADD COLUMN cta_impressions integer,          -- 0 and more; null: derived before
    ADD COLUMN ratings integer,                  -- CSAT responses that attach to it
    ADD COLUMN input_tokens bigint,              -- of its turns; null: none reported
    ADD COLUMN output_tokens bigint,
    ADD COLUMN agent_resolved boolean,           -- a handoff closed as resolved
    ADD COLUMN medium text,                      -- entry: utm medium
    ADD COLUMN campaign text;                    -- entry: utm campaign

ALTER TABLE _turnspan.session_cta
    ADD COLUMN base boolean;

-- One row per goal event, in the session it attaches to. A goal of no session is none.
CREATE TABLE _turnspan.goal (
    session_start timestamptz NOT NULL,
    session_key uuid NOT NULL,
    bot text NOT NULL,
    channel text NOT NULL,
    conversation_id text NOT NULL,
    uid uuid NOT NULL,                   -- the event's
    at timestamptz NOT NULL,
    goal_id text NOT NULL,               -- '' where the event names none
    kind text NOT NULL,                  -- conversion, lead, follow_up, other
    value double precision,
    currency text,
    quality double precision,            -- a lead's score, as given
    turn_id text,
    last_cta text,                       -- clicked last in the session before the goal
    base boolean NOT NULL,
    user_key text,
    locale text,
    environment text,
    version text,
    variant text,
    test boolean NOT NULL,
    PRIMARY KEY (session_key, uid, session_start)
);
CREATE INDEX goal_conversation ON _turnspan.goal (bot, conversation_id, session_start);
CREATE INDEX goal_time ON _turnspan.goal (session_start);

-- One row per rating asked for (is_request) or given, in the session it attaches to.
CREATE TABLE _turnspan.feedback (
    session_start timestamptz NOT NULL,
    session_key uuid NOT NULL,
    bot text NOT NULL,
    channel text NOT NULL,
    conversation_id text NOT NULL,
    uid uuid NOT NULL,                   -- the event's
    at timestamptz NOT NULL,
    is_request boolean NOT NULL,
    name text NOT NULL,                  -- gen_ai.evaluation.name; csat where none
    turn_id text,
    -- a request: it was answered; a response: it answers one
    paired boolean NOT NULL,
    score double precision,
    label text,
    scale text,
    scope text,                          -- turn, conversation
    source text,
    verdict smallint,                    -- 1, 0, -1; null: no CSAT (as NPS)
    base boolean NOT NULL,
    user_key text,
    locale text,
    environment text,
    version text,
    variant text,
    test boolean NOT NULL,
    PRIMARY KEY (session_key, uid, session_start)
);
CREATE INDEX feedback_conversation
    ON _turnspan.feedback (bot, conversation_id, session_start);
CREATE INDEX feedback_time ON _turnspan.feedback (session_start);

-- One row per session and dialog node shown in it (by a turn or an event of the bot).
CREATE TABLE _turnspan.session_node (
    session_start timestamptz NOT NULL,
    session_key uuid NOT NULL,
    bot text NOT NULL,
    channel text NOT NULL,
    conversation_id text NOT NULL,
    node_id text NOT NULL,
    times_shown integer NOT NULL,
    first_at timestamptz NOT NULL,
    is_last boolean NOT NULL,            -- the session's last bot node
    base boolean NOT NULL,
    locale text,
    environment text,
    version text,
    variant text,
    test boolean NOT NULL,
    PRIMARY KEY (session_key, node_id, session_start)
);
CREATE INDEX session_node_conversation
    ON _turnspan.session_node (bot, conversation_id, session_start);
CREATE INDEX session_node_time ON _turnspan.session_node (session_start);

-- A user's first assignment to a variant of an experiment, from feature_flag.evaluation
-- events, chatbot.experiment.assignments and feature_flag.* attributes of turns. A user
-- seen in two variants has two rows.
CREATE TABLE _turnspan.assignment (
    bot text NOT NULL,
    experiment text NOT NULL,            -- the flag's key
    user_key text NOT NULL,
    variant text NOT NULL,
    first_at timestamptz NOT NULL,
    channel text NOT NULL,
    test boolean NOT NULL,
    PRIMARY KEY (bot, experiment, user_key, variant, test)
);
CREATE INDEX assignment_user ON _turnspan.assignment (bot, user_key);
