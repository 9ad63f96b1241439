"""The populations that metrics are made of: a row a unit, with its time and bot."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl
from polars import col, lit
from tests.reference.calls import usage
from tests.reference.labelling import label_of
from tests.reference.records import SECOND
from tests.reference.units import DAY, Units

from turnspan import conventions as names

__all__ = ["POPULATIONS", "nlu_turns", "sessions"]

_THROUGH_RULES = ["button", "rule"]
_CSAT = ["csat", "thumbs"]
OWN = ("channel", "device", "intent", "outcome", "node", "owner")
"""Dimensions of a session that what attaches to it has too."""


def _real(frame: pl.DataFrame) -> pl.DataFrame:
    """Test traffic is left out of everything."""
    return frame.filter(~col("test"))


def all_sessions(units: Units) -> pl.DataFrame:
    """Every session that is over, timed at its start."""
    return (
        _real(units.session)
        .filter("finalised")
        .with_columns(time="start", owner="user")
    )


def sessions(units: Units) -> pl.DataFrame:
    """The base: sessions with a user message."""
    length = (col("end") - col("start")) / SECOND
    return all_sessions(units).filter("base").with_columns(duration_s=length)


def proactive(units: Units) -> pl.DataFrame:
    """Sessions without a user message."""
    return all_sessions(units).filter(~col("base"))


def _resolved(units: Units, since: int) -> pl.DataFrame:
    """Base sessions that were resolved, by whatever sign, so long ago."""
    done = col("outcome").str.starts_with("resolved")
    return sessions(units).filter(done & (col("age") >= since))


def resolved_a_day(units: Units) -> pl.DataFrame:
    """Resolved sessions whose 24 hours are over."""
    return _resolved(units, DAY)


def resolved_a_week(units: Units) -> pl.DataFrame:
    """Resolved sessions whose 7 days are over."""
    return _resolved(units, 7 * DAY)


def user_turns(units: Units) -> pl.DataFrame:
    """User turns, timed when they begin; how the user came in is the session's."""
    entry = units.session.select("session", "device")
    model = usage(units).select("session", "unit", "model")
    return (
        _real(units.turn)
        .drop("device", "model")
        .join(entry, on="session")
        .join(model, on=["session", "unit"], how="left")
        .with_columns(
            time="at", fell_back=(col("outcome") == "fallback").fill_null(False)
        )
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


def labelled_turns(units: Units) -> pl.DataFrame:
    """NLU turns with a label, the turns each stands for, and whether it is right."""
    return (
        looked_at(units)
        .drop_nulls("labelled")
        .with_columns(right=col("intent") == col("labelled"))
    )


def sure_labels(units: Units) -> pl.DataFrame:
    """Labelled turns that have a confidence."""
    return labelled_turns(units).drop_nulls("confidence")


def looked_at(units: Units) -> pl.DataFrame:
    """NLU turns, and their label where they have one."""
    given = pl.Struct({"labelled": pl.String, "weight": pl.Int64})
    label = pl.struct("bot", "turn").map_elements(_label, return_dtype=given)
    return nlu_turns(units).with_columns(label=label).unnest("label")


def _label(turn: Mapping[str, str | None]) -> dict[str, str | int] | None:
    named = turn["turn"]
    label = label_of(f"{turn['bot']}", named) if named else None
    return None if label is None else {"labelled": label[0], "weight": label[1]}


def confident_turns(units: Units) -> pl.DataFrame:
    """NLU turns that have a confidence, with its bin of 0.05; 1.0 is in the last."""
    percent = (col("confidence") * 100).round().cast(pl.Int64)
    return (
        nlu_turns(units)
        .filter(col("confidence").is_not_null())
        .with_columns(bin=((percent // 5).clip(upper_bound=19) * 0.05).round(2))
    )


def confident_sessions(units: Units) -> pl.DataFrame:
    """Sessions with such a turn, and the bin of the lowest confidence."""
    lowest = confident_turns(units).group_by("session").agg(col("bin").min())
    return all_sessions(units).join(lowest, on="session")


def ambiguous_turns(units: Units) -> pl.DataFrame:
    """NLU turns that have a first and a second confidence."""
    margin = col("confidence") - col("runner_up")
    return nlu_turns(units).with_columns(margin=margin).drop_nulls("margin")


def messages(units: Units) -> pl.DataFrame:
    """Messages of whatever role."""
    return _events(units, names.EVENT_MESSAGE)


def _events(units: Units, kind: str) -> pl.DataFrame:
    """Events of a kind, each when it happened."""
    return _real(units.member.filter(kind=kind)).with_columns(time="at")


def views(units: Units) -> pl.DataFrame:
    """Pages and widgets, each time they were shown."""
    return _events(units, names.EVENT_VIEW)


def content_accesses(units: Units) -> pl.DataFrame:
    """Documents and videos, each time they were opened."""
    return _events(units, names.EVENT_CONTENT_ACCESS)


def handoffs(units: Units) -> pl.DataFrame:
    """Handoffs, timed at the request."""
    waited = (col("ended_wait") - col("requested")) / SECOND
    turns = units.turn.select("session", "at", asks=lit(1), said=lit(None, pl.String))
    intents = units.member.drop_nulls("intent").select(
        "session", "at", asks=lit(0), said="intent"
    )
    before = (
        units.handoff.drop("at", strict=False)
        .join(pl.concat([turns, intents]), on="session")
        .filter(col("at") <= col("requested"))
        .sort("at")
        .group_by("bot", "handoff", maintain_order=True)
        .agg(turn_index=col("asks").sum(), said=col("said").drop_nulls().tail(3))
        .with_columns(intents=col("said").list.join(" > ").replace("", None))
    )
    return (
        _real(units.handoff)
        .join(before, on=["bot", "handoff"], how="left")
        .with_columns(
            time="requested",
            waited_s=waited,
            reason=col("reason").fill_null("other"),
            turn_index=col("turn_index").fill_null(0),
            intents=col("intents").fill_null("unknown"),
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


def _of_sessions(frame: pl.DataFrame, units: Units) -> pl.DataFrame:
    """What attaches to real sessions, timed at their start and with their parts."""
    whole = all_sessions(units).select("session", "time", "base", "start", *OWN)
    return frame.drop(*OWN, "base", "start", "time", strict=False).join(
        whole, on="session"
    )


def ratings(units: Units) -> pl.DataFrame:
    """Stars and thumbs."""
    given = units.attached.filter(
        (col("kind") == names.EVENT_FEEDBACK) & col("evaluation").is_in(_CSAT)
    )
    return _of_sessions(given, units)


def compared_ratings(units: Units) -> pl.DataFrame:
    """Ratings of base sessions that a person resolved, or that stayed with the bot.

    Each in stars: 1 is the worst of its scale, 5 the best.
    """
    low, high = (
        col("scale").str.split("-").list.get(end).cast(pl.Float64) for end in (0, 1)
    )
    mended = units.handoff.group_by("session").agg(mended=col("resolved").any())
    escalated = col("outcome") == "escalated"
    return (
        ratings(units)
        .filter("base")
        .join(mended, on="session", how="left")
        .with_columns(
            by_people=escalated,
            stars=1 + 4 * (col("score") - low) / (high - low),
        )
        .filter(~escalated | col("mended").fill_null(False))
    )


def asked_ratings(units: Units) -> pl.DataFrame:
    """Requests for stars or thumbs, and whether a rating answers each."""
    wanted = units.member.filter(
        (col("kind") == names.EVENT_FEEDBACK_REQUEST) & col("evaluation").is_in(_CSAT)
    )
    request = wanted.select("bot", "conversation", "evaluation", "turn", "at", id="uid")
    given = units.attached.filter(kind=names.EVENT_FEEDBACK).sort("at")
    named = given.drop_nulls("turn").join_asof(
        request.sort("at"),
        on="at",
        by=["bot", "evaluation", "turn"],
        check_sortedness=False,
    )
    loose = given.filter(col("turn").is_null()).join_asof(
        request.drop("turn").sort("at"),
        on="at",
        by=["bot", "evaluation", "conversation"],
        check_sortedness=False,
    )
    answered = pl.concat([named.select("id"), loose.select("id")])["id"]
    return _of_sessions(wanted, units).with_columns(
        answered=col("uid").is_in(answered.drop_nulls().to_list())
    )


def goals(units: Units) -> pl.DataFrame:
    """Goals of base sessions, timed at the session's start, by the last CTA clicked."""
    clicked = units.click.drop_nulls("cta").sort("at", "uid")
    goal = units.attached.filter(kind=names.EVENT_GOAL).drop("cta").sort("at")
    of_cta = goal.join_asof(
        clicked.select("session", "at", "cta"),
        on="at",
        by="session",
        check_sortedness=False,
    )
    return _of_sessions(of_cta, units)


def leads(units: Units) -> pl.DataFrame:
    """Goals of kind lead, and whether one of kind follow_up came later."""
    everyone = goals(units).with_columns(
        who=pl.coalesce(
            lit("user ") + col("owner"), lit("thread ") + col("conversation")
        )
    )
    later = (
        everyone.filter(goal_kind="follow_up")
        .group_by("who")
        .agg(followed=col("at").max())
    )
    return (
        everyone.filter(goal_kind="lead")
        .join(later, on="who", how="left")
        .with_columns(followed=(col("followed") > col("at")).fill_null(False))
    )


def nodes(units: Units) -> pl.DataFrame:
    """A row a base session and node it was shown, and whether that was its last."""
    seen = units.member.drop_nulls("node").sort("at")
    last = seen.group_by("session").agg(last=col("node").last())
    shown_nodes = seen.select("session", "node").unique().join(last, on="session")
    return shown_nodes.join(sessions(units).drop("node"), on="session")


def metered_turns(units: Units) -> pl.DataFrame:
    """Turns of whomever that took tokens, timed when they begin."""
    entry = units.session.select("session", "device")
    return (
        _real(usage(units))
        .drop("device")
        .join(entry, on="session")
        .with_columns(col("input", "output").fill_null(0), time="at")
        .filter(col("input") + col("output") > 0)
    )


def session_tokens(units: Units) -> pl.DataFrame:
    """The same, with the intent of their session: what money is asked by."""
    of_session = units.session.select("session", "intent")
    return metered_turns(units).drop("intent").join(of_session, on="session")


def judged_turns(units: Units) -> pl.DataFrame:
    """User turns that the bot's scorer judged."""
    return user_turns(units).drop_nulls("sentiment")


def first_contacts(units: Units) -> pl.DataFrame:
    """A row a user and intent: their first session on it, when its day is over."""
    return (
        sessions(units)
        .drop_nulls(["user", "intent"])
        .sort("start")
        .group_by("user", "intent", maintain_order=True)
        .first()
        .filter(col("age") >= DAY)
    )


POPULATIONS: Mapping[str, Callable[[Units], pl.DataFrame]] = {
    "all sessions": all_sessions,
    "sessions": sessions,
    "proactive sessions": proactive,
    "resolved for a day": resolved_a_day,
    "resolved for a week": resolved_a_week,
    "user turns": user_turns,
    "answered turns": answered_turns,
    "NLU turns": nlu_turns,
    "looked-at turns": looked_at,
    "labelled turns": labelled_turns,
    "sure labels": sure_labels,
    "confident turns": confident_turns,
    "confident sessions": confident_sessions,
    "ambiguous turns": ambiguous_turns,
    "messages": messages,
    "views": views,
    "content accesses": content_accesses,
    "handoffs": handoffs,
    "shown CTAs": shown,
    "ratings": ratings,
    "asked ratings": asked_ratings,
    "compared ratings": compared_ratings,
    "goals": goals,
    "leads": leads,
    "shown nodes": nodes,
    "metered turns": metered_turns,
    "session tokens": session_tokens,
    "judged turns": judged_turns,
    "first contacts": first_contacts,
}
