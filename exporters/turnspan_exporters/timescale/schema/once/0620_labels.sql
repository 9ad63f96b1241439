-- Labels: what people say a turn's intent was. They are given, not derived, and outlive
-- the raw rows.

-- Every label ever given. A labeller's latest of a turn counts, see label_verdict.
CREATE TABLE _turnspan.label (
    id uuid PRIMARY KEY,                 -- the event's uid, else made when it came in
    bot text NOT NULL,
    turn_id text NOT NULL,
    labelled text NOT NULL,              -- the intent
    labeller text NOT NULL,              -- '' where nobody is named: one labeller
    labelled_at timestamptz NOT NULL,
    weight double precision NOT NULL CHECK (weight >= 0), -- 1 / sampling probability
    source text NOT NULL CHECK (source IN ('cli', 'api', 'event')),
    user_key text,                       -- whose turn it is, once that is known
    test boolean NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX label_of_turn ON _turnspan.label (bot, turn_id, labeller, labelled_at);
CREATE INDEX label_time ON _turnspan.label (labelled_at);
CREATE INDEX label_user ON _turnspan.label (bot, user_key) WHERE user_key IS NOT NULL;

-- The labelled turns with what their labellers agree on: made anew from label, turn and
-- session whenever one of these changes, and small, so that no question about labels
-- reads the turns. A label of a turn that has not come yet waits in label.
CREATE TABLE _turnspan.labelled_turn (
    bot text NOT NULL,
    turn_id text NOT NULL,
    start_time timestamptz NOT NULL,
    conversation_id text,
    user_key text,
    channel text NOT NULL,
    environment text,
    version text,
    variant text,
    locale text,
    source text,
    device text,
    country text,
    outcome text,
    predicted text,                      -- what the classifier said first
    acted_on text,
    node_id text,
    model text,                          -- the classifier's version, else the model
    confidence double precision,
    is_fallback boolean NOT NULL,
    is_nlu boolean NOT NULL,             -- a user turn, neither button nor rule
    test boolean NOT NULL,
    labelled text NOT NULL,
    weight double precision NOT NULL,
    labellers integer NOT NULL,
    votes integer NOT NULL,              -- labellers who said so
    PRIMARY KEY (bot, turn_id)
);
CREATE INDEX labelled_turn_time ON _turnspan.labelled_turn (start_time);
CREATE INDEX labelled_turn_conversation
    ON _turnspan.labelled_turn (bot, conversation_id);
CREATE INDEX labelled_turn_user ON _turnspan.labelled_turn (bot, user_key)
    WHERE user_key IS NOT NULL;
