"""Funnels: who comes from step to step, in order and within the window."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg import errors as pg
from tests.exporters.timescale.metrics.conftest import Ask
from tests.support.chat import BASE, Chat, Talk, derived

from turnspan import conventions as names
from turnspan_exporters.timescale import declarations
from turnspan_exporters.timescale.declarations import Funnel, Goal, Step

FIRST = (BASE - timedelta(days=10)).replace(hour=0)
END = FIRST + timedelta(days=1)
DAY_S = 86400
FOUR = "goal:g1,cta:buy,goal:g2,goal:g3"


def goal(talk: Talk, at: float, id: str, **attributes: Any) -> None:
    """A chatbot.goal."""
    values = {names.GOAL_ID: id, **attributes}
    talk.event(names.EVENT_GOAL, at, attributes=values)


def click(talk: Talk, at: float, id: str, *, shown: bool = True) -> None:
    """A click on a CTA, shown a second before."""
    if shown:
        impression = {names.CTA_ID: id}
        talk.event(names.EVENT_CTA_IMPRESSION, at - 1, attributes=impression)
    talk.event(names.EVENT_CTA_CLICK, at, attributes={names.CTA_ID: id})


def steps(ask: Ask, funnel: str, **options: Any) -> list[tuple[Any, ...]]:
    """(k, n) of each step of a day's funnel."""
    rows = ask("funnel", FIRST, END, funnel=funnel, **options)
    assert [row[1]["step"] for row in rows] == [*range(1, len(rows) + 1)]
    return [(row[3], row[4]) for row in rows]


def test_hundred_sixty_thirtyfive_twentyfive(migrated_dsn: str, ask: Ask) -> None:
    """60 %, 58.3 % and 71.4 % of the step before; 25 % of the first."""
    chat = Chat(base=FIRST)
    for number in range(100):
        talk = chat.talk(f"c{number}")
        talk.turn(number * 60, f"t{number}")
        goal(talk, number * 60 + 1, "g1")
        if number < 60:
            click(talk, number * 60 + 3, "buy")
        if number < 35:
            goal(talk, number * 60 + 4, "g2")
        if number < 25:
            goal(talk, number * 60 + 5, "g3")
    derived(migrated_dsn, chat)
    rows = ask("funnel", FIRST, END, funnel=FOUR)
    assert [(row[1], row[3], row[4]) for row in rows] == [
        ({"step": 1, "name": "goal:g1"}, 100, 100),
        ({"step": 2, "name": "cta:buy"}, 60, 100),
        ({"step": 3, "name": "goal:g2"}, 35, 60),
        ({"step": 4, "name": "goal:g3"}, 25, 35),
    ]
    assert [row[2] for row in rows] == [1, 0.6, 35 / 60, 25 / 35]
    overall = ask("funnel", FIRST, END, funnel=FOUR, of="first")
    assert [row[2] for row in overall] == [1, 0.6, 0.35, 0.25]
    assert ask("conversion_rate", FIRST, END, funnel=FOUR)[0][2:5] == (0.25, 25, 100)
    buckets = ask("funnel", FIRST, END, "hour", funnel=FOUR)
    assert sum(row[3] for row in buckets if row[1]["step"] == 1) == 100
    assert [row[3] for row in buckets[-4:]] == [0, 0, 0, 0]


def test_steps_come_in_order_and_may_return(migrated_dsn: str, ask: Ask) -> None:
    """a → b → a needs a second a after b; what lies between does not matter."""
    chat = Chat(base=FIRST)
    ways = {"aba": "aba", "ab": "ab", "ba": "ba", "axbxa": "axbxa", "aab": "aab"}
    for number, (name, way) in enumerate(ways.items()):
        talk = chat.talk(name)
        for place, intent in enumerate(way):
            talk.turn(
                number * 3600 + place * 10,
                f"{name}{place}",
                intent_name=intent,
                node_id=intent,
            )
    derived(migrated_dsn, chat)
    assert steps(ask, "intent:a,intent:b,intent:a") == [(5, 5), (4, 5), (2, 4)]
    assert steps(ask, "node:a,node:b,node:a") == [(5, 5), (4, 5), (2, 4)]
    assert steps(ask, "intent:b,node:a") == [(5, 5), (3, 5)]
    assert steps(ask, "intent:a,intent:a") == [(5, 5), (3, 5)]


