"""The metrics of the contract over those populations: what SQL has to give.

A metric is a line of a table here: its population and what is counted in it. Answers
are ``{(bucket, *group): (value, k, n)}``; a part that the form has not is ``None``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl
from polars import col, lit
from tests.reference import flows, spending, understanding, users
from tests.reference.asking import Bot, Question, Rows
from tests.reference.units import DAY

__all__ = ["ANSWERED", "DISTRIBUTIONS", "answer"]

COUNTS: Mapping[str, tuple[str, pl.Expr]] = {
    "sessions": ("sessions", pl.len()),
    "proactive_sessions": ("proactive sessions", pl.len()),
    "conversations": ("sessions", pl.struct("channel", "conversation").n_unique()),
    "turns": ("user turns", pl.len()),
    "messages": ("messages", pl.len()),
    "nlu_turns": ("NLU turns", pl.len()),
    "leads": ("leads", pl.len()),
    "lead_value": ("leads", col("value").sum()),
    "cta_clicks": ("shown CTAs", col("clicked").sum()),
    "views": ("views", pl.len()),
    "unique_views": ("views", col("user").drop_nulls().n_unique()),
    "content_accesses": ("content accesses", pl.len()),
}
"""What is counted, in which population."""

RATES: Mapping[str, tuple[str, pl.Expr]] = {
    "engagement_rate": ("sessions", col("engaged")),
    "bounce_rate": ("sessions", ~col("engaged")),
    "single_turn_rate": ("sessions", col("user_turns") == 1),
    "handoff_rate": ("sessions", col("outcome") == "escalated"),
    "containment": ("sessions", col("outcome") != "escalated"),
    "resolution_strict": ("sessions", col("outcome") == "resolved_confirmed"),
    "resolution_broad": ("sessions", col("outcome").str.starts_with("resolved")),
    "abandonment_rate": ("sessions", col("outcome") == "abandoned"),
    "durable_resolution": (
        "resolved for a week",
        ~(col("back") - col("end") <= 7 * DAY).fill_null(False),
    ),
    "recontact_rate": (
        "resolved for a day",
        (col("back") - col("end") <= DAY).fill_null(False),
    ),
    "error_rate": ("user turns", (col("outcome") == "error").fill_null(False)),
    "fallback_rate": ("NLU turns", col("fell_back")),
    "handoff_accepted_share": ("handoffs", col("wait") == "accepted"),
    "handoff_withdrawn_share": ("handoffs", col("wait") == "withdrawn"),
    "handoff_success": ("handoffs", (col("wait") == "accepted") & col("resolved")),
    "early_handoff_share": ("handoffs", col("turn_index") <= 3),
    "dropoff": ("shown nodes", col("node") == col("last")),
    "csat": ("ratings", (col("verdict") == 1).fill_null(False)),
    "csat_response_rate": ("asked ratings", col("answered")),
    "csat_coverage": ("sessions", col("ratings") > 0),
    "negative_sentiment_share": ("judged turns", col("sentiment") == "negative"),
    "lead_rate": ("sessions", col("leads") > 0),
    "lead_follow_up_rate": ("leads", col("followed")),
    "first_contact_resolution": (
        "first contacts",
        col("outcome").str.starts_with("resolved")
        & ~(col("back") - col("end") <= DAY).fill_null(False),
    ),
}
"""Which rows of the population are the numerator; all of it is the denominator."""

SHARES: Mapping[str, tuple[str, str]] = {
    "outcome_share": ("all sessions", "outcome"),
    "handoff_reasons": ("handoffs", "reason"),
    "intent_share": ("NLU turns", "intent"),
    "intents_before_handoff": ("handoffs", "intents"),
    "sentiment_share": ("judged turns", "sentiment"),
    "device_share": ("sessions", "device"),
    "traffic_source_share": ("sessions", "source"),
}
"""By which column the population is divided; the parts are the whole."""

HISTOGRAMS: Mapping[str, tuple[str, pl.Expr]] = {
    "intent_confidence": ("confident turns", col("bin").alias("own")),
    "depth": (
        "sessions",
        pl.when(col("user_turns") >= 10)
        .then(lit("10+"))
        .when(col("user_turns") >= 3)
        .then(lit("3-9"))
        .otherwise(col("user_turns").cast(pl.String))
        .alias("own"),
    ),
}

WHAT_IF: Mapping[str, str] = {
    "threshold_what_if": "confident turns",
    "threshold_what_if_sessions": "confident sessions",
}
"""Of which population the rows below each threshold are counted."""

DISTRIBUTIONS: Mapping[str, tuple[str, str, float | str]] = {
    "turns_per_session": ("sessions", "user_turns", "mean"),
    "session_duration": ("sessions", "duration_s", 0.5),
    "response_latency": ("answered turns", "latency_s", 0.5),
    "first_response_latency": ("answered turns", "first_s", 0.5),
    "ambiguity": ("ambiguous turns", "margin", "mean"),
}
"""The population, its column, and the quantile shown unless asked otherwise."""


def _answer_count(bot: Bot, asked: Question) -> Rows:
    name, count = COUNTS[asked.name]
    rows = bot.grouped(name, asked, count=count)
    return {(*key,): (float(count), None, None) for *key, count in rows}


def _answer_rate(bot: Bot, asked: Question) -> Rows:
    name, hit = RATES[asked.name]
    rows = bot.grouped(name, asked, k=hit.sum(), n=pl.len())
    return {(*key,): (k / n, k, n) for *key, k, n in rows}


def _answer_below(bot: Bot, asked: Question) -> Rows:
    """Turns less sure than θ, of those that say how sure."""
    below = col("confidence") < asked.options.get("theta", 0.6)
    rows = bot.grouped("confident turns", asked, k=below.sum(), n=pl.len())
    return {(*key,): (k / n, k, n) for *key, k, n in rows}


def _answer_accuracy(bot: Bot, asked: Question) -> Rows:
    """Labelled turns whose intent is the label, of all; each by its weight."""
    k, n = (col("weight") * col("right")).sum(), col("weight").sum()
    rows = bot.grouped("labelled turns", asked, k=k, n=n)
    return {(*key,): (k / n, k, n) for *key, k, n in rows}


def _answer_confusion(bot: Bot, asked: Question) -> Rows:
    """Weights of labelled turns by label and prediction, and of all together."""
    group = ("bucket", *asked.by)
    pairs = (
        bot.population("labelled turns", asked)
        .with_columns(said="intent")
        .group_by(*group, "labelled", "said")
        .agg(k=col("weight").sum())
        .with_columns(n=col("k").sum().over(group))
        .select(*group, "labelled", "said", "k", "n")
    )
    return {(*key,): (float(k), k, n) for *key, k, n in pairs.rows()}


def _answer_what_if(bot: Bot, asked: Question) -> Rows:
    """Turns, or sessions by the lowest of theirs, in bins below each bound of these."""
    name = WHAT_IF[asked.name]
    below = {f"{n}": (col("bin") < n / 20 - 0.01).sum() for n in range(1, 20)}
    return {
        (*key[: 1 + len(asked.by)], step / 20): (k / key[-1], k, key[-1])
        for key in bot.grouped(name, asked, **below, n=pl.len())
        for step, k in enumerate(key[1 + len(asked.by) : -1], 1)
    }


def _answer_service_level(bot: Bot, asked: Question) -> Rows:
    """Handoffs accepted within so many seconds."""
    soon = (col("wait") == "accepted") & (
        col("waited_s") <= asked.options.get("within", 60)
    )
    rows = bot.grouped("handoffs", asked, k=soon.sum(), n=pl.len())
    return {(*key,): (k / n, k, n) for *key, k, n in rows}


def _answer_parts(bot: Bot, asked: Question) -> Rows:
    """Shares and histograms: k by the own key, and n of all its keys together."""
    shares = asked.name in SHARES
    name, own = SHARES[asked.name] if shares else HISTOGRAMS[asked.name]
    group = ("bucket", *asked.by)
    counted = (
        bot.population(name, asked)
        .with_columns(own=own)
        .with_columns(own=col("own").fill_null("unknown") if shares else "own")
        .group_by(*group, "own")
        .agg(k=pl.len())
        .with_columns(n=col("k").sum().over(group))
    )
    return {
        (*key,): (k / n if shares else float(k), k, n)
        for *key, k, n in counted.select(*group, "own", "k", "n").rows()
    }


def _answer_distribution(bot: Bot, asked: Question) -> Rows:
    name, column, usual = DISTRIBUTIONS[asked.name]
    q = asked.options.get("q", usual)
    value = col(column).mean() if q == "mean" else col(column).quantile(q, "linear")
    rows = bot.grouped(name, asked, value=value, n=pl.len())
    return {(*key,): (value, None, n) for *key, value, n in rows}


def _answer_peak(bot: Bot, asked: Question) -> Rows:
    """Sessions by local weekday and hour."""
    rows = bot.population("sessions", asked)
    cells = rows.group_by(bot.clock().dt.hour(), weekday=bot.clock().dt.weekday())
    counted = cells.agg(k=pl.len()).rows()
    return {(None, *key): (float(k), k, rows.height) for *key, k in counted}


def _answer_ctr(bot: Bot, asked: Question) -> Rows:
    """Sessions with a click over sessions with an impression."""
    k = col("session").filter(col("clicked") > 0).n_unique()
    n = col("session").n_unique()
    rows = bot.grouped("shown CTAs", asked, k=k, n=n)
    return {(*key,): (k / n, k, n) for *key, k, n in rows}


def _answer_ctr_raw(bot: Bot, asked: Question) -> Rows:
    k, n = col("clicked").sum(), col("impressions").sum()
    rows = bot.grouped("shown CTAs", asked, k=k, n=n)
    return {(*key,): (k / n, k, n) for *key, k, n in rows}


def _answer_tokens(bot: Bot, asked: Question) -> Rows:
    """By direction, of both together."""
    parts = {"input": col("input").sum(), "output": col("output").sum()}
    return {
        (*key, direction): (float(k), k, read + written)
        for *key, read, written in bot.grouped("metered turns", asked, **parts)
        for direction, k in (("input", read), ("output", written))
        if k
    }


def _answer_quality(bot: Bot, asked: Question) -> Rows:
    """The mean quality of leads that have one."""
    k, n = col("quality").sum(), col("quality").count()
    rows = bot.grouped("leads", asked, k=k, n=n)
    return {(*key,): (k / n, k, n) for *key, k, n in rows if n}


def _answer_satisfaction(bot: Bot, asked: Question) -> Rows:
    """Mean rating by people less that by the bot, of thirty ratings of each or more."""
    rows: Rows = {}
    stars = pl.struct("by_people", "stars")
    for *key, given in bot.grouped("compared ratings", asked, given=stars):
        people, own = (
            [one["stars"] for one in given if one["by_people"] is side]
            for side in (True, False)
        )
        value = (
            sum(people) / len(people) - sum(own) / len(own)
            if min(len(people), len(own)) >= 30
            else None
        )
        rows[*key,] = (value, len(people), len(given))
    return rows


def _answer_wait(bot: Bot, asked: Question) -> Rows:
    """Kaplan and Meier's estimate, step by step."""
    rows: Rows = {}
    waits = pl.struct(t="waited_s", hit=col("wait") == "accepted")
    for *key, all_waits in bot.grouped("handoffs", asked, waits=waits):
        q = asked.options.get("q", 0.5)
        accepted = sum(one["hit"] for one in all_waits)
        value = _kaplan_meier([(one["t"], one["hit"]) for one in all_waits], q)
        rows[*key,] = (value, accepted, len(all_waits))
    return rows


