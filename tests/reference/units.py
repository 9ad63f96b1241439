"""What the contract counts: sessions, turns, handoffs and what attaches, as frames.

Written from the text of the contract, with nothing of the SQL in mind: every step is
a join or a group over the records of ``records.py``. Times are microseconds after the
script's beginning, intervals are closed at their beginning.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
from polars import col, lit
from tests.reference.records import ATTACHED, KEY, MINUTE

from turnspan import conventions as names

__all__ = ["DAY", "Units", "units"]

TIMEOUT = 30 * MINUTE
DAY = 24 * 60 * MINUTE
PENDING_MAX = 60 * MINUTE
HUMAN_MAX = DAY
CLICK_WINDOW = 7 * DAY
NAMING_REACH = DAY
"""A signal may name a turn that begins at most this much later."""

FAR = 10_000 * DAY
"""When all that a script began is over."""

_THREAD = ("bot", "conversation")
_PENDING_ENDS = {
    names.EVENT_HANDOFF_ACCEPT: "accepted",
    names.EVENT_HANDOFF_DECLINE: "declined",
    names.EVENT_HANDOFF_EXPIRE: "expired",
    names.EVENT_HANDOFF_WITHDRAW: "withdrawn",
}
_HUMAN_ENDS = (names.EVENT_HANDOFF_CLOSE, names.EVENT_HANDOFF_RETURN)


@dataclass(frozen=True, slots=True)
class Units:
    """Frames of one row each: session, user turn, record in its session, and so on."""

    session: pl.DataFrame
    turn: pl.DataFrame
    member: pl.DataFrame
    handoff: pl.DataFrame
    attached: pl.DataFrame
    click: pl.DataFrame
    call: pl.DataFrame


def units(everything: pl.DataFrame, now: int = FAR) -> Units:
    """Every unit of the records, as seen at a time."""
    called = col("kind") == "call"
    records = everything.filter(~called)
    asked = _handoffs(records)
    member = _members(records, asked)
    bare = _finalised(_sessions(member), asked, now)
    turn = _turns(member)
    attached = _attached(records, member, bare)
    click = _clicks(member)
    requested = (
        member.filter(col("kind") == names.EVENT_HANDOFF_REQUEST)
        .group_by("bot", "handoff", maintain_order=True)
        .agg(col("session", "channel", "reason").first())
    )
    handoff = asked.join(requested, on=["bot", "handoff"])
    session = _labelled(bare, turn, member, attached, click, handoff)
    call = everything.filter(called)
    return Units(session, turn, member, handoff, attached, click, call)


def _handoffs(records: pl.DataFrame) -> pl.DataFrame:
    """A row a handoff id: its first steps, how its waiting ended and its human part."""
    steps = (
        records.filter(col("kind").str.starts_with(f"{names.ROOT}.handoff."))
        .group_by("bot", "handoff", "kind", maintain_order=True)
        .agg(col("at", "conversation", "closed_as", "test").first())
    )
    request = steps.filter(col("kind") == names.EVENT_HANDOFF_REQUEST).select(
        "bot", "handoff", "conversation", "test", requested="at"
    )
    on = ["bot", "handoff"]
    pending = (
        steps.filter(col("kind").is_in([*_PENDING_ENDS]))
        .sort("at")
        .group_by(on, maintain_order=True)
        .agg(
            ended_wait=col("at").first(),
            wait=col("kind").replace_strict(_PENDING_ENDS).first(),
            accepted=col("at").filter(kind=names.EVENT_HANDOFF_ACCEPT).first(),
            withdrawn=col("at").filter(kind=names.EVENT_HANDOFF_WITHDRAW).first(),
        )
    )
    ends = steps.filter(col("kind").is_in(_HUMAN_ENDS)).select(*on, end="at")
    human = (
        pending.join(ends, on=on)
        .filter(col("end") >= col("accepted"))
        .group_by(on)
        .agg(col("end").min())
    )
    closed = steps.filter(kind=names.EVENT_HANDOFF_CLOSE).select(
        *on, resolved=col("closed_as") == "resolved"
    )
    return (
        request.join(pending, on=on, how="left")
        .join(human, on=on, how="left")
        .join(closed, on=on, how="left")
        .with_columns(
            wait=col("wait").fill_null("waiting"),
            resolved=col("resolved").fill_null(False),
            given_up=(
                col("withdrawn").is_not_null()
                & (col("accepted").is_null() | (col("withdrawn") < col("accepted")))
            ),
        )
    )


def _pauses(handoffs: pl.DataFrame) -> pl.DataFrame:
    """The stretches of a thread that are no gap, without overlaps."""
    pending = handoffs.select(
        *_THREAD,
        low="requested",
        high=pl.min_horizontal("ended_wait", col("requested") + PENDING_MAX),
    )
    human = handoffs.filter(col("accepted").is_not_null()).select(
        *_THREAD,
        low="accepted",
        high=pl.min_horizontal("end", col("accepted") + HUMAN_MAX),
    )
    return (
        pl.concat([pending, human])
        .sort("low")
        .with_columns(reach=col("high").cum_max().shift(1).over(_THREAD))
        .with_columns(low=pl.max_horizontal("low", "reach"))
        .filter(col("low") < col("high"))
    )


def _paused(stretches: pl.DataFrame, handoffs: pl.DataFrame) -> pl.DataFrame:
    """Rows from ``before`` to ``at`` with how much of that is no gap: ``paused``."""
    covered = pl.min_horizontal("at", "high") - pl.max_horizontal("before", "low")
    paused = (
        stretches.join(_pauses(handoffs), on=_THREAD)
        .group_by("row")
        .agg(paused=covered.clip(lower_bound=0).sum())
    )
    return stretches.join(
        paused, on="row", how="left", maintain_order="left"
    ).with_columns(gap=col("at") - col("before") - col("paused").fill_null(0))


def _members(records: pl.DataFrame, handoffs: pl.DataFrame) -> pl.DataFrame:
    """The records that make sessions, with the ``session`` of each."""
    ended = (col("kind") == names.EVENT_CONVERSATION_END).cast(pl.Int32)
    ordered = (
        records.filter(~col("kind").is_in(ATTACHED))
        .with_row_index("row")
        .with_columns(section=ended.shift(1, fill_value=0).cum_sum().over(KEY))
        .with_columns(before=col("until").cum_max().shift(1).over(*KEY, "section"))
    )
    opens = col("before").is_null() | (col("gap") > TIMEOUT)
    return (
        _paused(ordered, handoffs)
        .with_columns(number=opens.cast(pl.Int32).cum_sum().over(KEY))
        .with_columns(session=pl.concat_str(*KEY, "number", separator="\x1f"))
    )


def _finalised(
    sessions: pl.DataFrame, handoffs: pl.DataFrame, now: int
) -> pl.DataFrame:
    """Sessions with an end event, or with a gap up to now that is too long."""
    silent = sessions.with_row_index("row").with_columns(before="end", at=lit(now))
    return _paused(silent, handoffs).with_columns(
        finalised=col("said_end") | (col("gap") > TIMEOUT), age=now - col("end")
    )


def _first(column: str) -> pl.Expr:
    """The first known value."""
    return col(column).drop_nulls().first()


def _sessions(member: pl.DataFrame) -> pl.DataFrame:
    said = col("kind") == names.EVENT_MESSAGE
    return member.group_by("session", maintain_order=True).agg(
        *(col(one).first() for one in KEY),
        *(_first(one) for one in ("user", "device")),
        source=_first("utm_source"),
        start=col("at").min(),
        end=col("until").max(),
        test=col("test").any(),
        said_end=(col("kind") == names.EVENT_CONVERSATION_END).any(),
        user_turns=col("unit").filter("is_user").n_unique(),
        messages=said.sum(),
        node=_first("node"),
        cta_shown=(col("kind") == names.EVENT_CTA_IMPRESSION).any(),
    )


def _turns(member: pl.DataFrame) -> pl.DataFrame:
    """The user turns, numbered in their session from 1."""
    return (
        member.group_by("session", "unit", maintain_order=True)
        .agg(
            col("bot", "channel", "conversation", "test", "at").first(),
            pl.exclude(
                "unit", "session", "bot", "channel", "conversation", "test", "at",
                "until", "is_user", "kind", "row", "lasts", "path",
            )
            .drop_nulls()
            .first(),
            lasted=(col("until") - col("at")).filter(kind="turn").first(),
            is_user=col("is_user").any(),
            timed=(col("kind") == "turn").any(),
        )
        .filter("is_user")
        .sort("at")
        .with_columns(index=pl.int_range(1, pl.len() + 1).over("session"))
    )  # fmt: skip


def _attached(
    records: pl.DataFrame, member: pl.DataFrame, sessions: pl.DataFrame
) -> pl.DataFrame:
    """Signals with the ``session`` of the turn they name, else the last begun."""
    of_turn = (
        member.filter(col("turn").is_not_null())
        .group_by("bot", "turn", maintain_order=True)
        .agg(named=col("session").first(), begins=col("at").min())
    )
    begun = sessions.sort("start").select(*_THREAD, at="start", latest="session")
    return (
        records.filter(col("kind").is_in(ATTACHED))
        .join(of_turn, on=["bot", "turn"], how="left")
        .sort("at")
        .join_asof(begun, on="at", by=[*_THREAD], check_sortedness=False)
        .with_columns(
            session=pl.coalesce(
                pl.when(col("at") >= col("begins") - NAMING_REACH).then("named"),
                "latest",
            ),
            verdict=pl.when(col("kind") == names.EVENT_FEEDBACK).then(_verdict()),
        )
        .filter(col("session").is_not_null())
    )


def _clicks(member: pl.DataFrame) -> pl.DataFrame:
    """Clicks, with the ``session`` credited: that of the latest impression, if any."""
    shown = member.filter(col("kind") == names.EVENT_CTA_IMPRESSION).select(
        *_THREAD, "cta", "at", credited="session"
    )
    return (
        member.filter(col("kind") == names.EVENT_CTA_CLICK)
        .sort("at")
        .join_asof(
            shown.sort("at"),
            on="at",
            by=[*_THREAD, "cta"],
            tolerance=CLICK_WINDOW,
            check_sortedness=False,
        )
    )


def _verdict() -> pl.Expr:
    """1 for a positive rating, −1 for a negative one; null for what is neither."""
    stars = col("evaluation") == "csat"
    thumbs = col("evaluation") == "thumbs"
    return (
        pl.when((stars & (col("score") >= 4)) | (thumbs & (col("score") == 1)))
        .then(1)
        .when((stars & (col("score") <= 2)) | (thumbs & (col("score") == 0)))
        .then(-1)
    )


def _signals(attached: pl.DataFrame, turn: pl.DataFrame) -> pl.DataFrame:
    """Per session: the latest explicit signal, the latest resolution, the ratings."""
    last = turn.sort("at").group_by("session").agg(last_turn=col("turn").last())
    resolution = col("kind") == names.EVENT_RESOLUTION
    explicit = resolution | (
        (col("scope") == "turn") & (col("turn") == col("last_turn"))
    )
    said = pl.when(resolution).then(
        pl.when(col("status") == "resolved").then(1).otherwise(-1)
    ).otherwise(col("verdict"))  # fmt: skip
    csat = (col("kind") == names.EVENT_FEEDBACK) & (col("evaluation") != "nps")
    goal = col("kind") == names.EVENT_GOAL
    return (
        attached.join(last, on="session", how="left")
        .sort("at")
        .group_by("session")
        .agg(
            signal=said.filter(explicit.fill_null(False)).drop_nulls().last(),
            latest_resolution=said.filter(resolution).last(),
            praised=(col("verdict") == 1).any(),
            blamed=(col("verdict") == -1).any(),
            goals=goal.sum(),
            leads=(goal & (col("goal_kind") == "lead")).sum(),
            ratings=csat.sum(),
        )
    )


def _answered(turn: pl.DataFrame, member: pl.DataFrame) -> pl.DataFrame:
    """Per session with a user turn: whether its last one got an answer.

    What the intent's result calls a fallback is none.
    """
    last = turn.sort("at").group_by("session").last()
    said = (
        last.select("session", "unit", "at")
        .join(
            member.filter(col("role") == "bot").select("session", "turn", said="at"),
            on="session",
        )
        .filter(
            (col("turn") == col("unit"))
            | (col("turn").is_null() & (col("said") > col("at")))
        )
        .select("session")
        .unique()
        .with_columns(spoken=lit(True))
    )
    return last.join(said, on="session", how="left").select(
        "session",
        answered=~col("is_fallback").fill_null(False)
        & pl.when("timed")
        .then((col("outcome") == "answered").fill_null(False))
        .otherwise(col("spoken").fill_null(False)),
    )


def _returns(sessions: pl.DataFrame) -> pl.DataFrame:
    """Per base session: when its user came back.

    Where it has no user, the conversation stands in: whoever came back to that.
    """
    base = sessions.filter(col("base") & ~col("test"))
    again = base.select("bot", "conversation", "user", again="start")
    known = base.drop_nulls("user").join(again, on=["bot", "user"])
    unknown = base.filter(col("user").is_null()).join(
        again.drop("user"), on=["bot", "conversation"]
    )
    found = pl.concat([
        one.select("session", "end", "again") for one in (known, unknown)
    ])  # fmt: skip
    return (
        found.filter(col("again") > col("end"))
        .group_by("session")
        .agg(back=col("again").min())
    )


def _intents(member: pl.DataFrame, handoff: pl.DataFrame) -> pl.DataFrame:
    """Per session: its last intent before a handoff, else its last."""
    first = handoff.group_by("session").agg(handed=col("requested").min())
    said = member.drop_nulls("intent").join(first, on="session", how="left").sort("at")
    return said.group_by("session", maintain_order=True).agg(
        intent=pl.coalesce(
            col("intent").filter(col("at") <= col("handed")).last(),
            col("intent").last(),
        )
    )


def _labelled(
    bare: pl.DataFrame,
    turn: pl.DataFrame,
    member: pl.DataFrame,
    attached: pl.DataFrame,
    click: pl.DataFrame,
    handoff: pl.DataFrame,
) -> pl.DataFrame:
    """The sessions with their outcome, and whether they were engaged."""
    asked = handoff.group_by("session").agg(
        handoffs=pl.len(), standing=(~col("given_up")).sum()
    )
    clicked = (
        click.with_columns(session=pl.coalesce("credited", "session"))
        .group_by("session")
        .agg(clicks=pl.len(), credited=col("credited").is_not_null().sum())
    )
    whole = bare.with_columns(base=col("user_turns") > 0)
    for part in (
        asked, clicked, _signals(attached, turn), _answered(turn, member),
        _returns(whole), _intents(member, handoff),
    ):  # fmt: skip
        whole = whole.join(part, on="session", how="left", maintain_order="left")
    whole = whole.with_columns(
        col("handoffs", "standing", "clicks", "credited", "goals", "leads", "ratings",
            "signal").fill_null(0),
        col("praised", "blamed", "answered").fill_null(False),
        latest_resolution=col("latest_resolution").fill_null(1),
    )  # fmt: skip
    implied = (
        col("answered")
        & ~col("blamed")
        & (col("latest_resolution") == 1)
        & (col("back").is_null() | (col("back") - col("end") > DAY))
    )
    outcome = (
        pl.when(~col("base")).then(lit("unengaged"))
        .when(col("standing") > 0).then(lit("escalated"))
        .when(col("signal") == 1).then(lit("resolved_confirmed"))
        .when(implied).then(lit("resolved_implied"))
        .otherwise(lit("abandoned"))
    )  # fmt: skip
    engaged = col("base") & (
        (col("user_turns") >= 2)
        | (col("clicks") + col("goals") + col("handoffs") > 0)
        | col("praised")
        | (col("signal") == 1)
    )
    return whole.with_columns(outcome=outcome, engaged=engaged)
