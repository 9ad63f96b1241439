"""What is dropped takes nothing along: aggregates and derived rows keep their numbers.

Raw rows go first, derived ones later; refreshes, late rows and changed settings must
not make an aggregate forget what it knows of them.
"""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import psycopg
import pytest
from tests.support.chat import BASE, Chat, derived

from turnspan import conventions as names
from turnspan_exporters.errors import Retryable
from turnspan_exporters.timescale import settings, settle
from turnspan_exporters.timescale._connection import is_timescale
from turnspan_exporters.timescale._queries import query
from turnspan_exporters.timescale._refresh import heal, refresh_late
from turnspan_exporters.timescale.metrics import CATALOGUE, Metric

Connection = psycopg.Connection[Any]

DAY: Final = timedelta(days=1)
FIRST: Final = BASE.replace(hour=0)
LAST: Final = FIRST + 4 * DAY
RAW: Final = ("span", "event", "metric_point")
DERIVED: Final = (
    *("turn", "session", "handoff", "session_cta", "goal", "feedback"),
    *("session_node", "session_variant"),
)
PARTS: Final[tuple[str, ...]] = ("intent", "reason", "cta", "node")
ASKED_WITH: Final = {
    "funnel": {"funnel": "cta:buy,goal:sale"},
    "conversion_rate": {"goal": "sale"},
    "time_to_conversion": {"goal": "sale"},
}

Numbers = dict[tuple[Any, ...], list[Any]]


def talks(seed: int, bots: tuple[str, ...] = ("support", "sales")) -> Chat:
    """A hundred conversations of three days, with all that metrics are made of."""
    dice, chat = random.Random(seed), Chat(base=FIRST)
    for number in range(100):
        at = dice.uniform(0, 3 * 86400)
        talk = chat.talk(
            f"c{seed}-{number}",
            bot=dice.choice(bots),
            channel=dice.choice(["web", "slack"]),
            user=f"u{number % 30}",
            environment="prod",
            variant=dice.choice(["a", "b"]),
        )
        for turn in range(dice.randint(1, 4)):
            at = _turn(dice, talk, at, f"{seed}-{number}-{turn}")
        _sides(dice, talk, at, f"{seed}-{number}")
    return chat


def _turn(dice: random.Random, talk: Any, at: float, turn: str) -> float:
    talk.message(at, turn=turn)
    lasts = round(dice.lognormvariate(0, 1), 6)
    talk.turn(
        at,
        turn,
        lasts,
        outcome=dice.choice(["answered", "answered", "fallback", "error"]),
        initiator="user",
        intent_name=dice.choice(["order", "refund"]),
        intent_confidence=round(dice.random(), 3),
        intent_source=dice.choice(["nlu", "button"]),
        node_id=dice.choice(["start", "end"]),
        model="gpt",
        input_tokens=dice.randint(1, 100),
        attributes={names.SENTIMENT_LABEL: dice.choice(["negative", "positive"])},
    )
    talk.message(at + lasts, "bot", turn)
    return at + lasts + dice.uniform(1, 300)


def _sides(dice: random.Random, talk: Any, at: float, id: str) -> None:
    if dice.random() < 0.5:
        talk.event(names.EVENT_CTA_IMPRESSION, at, cta_id="buy")
        if dice.random() < 0.5:
            talk.event(names.EVENT_CTA_CLICK, at + 1, cta_id="buy")
    if dice.random() < 0.3:
        attributes = {names.GOAL_KIND: "lead", names.GOAL_VALUE: 10.0}
        talk.event(names.EVENT_GOAL, at + 2, goal_id="sale", attributes=attributes)
    if dice.random() < 0.5:
        asked = {names.GEN_AI_EVALUATION_NAME: "csat"}
        talk.event(names.EVENT_FEEDBACK_REQUEST, at + 3, attributes=asked)
        talk.rate(at + 4, dice.randint(1, 5), kind="csat")
    if dice.random() < 0.3:
        talk.handoff("request", at + 5, f"h{id}", reason="policy")
        talk.handoff("accept", at + 5 + dice.uniform(1, 90), f"h{id}")
        talk.handoff("close", at + 100, f"h{id}")
    talk.event(names.EVENT_VIEW, at + 101, attributes={names.VIEW_NAME: "widget"})
    talk.event(names.EVENT_CONTENT_ACCESS, at + 102)


