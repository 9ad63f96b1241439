-- Records whose time lay more than a day ahead, and was replaced by that of receipt.
-- Sent again once its time has come, such a record would have another key; the writer
-- knows it from here. Gone 30 days after its own time.
CREATE TABLE _turnspan.clamped (
    of_table text NOT NULL,
    id uuid NOT NULL,                    -- a trace's, a uid, or a text's id
    span_id bigint NOT NULL,             -- 0 where it is no span
    original bigint,                     -- us since 2000; null: a text, which has none
    stored_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (of_table, id, span_id)
);
CREATE INDEX clamped_original ON _turnspan.clamped (original);
