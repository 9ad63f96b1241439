"""What conversations cost, save and bring in, at the prices of their time."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from tests.exporters.timescale.metrics.conftest import Ask
from tests.support import derived_rows

from turnspan_exporters.timescale import costs, settings

Connection = psycopg.Connection[Any]

START = datetime(2026, 3, 1, tzinfo=UTC)
END = datetime(2026, 4, 1, tzinfo=UTC)


def declare(
    db: Connection, kind: str, name: str = "", since: Any = START, **values: Any
) -> None:
    bot = values.pop("bot", "")
    costs.declare(db, [costs.entry(kind, name, values, bot=bot, since=since)])


def many(db: Connection, sessions: int, **columns: Any) -> None:
    """So many sessions over March, from one that is made by hand."""
    key = derived_rows.session(db, START, **columns)
    row = db.execute(
        "SELECT string_agg(quote_ident(column_name), ', ') "
        "FROM information_schema.columns WHERE table_schema = '_turnspan' "
        "AND table_name = 'session' "
        "AND column_name NOT IN ('session_key', 'start_time')"
    ).fetchone()
    assert row is not None
    db.execute(
        f"INSERT INTO _turnspan.session (session_key, start_time, {row[0]}) "
        f"SELECT gen_random_uuid(), start_time + n * interval '200 seconds', {row[0]} "
        "FROM _turnspan.session, generate_series(1, %s) AS n WHERE session_key = %s",
        (sessions - 1, key),
    )


def values(rows: list[Any]) -> list[float | None]:
    return [row[2] for row in rows]


def test_five_thousand_dollars(db: Connection, ask: Ask) -> None:
    """10,000 conversations, 2,500 outcomes: $0.50 and $2.00; handled, $50,000 saved."""
    many(db, 2_500, outcome="resolved_confirmed")
    many(db, 7_500, outcome="abandoned")
    declare(db, "fixed_cost", "everything", amount=5000, months=1)
    declare(db, "human_cost", ticket=5)
    assert values(ask("cost_per_conversation", START, END)) == [0.5]
    assert values(ask("cost_per_resolution", START, END)) == [2.0]
    ((_, group, value, k, n, *_),) = ask("savings", START, END, base="handled")
    assert (group, value, k, n) == ({"base": "handled"}, 50_000, 10_000, 10_000)
    assert ask("savings", START, END)[0][1:3] == ({"base": "resolved"}, 12_500)
    settings.change(db, "", {"savings_base": "contained"})
    assert ask("savings", START, END)[0][1:3] == ({"base": "contained"}, 50_000)


def test_a_quarter_of_an_hour_less_three_seconds(db: Connection, ask: Ask) -> None:
    """Ten thousand times, that is 2,491.67 hours."""
    many(db, 10_000, duration_s=3.0)
    declare(db, "human_cost", minutes=15)
    ((_, group, value, k, _, *_),) = ask("time_saved", START, END)
    assert (group, round(value, 2), k) == ({"base": "handled"}, 2491.67, 10_000)


def test_a_hundred_leads(db: Connection, ask: Ask) -> None:
    """$10,000 each, one in ten closes, $5,000 spent: $100,000, and 1,900 %."""
    for number in range(100):
        at = START + timedelta(hours=number)
        key = derived_rows.session(db, at)
        derived_rows.goal(db, at, key, "demo", kind="lead")
    declare(db, "lead_value", amount=10_000, close_rate=0.1)
    declare(db, "fixed_cost", "campaign", amount=5000, months=1)
    ((_, _, value, k, n, *_),) = ask("roi", START, END)
    assert (value, k, n) == (19.0, 100_000, 5000)


def test_payback_is_in_months_of_the_range(db: Connection, ask: Ask) -> None:
    """$57,000 come back at $4,750 a month in a year; at a loss they never do."""
    many(db, 1000, outcome="resolved_implied")
    declare(db, "human_cost", ticket=5)
    declare(db, "fixed_cost", "bot", monthly=250)
    declare(db, "investment", amount=57_000)
    ((_, _, value, k, n, *_),) = ask("payback", START, END)
    assert (value, k, n) == (12.0, 57_000, 4750)
    declare(db, "fixed_cost", "office", monthly=9000)
    ((_, _, value, k, n, *_),) = ask("payback", START, END)
    assert (value, k, n) == (None, 57_000, -4250)


def test_a_turn_has_the_price_of_its_time(db: Connection, ask: Ask) -> None:
    """A price that changes at noon prices the morning and the afternoon apart."""
    derived_rows.session(db, START)
    for hour in (11, 12, 13):
        derived_rows.turn(
            db,
            START + timedelta(hours=hour),
            model="Ours",
            input_tokens=1_000_000,
            output_tokens=0,
        )
    declare(db, "price", "ours", since="always", input=1, output=1)
    declare(db, "price", "ours", since=START + timedelta(hours=12), input=10, output=1)
    assert values(ask("cost_per_conversation", START, END)) == [21]
    declare(db, "price", "ours", since="always", input=2, output=1, bot="support")
    assert values(ask("cost_per_conversation", START, END)) == [6]


def test_a_correction_of_the_same_date_goes_before(db: Connection, ask: Ask) -> None:
    """Both stay in the history, and the later one holds."""
    derived_rows.session(db, START)
    declare(db, "channel_cost", session=1)
    declare(db, "channel_cost", session=2)
    assert values(ask("cost_per_conversation", START, END)) == [2]
    assert [(one.values, one.holds) for one in costs.declared(db)] == [
        ({"session": 1, "currency": "USD"}, False),
        ({"session": 2, "currency": "USD"}, True),
    ]


def test_tokens_without_a_price_make_the_cost_unknown(db: Connection, ask: Ask) -> None:
    """NULL, with the known part in k; omit shows that part; the share is a metric."""
    derived_rows.session(db, START)
    for model in ("gpt-4o-2024-08-06", "in-house", None):
        derived_rows.turn(db, START, model=model, input_tokens=500_000)
    ((_, _, value, k, n, *_),) = ask("cost_per_conversation", START, END)
    assert (value, k, n) == (None, 1.25, 1)
    rows = ask("cost_per_conversation", START, END, unknown="omit")
    assert values(rows) == [1.25]
    ((_, _, value, k, n, *_),) = ask("unpriced_token_share", START, END)
    assert (value, k, n) == (pytest.approx(2 / 3), 1_000_000, 1_500_000)
    declare(db, "price", "in-house", input=0, output=0)
    declare(db, "price", "unknown", input=0, output=0)
    assert values(ask("cost_per_conversation", START, END)) == [1.25]


def test_nothing_declared_is_unknown(db: Connection, ask: Ask) -> None:
    """No cost is not a cost of 0, and no human cost saves nothing known."""
    derived_rows.session(db, START, outcome="resolved_confirmed")
    for name in ("cost_per_conversation", "cost_per_resolution", "savings", "roi"):
        assert values(ask(name, START, END)) == [None], name
    assert values(ask("time_saved", START, END)) == [None]


def test_escalated_sessions_without_a_human_cost_are_unknown(
    db: Connection, ask: Ask
) -> None:
    """Until somebody says what people cost, if only 0."""
    derived_rows.session(db, START, outcome="resolved_confirmed")
    derived_rows.session(db, START, outcome="escalated", escalated=True)
    declare(db, "channel_cost", session=1)
    assert values(ask("cost_per_resolution", START, END)) == [None]
    declare(db, "human_cost", ticket=0)
    assert values(ask("cost_per_resolution", START, END)) == [2]


def test_people_are_paid_by_the_ticket_and_by_the_minute(
    db: Connection, ask: Ask
) -> None:
    """$2 a ticket and $1 a minute from acceptance to the close."""
    derived_rows.session(db, START, outcome="resolved_confirmed")
    key = derived_rows.session(db, START, outcome="escalated", escalated=True)
    for closed in (timedelta(minutes=9), None):
        derived_rows.handoff(
            db,
            START,
            timedelta(minutes=1),
            session_key=key,
            session_start=START,
            closed_at=closed and START + closed,
        )
    declare(db, "channel_cost", session=0)
    declare(db, "human_cost", ticket=2, minute=1, minutes=20)
    rows = ask("costs", START, END)
    assert {row[1]["component"]: row[2] for row in rows} == {
        "tokens": None,
        "channel": 0,
        "fixed": None,
        "human": 2 + 8 + 20,
    }
    assert values(ask("cost_per_resolution", START, END)) == [30]


def test_parts_of_a_cost_add_up_to_the_whole(db: Connection, ask: Ask) -> None:
    """By bot and by channel: k of the groups is k of all."""
    for number, (bot, channel) in enumerate(
        [("a", "web"), ("a", "sms"), ("a", "sms"), ("b", "web"), ("b", "")]
    ):
        at = START + timedelta(hours=7 * number)
        derived_rows.session(
            db, at, bot=bot, channel=channel, user_messages=2, bot_messages=1
        )
        derived_rows.turn(
            db,
            at,
            bot=bot,
            channel=channel,
            model="gpt-4o",
            input_tokens=1000 * number,
            output_tokens=10,
        )
    declare(db, "fixed_cost", "all", monthly=100)
    declare(db, "fixed_cost", "of_a", monthly=30, bot="a")
    declare(db, "channel_cost", "sms", message=0.05, session=0.2)
    declare(db, "channel_cost", session=0.01)
    ((_, _, _, whole, *_),) = ask("cost_per_conversation", START, END)
    for by in (("bot",), ("channel",), ("bot", "channel")):
        rows = ask("cost_per_conversation", START, END, by=by)
        assert float(sum(row[3] for row in rows)) == pytest.approx(float(whole))
    days = ask("cost_per_conversation", START, END, "day", unknown="omit")
    assert len(days) == 31
    sms = ask("costs", START, END, filters={"channel": "sms"})
    by_component = {row[1]["component"]: row[2] for row in sms}
    assert by_component["channel"] == pytest.approx(2 * 0.2 + 6 * 0.05)
    assert by_component["fixed"] == pytest.approx(100 * 2 / 5 + 30 * 2 / 3)


def test_fixed_costs_run_from_their_date_to_their_end(db: Connection, ask: Ask) -> None:
    """By the day of their own months; the next entry of the name ends one."""
    for day in range(31):
        derived_rows.session(db, START + timedelta(days=day))
    mid = START + timedelta(days=15)
    declare(db, "fixed_cost", "licence", monthly=310, since=START)
    declare(db, "fixed_cost", "licence", monthly=620, since=mid)
    declare(db, "fixed_cost", "setup", amount=62, months=2, since=START)
    rows = ask("cost_per_conversation", START, END, "day")
    assert values(rows)[:15] == pytest.approx([11.0] * 15)
    assert values(rows)[15:] == pytest.approx([21.0] * 16)
    costs.declare(db, [costs.entry("fixed_cost", "licence", {}, since=START)])
    rows = ask("cost_per_conversation", START, END, "day")
    assert values(rows)[:15] == pytest.approx([1.0] * 15)


def test_fixed_costs_of_nobody_still_cost(db: Connection, ask: Ask) -> None:
    """A month without sessions has no cost per conversation, and a return of −1."""
    declare(db, "fixed_cost", "hosting", monthly=100)
    declare(db, "lead_value", close_rate=0.1)
    ((_, _, value, k, n, *_),) = ask("cost_per_conversation", START, END)
    assert (value, k, n) == (None, 100, 0)
    rows = ask("costs", START, END)
    assert {row[1]["component"]: row[2] for row in rows}["fixed"] == 100


def test_test_traffic_costs_nothing_here(db: Connection, ask: Ask) -> None:
    """Neither its sessions nor its tokens count; a bot's own turns do."""
    derived_rows.session(db, START)
    derived_rows.session(db, START, test=True)
    derived_rows.turn(db, START, model="gpt-4", input_tokens=10**6, test=True)
    derived_rows.turn(db, START, model="gpt-4", input_tokens=10**6, initiator="bot")
    assert values(ask("cost_per_conversation", START, END)) == [30]


