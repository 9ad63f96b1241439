-- What chunks do for a range of time, an index does here.
CREATE INDEX handoff_time ON _turnspan.handoff (requested_at);
CREATE INDEX session_cta_time ON _turnspan.session_cta (session_start);
