-- What users' assignments to experiments are made of, and where ratings find each
-- other.

-- One row per session, user and variant of an experiment that its turns and events
-- name: the source of _turnspan.assignment, with evaluations of no session.
CREATE TABLE _turnspan.session_variant (
    session_start timestamptz NOT NULL,
    session_key uuid NOT NULL,
    bot text NOT NULL,
    channel text NOT NULL,
    conversation_id text NOT NULL,
    user_key text NOT NULL,
    experiment text NOT NULL,
    variant text NOT NULL,
    first_at timestamptz NOT NULL,
    test boolean NOT NULL,
    PRIMARY KEY (session_key, user_key, experiment, variant, session_start)
);
CREATE INDEX session_variant_conversation
    ON _turnspan.session_variant (bot, conversation_id, session_start);
CREATE INDEX session_variant_user
    ON _turnspan.session_variant (bot, user_key, first_at);
CREATE INDEX session_variant_time ON _turnspan.session_variant (session_start);

CREATE INDEX feedback_pair
    ON _turnspan.feedback (bot, conversation_id, name, is_request, turn_id, at);