def test_amounts_of_another_currency_are_kept_apart(db: Connection, ask: Ask) -> None:
    """Default prices are in dollars, and goals say theirs; others are not mixed in."""
    key = derived_rows.session(db, START)
    derived_rows.goal(db, START, key, "buy", kind="conversion", value=7, currency="usd")
    derived_rows.goal(db, START, key, "buy", kind="conversion", value=5, currency="EUR")
    derived_rows.turn(db, START, model="gpt-4", input_tokens=10**6)
    declare(db, "channel_cost", session=1)
    assert ask("roi", START, END)[0][3:5] == (7, 31)
    with pytest.raises(settings.SettingError, match="currency=EUR is not USD"):
        declare(db, "channel_cost", session=1, currency="eur")
    settings.change(db, "", {"currency": "EUR"})
    ((_, _, value, k, _, *_),) = ask("cost_per_conversation", START, END)
    assert (value, k) == (None, 0)
    assert ask("roi", START, END)[0][3] == 5


def test_what_if_moves_one_parameter(db: Connection, ask: Ask) -> None:
    """Ten percent of one price, or of all; what does not matter is left out."""
    derived_rows.session(db, START)
    derived_rows.turn(db, START, model="gpt-4", input_tokens=10**6)
    declare(db, "channel_cost", session=70)
    name = "cost_per_conversation"
    assert values(ask(name, START, END)) == [100]
    assert values(ask(name, START, END, vary="token_price", change=10)) == [103]
    assert values(ask(name, START, END, vary="channel_cost", change=-10)) == [93]
    assert values(ask(name, START, END, change=10)) == [pytest.approx(110)]
    swings = costs.sensitivity(db, name, START, END)
    assert swings == [
        costs.Swing("token_price", 97, 100, 103),
        costs.Swing("channel_cost", 93, 100, 107),
    ]


