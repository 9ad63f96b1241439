"""The metrics of money, at prices that hold since ever, and those prices.

``small`` has a price of the bot's own in one bot; ``large`` has none there, and what
people cost is not known of the other. Telegram costs by the message, the rest by the
session.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import polars as pl
from polars import col, lit
from tests.reference.asking import Bot, Question, Rows
from tests.reference.records import SECOND

from turnspan_exporters.timescale.costs import Entry, entry

__all__ = ["ANSWERED", "entries"]

MILLION = 1_000_000
PRICES: Mapping[tuple[str, str], tuple[float, float]] = {
    ("", "small"): (1.0, 4.0),
    ("support", "small"): (3.0, 2.0),
    ("sales", "large"): (20.0, 50.0),
}
"""Of a bot, or of all, and a model: what a million tokens cost, read and written."""
A_SESSION = 0.5
A_TELEGRAM_MESSAGE = 0.25
A_TICKET: Mapping[str, float] = {"support": 4.0}
MINUTES_OF_A_TICKET = 10.0


BASES: Mapping[str, pl.Expr] = {
    "handled": col("base"),
    "resolved": col("outcome").str.starts_with("resolved"),
    "contained": col("base") & (col("outcome") != "escalated"),
}


def entries() -> Iterator[Entry]:
    """The same, as they are declared."""
    for (bot, model), (read, written) in PRICES.items():
        price = {"input": read, "output": written}
        yield entry("price", model, price, bot=bot, since="always")
    yield entry("channel_cost", "", {"session": A_SESSION}, since="always")
    telegram = {"message": A_TELEGRAM_MESSAGE}
    yield entry("channel_cost", "telegram", telegram, since="always")
    for bot, ticket in A_TICKET.items():
        people = {"ticket": ticket, "minutes": MINUTES_OF_A_TICKET}
        yield entry("human_cost", "", people, bot=bot, since="always")


def _tokens(bot: Bot, asked: Question, metered: str = "session tokens") -> pl.DataFrame:
    """Per group, what tokens cost as far as that is known, and how many have none."""
    rows = bot.population(metered, asked)
    price = pl.struct("bot", "model").map_elements(
        _price, return_dtype=pl.List(pl.Float64)
    )
    read, written = (col("price").list.get(place) for place in (0, 1))
    return (
        rows.with_columns(price=price, tokens=col("input") + col("output"))
        .with_columns(paid=(read * col("input") + written * col("output")) / MILLION)
        .group_by("bucket", *asked.by)
        .agg(
            paid=_known_sum("paid"),
            unpriced=col("tokens").filter(col("paid").is_null()).sum(),
            tokens=col("tokens").sum(),
        )
    )


def _known_sum(column: str) -> pl.Expr:
    return pl.when(col(column).count() > 0).then(col(column).sum())


def _price(used: Mapping[str, Any]) -> list[float] | None:
    found = PRICES.get((used["bot"], used["model"])) or PRICES.get(("", used["model"]))
    return None if found is None else [*found]


def _sessions(bot: Bot, asked: Question) -> pl.DataFrame:
    """Per group, what the channel and people cost, and how many sessions there were."""
    ticket = col("bot").replace_strict(A_TICKET, default=None, return_dtype=pl.Float64)
    escalated = col("outcome") == "escalated"
    return (
        bot.population("all sessions", asked)
        .with_columns(
            channel_paid=pl.when(col("channel") == "telegram")
            .then(col("messages") * A_TELEGRAM_MESSAGE)
            .otherwise(lit(A_SESSION)),
            ticket=ticket,
        )
        .group_by("bucket", *asked.by)
        .agg(
            channel_paid=_known_sum("channel_paid"),
            people_paid=col("ticket").filter(escalated).sum(),
            people_unknown=(escalated & col("ticket").is_null()).sum(),
            saved_each=col("ticket").first(),
            **{name: one.sum() for name, one in BASES.items()},
            **{
                f"{name} took": (col("end") - col("start")).filter(one).sum()
                for name, one in BASES.items()
            },
        )
    )


def _spent(bot: Bot, asked: Question) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Everything of each group."""
    group = ["bucket", *asked.by]
    whole = _sessions(bot, asked).join(
        _tokens(bot, asked), on=group, how="full", coalesce=True, nulls_equal=True
    )
    for row in whole.rows(named=True):
        yield tuple(row[one] for one in group), row


def _answer_unpriced(bot: Bot, asked: Question) -> Rows:
    rows = _tokens(bot, asked, "metered turns").select(
        "bucket", *asked.by, "unpriced", "tokens"
    )
    return {(*key,): (k / n, k, n) for *key, k, n in rows.rows()}


def _answer_costs(bot: Bot, asked: Question) -> Rows:
    """By component; one that is not wholly known is unknown."""
    partly = asked.options.get("unknown") == "omit"
    rows: Rows = {}
    for key, row in _spent(bot, asked):
        for component, paid, unknown in (
            ("tokens", row["paid"], row["unpriced"]),
            ("channel", row["channel_paid"], 0),
            ("human", row["people_paid"], row["people_unknown"]),
        ):
            rows[*key, component] = (
                paid if partly or not unknown else None,
                None,
                None,
            )
    return rows


def _answer_cost(bot: Bot, asked: Question) -> Rows:
    """Of a conversation, or with people of a resolution; k is what is known of it."""
    partly = asked.options.get("unknown") == "omit"
    resolution = asked.name == "cost_per_resolution"
    rows: Rows = {}
    for key, row in _spent(bot, asked):
        k = (row["paid"] or 0) + (row["channel_paid"] or 0)
        n, unknown = row["handled"], row["unpriced"] or 0
        if resolution:
            k += row["people_paid"] or 0
            n, unknown = row["resolved"], unknown + (row["people_unknown"] or 0)
        if n:
            rows[*key,] = (k / n if partly or not unknown else None, k, n)
    return rows


def _answer_savings(bot: Bot, asked: Question) -> Rows:
    """A ticket for each session of the base."""
    base = asked.options.get("base", "resolved")
    rows: Rows = {}
    for *key, each, k, n in (
        _sessions(bot, asked)
        .select("bucket", *asked.by, "saved_each", k=base, n="handled")
        .rows()
    ):
        if n:
            value = None if each is None and k else (each or 0) * k
            rows[*key, base] = (value, k, n)
    return rows


def _answer_time(bot: Bot, asked: Question) -> Rows:
    """Hours of people for each session of the base, less what it took."""
    base = asked.options.get("base", "handled")
    rows: Rows = {}
    for *key, each, k, n, took in (
        _sessions(bot, asked)
        .select(
            "bucket", *asked.by, "saved_each", k=base, n="handled", s=f"{base} took"
        )
        .rows()
    ):
        if n:
            hours = MINUTES_OF_A_TICKET * k / 60 - took / SECOND / 3600
            rows[*key, base] = (None if each is None and k else hours, k, n)
    return rows


ANSWERED: Mapping[str, Callable[[Bot, Question], Rows]] = {
    "costs": _answer_costs,
    "unpriced_token_share": _answer_unpriced,
    "savings": _answer_savings,
    "time_saved": _answer_time,
    **dict.fromkeys(("cost_per_conversation", "cost_per_resolution"), _answer_cost),
}
