-- What people and models said, only where the collector keeps it (setting content),
-- and for content_retention only. Nothing derives from it and no public view shows it.
CREATE TABLE _turnspan.content (
    time timestamptz NOT NULL,      -- the record's; of a span its start
    id uuid NOT NULL,               -- of the record, attribute and ordinal
    bot text NOT NULL,
    conversation_id text,
    turn_id text,
    trace_id uuid,
    span_id bigint,
    uid uuid,                       -- the event's; null where a span said it
    attribute text NOT NULL,
    text text NOT NULL,
    time_flags smallint NOT NULL,
    PRIMARY KEY (id, time)
);

CREATE INDEX content_conversation ON _turnspan.content (bot, conversation_id, time)
    WHERE conversation_id IS NOT NULL;
