"""The metrics of users: distinct keys by local day, never summed from parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl
from polars import col
from tests.reference.asking import Bot, Question, Rows

__all__ = ["ANSWERED"]

TRAILING = {"dau": 1, "wau": 7, "mau": 30}


def _active(bot: Bot) -> pl.DataFrame:
    """A row a user and local day with a message of theirs, and the first such day."""
    turns = bot.population("user turns", Question("turns")).drop_nulls("user")
    days = turns.select("user", day=bot.day()).unique()
    return days.with_columns(first=col("day").min().over("user"))


def _trailing(bot: Bot, days: int) -> pl.DataFrame:
    """Distinct users of the days up to each day."""
    later = pl.DataFrame({"later": range(days)})
    return (
        _active(bot)
        .join(later, how="cross")
        .group_by(day=col("day") + pl.duration(days="later"))
        .agg(users=col("user").n_unique())
        .filter(col("day") < bot.today)
    )


def _answer_trailing(bot: Bot, asked: Question) -> Rows:
    if asked.bucket != "day":
        return _answer_calendar(bot, asked)
    rows = _trailing(bot, TRAILING[asked.name]).select("day", "users").rows()
    return {(day,): (float(users), None, None) for day, users in rows}


def _answer_stickiness(bot: Bot, asked: Question) -> Rows:
    """User-days of thirty days, by thirty, over their users."""
    month = dict(_trailing(bot, 30).select("day", "users").rows())
    later = pl.DataFrame({"later": range(30)})
    user_days = (
        _active(bot)
        .join(later, how="cross")
        .group_by(day=col("day") + pl.duration(days="later"))
        .agg(n=pl.len())
    )
    return {
        (day,): (n / 30 / month[day], None, None)
        for day, n in user_days.select("day", "n").rows()
        if day < bot.today
    }


def _answer_calendar(bot: Bot, asked: Question) -> Rows:
    """Distinct users of a calendar week or month."""
    windows = _of_windows(bot, asked).group_by("window").agg(users=pl.len()).rows()
    return {(window,): (float(users), None, None) for window, users in windows}


def _of_windows(bot: Bot, asked: Question) -> pl.DataFrame:
    """A row a user and window they were active in, and whether it is their first."""
    width = f"1{(asked.bucket or 'day')[0].replace('m', 'mo')}"
    return (
        _active(bot)
        .with_columns(window=col("day").dt.truncate(width))
        .group_by("window", "user")
        .agg(new=(col("first").first().dt.truncate(width) == col("window").first()))
    )


def _answer_period(bot: Bot, asked: Question) -> Rows:
    """Users of a window who were first seen in it, or before."""
    new = col("new") if asked.name == "new_users" else ~col("new")
    rows = _of_windows(bot, asked).filter(new)
    counted = rows.group_by("window").agg(users=pl.len()).rows()
    return {(window,): (float(users), None, None) for window, users in counted}


def _answer_retention(bot: Bot, asked: Question) -> Rows:
    """Of the users first seen on a day, those active so many days after it."""
    later = pl.duration(days=asked.options.get("day", 1))
    active = _active(bot)
    back = active.filter(col("day") == col("first") + later)["user"].implode()
    cohorts = (
        active.filter((col("day") == col("first")) & (col("day") + later < bot.today))
        .group_by("day")
        .agg(k=col("user").is_in(back).sum(), n=pl.len())
    )
    return {(day,): (k / n, k, n) for day, k, n in cohorts.rows()}


def _answer_identified(bot: Bot, asked: Question) -> Rows:
    """Active users who were not anonymous that day."""
    turns = bot.population("user turns", Question("turns")).drop_nulls("user")
    known = (col("user_kind") != "anonymous").fill_null(True)
    users = turns.group_by("user", day=bot.day()).agg(known=known.any())
    days = users.group_by("day").agg(k=col("known").sum(), n=pl.len()).rows()
    return {(day,): (k / n, k, n) for day, k, n in days}


ANSWERED: Mapping[str, Callable[[Bot, Question], Rows]] = {
    **dict.fromkeys(TRAILING, _answer_trailing),
    **dict.fromkeys(("new_users", "returning_users"), _answer_period),
    "stickiness": _answer_stickiness,
    "retention": _answer_retention,
    "identified_share": _answer_identified,
}
"""Asked by day, and what the calendar changes by week and month."""
