-- Readers ask by time: the newest turns, and on plain PostgreSQL any range of a metric.
CREATE INDEX turn_time ON _turnspan.turn (start_time);
CREATE INDEX session_time ON _turnspan.session (start_time);
