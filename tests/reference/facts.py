"""The populations that metrics are made of: a row a unit, with its time and bot."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl
from polars import col
from tests.reference.records import SECOND
from tests.reference.units import Units

from turnspan import conventions as names

__all__ = ["POPULATIONS", "nlu_turns", "sessions"]

_THROUGH_RULES = ["button", "rule"]


def _real(frame: pl.DataFrame) -> pl.DataFrame:
    """Test traffic is left out of everything."""
    return frame.filter(~col("test"))


def all_sessions(units: Units) -> pl.DataFrame:
    """Every session, timed at its start."""
    return _real(units.session).with_columns(time="start")


def sessions(units: Units) -> pl.DataFrame:
    """The base: sessions with a user message."""
    length = (col("end") - col("start")) / SECOND
    return all_sessions(units).filter("base").with_columns(duration_s=length)


def proactive(units: Units) -> pl.DataFrame:
    """Sessions without a user message."""
    return all_sessions(units).filter(~col("base"))


def resolved(units: Units) -> pl.DataFrame:
    """Base sessions that were resolved, surely or by implication."""
    return sessions(units).filter(col("outcome").str.starts_with("resolved"))


def user_turns(units: Units) -> pl.DataFrame:
    """User turns, timed when they begin; their dimensions are the turn's own."""
    return _real(units.turn).with_columns(
        time="at", fell_back=(col("outcome") == "fallback").fill_null(False)
    )


def answered_turns(units: Units) -> pl.DataFrame:
    """User turns that a span times, but for errors and those that got no answer."""
    failed = col("outcome").is_in(["error", "no_response"]).fill_null(False)
    return (
        user_turns(units)
        .filter(col("timed") & ~failed)
        .with_columns(latency_s=col("lasted") / SECOND)
        .with_columns(first_s=pl.coalesce("first_response_s", "latency_s"))
    )


def nlu_turns(units: Units) -> pl.DataFrame:
    """User turns whose intent comes neither from a button nor from a rule."""
    understood = ~col("source").is_in(_THROUGH_RULES).fill_null(False)
    return (
        user_turns(units)
        .filter(understood)
        .with_columns(
            intent=col("intent").fill_null("unknown"),
            fell_back=col("fell_back") | col("is_fallback").fill_null(False),
        )
    )


def confident_turns(units: Units) -> pl.DataFrame:
    """NLU turns that have a confidence, with its bin of 0.05; 1.0 is in the last."""
    percent = (col("confidence") * 100).round().cast(pl.Int64)
    return (
        nlu_turns(units)
        .filter(col("confidence").is_not_null())
        .with_columns(bin=(percent // 5).clip(upper_bound=19) * 5 / 100)
    )


def ambiguous_turns(units: Units) -> pl.DataFrame:
    """NLU turns that have a first and a second confidence."""
    margin = col("confidence") - col("runner_up")
    return nlu_turns(units).with_columns(margin=margin).drop_nulls("margin")


def messages(units: Units) -> pl.DataFrame:
    """Messages of whatever role."""
    return _real(units.member.filter(kind=names.EVENT_MESSAGE)).with_columns(time="at")


def handoffs(units: Units) -> pl.DataFrame:
    """Handoffs, timed at the request."""
    waited = (col("ended_wait") - col("requested")) / SECOND
    turns = units.turn.select("session", turn_at="at")
    before = (
        units.handoff.join(turns, on="session")
        .filter(col("turn_at") <= col("requested"))
        .group_by("bot", "handoff")
        .agg(turn_index=pl.len())
    )
    return (
        _real(units.handoff)
        .join(before, on=["bot", "handoff"], how="left")
        .with_columns(
            time="requested",
            waited_s=waited,
            reason=col("reason").fill_null("other"),
            turn_index=col("turn_index").fill_null(0),
        )
    )


def shown(units: Units) -> pl.DataFrame:
    """A row a base session and CTA it was shown, timed at the session's start."""
    clicks = (
        units.click.filter(col("credited").is_not_null())
        .group_by(session="credited", cta="cta")
        .agg(clicked=pl.len())
    )
    return (
        units.member.filter(kind=names.EVENT_CTA_IMPRESSION)
        .group_by("session", "cta")
        .agg(impressions=pl.len())
        .join(clicks, on=["session", "cta"], how="left")
        .with_columns(clicked=col("clicked").fill_null(0))
        .join(sessions(units), on="session")
    )


POPULATIONS: Mapping[str, Callable[[Units], pl.DataFrame]] = {
    "all sessions": all_sessions,
    "sessions": sessions,
    "proactive sessions": proactive,
    "resolved sessions": resolved,
    "user turns": user_turns,
    "answered turns": answered_turns,
    "NLU turns": nlu_turns,
    "confident turns": confident_turns,
    "ambiguous turns": ambiguous_turns,
    "messages": messages,
    "handoffs": handoffs,
    "shown CTAs": shown,
}
