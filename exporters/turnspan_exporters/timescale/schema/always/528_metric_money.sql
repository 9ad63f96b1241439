-- Money: metrics of kind money add up measures in long form (label, g, open, measure,
-- amount), each from rows of its own: sessions, tokens, people's minutes, fixed costs,
-- revenue. What has no price is counted apart and makes a value unknown.

-- The plan for rows of another relation, read from those of its aggregates that have
-- what is asked, where the plan's own rows are read from aggregates.
CREATE OR REPLACE FUNCTION _turnspan.money_source(
    plan jsonb, relation text, open_rows boolean, aggregates jsonb
) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    WITH fit AS (
        SELECT one.aggregate, one.place, one.aggregate ->> 'width' AS width
        FROM jsonb_array_elements(aggregates) WITH ORDINALITY AS one(aggregate, place)
        WHERE one.aggregate -> 'dimensions' || '"business_hours"' @> (plan -> 'by')
            AND one.aggregate -> 'dimensions' || '"business_hours"' @> coalesce((SELECT
                jsonb_agg(name) FROM jsonb_object_keys(plan -> 'filters') AS name),
                '[]')
    ), served AS (
        SELECT
            CASE WHEN plan ->> 'fine' IS NOT NULL THEN (SELECT aggregate FROM fit
                WHERE width IS NULL ORDER BY place LIMIT 1) END AS fine,
            CASE WHEN plan ->> 'coarse' IS NOT NULL THEN (SELECT aggregate FROM fit
                WHERE width IS NOT NULL ORDER BY place LIMIT 1) END AS coarse
    )
    SELECT plan || jsonb_build_object('relation', relation, 'open_rows', open_rows,
        'stored', coalesce(fine, coarse) ->> 'name', 'fine', fine, 'coarse', coarse)
    FROM served
$$;

-- The moment since which the prices hold that a row is paid by: of the prices that are
-- named so, those that change in the range, and what held at its beginning.
CREATE OR REPLACE FUNCTION _turnspan.money_moment(plan jsonb, names text) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format(CASE WHEN cardinality(moments) = 1 THEN '(%1$L::timestamptz[])[1]'
        ELSE '(%1$L::timestamptz[])[width_bucket(f.at, %1$L::timestamptz[])]' END,
        moments)
    FROM (
        SELECT array_agg(moment ORDER BY moment) AS moments
        FROM (
            SELECT moment, lead(moment, 1, 'infinity') OVER (ORDER BY moment) AS next
            FROM unnest(_turnspan.cost_moments(names)) AS moment
        ) AS held
        WHERE moment < (plan ->> 'ends')::timestamptz
            AND next > (plan ->> 'starts')::timestamptz
    ) AS found
$$;

-- Whose prices a row is paid by, of those that are named so: the bot's, where it has
-- any of its own, else the installation's, which is ''.
CREATE OR REPLACE FUNCTION _turnspan.money_owner(names text) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format(
        'CASE WHEN f.bot = ANY (%L::text[]) THEN f.bot ELSE %L END',
        ARRAY(SELECT DISTINCT bot FROM _turnspan.parameter
            WHERE bot <> '' AND name ~ names ORDER BY bot), '')
$$;

-- The channel, where it has a price of its own, else ''.
CREATE OR REPLACE FUNCTION _turnspan.money_channel() RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format(
        'CASE WHEN f.channel = ANY (%L::text[]) THEN f.channel ELSE %L END',
        ARRAY(SELECT DISTINCT substr(name, 14) FROM _turnspan.parameter
            WHERE name ~ '^channel_cost:.' ORDER BY 1), '')
$$;

