"""The metrics that look at several rows of a session or user at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl
from polars import col, lit
from tests.reference.asking import Bot, Question, Rows
from tests.reference.facts import goals, sessions
from tests.reference.records import SECOND
from tests.reference.units import DAY

from turnspan import conventions as names
from turnspan_exporters.timescale.declarations import Funnel, Step

__all__ = ["ANSWERED", "DECLARED", "FUNNELS"]


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


def _answer_goals(bot: Bot, asked: Question) -> Rows:
    """Sessions with a goal, or with each of them, of all sessions."""
    own = [one for one in asked.by if one == "goal"]
    group = ("bucket", *(one for one in asked.by if one != "goal"))
    base = bot.population("sessions", Question("sessions", asked.bucket, group[1:]))
    reached = goals(bot.units).select("session", *own).unique()
    k = base.join(reached, on="session").group_by(*group, *own).agg(k=pl.len())
    n = base.group_by(*group).agg(n=pl.len())
    rows = k.join(n, on=group, how="inner" if own else "right", nulls_equal=True)
    return {
        (*key,): ((k or 0) / n, k or 0, n)
        for *key, k, n in rows.select(*group, *own, "k", "n").rows()
    }


def _steps(bot: Bot, step: str) -> pl.DataFrame:
    """When each base session came to a step, however often, and whose it was."""
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
        sessions(units).select("session", "owner"), on="session"
    )


def _reached(
    bot: Bot, steps: list[str], unit: str = "session", within: int | None = None
) -> list[pl.DataFrame]:
    """Per step, who came to it after those before and in time, and when first."""
    first = _steps(bot, steps[0]).drop_nulls(unit).group_by(unit)
    found = [first.agg(at=col("at").min()).with_columns(begun=col("at"))]
    for step in steps[1:]:
        after = found[-1].rename({"at": "before"})
        in_time = col("at") - col("begun") <= within if within else lit(True)
        later = _steps(bot, step).join(after, on=unit)
        found.append(
            later.filter((col("at") > col("before")) & in_time)
            .group_by(unit)
            .agg(col("at").min(), col("begun").first())
        )
    return found


def _funnel(asked: Question) -> Funnel:
    """The declared one, or one of the steps that are asked for."""
    asked_for = asked.options["funnel"]
    if asked_for in DECLARED:
        return DECLARED[asked_for]
    by_user = "within" in asked.options or "unit" in asked.options
    steps = tuple(
        Step(by=by, of=of, name=f"{by}:{of}")
        for by, _, of in (one.partition(":") for one in asked_for.split(","))
    )
    return Funnel(
        name="",
        bot="",
        steps=steps,
        unit="user" if by_user else "session",
        window_s=asked.options.get("within", 7 * DAY // SECOND) if by_user else None,
    )


def _answer_funnel(bot: Bot, asked: Question) -> Rows:
    """Of those that came to the step before, or the first, those that came to each."""
    funnel = _funnel(asked)
    shown = [one.name for one in funnel.steps]
    steps = [f"{one.by}:{one.of}" for one in funnel.steps]
    by_user = funnel.unit == "user"
    within = round(funnel.window_s * SECOND) if funnel.window_s else None
    counts = [
        one.height
        for one in _reached(bot, steps, "owner" if by_user else "session", within)
    ]
    before = [counts[0], *counts]
    if asked.options.get("of") == "first":
        before = [counts[0]] * len(counts)
    return {
        (None, step, number): (k / n, k, n)
        for number, (step, k, n) in enumerate(
            zip(shown, counts, before, strict=False), start=1
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
        begun = first.drop("at")
        reached = reached.drop("begun")
    taken = reached.join(begun, on="session").select(
        s=(col("at") - col("begun")) / SECOND
    )["s"]
    value = taken.quantile(asked.options.get("q", 0.5), "linear")
    return {(None,): (value, None, taken.len())} if taken.len() else {}


ANSWERED: Mapping[str, Callable[[Bot, Question], Rows]] = {
    "sessions_per_user": _answer_sessions_per_user,
    "return_visit_rate": _answer_return_visits,
    "messages_per_session": _answer_messages_per_session,
    "goal_completion": _answer_goals,
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
DECLARED = {
    "checkout": Funnel(
        name="checkout",
        bot="",
        steps=(
            Step(by="node", of="start", name="Began"),
            Step(by="cta", of="buy", name="Chose"),
            Step(by="goal", of="bought", name="Paid"),
        ),
    ),
    "comeback": Funnel(
        name="comeback",
        bot="",
        steps=(
            Step(by="intent", of="refund", name="Asked"),
            Step(by="event", of=names.EVENT_MESSAGE, name="Wrote"),
        ),
        unit="user",
        window_s=90_000.0,
    ),
}
"""Funnels that the store knows by name."""
