"""Money: what conversations cost, what they save and bring in."""

from __future__ import annotations

from turnspan_exporters.timescale.metrics._facts import MONEY, TOKEN
from turnspan_exporters.timescale.metrics._model import (
    Asked,
    Better,
    Example,
    Key,
    Kind,
    Metric,
    Option,
)

__all__ = ["METRICS"]

_WHAT_IF = (Option.UNKNOWN, Option.VARY, Option.CHANGE)
_ON_A_BASE = (Option.BASE, *_WHAT_IF)
_BASE = Key(name="base")

_THREE_TURNS = """
    09:00:00  a  ann  turn  gen_ai.request.model=gpt-4o \
        gen_ai.usage.input_tokens=400000  gen_ai.usage.output_tokens=100000
    09:01:00  a  ann  turn  gen_ai.request.model=gpt-4o \
        gen_ai.usage.input_tokens=800000  gen_ai.usage.output_tokens=200000
    10:00:00  b  ben  turn  gen_ai.request.model=in-house \
        gen_ai.usage.input_tokens=500000
"""

_FOUR_SESSIONS = """
    09:00:00  a  ann  turn  duration=60  turn.outcome=answered
    10:00:00  b  ben  turn  duration=60  turn.outcome=answered
    11:00:00  c  cem  turn  duration=60
    11:00:30  c  cem  handoff.request  handoff.id=h1  handoff.reason=policy
    12:00:00  d  dee  turn  duration=60  turn.outcome=no_response
"""

_TWO_LEADS = """
    09:00:00  a  ann  turn
    09:01:00  a  ann  goal  goal.id=demo  goal.kind=lead
    10:00:00  b  ben  turn
    10:01:00  b  ben  goal  goal.id=demo  goal.kind=lead
"""

_ELSEWHERE_COST = (
    "Intercom bills its agent Fin by the outcome ($0.99 for a resolution) and Zendesk "
    "by the automated resolution that a language model verified, so that there the "
    "bill is the cost per resolution, by the vendor's definition of one. A bot of "
    "one's own has tokens, channels, fixed costs and people, which this adds up."
)
_ELSEWHERE_SAVED = (
    "Microsoft's guidance for Copilot Studio prices efficiency as productive hours "
    "returned × the value of an hour, from assumed minutes a task, and warns of "
    "claiming theoretical time; here the base is sessions whose outcome is known."
)