def materialise(db: Connection) -> None:
    """What the policies would have done by now."""
    if is_timescale(db):
        for _, _, _, view, _ in db.execute(query("aggregates")).fetchall():
            db.execute(
                "CALL refresh_continuous_aggregate(%s, %s, %s)", (view, FIRST, LAST)
            )


def drop(db: Connection, tables: tuple[str, ...]) -> None:
    """All of the tables' rows go, as their retention would drop them."""
    for table in tables:
        if is_timescale(db):
            db.execute(
                "SELECT drop_chunks(%s, %s)", (f"_turnspan.{table}", LAST + 7 * DAY)
            )
        db.execute(f"DELETE FROM _turnspan.{table}")


def questions(metric: Metric) -> list[tuple[str | None, tuple[str, ...]]]:
    """By day in all, and over the range by a part that its aggregates have."""
    day = "day" if "day" in metric.buckets else None
    stored = [name for one in metric.aggregates for name in one.dimensions]
    parts = [one for one in PARTS if one in stored]
    by = (parts or [metric.fact.dimensions[0]])[0]
    return [(day, ()), (None, (by,) if by in metric.fact.dimensions else ())]


def numbers(db: Connection, **filters: str) -> Numbers:
    """The answer to every question."""
    return {
        (metric.name, bucket, by): db.execute(
            "SELECT * FROM turnspan.metric(%s, %s, %s, %s, %s, %s, %s)",
            (
                *(metric.name, FIRST, LAST, bucket, list(by), json.dumps(filters)),
                json.dumps(ASKED_WITH.get(metric.name, {})),
            ),
        ).fetchall()
        for metric in CATALOGUE.values()
        for bucket, by in questions(metric)
    }


def served_by_aggregates(db: Connection) -> set[tuple[Any, ...]]:
    """The questions that rows answer only beyond the last bucket that is stored."""
    return {
        (metric.name, bucket, by)
        for metric in CATALOGUE.values()
        for bucket, by in questions(metric)
        if metric.own_aggregates
        and not db.execute(
            "SELECT 1 FROM turnspan.metric_source(%s, %s, bucket => %s, "
            '"from" => %s, "to" => %s) WHERE relation LIKE %s AND "from" < %s',
            (metric.name, [*by], bucket, FIRST, LAST, "fact%", FIRST + 2 * DAY),
        ).fetchall()
    }


def stored_events(db: Connection) -> Any:
    """What the aggregate of events holds itself."""
    return db.execute(
        "SELECT at, name, sum(events) FROM _turnspan.event_15m GROUP BY 1, 2 "
        "ORDER BY 1, 2"
    ).fetchall()


def test_raw_rows_go_and_the_numbers_stay(db: Connection, migrated_dsn: str) -> None:
    """Only what the catalogue says to read raw rows may change."""
    derived(migrated_dsn, talks(1))
    materialise(db)
    before = numbers(db)
    drop(db, RAW)
    if is_timescale(db):
        heal(db)
        refresh_late(db)
    after = numbers(db)
    raw = {name for name, metric in CATALOGUE.items() if metric.fact.raw}
    changed = {asked for asked in before if before[asked] != after[asked]}
    assert {name for name, _, _ in changed} <= raw
    assert sum(row[2] or 0 for row in after["turns", "day", ()]) > 100
    if is_timescale(db):
        assert not changed & served_by_aggregates(db)


@pytest.mark.usefixtures("timescale")
def test_derived_rows_go_and_aggregates_stay(db: Connection, migrated_dsn: str) -> None:
    """What no fact's rows are read for is the same without them."""
    derived(migrated_dsn, talks(2))
    materialise(db)
    before, stored = numbers(db), served_by_aggregates(db)
    drop(db, (*RAW, *DERIVED))
    heal(db)
    refresh_late(db)
    after = numbers(db)
    served = {name for name, _, _ in stored}
    assert served >= {"sessions", "turns", "handoff_reasons", "cta_clicks", "csat"}
    assert {one for one in stored if before[one] != after[one]} == set()


