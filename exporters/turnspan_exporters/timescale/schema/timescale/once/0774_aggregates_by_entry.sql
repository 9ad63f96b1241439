-- Costs by how sessions were entered, in days of UTC, apart from what the entry says of
-- campaigns: see 0701. And how long sessions of all bots took, by what was released:
-- see 0730.

DO $$
DECLARE
    known CONSTANT text := 'coalesce(nullif(%1$I, ''''), ''unknown'') AS %1$I';
    token CONSTANT text :=
        'sum(coalesce(input_tokens, 0)) AS input_tokens,
        sum(coalesce(output_tokens, 0)) AS output_tokens
        FROM _turnspan.turn
        WHERE NOT test AND (input_tokens > 0 OR output_tokens > 0)';
    cost CONSTANT text :=
        'finalised,
        count(*) AS sessions,
        sum(user_messages + bot_messages + agent_messages) AS messages,
        count(*) FILTER (WHERE user_turns > 0) AS handled,
        count(*) FILTER (
            WHERE outcome IN (''resolved_confirmed'', ''resolved_implied'')
        ) AS resolved,
        count(*) FILTER (WHERE user_turns > 0 AND outcome <> ''escalated'')
            AS contained,
        count(*) FILTER (WHERE outcome = ''escalated'') AS escalated,
        coalesce(sum(duration_s) FILTER (WHERE user_turns > 0), 0) AS handled_s,
        coalesce(sum(duration_s) FILTER (
            WHERE outcome IN (''resolved_confirmed'', ''resolved_implied'')), 0)
            AS resolved_s,
        coalesce(sum(duration_s)
            FILTER (WHERE user_turns > 0 AND outcome <> ''escalated''), 0)
            AS contained_s
        FROM _turnspan.session
        WHERE NOT test';
    duration CONSTANT text :=
        'floor(ln(greatest(duration_s, 1e-6)) / ln(1.01::double precision))::integer
            AS bin,
        finalised,
        count(*) AS base,
        sum(duration_s) AS duration_s
        FROM _turnspan.session
        WHERE NOT test AND user_turns > 0';
    one record;
BEGIN
    FOR one IN SELECT *, 1 + cardinality(dimensions) + more AS grouped FROM (VALUES
        ('token_entry_1d', '{bot,source,device,country,model}'::text[], token, 0),
        ('token_campaign_1d', '{bot,medium,campaign,user_kind,model}', token, 0),
        ('cost_session_entry_1d', '{bot,channel,source,device,country}', cost, 1),
        ('cost_session_campaign_1d', '{bot,channel,medium,campaign,user_kind}', cost,
            1),
        ('duration_release_1d', '{environment,version,variant}', duration, 2)
    ) AS v(name, dimensions, measured, more) LOOP
        -- A question of money asks several, up to the watermark of one.
        EXECUTE format(
            'CREATE MATERIALIZED VIEW _turnspan.%I
            WITH (timescaledb.continuous, timescaledb.materialized_only = %s,
                timescaledb.create_group_indexes = false) AS
            SELECT time_bucket(''1 day'', start_time) AS at, %s, %s
            GROUP BY %s
            WITH NO DATA',
            one.name, one.measured = duration,
            (SELECT string_agg(CASE dimension WHEN 'bot' THEN dimension
                ELSE format(known, dimension) END, ', ' ORDER BY place)
            FROM unnest(one.dimensions) WITH ORDINALITY AS asked(dimension, place)),
            one.measured,
            (SELECT string_agg(place::text, ', ')
            FROM generate_series(1, one.grouped) AS place));
        IF 'bot' = ANY (one.dimensions) THEN
            EXECUTE format('CREATE INDEX ON _turnspan.%I (bot, at DESC)', one.name);
        END IF;
        EXECUTE format('ALTER MATERIALIZED VIEW _turnspan.%I SET '
            '(timescaledb.enable_columnstore%s)', one.name,
            CASE WHEN 'bot' = ANY (one.dimensions)
                THEN ', timescaledb.segmentby = ''bot''' END);
        PERFORM add_continuous_aggregate_policy(
            format('_turnspan.%I', one.name)::regclass,
            start_offset => interval '53 hours',
            end_offset => interval '4 hours',
            schedule_interval => interval '1 hour',
            initial_start => now() + interval '30 minutes');
    END LOOP;
END
$$;
