-- Two roles for one database, run once by its superuser with psql:
--   turnspan         owns the schemas; the collector migrates and writes with it
--   turnspan_reader  reads the public schema, for Grafana and for people
-- The passwords come from TURNSPAN_WRITER_PASSWORD and TURNSPAN_READER_PASSWORD.

\getenv writer TURNSPAN_WRITER_PASSWORD
\getenv reader TURNSPAN_READER_PASSWORD

CREATE ROLE turnspan LOGIN PASSWORD :'writer';
CREATE ROLE turnspan_reader LOGIN PASSWORD :'reader' CONNECTION LIMIT 30;
ALTER ROLE turnspan_reader SET default_transaction_read_only = on;
ALTER ROLE turnspan_reader SET statement_timeout = '30s';

SELECT current_database() AS database \gset
ALTER DATABASE :"database" OWNER TO turnspan;

-- Before the first migration, so that every view it makes is granted at once.
CREATE SCHEMA turnspan AUTHORIZATION turnspan;
GRANT USAGE ON SCHEMA turnspan TO turnspan_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE turnspan IN SCHEMA turnspan
GRANT SELECT ON TABLES TO turnspan_reader;