def test_one_turn_may_be_two_steps(migrated_dsn: str, ask: Ask) -> None:
    """The intent and the node of one turn have one time; they are two steps of it."""
    chat = Chat(base=FIRST)
    chat.talk("c1").turn(0, "t1", intent_name="order", node_id="form")
    derived(migrated_dsn, chat)
    assert steps(ask, "intent:order,node:form") == [(1, 1), (1, 1)]


def test_clicks_again_and_clicks_without_an_impression(
    migrated_dsn: str, ask: Ask
) -> None:
    """A click after a goal counts, though the first came before; so does a lone one."""
    chat = Chat(base=FIRST)
    talk = chat.talk("again")
    talk.turn(0, "t1")
    click(talk, 10, "buy")
    goal(talk, 20, "g1")
    click(talk, 30, "buy", shown=False)
    lone = chat.talk("lone")
    lone.turn(3600, "t2")
    goal(lone, 3610, "g1")
    click(lone, 3620, "buy", shown=False)
    before = chat.talk("before")
    before.turn(7200, "t3")
    click(before, 7210, "buy")
    goal(before, 7220, "g1")
    derived(migrated_dsn, chat)
    assert steps(ask, "goal:g1,cta:buy") == [(3, 3), (2, 3)]
    assert steps(ask, "cta:buy,goal:g1") == [(3, 3), (2, 3)]


def test_late_clicks_go_to_the_session_that_saw_the_cta(
    migrated_dsn: str, ask: Ask
) -> None:
    """The second as well as the first; a session that saw it later takes over."""
    chat = Chat(base=FIRST)
    talk = chat.talk("c1")
    talk.turn(0, "t1")
    goal(talk, 5, "g1")
    click(talk, 10, "buy")
    talk.turn(7200, "t2")
    goal(talk, 7203, "g2", **{names.TURN_ID: "t1"})
    click(talk, 7205, "buy", shown=False)
    talk.turn(14400, "t3")
    goal(talk, 14405, "g1")
    click(talk, 14410, "buy")
    click(talk, 14420, "buy", shown=False)
    derived(migrated_dsn, chat)
    assert steps(ask, "cta:buy,cta:buy") == [(2, 2), (2, 2)]
    assert steps(ask, "goal:g1,cta:buy,cta:buy,cta:buy")[-1] == (0, 2)


def test_events_of_any_name_are_steps(migrated_dsn: str, ask: Ask) -> None:
    """Custom ones from the events, handoffs and ratings from their derived rows."""
    chat = Chat(base=FIRST)
    talk = chat.talk("c1")
    talk.turn(0, "t1")
    talk.event("chatbot.custom.cart", 5)
    talk.handoff("request", 10, "h1")
    talk.handoff("accept", 20, "h1")
    talk.turn(25, "t2")
    talk.rate(4000, 5, kind="csat")
    other = chat.talk("c2")
    other.turn(7200, "t3")
    other.event("chatbot.custom.cart", 7205)
    derived(migrated_dsn, chat)
    way = (
        "event:chatbot.custom.cart,event:chatbot.handoff.accept,event:chatbot.feedback"
    )
    assert steps(ask, way) == [(2, 2), (1, 2), (1, 1)]
    assert steps(ask, "event:chatbot.message,goal:g1") == [(0, 0), (0, 0)]


