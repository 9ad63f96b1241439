-- TimescaleDB 2.29's skip scan fails some queries ("ScanKey for skip qual not found").
-- Without the extension an ordinary role may not even name the parameter.
ALTER FUNCTION turnspan.metric(
    text, timestamptz, timestamptz, text, text[], jsonb, jsonb
) SET timescaledb.enable_skipscan = off;