METRICS = (
    Metric(
        name="tokens",
        title="Tokens",
        family="money",
        unit="tokens",
        kind=Kind.HISTOGRAM,
        fact=TOKEN,
        key=Key(
            name="direction",
            values=("input", "output"),
            measures={"input": "input_tokens", "output": "output_tokens"},
        ),
        sentence=(
            "Tokens that language models read (input) and wrote (output), at the turn. "
            "They are summed over the spans of models that have no such span below "
            "them, since wrappers repeat what is below; else they are the turn's own."
        ),
        formula="sum of input tokens, sum of output tokens",
        elsewhere=(
            "Langfuse adds up the usage of observations of the types generation and "
            "embedding, so that what a wrapper reports as a generation of its own is "
            "in the sum as well; here a span with a model's span below it is left out."
        ),
        example=Example(
            events=_THREE_TURNS,
            asked=(
                Asked(
                    rows=[
                        ({"direction": "input"}, 1700000, 1700000, 2000000),
                        ({"direction": "output"}, 300000, 300000, 2000000),
                    ]
                ),
                Asked(
                    by=("model",),
                    filters={"model": "gpt-4o"},
                    rows=[
                        (
                            {"model": "gpt-4o", "direction": "input"},
                            1200000,
                            1200000,
                            1500000,
                        ),
                        (
                            {"model": "gpt-4o", "direction": "output"},
                            300000,
                            300000,
                            1500000,
                        ),
                    ],
                ),
            ),
        ),
    ),
    Metric(
        name="unpriced_token_share",
        title="Tokens without a price",
        family="money",
        unit="1",
        kind=Kind.MONEY,
        fact=TOKEN,
        numerator="unpriced",
        better=Better.LOWER,
        thresholds={"warn": 0.001, "alert": 0.05},
        sentence=(
            "The share of tokens of models without a price at that time, neither set "
            "nor known by default. Their cost is unknown, and so is every cost that "
            "they are part of."
        ),
        formula="tokens without a price / tokens",
        elsewhere=(
            "Langfuse infers a cost where a model definition matches, at the prices of "
            "the time of ingestion, and publishes no share of what matched none."
        ),
        example=Example(
            events=_THREE_TURNS,
            asked=(
                Asked(rows=[({}, 0.25, 500000, 2000000)]),
                Asked(
                    by=("model",),
                    rows=[
                        ({"model": "gpt-4o"}, 0, 0, 1500000),
                        ({"model": "in-house"}, 1, 500000, 500000),
                    ],
                ),
            ),
        ),
    ),
    Metric(
        name="costs",
        title="Costs",
        family="money",
        unit="currency",
        kind=Kind.MONEY,
        fact=MONEY,
        numerator="costs",
        key=Key(name="component", values=("tokens", "channel", "fixed", "human")),
        takes=_WHAT_IF,
        better=Better.LOWER,
        sentence=(
            "What was paid, by component, at the prices of its time: tokens, the "
            "channel, the allocated part of fixed costs, and people on escalated "
            "sessions. A component that nobody declared is NULL, and so is one with a "
            "part that has no price."
        ),
        formula="sum of amounts × price, by component",
        elsewhere=(
            "Langfuse breaks costs down by types of usage, such as input, output and "
            "cached tokens; of channels, fixed costs and people it knows nothing."
        ),
        example=Example(
            given=(
                "turnspan cost set channel_cost session=0.01 --from 2026-01-01",
                "turnspan cost set fixed_cost hosting monthly=310 --from 2026-03-01",
            ),
            events=_THREE_TURNS,
            asked=(
                Asked(
                    options={"unknown": "omit"},
                    rows=[
                        ({"component": "channel"}, 0.02),
                        ({"component": "fixed"}, 10),
                        ({"component": "human"}, None),
                        ({"component": "tokens"}, 6),
                    ],
                ),
            ),
        ),
    ),
    Metric(
        name="cost_per_conversation",
        title="Cost per conversation",
        family="money",
        unit="currency",
        kind=Kind.MONEY,
        fact=MONEY,
        numerator="cost",
        denominator="handled",
        takes=_WHAT_IF,
        better=Better.LOWER,
        sentence=(
            "What the bot costs (tokens, channel, allocated fixed costs) over sessions "
            "with a user's message. Each amount has the price of its time; fixed costs "
            "are allocated by share of sessions. It is NULL while nothing is declared, "
            "and while tokens have no price; k is the part that is known."
        ),
        formula="(variable + allocated fixed costs) / sessions",
        elsewhere=_ELSEWHERE_COST,
        example=Example(
            given=("turnspan cost set price in-house input=1 --from 2026-01-01",),
            events=_THREE_TURNS,
            asked=(
                Asked(rows=[({}, 3.25, 6.5, 2)]),
                Asked(
                    options={"vary": "token_price", "change": 10},
                    rows=[({}, 3.575, 7.15, 2)],
                ),
            ),
        ),
    ),
    Metric(
        name="cost_per_resolution",
        title="Cost per resolution",
        family="money",
        unit="currency",
        kind=Kind.MONEY,
        fact=MONEY,
        numerator="total_cost",
        denominator="resolved",
        takes=_WHAT_IF,
        better=Better.LOWER,
        sentence=(
            "What the bot costs and people on escalated sessions cost, over sessions "
            "that were resolved, confirmed or implied. It is NULL while people's cost "
            "is not declared and sessions were escalated."
        ),
        formula="(bot cost + human cost of escalated sessions) / resolved sessions",
        elsewhere=_ELSEWHERE_COST,
        example=Example(
            given=(
                "turnspan cost set human_cost ticket=5 --from 2026-01-01",
                "turnspan cost set fixed_cost hosting monthly=310 --from 2026-03-01",
            ),
            events=_FOUR_SESSIONS,
            asked=(Asked(rows=[({}, 7.5, 15, 2)]),),
        ),
    ),
    Metric(
        name="savings",
        title="Savings",
        family="money",
        unit="currency",
        kind=Kind.MONEY,
        fact=MONEY,
        numerator="savings",
        key=_BASE,
        takes=_ON_A_BASE,
        better=Better.HIGHER,
        sentence=(
            "What people would have cost for the sessions of the base: those resolved, "
            "unless the setting savings_base or the option base says contained or "
            "handled. The base is in group; k is how many it has, n all sessions."
        ),
        formula="sessions of the base × human cost per ticket",
        elsewhere=_ELSEWHERE_SAVED,
        example=Example(
            given=("turnspan cost set human_cost ticket=5 --from 2026-01-01",),
            events=_FOUR_SESSIONS,
            asked=(
                Asked(rows=[({"base": "resolved"}, 10, 2, 4)]),
                Asked(
                    options={"base": "handled"},
                    rows=[({"base": "handled"}, 20, 4, 4)],
                ),
            ),
        ),
    ),
    Metric(
        name="time_saved",
        title="Time saved",
        family="money",
        unit="h",
        kind=Kind.MONEY,
        fact=MONEY,
        numerator="time_saved",
        key=_BASE,
        takes=_ON_A_BASE,
        better=Better.HIGHER,
        sentence=(
            "Hours that people would have taken for the sessions of the base (handled "
            "unless asked otherwise), less the time that the sessions took. k is how "
            "many sessions the base has, n all of them."
        ),
        formula="(handling minutes of a person − session duration) over the base",
        elsewhere=_ELSEWHERE_SAVED,
        example=Example(
            given=("turnspan cost set human_cost minutes=15 --from 2026-01-01",),
            events=_FOUR_SESSIONS,
            asked=(
                Asked(rows=[({"base": "handled"}, 14 * 4 / 60, 4, 4)]),
                Asked(
                    options={"base": "resolved"},
                    rows=[({"base": "resolved"}, 14 * 2 / 60, 2, 4)],
                ),
            ),
        ),
    ),
    Metric(
        name="roi",
        title="Return on investment",
        family="money",
        unit="1",
        kind=Kind.MONEY,
        fact=MONEY,
        numerator="roi",
        key=_BASE,
        takes=_ON_A_BASE,
        better=Better.HIGHER,
        sentence=(
            "Benefit less cost, over cost. The benefit is savings and revenue, as far "
            "as they are declared: conversions by the value of their goal, leads by "
            "theirs or the declared one times the share that closes. k is the benefit, "
            "n the cost of the bot."
        ),
        formula="(savings + revenue − bot cost) / bot cost",
        elsewhere=(
            "The formula is the common one, and the guidance for Copilot Studio has it "
            "too; what differs is the benefit, which there may be quality and growth "
            "as well, by assumptions, and here is what sessions and goals show."
        ),
        example=Example(
            given=(
                "turnspan cost set lead_value amount=10000 close_rate=0.1 "
                "--from 2026-01-01",
                "turnspan cost set fixed_cost bot amount=1240 months=1 "
                "--from 2026-03-01",
            ),
            events=_TWO_LEADS,
            asked=(Asked(rows=[({"base": "resolved"}, 49, 2000, 40)]),),
        ),
    ),
    Metric(
        name="payback",
        title="Payback",
        family="money",
        unit="months",
        kind=Kind.MONEY,
        fact=MONEY,
        numerator="payback",
        key=_BASE,
        takes=_ON_A_BASE,
        better=Better.LOWER,
        sentence=(
            "Months until the investment has come back at the pace of the range: "
            "investment over benefit less cost a month. It is NULL where nothing is "
            "left, since then it never does. k is the investment, n the monthly net."
        ),
        formula="investment / ((savings + revenue − bot cost) / months of the range)",
        elsewhere=(
            "The formula is the common one without interest; no vendor of chatbots "
            "publishes a definition of its own."
        ),
        example=Example(
            given=(
                "turnspan cost set investment amount=62000 --from 2026-01-01",
                "turnspan cost set lead_value amount=10000 close_rate=0.1 "
                "--from 2026-01-01",
                "turnspan cost set fixed_cost bot amount=1240 months=1 "
                "--from 2026-03-01",
            ),
            events=_TWO_LEADS,
            asked=(
                Asked(
                    rows=[({"base": "resolved"}, 62000 / (1960 * 31), 62000, 1960 * 31)]
                ),
            ),
        ),
    ),
)