def test_a_users_window_goes_across_sessions(migrated_dsn: str, ask: Ask) -> None:
    """The first entry starts the clock; a repeat within it does not reset it."""
    chat = Chat(base=FIRST)

    def visit(user: str | None, at: float, *reached: str) -> None:
        talk = chat.talk(f"{user}-{at}", user=user)
        talk.turn(at, f"{user}-{at}")
        for id in reached:
            goal(talk, at + 1, id)

    visit("ann", 0, "g1")
    visit("ann", 2 * DAY_S, "g2")
    visit("ben", 0, "g1")
    visit("ben", 3600 * 20, "g1")
    visit("ben", 3 * DAY_S + 3600, "g2")
    visit("cem", 0, "g2")
    visit("cem", 3600, "g1")
    visit(None, 0, "g1", "g2")
    derived(migrated_dsn, chat)
    way = "goal:g1,goal:g2"
    assert steps(ask, way) == [(5, 5), (1, 5)]
    assert steps(ask, way, within=3 * DAY_S) == [(3, 3), (1, 3)]
    assert steps(ask, way, within=4 * DAY_S) == [(3, 3), (2, 3)]
    assert steps(ask, way, unit="user") == [(3, 3), (2, 3)]
    assert steps(ask, way, unit="session", within=1) == [(5, 5), (1, 5)]
    options: dict[str, Any] = {"funnel": way, "within": 4 * DAY_S}
    assert ask("conversion_rate", FIRST, END, **options)[0][3:5] == (2, 3)
    took = ask("time_to_conversion", FIRST, END, q="mean", **options)
    assert took[0][2] == pytest.approx((2 * DAY_S + 3 * DAY_S + 3600) / 2)


def test_a_user_counts_once_the_window_is_over(migrated_dsn: str, ask: Ask) -> None:
    """Before, it is shown with provisional only, in rows that say so."""
    start = datetime.now(UTC) - timedelta(days=2)
    chat = Chat(base=start.replace(microsecond=0))
    talk = chat.talk("c1", user="ann")
    talk.turn(0, "t1")
    goal(talk, 1, "g1")
    derived(migrated_dsn, chat)
    end = datetime.now(UTC) - timedelta(hours=1)
    way: dict[str, Any] = {"funnel": "goal:g1,goal:g2", "unit": "user"}
    day: dict[str, Any] = {**way, "within": DAY_S}
    since = start - timedelta(days=1)
    assert [row[3] for row in ask("funnel", since, end, **way)] == [0, 0]
    assert [row[3] for row in ask("funnel", since, end, **day)] == [1, 0]
    rows = ask("funnel", since, end, provisional=True, **way)
    assert [(row[3], row[7]) for row in rows] == [(1, True), (0, True)]


def test_groups_and_filters_are_those_of_the_entry(migrated_dsn: str, ask: Ask) -> None:
    """By channel, and for one bot of two."""
    chat = Chat(base=FIRST)
    for bot in ("shop", "help"):
        for channel in ("web", "slack"):
            talk = chat.talk(f"{bot}-{channel}", bot=bot, channel=channel)
            talk.turn(0, f"{bot}-{channel}")
            goal(talk, 1, "g1")
            if channel == "web":
                goal(talk, 2, "g2")
    derived(migrated_dsn, chat)
    way = {"funnel": "goal:g1,goal:g2"}
    rows = ask("funnel", FIRST, END, None, ("channel",), {"bot": "shop"}, **way)
    assert [(row[1]["channel"], row[1]["step"], row[3], row[4]) for row in rows] == [
        ("slack", 1, 1, 1),
        ("web", 1, 1, 1),
        ("slack", 2, 0, 1),
        ("web", 2, 1, 1),
    ]


def _reference(way: list[str], sessions: dict[str, list[tuple[float, str]]]) -> Any:
    """The same counts in plain Python: (k of each step)."""
    reached = [0] * len(way)
    for hits in sessions.values():
        now, last = float("-inf"), dict[str, float]()
        for place, step in enumerate(way):
            times = [
                at
                for at, id in hits
                if id == step and at >= now and at > last.get(step, float("-inf"))
            ]
            if not times:
                break
            now = last[step] = min(times)
            reached[place] += 1
    return reached


