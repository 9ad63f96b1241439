"""Random scripts of conversations, dense around the edges where sessions split."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from tests.reference.records import ATTACHED
from tests.reference.script import Fact, Value, Where

from turnspan import conventions as names

__all__ = ["BOTS", "scripts"]

BOTS = ("support", "sales")
# Seconds between one fact and the next: close, just under, at and over the timeout,
# and around the day within which a return takes a resolution back.
GAPS = (
    1.0, 1.0, 7.5, 60.0, 60.0, 600.0, 1799.999999, 1800.0, 1800.000001, 2400.0,
    7200.0, 80000.0, 90000.0, 300000.0,
)  # fmt: skip
LATEST = 25 * 86400.0
"""After so many seconds gaps are short, so that scripts end within a month."""
WAITS = (5.0, 60.0, 60.000001, 90.0, 1900.0, 3700.0, 30000.0, 90000.0)
USERS = {"c1": "ann", "c2": "ann", "c3": "ben", "c4": "cem", "c5": None, "c6": "ann"}
CHANNELS = st.sampled_from(["web", "telegram"])
ANONYMOUS = {"ben"}
TEST = {"c6"}
Draw = Callable[..., Any]
Attributes = dict[str, Value]


@st.composite
def _wheres(draw: Draw) -> Where:
    """Few keys, so that conversations interleave and bots share their ids.

    A user talks in several conversations; some facts of a conversation do not say
    who it is, one conversation never does, nor by which channel, and one is test
    traffic.
    """
    conversation = draw(st.sampled_from([*USERS]))
    user = USERS[conversation]
    return Where(
        bot=draw(st.sampled_from(BOTS)),
        channel=draw(CHANNELS) if user else None,
        conversation=conversation,
        session=draw(st.sampled_from(["s1", "s2"])) if conversation == "c4" else None,
        user=draw(st.sampled_from([user, user, user, None])),
        test=conversation in TEST,
    )


def _elsewhere(draw: Draw, where: Where) -> Where:
    """What another system knows, such as the agents' desk or a survey by mail.

    It may leave out the channel and the user, and even the conversation where an id
    ties its events to what the bot sent.
    """
    known = draw(st.sampled_from(["all", "all", "conversation", "ids"]))
    if known == "all":
        return where
    apart = replace(where, channel=None, session=None, user=None)
    return apart if known == "conversation" else replace(apart, conversation=None)


def _fact(
    kind: str,
    at: float,
    where: Where,
    more: Attributes,
    turn: str | None = None,
    lasts: float = 0.0,
) -> Fact:
    """A fact; who speaks says whether they are known."""
    if where.user in ANONYMOUS:
        more = {**more, names.USER_KIND: "anonymous"}
    return Fact(kind, at, where, turn, lasts, tuple(more.items()))


def _turn_id(where: Where, number: int) -> str:
    """A turn's id tells its conversation, so that no signal contradicts itself."""
    return f"t{where.conversation}{where.channel}{number}"


def _turn(draw: Draw, at: float, where: Where, number: int) -> list[Fact]:
    """A turn's span, with or without the messages and the result that go with it."""
    more: Attributes = {}
    for name, values in (
        (names.TURN_OUTCOME, ("answered", "answered", "fallback", "error",
                              "clarification", "no_response", "handoff")),
        (names.TURN_INITIATOR, (None, "user", "user", "user", "bot", "system")),
        (names.NODE_ID, (None, "start", "pay")),
        (names.FIRST_RESPONSE_DURATION, (None, 0.125)),
        (names.SENTIMENT_LABEL, (None, "negative", "positive")),
        (names.ANSWER_SOURCE, (None, "rag", "rag", "flow")),
    ):  # fmt: skip
        value = draw(st.sampled_from(values))
        if value is not None:
            more[name] = value
    more |= draw(_intents()) | draw(_usage())
    lasts = draw(st.sampled_from([0.0, 0.25, 1.5, 4.0]))
    turn = _turn_id(where, number)
    whole = _fact("turn", at, where, more, turn, lasts)
    found = _traced(draw, whole) if draw(st.integers(0, 3)) == 0 else [whole]
    by_user = more.get(names.TURN_INITIATOR) in (None, "user")
    if by_user and draw(st.booleans()):
        found.append(_said(at, where, "user", turn))
    if by_user and draw(st.integers(0, 3)) == 0:
        flag = {names.INTENT_IS_FALLBACK: draw(st.booleans())}
        found.append(_fact(names.EVENT_INTENT_RESULT, at, where, flag, turn))
    if draw(st.booleans()):
        found.append(_said(at + lasts, where, "bot", turn))
    return found


