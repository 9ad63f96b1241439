"""The metrics that look at several rows of a session or user at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl
from polars import col
from tests.reference.asking import Bot, Question, Rows
from tests.reference.facts import goals, sessions
from tests.reference.records import SECOND

from turnspan import conventions as names

__all__ = ["ANSWERED", "FUNNELS"]


def _answer_sessions_per_user(bot: Bot, asked: Question) -> Rows:
    """Sessions of users, over users that have one."""
    rows = bot.grouped(
        "sessions",
        asked,
        k=col("owner").count(),
        n=col("owner").drop_nulls().n_unique(),
    )
    return {(*key,): (k / n, k, n) for *key, k, n in rows if n}


def _answer_return_visits(bot: Bot, asked: Question) -> Rows:
    """Users with two sessions or more, of those that have one."""
    users = (
        bot.population("sessions", asked)
        .drop_nulls("owner")
        .group_by("bucket", *asked.by, "owner")
        .agg(sessions=pl.len())
        .group_by("bucket", *asked.by)
        .agg(k=(col("sessions") >= 2).sum(), n=pl.len())
    )
    return {(*key,): (k / n, k, n) for *key, k, n in users.rows()}


def _answer_messages_per_session(bot: Bot, asked: Question) -> Rows:
    """Messages of base sessions, over them."""
    rows = bot.grouped("sessions", asked, k=col("messages").sum(), n=pl.len())
    return {(*key,): (k / n, k, n) for *key, k, n in rows}


def _answer_goal_value(bot: Bot, asked: Question) -> Rows:
    """Values of goals, all in no currency."""
    rows = bot.population("goals", asked).drop_nulls("value")
    sums = rows.group_by("bucket", *asked.by).agg(value=col("value").sum()).rows()
    return {(*key, "unknown"): (value, None, None) for *key, value in sums}


def _steps(bot: Bot, step: str) -> pl.DataFrame:
    """When each base session came to a step, however often."""
    kind, _, name = step.partition(":")
    units = bot.units
    found = {
        "goal": goals(units).filter(goal=name),
        "cta": units.click.with_columns(
            session=pl.coalesce("credited", "session")
        ).filter(cta=name),
        "intent": units.turn.filter(intent=name),
        "node": units.member.filter(node=name),
        "event": units.member.filter(kind=name),
    }[kind]
    return found.select("session", "at").join(
        sessions(units).select("session"), on="session"
    )


def _reached(bot: Bot, steps: list[str]) -> list[pl.DataFrame]:
    """Per step, the sessions that came to it after those before, and when first."""
    found = [_steps(bot, steps[0]).group_by("session").agg(at=col("at").min())]
    for step in steps[1:]:
        after = found[-1].rename({"at": "before"})
        later = _steps(bot, step).join(after, on="session")
        found.append(
            later.filter(col("at") > col("before"))
            .group_by("session")
            .agg(at=col("at").min())
        )
    return found


def _answer_funnel(bot: Bot, asked: Question) -> Rows:
    """Of the sessions that came to the step before, those that came to each."""
    steps = asked.options["funnel"].split(",")
    counts = [one.height for one in _reached(bot, steps)]
    before = [counts[0], *counts]
    return {
        (None, step, number): (k / n, k, n)
        for number, (step, k, n) in enumerate(
            zip(steps, counts, before, strict=False), start=1
        )
        if n
    }


def _answer_conversion(bot: Bot, asked: Question) -> Rows:
    """Of all sessions, those that reached the goal; or of those of the funnel."""
    if "goal" in asked.options:
        entrants = sessions(bot.units)
        k = _steps(bot, f"goal:{asked.options['goal']}")["session"].n_unique()
    else:
        entrants, *_, last = _reached(bot, asked.options["funnel"].split(","))
        k = last.height
    n = entrants.height
    return {(None,): (k / n, k, n)} if n else {}


def _answer_conversion_time(bot: Bot, asked: Question) -> Rows:
    """From the session's start, or the funnel's first step, to the goal's first."""
    if "goal" in asked.options:
        begun = sessions(bot.units).select("session", begun="start")
        goal = f"goal:{asked.options['goal']}"
        reached = _steps(bot, goal).group_by("session").agg(at=col("at").min())
    else:
        first, *_, reached = _reached(bot, asked.options["funnel"].split(","))
        begun = first.rename({"at": "begun"})
    taken = reached.join(begun, on="session").select(
        s=(col("at") - col("begun")) / SECOND
    )["s"]
    value = taken.quantile(asked.options.get("q", 0.5), "linear")
    return {(None,): (value, None, taken.len())} if taken.len() else {}


ANSWERED: Mapping[str, Callable[[Bot, Question], Rows]] = {
    "sessions_per_user": _answer_sessions_per_user,
    "return_visit_rate": _answer_return_visits,
    "messages_per_session": _answer_messages_per_session,
    "goal_value": _answer_goal_value,
    "funnel": _answer_funnel,
    "conversion_rate": _answer_conversion,
    "time_to_conversion": _answer_conversion_time,
}
FUNNELS = (
    "intent:refund,cta:buy,goal:bought",
    "node:start,node:pay,goal:called",
    f"event:{names.EVENT_MESSAGE},intent:hours",
)