@pytest.mark.parametrize("source", ["facts", "aggregate"])
def test_aggregates_price_as_rows_do(db: Connection, ask: Ask, source: str) -> None:
    """Also where a price changes within a quarter: it holds from its beginning."""
    start = START + timedelta(minutes=1)
    for minute in range(0, 60, 7):
        at = start + timedelta(minutes=minute)
        derived_rows.session(db, at, user_messages=1)
        derived_rows.turn(db, at, model="ours", input_tokens=10**6, output_tokens=10**6)
    declare(db, "price", "ours", since="always", input=1, output=2)
    declare(db, "price", "ours", since=START + timedelta(minutes=40), input=3, output=4)
    declare(db, "channel_cost", since="always", message=0.5)
    db.execute("SELECT set_config('turnspan.metric_source', %s, false)", (source,))
    ((_, _, value, k, n, *_),) = ask(
        "cost_per_conversation", start, start + timedelta(minutes=61)
    )
    # the turns at 1, 8, 15, 22 and 29 minutes cost 3, those from 30 minutes on 7
    assert (float(k), n) == (5 * 3 + 4 * 7 + 9 * 0.5, 9)
    assert value == pytest.approx(float(k) / 9)


@pytest.mark.usefixtures("timescale")
@pytest.mark.parametrize("changes_at", [timedelta(days=2), timedelta(days=2, hours=5)])
def test_days_price_as_rows_do(db: Connection, ask: Ask, changes_at: timedelta) -> None:
    """Also where a price changes at midnight, or within a day that is stored whole."""
    for hour in range(0, 96, 3):
        at = START + timedelta(hours=hour)
        derived_rows.session(db, at, user_messages=1)
        derived_rows.turn(db, at, model="ours", input_tokens=10**6, output_tokens=10**6)
    for name in ("token", "cost_session"):
        for width in ("15m", "1d"):
            db.execute(
                "CALL refresh_continuous_aggregate(%s, %s, %s)",
                (f"_turnspan.{name}_{width}", START, START + timedelta(days=4)),
            )
    declare(db, "price", "ours", since="always", input=1, output=2)
    declare(db, "price", "ours", since=START + changes_at, input=3, output=4)
    declare(db, "channel_cost", since="always", message=0.5)
    end = START + timedelta(days=4)
    found = {}
    for source in ("facts", "aggregate"):
        db.execute("SELECT set_config('turnspan.metric_source', %s, false)", (source,))
        for bucket in (None, "day"):
            rows = ask("cost_per_conversation", START, end, bucket)
            found[source, bucket] = [(row[2], row[3], row[4]) for row in rows]
    assert found["facts", None] == found["aggregate", None]
    assert found["facts", "day"] == found["aggregate", "day"]
    row = db.execute(
        "SELECT plan #>> '{coarse,name}', "
        "_turnspan.money_plan(plan) #>> '{coarse,name}' FROM _turnspan.metric_plan("
        "'cost_per_conversation', %s, %s, NULL, '{}', '{}', '{}') AS plan",
        (START, end),
    ).fetchone()
    assert row == (
        "cost_session_1d",
        "cost_session_1d" if changes_at == timedelta(days=2) else None,
    )