def _kaplan_meier(waits: list[tuple[float | None, bool]], q: float) -> float | None:
    """The smallest t with S(t) ≤ 1 − q; a wait of ``None`` goes on."""
    survival = 1.0
    for t in sorted(
        {wait for wait, accepted in waits if accepted and wait is not None}
    ):
        at_risk = sum(wait is None or wait >= t for wait, _ in waits)
        survival *= 1 - sum(hit and wait == t for wait, hit in waits) / at_risk
        if survival <= 1 - q + 1e-12:
            return t
    return None


ANSWERED: Mapping[str, Callable[[Bot, Question], Rows]] = {
    **dict.fromkeys(COUNTS, _answer_count),
    **dict.fromkeys(RATES, _answer_rate),
    **dict.fromkeys(SHARES, _answer_parts),
    **dict.fromkeys(HISTOGRAMS, _answer_parts),
    **dict.fromkeys(DISTRIBUTIONS, _answer_distribution),
    **dict.fromkeys(WHAT_IF, _answer_what_if),
    "low_confidence_share": _answer_below,
    "nlu_accuracy": _answer_accuracy,
    "confusion_matrix": _answer_confusion,
    "handoff_service_level": _answer_service_level,
    "peak_hours": _answer_peak,
    "ctr": _answer_ctr,
    "ctr_raw": _answer_ctr_raw,
    "handoff_wait": _answer_wait,
    "tokens": _answer_tokens,
    "lead_quality": _answer_quality,
    "handoff_csat_difference": _answer_satisfaction,
    **users.ANSWERED,
    **flows.ANSWERED,
    **understanding.ANSWERED,
    **spending.ANSWERED,
}
"""Every metric that the reference answers."""


def answer(bot: Bot, asked: Question) -> Rows:
    """What SQL has to give, but for rows of zeros."""
    return ANSWERED[asked.name](bot, asked)
