"""Random scripts of conversations, dense around the edges where sessions split."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from tests.reference.script import Fact, Where

from turnspan import conventions as names

__all__ = ["scripts"]

# Seconds between one fact and the next: close, just under, at and over the timeout.
GAPS = st.sampled_from(
    [1.0, 7.5, 60.0, 600.0, 1799.999999, 1800.0, 1800.000001, 2400.0, 7200.0, 90000.0]
)
BOTS = st.sampled_from(["support", "sales"])
INTENTS = st.sampled_from(["refund", "opening_hours", "greet"])
Draw = Callable[..., Any]


@st.composite
def _wheres(draw: Draw) -> Where:
    """Few keys, so that conversations interleave and bots share ids."""
    conversation = draw(st.sampled_from(["c1", "c2", "c3"]))
    return Where(
        bot=draw(BOTS),
        channel=draw(st.sampled_from(["web", "telegram"])),
        conversation=conversation,
        user=draw(st.sampled_from([f"user of {conversation}", None])),
    )


def _turn(draw: Draw, at: float, where: Where, number: int) -> list[Fact]:
    source = draw(st.sampled_from([None, "nlu", "llm", "button", "rule"]))
    outcome = draw(st.sampled_from(["answered", "fallback", "error", "clarification"]))
    initiator = draw(st.sampled_from([None, "user", "user", "bot"]))
    more: dict[str, str | float] = {names.TURN_OUTCOME: outcome}
    if initiator is not None:
        more[names.TURN_INITIATOR] = initiator
    if source is not None:
        more[names.INTENT_SOURCE] = source
        more[names.INTENT_NAME] = draw(INTENTS)
        more[names.INTENT_CONFIDENCE] = draw(st.integers(0, 100)) / 100
    lasts = draw(st.sampled_from([0.0, 0.25, 1.5, 4.0]))
    id = f"t{where.conversation}{number}"
    return [Fact("turn", at, where, id, lasts, tuple(more.items()))]


def _message(draw: Draw, at: float, where: Where, number: int) -> list[Fact]:
    role = draw(st.sampled_from(["user", "bot", "human_agent"]))
    turn = draw(st.sampled_from([None, f"m{number}"])) if role == "user" else None
    return [
        Fact(names.EVENT_MESSAGE, at, where, turn, more=((names.MESSAGE_ROLE, role),))
    ]


def _cta(draw: Draw, at: float, where: Where, number: int) -> list[Fact]:
    kind = draw(st.sampled_from([names.EVENT_CTA_IMPRESSION, names.EVENT_CTA_CLICK]))
    cta = draw(st.sampled_from(["buy", "call"]))
    return [Fact(kind, at, where, more=((names.CTA_ID, cta),))]


def _handoff(draw: Draw, at: float, where: Where, number: int) -> list[Fact]:
    """A request, and sometimes what becomes of it."""
    id = f"{where.bot}-h{number}"
    steps = [
        (names.EVENT_HANDOFF_ACCEPT, names.EVENT_HANDOFF_CLOSE),
        (names.EVENT_HANDOFF_WITHDRAW,),
        (names.EVENT_HANDOFF_EXPIRE,),
        (names.EVENT_HANDOFF_DECLINE, names.EVENT_HANDOFF_ACCEPT),
        (names.EVENT_HANDOFF_ACCEPT,),
        (),
    ]
    found = [Fact(names.EVENT_HANDOFF_REQUEST, at, where)]
    for kind in draw(st.sampled_from(steps)):
        at += draw(st.sampled_from([5.0, 90.0, 1900.0, 3700.0, 30000.0]))
        found.append(Fact(kind, at, where))
    return [
        Fact(one.kind, one.at, one.where, more=((names.HANDOFF_ID, id),))
        for one in found
    ]


def _end(draw: Draw, at: float, where: Where, number: int) -> list[Fact]:
    return [Fact(names.EVENT_CONVERSATION_END, at, where)]


def _signal(draw: Draw, at: float, where: Where, number: int) -> list[Fact]:
    """Something that attaches, to a turn (that may never come) or to the last session.

    A turn's number tells its conversation, so that no signal contradicts itself.
    """
    more: tuple[tuple[str, str | float], ...]
    kind = draw(
        st.sampled_from(
            [names.EVENT_GOAL, names.EVENT_RESOLUTION, names.EVENT_FEEDBACK]
        )
    )
    if kind == names.EVENT_GOAL:
        more = ((names.GOAL_ID, "bought"),)
    elif kind == names.EVENT_RESOLUTION:
        status = draw(st.sampled_from(["resolved", "unresolved"]))
        more = ((names.RESOLUTION_STATUS, status),)
    else:
        more = (
            (names.GEN_AI_EVALUATION_NAME, "csat"),
            (names.GEN_AI_EVALUATION_SCORE_VALUE, float(draw(st.integers(1, 5)))),
            (names.FEEDBACK_SCALE, "1-5"),
            (names.FEEDBACK_SCOPE, "conversation"),
        )
    named = draw(st.sampled_from([None, "t", "t"]))
    turn = None if named is None else f"t{where.conversation}{draw(st.integers(0, 8))}"
    return [Fact(kind, at, where, turn, more=more)]


MAKERS = (_turn, _turn, _turn, _signal, _message, _cta, _cta, _handoff, _end, _signal)


@st.composite
def scripts(draw: Draw, facts_max: int = 24) -> list[Fact]:
    """Facts in order of time; no two share a microsecond.

    Two facts at one instant have no order, and the contract gives none, so each fact
    stands at a microsecond of its own.
    """
    found: list[Fact] = []
    clocks: dict[Where, float] = {}
    for number in range(draw(st.integers(1, facts_max))):
        where = draw(_wheres())
        at = clocks.get(where, 0.0) + draw(GAPS)
        made = draw(st.sampled_from(MAKERS))(draw, at, where, number)
        clocks[where] = at + made[0].lasts
        found += made
    return _apart(found)


def _apart(facts: list[Fact]) -> list[Fact]:
    taken: set[float] = set()
    apart = []
    for one in sorted(facts, key=lambda fact: fact.at):
        at = one.at
        while round(at, 6) in taken:
            at += 0.000002
        taken |= {round(at, 6), round(at + one.lasts, 6)}
        apart.append(
            Fact(one.kind, round(at, 6), one.where, one.turn, one.lasts, one.more)
        )
    return apart