@pytest.mark.parametrize("seed", range(3))
def test_random_ways_agree_with_plain_python(
    migrated_dsn: str, ask: Ask, seed: int
) -> None:
    """Goals in random order, also twice and at one time; no step has more than before.

    The records arrive shuffled, and some of them twice.
    """
    seeded = random.Random(seed)
    sessions: dict[str, list[tuple[float, str]]] = {}
    chats = []
    for number in range(40):
        chat, key = Chat(base=FIRST), f"c{number}"
        talk = chat.talk(key)
        talk.turn(number * 1000, f"t{number}")
        sessions[key] = [
            (number * 1000 + seeded.randrange(8), seeded.choice("abc"))
            for _ in range(seeded.randrange(9))
        ]
        for at, id in sessions[key]:
            goal(talk, at, id)
        chats.append(chat)
    seeded.shuffle(chats)
    derived(migrated_dsn, *chats)
    for _ in range(6):
        way = seeded.choices("abc", k=seeded.randrange(2, 5))
        unique = {key: [*dict.fromkeys(hits)] for key, hits in sessions.items()}
        found = [k for k, _ in steps(ask, ",".join(f"goal:{one}" for one in way))]
        assert found == _reference(way, unique)
        assert found == sorted(found, reverse=True)


CHECKOUT = Funnel(
    name="checkout",
    bot="",
    steps=(
        Step(by="intent", of="order", name="Order"),
        Step(by="goal", of="paid", name="Paid"),
    ),
)


def test_a_declared_funnel_holds_at_once_and_for_the_past(
    migrated_dsn: str, db: psycopg.Connection[Any], ask: Ask
) -> None:
    """By its name, with its own names of steps; changed and withdrawn the same way."""
    chat = Chat(base=FIRST)
    talk = chat.talk("c1", bot="shop")
    talk.turn(0, "t1", intent_name="order")
    click(talk, 10, "pay")
    derived(migrated_dsn, chat)
    assert ask("funnel", FIRST, END) == []
    declarations.apply(db, [CHECKOUT], "a.yaml")
    assert steps(ask, "checkout") == [(1, 1), (0, 1)]
    paid = Goal(name="paid", bot="shop", by="cta", of="pay")
    declarations.apply(db, [CHECKOUT, paid], "a.yaml")
    assert steps(ask, "checkout") == [(1, 1), (1, 1)]
    rows = ask("funnel", FIRST, END)
    assert [row[1] for row in rows] == [
        {"funnel": "checkout", "step": 1, "name": "Order"},
        {"funnel": "checkout", "step": 2, "name": "Paid"},
    ]
    declarations.apply(db, [paid], "a.yaml")
    assert ask("funnel", FIRST, END) == []


@pytest.mark.parametrize(
    ("by", "of"),
    [
        ("cta", "pay"),
        ("intent", "order"),
        ("node", "done"),
        ("event", "chatbot.custom.paid"),
    ],
)
def test_a_declared_goal_is_a_goal(
    migrated_dsn: str, db: psycopg.Connection[Any], ask: Ask, by: Any, of: str
) -> None:
    """Whatever it is declared by it converts, and is worth its value once a session."""
    chat = Chat(base=FIRST)
    talk = chat.talk("c1", bot="shop")
    talk.turn(0, "t1", intent_name="order", node_id="done")
    talk.turn(5, "t2", intent_name="order", node_id="done")
    click(talk, 10, "pay")
    talk.event("chatbot.custom.paid", 12)
    chat.talk("c2", bot="shop").turn(3600, "t3")
    chat.talk("c3", bot="help").turn(3600, "t4", intent_name="order", node_id="done")
    derived(migrated_dsn, chat)
    shop = {"bot": "shop"}
    question: Any = ("conversion_rate", FIRST, END, None, (), shop)
    assert ask(*question, goal="paid")[0][3:5] == (0, 2)
    paid = Goal(name="paid", bot="shop", by=by, of=of, value=20.0, currency="EUR")
    declarations.apply(db, [paid], "a.yaml")
    assert ask(*question, goal="paid")[0][3:5] == (1, 2)
    values = ask("goal_value", FIRST, END)
    assert [(row[1], row[2]) for row in values] == [({"currency": "EUR"}, 20.0)]


