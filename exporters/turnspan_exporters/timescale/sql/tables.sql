-- Working tables of a derivation, made once a connection. Each batch deletes its rows:
-- truncating them all took a small batch as long as its statements, and voided plans.

-- name: table_claim
CREATE TEMPORARY TABLE claim (
    bot text, conversation_id text, from_time timestamptz, to_time timestamptz,
    neighbour boolean, attempts smallint
)

-- name: table_key
CREATE TEMPORARY TABLE key (
    k integer GENERATED ALWAYS AS IDENTITY (CYCLE) PRIMARY KEY,
    bot text NOT NULL, conversation_id text NOT NULL,
    a timestamptz NOT NULL, b timestamptz NOT NULL,        -- what was touched
    lo timestamptz NOT NULL, hi timestamptz NOT NULL,      -- what was read
    w0 timestamptz, w1 timestamptz,                        -- what is replaced
    next_start timestamptz NOT NULL DEFAULT 'infinity',    -- of the session after w1
    neighbour boolean NOT NULL,                            -- queued by a derivation
    open boolean NOT NULL DEFAULT true,                    -- still to be widened
    pauses tstzmultirange,
    t interval NOT NULL, pending_max interval NOT NULL, human_max interval NOT NULL,
    came_back interval NOT NULL, click_window interval NOT NULL, timezone text NOT NULL,
    parameters jsonb NOT NULL
)

-- name: table_life
CREATE TEMPORARY TABLE life (
    k integer, handoff_id text, name text, at timestamptz, id uuid, attributes jsonb
)

-- name: table_rec
CREATE TEMPORARY TABLE rec (
    k integer NOT NULL,
    kind smallint NOT NULL,   -- 0 turn span, 1 turn.end, 2 user message, 3 other event,
                              -- 4 LLM span, 5 attached event
    at timestamptz NOT NULL, until timestamptz NOT NULL, id uuid NOT NULL,
    name text, turn_id text, trace_id uuid, span_id bigint, parent bigint,
    channel text, session_id text, user_key text, user_kind text, node_id text,
    intent_name text, intent_confidence double precision, test boolean,
    version text, environment text, variant text, role text, handoff_id text,
    reason text, cta_id text, cta_type text, goal_id text, score double precision,
    initiator text, outcome text, locale text, acted_on text, source text,
    runner_up double precision, first_response_s double precision, error_type text,
    input_tokens bigint, output_tokens bigint, model text, attributes jsonb
)

-- name: table_turn
CREATE TEMPORARY TABLE t (
    k integer NOT NULL, turn_id text NOT NULL, at timestamptz NOT NULL,
    until timestamptz NOT NULL, timed boolean NOT NULL, is_user boolean NOT NULL,
    initiator text NOT NULL, outcome text, locale text, node_id text, framework text,
    intent_name text, intent_confidence double precision,
    intent_threshold double precision, acted_on text, source text,
    runner_up double precision, model_version text, is_fallback boolean NOT NULL,
    answer_source text, sentiment_label text, sentiment_score double precision,
    first_response_s double precision, user_key text, user_kind text, environment text,
    version text, variant text, error_type text, input_tokens bigint,
    output_tokens bigint, model text, test boolean NOT NULL, trace_id uuid,
    span_id bigint, channel text, session_id text, said boolean NOT NULL,
    s integer, turn_number integer
)

-- name: table_opener
CREATE TEMPORARY TABLE opener (
    k integer NOT NULL, pos timestamptz NOT NULL, at timestamptz NOT NULL,
    until timestamptz NOT NULL, is_end boolean NOT NULL, id uuid, turn_id text,
    is_turn boolean NOT NULL, channel text, session_id text, s integer
)

-- name: table_sess
CREATE TEMPORARY TABLE sess (
    s integer PRIMARY KEY, k integer NOT NULL, channel text NOT NULL, session_id text,
    at timestamptz NOT NULL, until timestamptz NOT NULL, ended boolean NOT NULL,
    session_key uuid NOT NULL
)

-- name: table_member
CREATE TEMPORARY TABLE member (
    s integer NOT NULL, k integer NOT NULL, kind smallint NOT NULL,
    at timestamptz NOT NULL, id uuid NOT NULL, name text, turn_id text, role text,
    handoff_id text, cta_id text, cta_type text, goal_id text,
    score double precision, user_key text, user_kind text, node_id text, locale text,
    environment text, version text, variant text, test boolean, reason text,
    attributes jsonb
)

-- name: table_turn_out
CREATE TEMPORARY TABLE turn_out (LIKE _turnspan.turn)

-- name: table_session_out
CREATE TEMPORARY TABLE session_out (LIKE _turnspan.session)

-- name: table_handoff_out
CREATE TEMPORARY TABLE handoff_out (LIKE _turnspan.handoff)

-- name: table_session_cta_out
CREATE TEMPORARY TABLE session_cta_out (LIKE _turnspan.session_cta)

-- name: table_goal_out
CREATE TEMPORARY TABLE goal_out (LIKE _turnspan.goal)

-- name: table_feedback_out
CREATE TEMPORARY TABLE feedback_out (LIKE _turnspan.feedback)

-- name: table_session_node_out
CREATE TEMPORARY TABLE session_node_out (LIKE _turnspan.session_node)

-- name: table_session_variant_out
CREATE TEMPORARY TABLE session_variant_out (LIKE _turnspan.session_variant)

-- name: table_changed
CREATE TEMPORARY TABLE changed (
    of_table text, bot text, conversation_id text, user_key text, at timestamptz,
    gone boolean
)

-- name: table_label
CREATE TEMPORARY TABLE label (session_key uuid, start_time timestamptz)

-- name: table_person
CREATE TEMPORARY TABLE person (
    bot text, user_key text, from_time timestamptz, to_time timestamptz,
    attempts smallint
)

-- name: table_cta
CREATE TEMPORARY TABLE cta (
    k integer NOT NULL, s integer, at timestamptz NOT NULL, id uuid NOT NULL,
    is_click boolean NOT NULL, cta_id text NOT NULL, cta_type text, credit_s integer,
    is_credited boolean NOT NULL
)

-- name: table_signal
CREATE TEMPORARY TABLE signal (
    s integer NOT NULL, has_user boolean NOT NULL, is_confirmed boolean NOT NULL,
    is_answered boolean NOT NULL, is_good boolean NOT NULL, ratings integer NOT NULL
)

-- name: table_node
CREATE TEMPORARY TABLE node (
    s integer NOT NULL, node_id text NOT NULL, times_shown integer NOT NULL,
    first_at timestamptz NOT NULL, is_last boolean NOT NULL
)

-- name: table_orphan
CREATE TEMPORARY TABLE orphan (
    k integer, bot text, turn_id text, handoff_id text, from_time timestamptz,
    to_time timestamptz, neighbour boolean
)

-- name: table_lone
CREATE TEMPORARY TABLE lone (
    k integer, bot text, handoff_id text, is_placed boolean NOT NULL DEFAULT false
)

-- name: table_zone
CREATE TEMPORARY TABLE zone (
    bot text, user_key text, timezone text, first_day date, last_day date,
    from_time timestamptz, to_time timestamptz
)