@pytest.mark.usefixtures("timescale")
def test_a_refresh_begins_where_the_rows_do(db: Connection, migrated_dsn: str) -> None:
    """A refresh over dropped chunks would delete history; ours does not reach there."""
    derived(migrated_dsn, talks(3))
    materialise(db)
    kept = stored_events(db)
    assert len(kept) > 100
    drop(db, RAW)
    settings.change(db, "", {"raw_retention": "3000d"})
    late = Chat(base=FIRST)
    late.talk("late", user="late").turn(3600, "late-1")
    # One batch of the first day and the third makes all that lies between stale.
    stale_until = FIRST + 2 * DAY
    for at in (3601, (stale_until - FIRST).total_seconds()):
        late.talk("late", user="late").event(names.EVENT_VIEW, at)
    derived(migrated_dsn, late)
    heal(db)
    refresh_late(db)
    assert stored_events(db) == kept
    # The trap is there: had we asked for it, it would be gone.
    db.execute(
        "CALL refresh_continuous_aggregate('_turnspan.event_15m', %s, %s)",
        (FIRST, LAST),
    )
    left = [at for at, _, _ in stored_events(db) if at <= stale_until]
    assert left == [FIRST + DAY / 24, stale_until]


@pytest.mark.usefixtures("timescale")
def test_late_rows_reach_every_aggregate(db: Connection, migrated_dsn: str) -> None:
    """Rows that come days late are in the stored parts too, also in the coarse ones."""
    derived(migrated_dsn, talks(4))
    materialise(db)
    derived(migrated_dsn, talks(5))
    stored = numbers(db)
    db.execute("SELECT set_config('turnspan.metric_source', 'facts', false)")
    facts = numbers(db)
    for asked, rows in facts.items():
        binned = CATALOGUE[asked[0]].fact.binned
        assert _rounded(stored[asked], binned) == _rounded(rows, binned), asked


@pytest.mark.usefixtures("timescale")
def test_settling_waits_for_a_refresh_of_another(
    db: Connection, migrated_dsn: str
) -> None:
    """What another session has taken to refresh is not done before it says so."""
    derived(migrated_dsn, talks(7))
    db.execute(query("lock_refresh"))
    with pytest.raises(Retryable, match=r"still being refreshed after 0\.5 s"):
        settle(migrated_dsn, timeout_s=0.5)
    db.execute(query("unlock_refresh"))
    settle(migrated_dsn, timeout_s=60)


@pytest.mark.usefixtures("timescale")
def test_the_worker_fills_what_was_never_materialised(
    db: Connection, migrated_dsn: str
) -> None:
    """An aggregate that is new to a database with rows is filled before it is asked."""
    derived(migrated_dsn, talks(6))
    heal(db)
    rows = db.execute(
        "SELECT view_name FROM timescaledb_information.continuous_aggregates "
        "WHERE view_name ~ '^(session|turn)_' AND coalesce("
        "_turnspan.stored_until(view_name), '-infinity') < %s",
        (FIRST + 2 * DAY,),
    ).fetchall()
    assert rows == []
    days = db.execute("SELECT DISTINCT at FROM _turnspan.session_1d").fetchall()
    assert len(days) >= 3


@pytest.mark.usefixtures("timescale")
@pytest.mark.parametrize("q", [0.01, 0.5, 0.95, 0.99])
def test_stored_percentiles_are_within_a_hundredth(
    db: Connection, migrated_dsn: str, q: float
) -> None:
    """Of the exact ones over rows, by day and in all, from quarters and from days."""
    derived(migrated_dsn, talks(7))
    materialise(db)
    for source in ("facts", "aggregate"):
        db.execute("SELECT set_config('turnspan.metric_source', %s, false)", (source,))
        rows = db.execute(
            "SELECT value FROM turnspan.metric('response_latency', %s, %s, 'day', "
            "'{bot}', options => %s) WHERE value IS NOT NULL "
            'ORDER BY bucket, "group"',
            (FIRST, LAST, json.dumps({"q": q})),
        ).fetchall()
        if source == "facts":
            exact = [value for (value,) in rows]
    assert len(exact) >= 6
    assert [value for (value,) in rows] == pytest.approx(exact, rel=0.01)


def test_old_rows_are_told_by_the_clock() -> None:
    """The range of these tests is over, and within every default retention."""
    assert datetime.now(UTC) > LAST + 7 * DAY


def _rounded(rows: list[Any], binned: bool) -> list[Any]:
    """Rows to nine digits; a quantile from bins is held elsewhere."""
    return [
        (
            *row[:2],
            *(
                None
                if number is None
                else number is not None and (binned or f"{float(number):.9g}")
                for number in row[2:7]
            ),
            row[7],
        )
        for row in rows
    ]