-- A day in which a price changes cannot be read as one.
CREATE OR REPLACE FUNCTION _turnspan.money_plan(plan jsonb) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN EXISTS (
        SELECT FROM unnest(_turnspan.cost_moments(
            '^(price|channel_cost|human_cost|lead_value)(:|$)')) AS m(moment)
        WHERE m.moment > (plan ->> 'starts')::timestamptz
            AND m.moment < (plan ->> 'ends')::timestamptz
            AND m.moment <> date_bin('1 day', m.moment, '2000-01-01 00:00:00Z'))
    THEN plan || jsonb_build_object('coarse', NULL, 'stored', plan #>> '{fine,name}')
    ELSE plan END
$$;

-- What-if: the factor of a parameter, as the options vary and change say.
CREATE OR REPLACE FUNCTION _turnspan.money_factor(plan jsonb, parameter text)
RETURNS numeric
LANGUAGE sql IMMUTABLE
RETURN CASE
    WHEN coalesce(plan #>> '{options,vary}', parameter) = parameter
    THEN 1 + coalesce((plan #>> '{options,change}')::numeric, 0) / 100 ELSE 1 END;

-- Which sessions saved a ticket: resolved, contained or handled.
CREATE OR REPLACE FUNCTION _turnspan.money_base(plan jsonb) RETURNS text
LANGUAGE sql STABLE
RETURN coalesce(plan #>> '{options,base}',
    CASE WHEN plan ->> 'numerator' = 'time_saved' THEN 'handled' END,
    _turnspan.setting('', 'savings_base') #>> '{}');

-- Sessions: how many of each kind, the channel's cost, what a person would have cost.
-- Priced in few rows: by whose prices hold and since when, then added up.
CREATE OR REPLACE FUNCTION _turnspan.money_sessions(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format($query$
    WITH s AS MATERIALIZED (
        SELECT %1$s, %9$s AS owner, %10$s AS priced, %2$s AS moment,
            sum(f.sessions)::numeric AS all_,
            sum(f.messages)::numeric AS messages, sum(f.handled)::numeric AS handled,
            sum(f.resolved)::numeric AS resolved,
            sum(f.contained)::numeric AS contained,
            sum(f.escalated)::numeric AS escalated,
            sum(f.%5$s)::numeric AS units, sum(f.%5$s_s)::numeric AS seconds
        FROM %3$s %4$s, owner, priced, moment
    ), known AS MATERIALIZED (
        SELECT d.owner, d.priced, d.moment,
            (coalesce(own.entry, every.entry) ->> 'session')::numeric * %6$s
                AS per_session,
            (coalesce(own.entry, every.entry) ->> 'message')::numeric * %6$s
                AS per_message,
            (human.entry ->> 'ticket')::numeric * %7$s AS ticket,
            (human.entry ->> 'minute')::numeric * %7$s AS minute,
            (human.entry ->> 'minutes')::numeric * %8$s AS minutes
        FROM (SELECT DISTINCT owner, priced, moment FROM s) AS d
        CROSS JOIN LATERAL (SELECT _turnspan.cost_at(
            d.owner, 'channel_cost:' || nullif(d.priced, ''), d.moment) AS entry) AS own
        CROSS JOIN LATERAL (SELECT _turnspan.cost_at(
            d.owner, 'channel_cost', d.moment) AS entry) AS every
        CROSS JOIN LATERAL (SELECT _turnspan.cost_at(
            d.owner, 'human_cost', d.moment) AS entry) AS human
    )
    SELECT m.label, m.g, m.open, v.measure, v.amount
    FROM (
        SELECT s.label, s.g, bool_or(s.open) AS open, sum(s.handled) AS handled,
            sum(s.resolved) AS resolved, sum(s.contained) AS contained,
            sum(s.units) AS units,
            sum(CASE WHEN k.per_session IS NOT NULL OR k.per_message IS NOT NULL
                THEN coalesce(k.per_session, 0) * s.all_
                    + coalesce(k.per_message, 0) * s.messages END) AS channel,
            sum(CASE WHEN k.ticket IS NOT NULL OR k.minute IS NOT NULL
                THEN coalesce(k.ticket, 0) * s.escalated END) AS human,
            sum(CASE WHEN k.ticket IS NULL AND k.minute IS NULL
                THEN s.escalated END) AS human_unknown,
            sum(s.units * per.saved) AS saved,
            sum(CASE WHEN per.saved IS NULL THEN s.units END) AS saved_unknown,
            sum(s.units * k.minutes * 60 - s.seconds) AS seconds,
            sum(CASE WHEN k.minutes IS NULL THEN s.units END) AS seconds_unknown
        FROM s JOIN known AS k USING (owner, priced, moment)
        CROSS JOIN LATERAL (
            SELECT coalesce(k.ticket + k.minute * k.minutes, k.ticket,
                k.minute * k.minutes) AS saved
        ) AS per
        GROUP BY s.label, s.g
    ) AS m
    CROSS JOIN LATERAL (VALUES
        ('handled', m.handled), ('resolved', m.resolved), ('contained', m.contained),
        ('units', m.units), ('channel', m.channel), ('human', m.human),
        ('human_unknown', m.human_unknown), ('saved', m.saved),
        ('saved_unknown', m.saved_unknown), ('seconds', m.seconds),
        ('seconds_unknown', m.seconds_unknown)
    ) AS v(measure, amount)
    $query$,
        _turnspan.metric_head(plan),
        _turnspan.money_moment(plan, '^(channel_cost|human_cost)(:|$)'),
        _turnspan.metric_rows(plan, _turnspan.metric_carried(plan) || ARRAY[
            'bot', 'channel', 'sessions', 'messages', 'handled', 'resolved',
            'contained', 'escalated', _turnspan.money_base(plan),
            _turnspan.money_base(plan) || '_s']),
        _turnspan.metric_grouping(plan), _turnspan.money_base(plan),
        _turnspan.money_factor(plan, 'channel_cost'),
        _turnspan.money_factor(plan, 'human_cost'),
        _turnspan.money_factor(plan, 'human_minutes'),
        _turnspan.money_owner('^(channel_cost|human_cost)(:|$)'),
        _turnspan.money_channel())
$$;

-- Where the tokens of the sessions that are asked about are read.
CREATE OR REPLACE FUNCTION _turnspan.money_token_source(plan jsonb) RETURNS jsonb
LANGUAGE sql STABLE
RETURN _turnspan.money_source(plan, 'fact_cost_token', false, '[
    {"name": "token_15m", "dimensions":
        ["bot", "channel", "environment", "version", "variant"]},
    {"name": "token_1d", "width": "1 day", "dimensions":
        ["bot", "channel", "environment", "version", "variant"]},
    {"name": "token_intent_1d", "width": "1 day", "dimensions": ["bot", "intent"]},
    {"name": "token_locale_1d", "width": "1 day", "dimensions": ["bot", "locale"]},
    {"name": "token_entry_1d", "width": "1 day", "dimensions":
        ["bot", "source", "device", "country"]},
    {"name": "token_campaign_1d", "width": "1 day", "dimensions":
        ["bot", "medium", "campaign", "user_kind"]}]');

-- Tokens: what they cost, how many there are, and how many have no price.
CREATE OR REPLACE FUNCTION _turnspan.money_tokens(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format($query$
    WITH t AS MATERIALIZED (
        SELECT %1$s, %6$s AS owner, f.model, %2$s AS moment,
            sum(f.input_tokens)::numeric AS input,
            sum(f.output_tokens)::numeric AS output
        FROM %3$s %4$s, owner, f.model, moment
    ), known AS MATERIALIZED (
        SELECT d.*, p.input * %5$s AS input_price, p.output * %5$s AS output_price
        FROM (SELECT DISTINCT owner, model, moment FROM t) AS d
        LEFT JOIN LATERAL _turnspan.price_at(d.owner, d.model, d.moment) AS p ON true
    )
    SELECT m.label, m.g, m.open, v.measure, v.amount
    FROM (
        SELECT t.label, t.g, bool_or(t.open) AS open,
            sum(CASE WHEN k.input_price IS NOT NULL OR k.output_price IS NOT NULL
                THEN (coalesce(k.input_price, 0) * t.input
                    + coalesce(k.output_price, 0) * t.output) / 1000000 END) AS tokens,
            sum(t.input + t.output) AS token_count,
            sum(CASE WHEN k.input_price IS NULL THEN t.input ELSE 0 END
                + CASE WHEN k.output_price IS NULL THEN t.output ELSE 0 END) AS unpriced
        FROM t JOIN known AS k USING (owner, model, moment)
        GROUP BY t.label, t.g
    ) AS m
    CROSS JOIN LATERAL (VALUES
        ('tokens', m.tokens), ('token_count', m.token_count), ('unpriced', m.unpriced)
    ) AS v(measure, amount)
    $query$,
        _turnspan.metric_head(plan), _turnspan.money_moment(plan, '^price:'),
        _turnspan.metric_rows(plan, _turnspan.metric_carried(plan)
            || '{bot,model,input_tokens,output_tokens}'),
        _turnspan.metric_grouping(plan), _turnspan.money_factor(plan, 'token_price'),
        _turnspan.money_owner('^price:'))
$$;

-- Minutes of people on escalated sessions, where minutes are paid for.
CREATE OR REPLACE FUNCTION _turnspan.money_people(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format($query$
    SELECT h.label, h.g, h.open, v.measure, v.amount
    FROM (
        SELECT %1$s, %7$s AS owner, %2$s AS moment,
            sum(f.minutes)::numeric AS minutes, sum(f.unmeasured)::numeric AS unmeasured
        FROM %3$s %4$s, owner, moment
    ) AS h
    CROSS JOIN LATERAL (
        SELECT _turnspan.cost_at(h.owner, 'human_cost', h.moment) AS entry
    ) AS c
    CROSS JOIN LATERAL (
        SELECT (c.entry ->> 'minute')::numeric * %5$s AS minute,
            (c.entry ->> 'minutes')::numeric * %6$s AS minutes
    ) AS k
    CROSS JOIN LATERAL (VALUES
        ('human', k.minute * (h.minutes + h.unmeasured * coalesce(k.minutes, 0))),
        ('human_unknown', CASE WHEN k.minute IS NOT NULL AND k.minutes IS NULL
            THEN h.unmeasured END)
    ) AS v(measure, amount)
    $query$,
        _turnspan.metric_head(plan), _turnspan.money_moment(plan, '^human_cost$'),
        _turnspan.metric_rows(plan, _turnspan.metric_carried(plan)
            || '{bot,minutes,unmeasured}'),
        _turnspan.metric_grouping(plan), _turnspan.money_factor(plan, 'human_cost'),
        _turnspan.money_factor(plan, 'human_minutes'),
        _turnspan.money_owner('^human_cost$'))
$$;

-- Revenue: conversions by their own value, leads by theirs or the declared one, times
-- the share of leads that close. Amounts of other currencies are left out.
CREATE OR REPLACE FUNCTION _turnspan.money_revenue(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format($query$
    SELECT r.label, r.g, r.open, 'revenue', CASE r.kind
        WHEN 'conversion' THEN r.given
        ELSE (r.given + r.valueless * coalesce((c.entry ->> 'amount')::numeric, 0))
            * (c.entry ->> 'close_rate')::numeric * %5$s END
    FROM (
        SELECT %1$s, %6$s AS owner, f.kind, %2$s AS moment,
            coalesce(sum(f.value) FILTER (WHERE f.currency IN ('', %7$L)), 0) AS given,
            count(*) FILTER (WHERE f.value IS NULL) AS valueless
        FROM %3$s %4$s, owner, f.kind, moment
    ) AS r
    CROSS JOIN LATERAL (
        SELECT _turnspan.cost_at(r.owner, 'lead_value', r.moment) AS entry
    ) AS c
    $query$,
        _turnspan.metric_head(plan), _turnspan.money_moment(plan, '^lead_value$'),
        _turnspan.metric_rows(plan, _turnspan.metric_carried(plan)
            || '{bot,kind,value,currency}'),
        _turnspan.metric_grouping(plan), _turnspan.money_factor(plan, 'lead_value'),
        _turnspan.money_owner('^lead_value$'), _turnspan.currency())
$$;

-- The span of a window in the zone of whom it is asked for.
CREATE OR REPLACE FUNCTION _turnspan.money_span(
    label timestamp, bucket text, zone text, starts timestamptz, ends timestamptz
) RETURNS tstzrange
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT tstzrange(starts, least(ends, greatest(now(), starts))) * CASE
        WHEN bucket IS NULL THEN '(,)'::tstzrange
        WHEN bucket = 'hour' THEN tstzrange(label AT TIME ZONE 'UTC',
            label AT TIME ZONE 'UTC' + interval '1 hour')
        ELSE tstzrange(_turnspan.local_start(label, zone),
            _turnspan.local_start(label + ('1 ' || bucket)::interval, zone)) END
$$;

-- Fixed costs and investments of each owner in each window. The owner '' is the
-- installation.
CREATE OR REPLACE FUNCTION _turnspan.money_owned(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format($query$
        SELECT w.label, m.bot, 'fixed' AS measure, %4$s * sum(m.amount
            * extract(epoch FROM least(upper(w.span), m.until)
                - greatest(lower(w.span), m.begun))
            / extract(epoch FROM m.over - m.begun)) AS amount
        FROM _turnspan.fixed_months($1, $2) AS m
        CROSS JOIN LATERAL (
            SELECT label, _turnspan.money_span(label, %1$L, coalesce(
                %2$L::jsonb ->> m.bot, %3$L), $1, $2) AS span FROM windows
        ) AS w
        WHERE w.span && tstzrange(m.begun, m.until)
        GROUP BY w.label, m.bot
        UNION ALL
        SELECT w.label, p.bot, 'investment', %5$s * sum((p.value ->> 'amount')::numeric)
        FROM _turnspan.parameter AS p
        JOIN windows AS w ON p.valid_from < upper(_turnspan.money_span(w.label, %1$L,
            coalesce(%2$L::jsonb ->> p.bot, %3$L), $1, $2))
        WHERE p.name = 'investment' AND p.value ->> 'currency' = _turnspan.currency()
        GROUP BY w.label, p.bot
    $query$, plan ->> 'bucket', plan -> 'zone_of', plan ->> 'zone',
        _turnspan.money_factor(plan, 'fixed_cost'),
        _turnspan.money_factor(plan, 'investment'))
$$;

-- What is owned, allocated by share of the owner's handled sessions in the window;
-- whole, where nobody came and the question is about all that the owner has.
CREATE OR REPLACE FUNCTION _turnspan.money_allocated(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format($query$
    WITH owned AS MATERIALIZED (%1$s), mine AS MATERIALIZED (
        SELECT %2$s, f.bot, sum(f.handled)::numeric AS handled FROM %3$s %4$s, f.bot
    ), whole AS MATERIALIZED (
        SELECT %5$s, f.bot, sum(f.handled)::numeric AS handled
        FROM %6$s GROUP BY label, f.bot
    ), bot_total AS (
        SELECT label, bot, handled FROM whole WHERE handled > 0
        UNION ALL SELECT label, '', sum(handled) FROM whole GROUP BY label
        HAVING sum(handled) > 0
    )
    SELECT m.label, m.g, m.open, o.measure, o.amount * m.handled / b.handled
    FROM mine AS m
    JOIN owned AS o ON o.label = m.label AND o.bot IN (m.bot, '')
    JOIN bot_total AS b ON b.label = o.label AND b.bot = o.bot
    UNION ALL
    SELECT o.label, '{}'::jsonb, false, o.measure, o.amount
    FROM owned AS o
    LEFT JOIN bot_total AS b ON b.label = o.label AND b.bot = o.bot
    WHERE b.label IS NULL AND %7$s AND (%8$L::jsonb IS NULL OR %8$L::jsonb ? o.bot)
    $query$,
        _turnspan.money_owned(plan),
        _turnspan.metric_head(plan),
        _turnspan.metric_rows(plan, _turnspan.metric_carried(plan) || '{bot,handled}'),
        _turnspan.metric_grouping(plan),
        _turnspan.metric_label(plan) || ' AS label',
        _turnspan.metric_rows(plan || '{"filters": {}, "by": []}', '{bot,handled}'),
        (plan -> 'by' = '[]' AND (plan -> 'filters') - 'bot' = '{}')::text,
        plan #> '{filters,bot}')
$$;

-- The rows that a metric needs; a zero for every window where all is asked.
CREATE OR REPLACE FUNCTION _turnspan.money_parts(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT string_agg('(' || part.asked || ')', ' UNION ALL ')
    FROM (
        SELECT 1 AS place, format($zero$SELECT label, '{}'::jsonb, false, 'handled',
            0::numeric FROM windows WHERE %s$zero$, (plan -> 'by' = '[]')::text)
        UNION ALL
        SELECT 2, _turnspan.money_sessions(plan)
        WHERE plan ->> 'numerator' <> 'unpriced'
        UNION ALL
        SELECT 3, _turnspan.money_tokens(CASE
            WHEN plan ->> 'numerator' = 'unpriced' THEN plan
            ELSE _turnspan.money_token_source(plan) END)
        WHERE plan ->> 'numerator' NOT IN ('savings', 'time_saved')
        UNION ALL
        SELECT 4, _turnspan.money_people(
            _turnspan.money_source(plan, 'fact_human', true, '[]'))
        WHERE plan ->> 'numerator' IN ('total_cost', 'costs') AND EXISTS (
            SELECT FROM _turnspan.parameter AS p
            WHERE p.name = 'human_cost' AND p.value ->> 'minute' IS NOT NULL)
        UNION ALL
        SELECT 5, _turnspan.money_allocated(plan)
        WHERE plan ->> 'numerator' NOT IN ('savings', 'time_saved', 'unpriced')
            AND EXISTS (SELECT FROM _turnspan.parameter AS p
                WHERE p.name ~ '^(fixed_cost:|investment$)')
        UNION ALL
        SELECT 6, _turnspan.money_revenue(
            _turnspan.money_source(plan, 'fact_revenue', true, '[]'))
        WHERE plan ->> 'numerator' IN ('roi', 'payback')
    ) AS part(place, asked)
$$;

-- own, k, n, value and what is unknown of a metric, from the sums of its measures.
CREATE OR REPLACE FUNCTION _turnspan.money_value(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format(CASE plan ->> 'numerator'
        WHEN 'cost' THEN $v$(NULL, m.cost, m.handled, m.cost / nullif(m.handled, 0),
            m.unpriced)$v$
        WHEN 'total_cost' THEN $v$(NULL, m.cost + m.human, m.resolved,
            (m.cost + m.human) / nullif(m.resolved, 0), m.unpriced + m.human_unknown)$v$
        WHEN 'savings' THEN $v$(%1$L, m.units, m.handled,
            CASE WHEN m.saved_unknown = 0 THEN coalesce(m.saved, 0) ELSE m.saved END,
            m.saved_unknown)$v$
        WHEN 'time_saved' THEN $v$(%1$L, m.units, m.handled, CASE
            WHEN m.seconds_unknown = 0 THEN coalesce(m.seconds, 0)
            ELSE m.seconds END / 3600, m.seconds_unknown)$v$
        WHEN 'roi' THEN $v$(%1$L, m.benefit, m.cost,
            (m.benefit - m.cost) / nullif(m.cost, 0), m.unpriced)$v$
        WHEN 'payback' THEN $v$(%1$L, m.investment, m.net / m.months,
            CASE WHEN m.net > 0 THEN m.investment / (m.net / m.months) END,
            m.unpriced)$v$
        WHEN 'unpriced' THEN $v$(NULL, m.unpriced, m.token_count,
            m.unpriced / nullif(m.token_count, 0), 0)$v$
        WHEN 'costs' THEN $v$('tokens', NULL, NULL, m.tokens, m.unpriced),
            ('channel', NULL, NULL, m.channel, 0), ('fixed', NULL, NULL, m.fixed, 0),
            ('human', NULL, NULL, nullif(m.human, 0), m.human_unknown)$v$
    END, _turnspan.money_base(plan))
$$;

-- A cost that nobody declared is unknown, not 0; so is one of which a part is. With
-- unknown=omit the known part is shown for the whole.
CREATE OR REPLACE FUNCTION _turnspan.metric_money(plan jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format($query$
    SELECT m.label, m.g, m.open,
        CASE WHEN %1$L IS NULL THEN '{}'::jsonb
            ELSE jsonb_build_object(%1$L, v.own) END AS own,
        v.k::numeric AS k, v.n::numeric AS n,
        CASE WHEN v.unknown = 0 OR %2$s THEN v.value END::float8 AS value
    FROM (
        SELECT s.*, s.benefit - s.cost AS net, _turnspan.months_long(
            _turnspan.money_span(s.label, %3$L, %4$L, $1, $2), %4$L) AS months
        FROM (
            SELECT t.*, CASE WHEN coalesce(t.tokens, t.channel, t.fixed) IS NOT NULL
                    THEN coalesce(t.tokens, 0) + coalesce(t.channel, 0)
                        + coalesce(t.fixed, 0) END AS cost,
                CASE WHEN coalesce(t.saved, t.revenue) IS NOT NULL
                    THEN coalesce(t.saved, 0) + coalesce(t.revenue, 0) END AS benefit
            FROM (
                SELECT p.label, p.g, bool_or(p.open) AS open, %5$s
                FROM (%6$s) AS p(label, g, open, measure, amount)
                GROUP BY p.label, p.g
            ) AS t
        ) AS s
    ) AS m
    CROSS JOIN LATERAL (VALUES %7$s) AS v(own, k, n, value, unknown)
    $query$,
        plan #>> '{key,name}',
        (coalesce(plan #>> '{options,unknown}', 'null') = 'omit')::text,
        plan ->> 'bucket', plan ->> 'zone',
        (SELECT string_agg(format(
            CASE WHEN name IN ('tokens', 'channel', 'fixed', 'investment', 'saved',
                'seconds', 'revenue')
                THEN 'sum(p.amount) FILTER (WHERE p.measure = %1$L) AS %1$I'
                ELSE 'coalesce(sum(p.amount) FILTER (WHERE p.measure = %1$L), 0)
                    AS %1$I' END, name), ', ')
         FROM unnest(ARRAY['handled', 'resolved', 'contained', 'units', 'tokens',
            'token_count', 'unpriced', 'channel', 'fixed', 'investment', 'human',
            'human_unknown', 'saved', 'saved_unknown', 'seconds', 'seconds_unknown',
            'revenue']) AS name),
        _turnspan.money_parts(_turnspan.money_plan(plan)),
        _turnspan.money_value(plan))
$$;