@st.composite
def _intents(draw: Draw) -> Attributes:
    source = draw(st.sampled_from([None, "nlu", "llm", "button", "rule"]))
    if source is None:
        return {}
    more: Attributes = {names.INTENT_SOURCE: source}
    if draw(st.booleans()):
        more[names.INTENT_NAME] = draw(st.sampled_from(["refund", "hours", "greet"]))
    if draw(st.booleans()):
        confidence = draw(st.integers(0, 100)) / 100
        more[names.INTENT_CONFIDENCE] = confidence
        if draw(st.booleans()):
            more[names.INTENT_RUNNER_UP_CONFIDENCE] = confidence / 4
    return more


@st.composite
def _usage(draw: Draw) -> Attributes:
    """What a model read and wrote, which not every wrapper says."""
    more: Attributes = {}
    if draw(st.booleans()):
        more[names.GEN_AI_REQUEST_MODEL] = draw(st.sampled_from(["small", "large"]))
    if draw(st.booleans()):
        more[names.GEN_AI_USAGE_INPUT_TOKENS] = draw(st.integers(0, 9)) * 1000
        more[names.GEN_AI_USAGE_OUTPUT_TOKENS] = draw(st.integers(0, 9)) * 100
    return more


def _traced(draw: Draw, turn: Fact) -> list[Fact]:
    """A turn with calls of models below it, some of them wrapped, and of tools.

    Few libraries know of turns, and not all are told of conversations.
    """
    turn = replace(turn, lasts=4.0, path=(f"{turn.where.bot} {turn.turn}",))
    found = [turn]
    stranger = replace(
        turn.where, channel=None, conversation=None, session=None, user=None
    )
    for number in range(draw(st.integers(1, 4))):
        parent: Fact = draw(st.sampled_from(found))
        named = draw(st.sampled_from([turn.turn, None, None]))
        kind = draw(
            st.sampled_from(["chat", "chat", "text_completion", "execute_tool"])
        )
        more = {"gen_ai.operation.name": kind, **draw(_usage())}
        path = (*parent.path, f"{number}")
        where = draw(st.sampled_from([turn.where, turn.where, stranger]))
        call = _fact("call", turn.at + number / 2, where, more, named, 0.25)
        found.append(replace(call, path=path))
    return found


def _said(at: float, where: Where, role: str, turn: str | None) -> Fact:
    return _fact(names.EVENT_MESSAGE, at, where, {names.MESSAGE_ROLE: role}, turn)


def _message(draw: Draw, at: float, where: Where, number: int) -> list[Fact]:
    """A message of no span, and perhaps its answer."""
    role = draw(st.sampled_from(["user", "user", "bot", "human_agent"]))
    known = draw(st.booleans()) and role == "user"
    turn = _turn_id(where, number) if known else None
    found = [_said(at, where, role, turn)]
    if role == "user" and draw(st.booleans()):
        found.append(_said(at + 1, where, "bot", turn))
    return found


def _cta(draw: Draw, at: float, where: Where, number: int) -> list[Fact]:
    kind = draw(st.sampled_from([names.EVENT_CTA_IMPRESSION, names.EVENT_CTA_CLICK]))
    return [
        _fact(kind, at, where, {names.CTA_ID: draw(st.sampled_from(["buy", "call"]))})
    ]


def _visit(draw: Draw, at: float, where: Where, number: int) -> list[Fact]:
    """A page or a document, which may be a node."""
    more: Attributes = draw(
        st.sampled_from([
            {names.VIEW_NAME: "prices"},
            {names.VIEW_NAME: "widget", names.NODE_ID: "start"},
            {names.CONTENT_ID: "manual"},
            {names.CONTENT_ID: "film", names.NODE_ID: "pay"},
        ])
    )  # fmt: skip
    shown = names.VIEW_NAME in more
    kind = names.EVENT_VIEW if shown else names.EVENT_CONTENT_ACCESS
    return [_fact(kind, at, where, more)]


_STEPS = (
    names.EVENT_HANDOFF_QUEUE,
    names.EVENT_HANDOFF_ACCEPT,
    names.EVENT_HANDOFF_ACCEPT,
    names.EVENT_HANDOFF_DECLINE,
    names.EVENT_HANDOFF_EXPIRE,
    names.EVENT_HANDOFF_WITHDRAW,
    names.EVENT_HANDOFF_CLOSE,
    names.EVENT_HANDOFF_RETURN,
)


