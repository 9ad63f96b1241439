-- Further dimensions of labelled turns: those that turns have.
ALTER TABLE _turnspan.labelled_turn
    ADD COLUMN medium text,
    ADD COLUMN campaign text,
    ADD COLUMN user_kind text,
    ADD COLUMN intent_source text,
    ADD COLUMN answer_source text,
    ADD COLUMN sentiment text,
    ADD COLUMN error_type text,
    ADD COLUMN framework text;