def test_tokens_are_those_of_the_sessions_intent(db: Connection, ask: Ask) -> None:
    """From turns, which know it, and from the days of these."""
    declare(db, "price", "ours", since="always", input=1, output=2)
    for hour in range(0, 96, 6):
        at, intent = START + timedelta(hours=hour), "buy" if hour % 12 else None
        entry = {"locale": "de", "source": "ads", "campaign": "spring"}
        key = derived_rows.session(db, at, intent=intent, **entry)
        derived_rows.turn(
            db,
            at,
            session_key=key,
            session_start=at,
            session_intent=intent or "",
            intent_name="other",
            **entry,
            model="ours",
            input_tokens=10**6,
            output_tokens=10**6,
        )
    start, end = START + timedelta(hours=3), START + timedelta(days=4)
    before = START - timedelta(hours=1)
    if db.execute("SELECT _turnspan.aggregates_stored()").fetchone() == (True,):
        for fact, width in itertools.product(
            ("token", "cost_session"),
            ("15m", "intent_1d", "locale_1d", "entry_1d", "campaign_1d"),
        ):
            db.execute(
                "CALL refresh_continuous_aggregate(%s, %s, %s)",
                (f"_turnspan.{fact}_{width}", START, end - timedelta(days=1)),
            )
    name = "cost_per_conversation"
    rows = ask(name, start, end, by=("intent",))
    assert [(row[1]["intent"], row[3], row[4]) for row in rows] == [
        ("buy", 3 * 8, 8),
        ("unknown", 3 * 7, 7),
    ]
    rows = ask(name, before, end, by=("intent",))
    assert [(row[1]["intent"], row[3], row[4]) for row in rows] == [
        ("buy", 3 * 8, 8),
        ("unknown", 3 * 8, 8),
    ]
    for dimension, entered in entry.items():
        ((_, group, value, k, n, *_),) = ask(name, start, end, by=(dimension,))
        assert (group, value, k, n) == ({dimension: entered}, 3, 3 * 15, 15)