def _handoff(draw: Draw, at: float, where: Where, number: int) -> list[Fact]:
    """A request, and what becomes of it, in any order of any of the steps."""
    about: Attributes = {names.HANDOFF_ID: f"{where.bot}-h{number}"}
    reason = draw(st.sampled_from([None, "low_confidence", "error"]))
    asked = about if reason is None else {**about, names.HANDOFF_REASON: reason}
    found = [_fact(names.EVENT_HANDOFF_REQUEST, at, where, asked)]
    usual = st.sampled_from([
        [names.EVENT_HANDOFF_ACCEPT, names.EVENT_HANDOFF_CLOSE],
        [names.EVENT_HANDOFF_WITHDRAW],
        [],
    ])  # fmt: skip
    odd = st.lists(st.sampled_from(_STEPS), max_size=5)
    desk = _elsewhere(draw, where)
    for kind in draw(usual | odd):
        at += draw(st.sampled_from(WAITS))
        more = dict(about)
        if kind == names.EVENT_HANDOFF_CLOSE:
            more[names.HANDOFF_OUTCOME] = draw(
                st.sampled_from(["resolved", "unresolved"])
            )
        found.append(_fact(kind, at, desk, more))
    return found


def _edge(draw: Draw, at: float, where: Where, number: int) -> list[Fact]:
    if draw(st.booleans()):
        return [_fact(names.EVENT_CONVERSATION_END, at, where, {})]
    more: Attributes = {names.ENTRY_DEVICE: draw(st.sampled_from(["phone", "desktop"]))}
    return [_fact(names.EVENT_CONVERSATION_START, at, where, more)]


def _named(draw: Draw, where: Where) -> str | None:
    """A turn that a signal names, which may never come; or none."""
    if draw(st.integers(0, 2)) == 0:
        return None
    return _turn_id(where, draw(st.integers(0, 12)))


def _resolution(draw: Draw, at: float, where: Where, number: int) -> list[Fact]:
    """A resolution: attaches to a turn, or to the last session."""
    turn = _named(draw, where)
    where = _elsewhere(draw, where)
    status = draw(st.sampled_from(["resolved", "unresolved"]))
    more: Attributes = {names.RESOLUTION_STATUS: status}
    return [_fact(names.EVENT_RESOLUTION, at, where, more, turn)]


def _goal(draw: Draw, at: float, where: Where, number: int) -> list[Fact]:
    """A goal, as a resolution attaches."""
    turn = _named(draw, where)
    where = _elsewhere(draw, where)
    goal = draw(st.sampled_from(["bought", "called"]))
    more: Attributes = {names.GOAL_ID: goal}
    if draw(st.booleans()):
        kinds = ["lead", "lead", "follow_up"] if goal == "called" else ["conversion"]
        more[names.GOAL_KIND] = draw(st.sampled_from(kinds))
        more[names.GOAL_VALUE] = float(draw(st.integers(1, 99)))
        if draw(st.booleans()):
            more[names.GOAL_QUALITY] = float(draw(st.integers(0, 9)))
    return [_fact(names.EVENT_GOAL, at, where, more, turn)]


def _rating(draw: Draw, at: float, where: Where, number: int) -> list[Fact]:
    """A rating, or the question for one."""
    name, scale, best = draw(
        st.sampled_from([("thumbs", "0-1", 1), ("csat", "1-5", 5), ("nps", "0-10", 10)])
    )
    turn = _named(draw, where)
    scope = (
        "conversation"
        if turn is None
        else draw(st.sampled_from(["turn"] * 3 + ["conversation"]))
    )
    more: Attributes = {
        names.GEN_AI_EVALUATION_NAME: name,
        names.FEEDBACK_SCOPE: scope,
        names.FEEDBACK_SCALE: scale,
    }
    if draw(st.integers(0, 2)) == 0:
        return [_fact(names.EVENT_FEEDBACK_REQUEST, at, where, more, turn)]
    least = int(scale[0])
    more[names.GEN_AI_EVALUATION_SCORE_VALUE] = float(draw(st.integers(least, best)))
    where = _elsewhere(draw, where)
    return [_fact(names.EVENT_FEEDBACK, at, where, more, turn)]


MAKERS = (
    _turn, _turn, _turn, _turn, _message, _message, _cta, _cta, _handoff, _edge,
    _resolution, _goal, _goal, _rating, _rating, _visit,
)  # fmt: skip


@st.composite
def scripts(draw: Draw, facts_max: int = 30) -> list[Fact]:
    """Facts in order of time; no two share a microsecond.

    Two facts at one instant have no order, and the contract gives none, so each fact
    stands at a microsecond of its own.
    """
    found: list[Fact] = []
    clocks: dict[tuple[Any, ...], float] = {}
    for number in range(draw(st.integers(1, facts_max))):
        where = draw(_wheres())
        key = (where.bot, where.channel, where.conversation, where.session)
        begun = clocks.get(key, 0.0)
        at = begun + (draw(st.sampled_from(GAPS)) if begun < LATEST else 1.0)
        made = draw(st.sampled_from(MAKERS))(draw, at, where, number)
        clocks[key] = max(
            one.at + one.lasts
            for one in made
            if one.kind not in ATTACHED or one.at == at
        )
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
        apart.append(replace(one, at=round(at, 6)))
    return apart
