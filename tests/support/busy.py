"""Random conversations of several bots and users, the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import errors as pg
from psycopg import sql
from tests.support.chat import Chat, Talk

from turnspan import conventions as names

__all__ = ["BOTS", "busy", "facts", "numbers"]

BOTS = ("sales", "support")
_GAPS_S = (1.0, 30.0, 400.0, 900.0, 1799.0, 1801.0, 2500.0, 4000.0, 30000.0, 90000.0)
_INTENTS = ("refund", "greet", "hours")
_DERIVED = (
    "turn", "session", "handoff", "session_cta", "goal", "feedback", "session_node",
    "session_variant", "user_day", "user_first_seen", "user_trailing", "assignment",
)  # fmt: skip


def busy(
    seed: int, *, talks: int = 12, steps: int = 14, users: Sequence[str] = ("a", "b")
) -> Chat:
    """So many conversations of so many steps, by these users and by nobody."""
    dice = random.Random(seed)
    chat = Chat()
    for number in range(talks):
        user = dice.choice([*(f"user {one}" for one in users), None])
        talk = chat.talk(
            f"c{seed}-{number}",
            user=user,
            bot=dice.choice(BOTS),
            channel=dice.choice(["web", "telegram"]),
            locale="en",
        )
        at = dice.uniform(0, 6 * 86400)
        for step in range(steps):
            at += dice.choice(_GAPS_S)
            _say(dice, talk, round(at, 3), f"t{seed}-{number}-{step}")
    return chat


def _say(dice: random.Random, talk: Talk, at: float, turn: str) -> None:
    locale = {"locale": talk.common.pop("locale", "en")}
    match dice.randrange(12):
        case 0:
            talk.message(at, dice.choice(["user", "bot", "human_agent"]))
        case 1:
            talk.handoff("request", at, f"h{turn}", reason="policy")
            ends: list[tuple[str, ...]]
            ends = [("accept", "close"), ("accept",), ("expire",), ()]
            for step in dice.choice(ends):
                talk.handoff(step, at + dice.choice([60, 2000, 5000]), f"h{turn}")
        case 2:
            talk.event(names.EVENT_CTA_IMPRESSION, at, cta_id="buy", node_id="offer")
            talk.event(
                names.EVENT_CTA_CLICK, at + dice.choice([5, 90000]), cta_id="buy"
            )
        case 3:
            talk.event(names.EVENT_GOAL, at, goal_id="order")
        case 4:
            talk.rate(at, dice.randint(1, 5), kind="csat")
        case 5:
            talk.resolve(at, dice.choice(["resolved", "unresolved"]))
        case 6:
            talk.event(names.EVENT_CONVERSATION_END, at)
        case 7:
            arm = {names.FEATURE_FLAG_KEY: "greeting"}
            variant = dice.choice(["a", "b"])
            talk.event(
                names.EVENT_FEATURE_FLAG_EVALUATION, at, variant=variant, attributes=arm
            )
        case _:
            talk.turn(
                at, turn, dice.choice([0.5, 2, 8]),
                outcome=dice.choice(["answered", "answered", "fallback", "error"]),
                intent_name=dice.choice(_INTENTS),
                intent_confidence=dice.randint(0, 100) / 100,
                node_id=dice.choice(["start", "offer", None]),
                **locale,
            )  # fmt: skip


def facts(dsn: str) -> dict[str, list[str]]:
    """Every derived row as text, by table."""
    found: dict[str, list[str]] = {}
    with psycopg.connect(dsn, options="-c timezone=UTC") as connection:
        for table in _DERIVED:
            where = f"_turnspan.{table}"
            there = connection.execute("SELECT to_regclass(%s)", (where,)).fetchone()
            if there == (None,):
                continue
            rows = connection.execute(
                sql.SQL("SELECT to_jsonb(x)::text FROM {} x").format(
                    sql.Identifier("_turnspan", table)
                )
            ).fetchall()
            found[table] = sorted(row[0] for row in rows)
    return found


def numbers(
    dsn: str, start: Any, end: Any, filters: str = "{}"
) -> dict[str, list[tuple[Any, ...]] | str]:
    """Every metric by day but those of this moment, or why it has no answer."""
    found: dict[str, list[tuple[Any, ...]] | str] = {}
    with psycopg.connect(dsn, autocommit=True, options="-c timezone=UTC") as connection:
        metrics = connection.execute(
            "SELECT name, definition -> 'buckets' ? 'day' "
            "FROM _turnspan.metric_catalogue WHERE definition ->> 'kind' <> 'now'"
        ).fetchall()
        for name, daily in metrics:
            bucket = "day" if daily else None
            try:
                rows = connection.execute(
                    'SELECT bucket, "group"::text, value, k, n, low, high '
                    "FROM turnspan.metric(%s, %s, %s, %s, '{}', %s::jsonb)",
                    (name, start, end, bucket, filters),
                ).fetchall()
            except pg.InvalidParameterValue as error:
                found[name] = str(error)
            else:
                found[name] = sorted(rows, key=repr)
    return found