def test_a_bot_has_its_own_funnel_before_the_common_one(
    migrated_dsn: str, db: psycopg.Connection[Any], ask: Ask
) -> None:
    """Asked for one bot it is that bot's; where it is not clear, it is refused."""
    chat = Chat(base=FIRST)
    for bot in ("shop", "help"):
        talk = chat.talk(bot, bot=bot)
        talk.turn(0, bot, intent_name="order")
        goal(talk, 5, "g1")
    derived(migrated_dsn, chat)
    own = Funnel(
        name="checkout",
        bot="shop",
        steps=(
            Step(by="goal", of="g1", name="goal:g1"),
            Step(by="goal", of="g2", name="goal:g2"),
        ),
    )
    declarations.apply(db, [CHECKOUT, own], "a.yaml")

    def named(bot: str) -> list[str]:
        rows = ask("funnel", FIRST, END, None, (), {"bot": bot}, funnel="checkout")
        return [row[1]["name"] for row in rows]

    assert named("shop") == ["goal:g1", "goal:g2"]
    assert named("help") == ["Order", "Paid"]
    with pytest.raises(pg.InvalidParameterValue) as raised:
        steps(ask, "checkout")
    assert raised.value.diag.message_primary == (
        'funnel: "checkout" is declared 2 times, for every bot, shop; filter by one '
        "bot."
    )


@pytest.mark.parametrize(
    ("funnel", "sentence"),
    [
        (
            "checkout",
            'funnel: "checkout" is no declared funnel; declare it, or write steps such '
            "as goal:g1,cta:buy.",
        ),
        (
            "goal:g1,page:x",
            'funnel: "page:x" is no step; write one of goal, cta, intent, node, event '
            "and an id, as goal:purchase.",
        ),
        (
            "goal:g1,goal:",
            'funnel: "goal:" is no step; write one of goal, cta, intent, node, event '
            "and an id, as goal:purchase.",
        ),
        (
            ",".join(["goal:g"] * 21),
            "funnel: 21 steps are asked, the limit is 20.",
        ),
        ("", "funnel: must be a text of 1 to 200 characters."),
    ],
)
def test_a_mistake_is_a_sentence(ask: Ask, funnel: str, sentence: str) -> None:
    """It names the value and says what to write instead."""
    with pytest.raises(pg.InvalidParameterValue) as raised:
        ask("funnel", FIRST, END, funnel=funnel)
    assert raised.value.diag.message_primary == sentence


def test_ids_are_never_run(migrated_dsn: str, ask: Ask) -> None:
    """Quotes in an id select nothing and change nothing."""
    hostile = "goal:x' OR true) --,cta:%s%I"
    assert steps(ask, hostile) == [(0, 0), (0, 0)]


def test_values_stay_in_their_currency(migrated_dsn: str, ask: Ask) -> None:
    """By goal and by the last click before it; without a currency they are unknown."""
    chat = Chat(base=FIRST)
    talk = chat.talk("c1")
    talk.turn(0, "t1")
    click(talk, 5, "offer")
    click(talk, 10, "buy")
    for at, value, currency in ((20, 0.1, "EUR"), (21, 0.2, "EUR"), (22, 7, "USD")):
        goal(
            talk,
            at,
            "paid",
            **{names.GOAL_VALUE: value, names.GOAL_CURRENCY: currency},
        )
    goal(talk, 30, "tip", **{names.GOAL_VALUE: 1.0})
    goal(talk, 31, "free")
    derived(migrated_dsn, chat)
    rows = ask("goal_value", FIRST, END)
    assert [(row[1]["currency"], row[2]) for row in rows] == [
        ("EUR", 0.3),
        ("USD", 7),
        ("unknown", 1),
    ]
    rows = ask("goal_value", FIRST, END, None, ("cta", "goal"))
    assert {(row[1]["cta"], row[1]["goal"]) for row in rows} == {
        ("buy", "paid"),
        ("buy", "tip"),
    }
